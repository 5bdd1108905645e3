"""What a worker does for one run of a ladder: train it, measure each checkpoint, keep what was measured beside it."""

import fcntl
import json
import os
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import Emit
from skillscale.experiments.measurements import MEASUREMENTS
from skillscale.experiments.progress import RunTrains
from skillscale.models.durable import write_file, writing_to
from skillscale.models.rung import Rung
from skillscale.observations.observation import Observation

if TYPE_CHECKING:  # the driver knows jobs, too, and does without torch
    from skillscale.experiments.evaluate import Identity
    from skillscale.models.training import Progress

LOCK_S = 30.0  # a worker whose driver was killed is gone long before


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run: what to train, on what, where, and what to ask. `identities` says by mark who the checkpoint is."""

    rung: Rung
    run: str
    corpus_folder: Path
    folder: Path
    identities: "dict[int, Identity]"
    items_per_stratum: int
    items_seed: int
    measurements: tuple[str, ...] = ()  # of MEASUREMENTS, beside the items

    def measured_file(self, mark: int) -> Path:
        return self.folder / f"tokens-{mark}" / "observations.json"

    def measurement_file(self, mark: int, name: str) -> Path:
        return self.folder / f"tokens-{mark}" / f"{name}.json"

    def measurements_at(self, mark: int) -> tuple[str, ...]:
        """Those that are made of the checkpoint at `mark`."""
        last = mark == self.rung.marks[-1]
        return tuple(name for name in self.measurements if last or not MEASUREMENTS[name].only_last)

    @property
    def asked(self) -> dict[str, int]:
        """What decides which items are asked: measurements of other items are not these."""
        return {"items_per_stratum": self.items_per_stratum, "items_seed": self.items_seed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All observations of the checkpoint at `mark`."""

    mark: int
    observations: tuple[Observation, ...]


def run_job(job: Job, emit: Emit) -> None:
    """Train the run or go on with it; emits RunTrains on the way and Measured for each checkpoint.

    What was done before a kill is not done again. Raises what training and evaluation raise.
    """
    from skillscale.models.training import train

    corpus = PackedCorpus(job.corpus_folder)
    with sole_use(job.folder):
        train(
            job.rung,
            corpus,
            job.folder,
            on_progress=lambda progress: emit(_trains(job.run, progress)),
            on_checkpoint=lambda path, mark: emit(_measure(job, corpus, path, mark)),
        )


def read_measured(job: Job, mark: int) -> Measured | None:
    """What was measured of the checkpoint at `mark`; None where something was not yet, or on other items."""
    found = [_read(job, mark, job.measured_file(mark), job.asked)]
    found += [_read_measurement(job, mark, name) for name in job.measurements_at(mark)]
    if any(part is None for part in found):
        return None
    return Measured(mark=mark, observations=tuple(observation for part in found for observation in part or ()))


@contextmanager
def sole_use(folder: Path) -> Generator[None]:
    """Hold the run's folder. A worker whose driver was just killed may still write there: wait until it is gone."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    with lock:
        give_up = time.monotonic() + LOCK_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > give_up:
                    raise SkillscaleError(
                        f"Another process trains in {folder} and has not let go for {LOCK_S:.0f} s. End it, or wait for it."
                    ) from error
                time.sleep(0.05)
        yield


def _read(job: Job, mark: int, file: Path, asked: dict[str, int]) -> tuple[Observation, ...] | None:
    try:
        content = json.loads(file.read_text())
        if content["asked"] != asked:
            return None
        rows: list[dict[str, Any]] = content["observations"]
        # the weights are the same whatever the ladder is called now
        identity: dict[str, Any] = dict(job.identities[mark])
        return tuple(Observation(**(row | identity)) for row in rows)
    except (OSError, ValueError, TypeError, KeyError):  # absent, or damaged: it is measured again
        return None


def _read_measurement(job: Job, mark: int, name: str) -> tuple[Observation, ...] | None:
    return _read(job, mark, job.measurement_file(mark, name), {"version": MEASUREMENTS[name].version})


def _write(file: Path, asked: dict[str, int], observations: Sequence[Observation]) -> None:
    text = json.dumps({"asked": asked, "observations": [asdict(observation) for observation in observations]})
    with writing_to(file.parent):
        write_file(file, lambda partial: partial.write_text(text))


def _measure(job: Job, corpus: PackedCorpus, checkpoint: Path, mark: int) -> Measured:
    import torch

    from skillscale.experiments.evaluate_checkpoint import evaluate_checkpoint
    from skillscale.models.local import LocalModel

    device = "cuda" if torch.cuda.is_available() else "cpu"
    threads = int(os.environ["OMP_NUM_THREADS"]) if "OMP_NUM_THREADS" in os.environ else None
    model: LocalModel | None = None
    found = _read(job, mark, job.measured_file(mark), job.asked)
    if found is None:
        found = evaluate_checkpoint(
            checkpoint,
            corpus,
            limit_per_stratum=job.items_per_stratum,
            seed=job.items_seed,
            identity=job.identities[mark],
            folder=checkpoint,
            device=device,
            threads=threads,
        )
        _write(job.measured_file(mark), job.asked, found)
    every = [found]
    for name in job.measurements_at(mark):
        part = _read_measurement(job, mark, name)
        if part is None:
            model = model or LocalModel(checkpoint, device=device, threads=threads)
            part = tuple(MEASUREMENTS[name].measure(model, corpus, job.identities[mark], checkpoint))
            _write(job.measurement_file(mark, name), {"version": MEASUREMENTS[name].version}, part)
        every.append(part)
    return Measured(mark=mark, observations=tuple(observation for part in every for observation in part))


def _trains(run: str, progress: "Progress") -> RunTrains:
    return RunTrains(
        run=run,
        step=progress.step,
        n_steps=progress.n_steps_total,
        loss_nats=progress.loss_nats,
        tokens_per_s=progress.tokens_per_s,
        left_s=progress.seconds_left,
    )
