"""What a worker does for one seed."""

import time
from dataclasses import dataclass
from pathlib import Path

from skillscale.corpora.packed import PackedCorpus
from skillscale.experiments.executor import Emit
from skillscale.experiments.job import sole_use
from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.records import Base, Step, claim, read_run, step_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinforceJob:
    """One run: from the folder `checkpoint`, whose base the table knows, with the customs of a corpus, into `folder`."""

    config: ReinforceConfig
    base: Base
    checkpoint: Path
    corpus_folder: Path
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinforces:
    """A run is at `step`; `left_s` until the last one, measured since this process took it up."""

    run: str
    n_steps: int
    step: Step
    left_s: float


def run_reinforcement(job: ReinforceJob, emit: Emit) -> None:
    """Do the run or go on with it; emits Reinforces after each step. What was done before a kill is not done again."""
    from skillscale.experiments.reinforce.attempts import question_sets
    from skillscale.experiments.reinforce.chains import ChainWorld
    from skillscale.experiments.reinforce.learner import Learner

    with sole_use(job.folder):
        if is_done(job):
            return
        claim(job.folder, job.config, job.base)
        corpus = PackedCorpus(job.corpus_folder)
        world = ChainWorld(corpus)
        sets = question_sets(world, job.config, int(corpus.card.settings["seed"]))
        learner = Learner(job.config, job.checkpoint, job.folder, world)
        started, taken = time.monotonic(), 0

        def tell(step: Step) -> None:
            nonlocal taken
            taken += 1
            left = (job.config.n_steps - step.step) * (time.monotonic() - started) / taken
            emit(Reinforces(run=job.config.run, n_steps=job.config.n_steps, step=step, left_s=left))

        learner.run(sets, tell)
        (job.folder / "resume.pt").unlink(missing_ok=True)


def is_done(job: ReinforceJob) -> bool:
    """Is the last checkpoint there, and measured?"""
    if not step_folder(job.folder, job.config.n_steps).is_dir():
        return False
    return read_run(job.folder).done
