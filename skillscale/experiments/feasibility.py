"""Does a ladder fit this machine? Told before hours of training, not after."""

import os
from collections.abc import Sequence
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.models.rung import Rung

BYTES_PER_PARAM = 4 * 6  # weights, gradients, two moments of AdamW; the trunk's weights and moments wait for a branch
WORKER_BYTES = 300 * 2**20  # an interpreter with torch and transformers
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def train_bytes(rung: Rung) -> int:
    """A lower bound of the memory that training takes: parameters, and what a step keeps for its backward pass.

    Per position and block that is the input of each of its seven products and of its norms.
    """
    per_block = 8 * rung.width + 3 * rung.ffn_width
    per_value = 2 if rung.precision == "bf16" else 4
    kept = rung.batch_rows * rung.context * rung.depth * per_block * per_value
    return BYTES_PER_PARAM * rung.n_params_total + kept


def refuse_infeasible(rungs: Sequence[Rung], *, n_workers: int, memory_bytes: int) -> None:
    """Raise SkillscaleError where the `n_workers` largest rungs cannot be trained at once in `memory_bytes`."""
    largest = sorted(rungs, key=train_bytes, reverse=True)[:n_workers]
    needed = sum(train_bytes(rung) + WORKER_BYTES for rung in largest)
    if needed > memory_bytes:
        names = ", ".join(rung.name for rung in largest)
        raise SkillscaleError(
            f"Training {names} at once takes at least {needed / 2**30:.1f} GiB and there are {memory_bytes / 2**30:.1f} GiB. "
            "Leave out the widest rungs, make batch_rows smaller, or set n_workers to fewer."
        )


def machine_memory_bytes() -> int:
    """Memory of this machine, or of the container that this process runs in where that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = CGROUP_LIMIT.read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine
