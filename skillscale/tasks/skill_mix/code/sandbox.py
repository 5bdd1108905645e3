"""Runs untrusted Python in a locked-down process of its own, and says what became of it. docs/skill-mix-code.md says what it holds off."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import shown

JAIL = Path(__file__).parent / "jail.py"
START = 1.8  # seconds beyond the limit in which the jail itself may start and report
# No more at once than there are cores: else honest code would run out of time while it waits for its turn.
TURNS = threading.BoundedSemaphore(os.cpu_count() or 1)
# What code may import. All of them without side effects; `jail.py` hands out copies with their public names alone.
MODULES = (
    "abc", "bisect", "collections", "collections.abc", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "heapq", "itertools", "math", "numbers", "operator", "random", "re", "statistics", "string", "textwrap", "time", "typing",
)  # fmt: skip
RISK = (
    "With `--kind code` this machine runs Python that a language model wrote, in a locked-down process: no network, no files, no keys, bounded "
    "memory and time. That holds off accidents and the known tricks, but no sandbox inside one system is proof against everything: if you do not "
    "trust the model, run it in a container or virtual machine."
)

Status = Literal["passed", "failed", "refused", "timed out", "died"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one text may use: `seconds` of wall time for all its runs together, and `memory_mb` of address space."""

    seconds: float = 3.0
    memory_mb: int = 512

    def __post_init__(self) -> None:
        if not (0.1 <= self.seconds <= 600 and 64 <= self.memory_mb <= 65_536):
            raise SkillscaleError(
                f"Code was to run for {self.seconds:g} s in {self.memory_mb:,} MB. Give 0.1 to 600 s and 64 to 65,536 MB."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one source. `reached`: the numbers it gave to `__skillscale_reached__`; `reason` holds words of the code, cut and escaped."""

    status: Status
    reason: str
    reached: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The outcomes in the order of the sources, fewer where one ran out of time; `layers`: which protections this system gave."""

    outcomes: tuple[Outcome, ...]
    layers: tuple[str, ...]


def run(sources: Sequence[str], limits: Limits, modules: Sequence[str] = ()) -> Ran:
    """Runs each source, each in a process of its own. `modules`: those of MODULES that they import.

    Never raises for what the sources hold. Raises SkillscaleError where the system cannot run code so.
    """
    if os.name != "posix":
        raise SkillscaleError("Code was to be run, which needs Linux or macOS. Use the other kind of Skill-Mix here.")
    given = {
        "sources": [source.encode("utf-8", "replace").decode() for source in sources],
        "modules": [name for name in MODULES if name in modules],
        "seconds": limits.seconds,
        "memory_mb": limits.memory_mb,
    }
    said = _said(json.dumps(given).encode(), limits)
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        # The warden runs none of the code, so its end without a word is the code's doing, or the system's.
        ended = Outcome(status="died", reason="it ended the sandbox")
        return Ran(outcomes=(ended,), layers=())
    outcomes = tuple(_outcome(one) for one in found["outcomes"])
    return Ran(outcomes=outcomes, layers=tuple(found["layers"]))


def layers() -> tuple[str, ...]:
    """Which protections this system gives, in words. Raises SkillscaleError where code cannot be run at all."""
    ran = run(["pass"], Limits())
    if ran.outcomes[0].status != "passed":
        raise SkillscaleError(
            f"The sandbox could not run an empty program ({ran.outcomes[0].reason}). Skill-Mix for code cannot be used on this system."
        )
    return ran.layers


def _said(given: bytes, limits: Limits) -> bytes:
    """What the jail printed; nothing where it had to be killed. Ends within the limits and START."""
    command = [sys.executable, "-I", "-S", "-W", "ignore", "-X", "utf8", str(JAIL)]
    with (
        TURNS,
        tempfile.TemporaryDirectory(prefix="skillscale-") as folder,
        subprocess.Popen(
            command,
            cwd=folder,
            env={},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
    ):
        try:
            return process.communicate(given, timeout=limits.seconds + START)[0]
        except subprocess.TimeoutExpired:
            return b""
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the jail and whatever is left of its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS, where all that is left are the dead
        process.kill()


def _outcome(said: dict[str, Any]) -> Outcome:
    reason = shown(said["reason"], 300) or ("" if said["status"] == "passed" else "an exception without a name")
    return Outcome(status=said["status"], reason=reason, reached=frozenset(said["reached"]))
