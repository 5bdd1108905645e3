"""The driver: which runs are to be done, what came of them, and the one who writes the table."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import Interrupted
from skillscale.experiments.executor import Emitted, Event, Executor, Finished, JobFunction
from skillscale.experiments.job import Job, Measured, read_measured, run_job
from skillscale.experiments.measurements import measurements_of
from skillscale.experiments.progress import CheckpointMeasured, OnEvent, RunFailed, RunFinished, RunTrains
from skillscale.models.flops import train_flops
from skillscale.models.rung import Rung
from skillscale.observations.lab import Lab
from skillscale.observations.observation import Observation

if TYPE_CHECKING:
    from skillscale.experiments.evaluate import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """What became of a ladder's runs: names of those that are done, and the others with their reasons."""

    done: tuple[str, ...]
    failed: dict[str, str]


def climb(
    lab: Lab,
    rungs: Sequence[Rung],
    corpus: PackedCorpus,
    executor: Executor,
    *,
    family: str | None = None,
    items_per_stratum: int = 200,
    items_seed: int = 0,
    measurements: tuple[str, ...] | None = None,
    on_event: OnEvent = lambda _: None,
    function: JobFunction = run_job,
) -> Climb:
    """Train and measure every rung that is not done yet, the longest first; the table then has all of them.

    A run that fails is recorded as missing at each mark it did not reach, and the others go on; the next call tries it
    again. `family` names the ladder in the table. Raises Interrupted on Ctrl-C, and SkillscaleError where another process climbs in this lab or the table
    cannot be written.
    """
    jobs = sorted(
        (
            job_of(
                lab,
                rung,
                corpus,
                family=family,
                items_per_stratum=items_per_stratum,
                items_seed=items_seed,
                measurements=measurements,
            )
            for rung in rungs
        ),
        key=lambda job: job.rung.n_params_total * job.rung.n_tokens,
        reverse=True,
    )
    with lab.training():
        climbing = _Climbing(lab, [job for job in jobs if not _done_before(lab, job, on_event)], on_event)
        try:
            with closing(executor.run(function, climbing.jobs)) as events:
                for event in events:
                    climbing.take(event)
        except KeyboardInterrupt as error:
            n_done = len(jobs) - len(climbing.jobs) + len(climbing.done)
            raise Interrupted(
                f"Stopped with {n_done} of {len(jobs)} runs done; all that was measured is kept. "
                "Run the same command again to go on from here."
            ) from error
    done = tuple(job.run for job in jobs if job.run not in climbing.failed)
    return Climb(done=done, failed=climbing.failed)


def job_of(
    lab: Lab,
    rung: Rung,
    corpus: PackedCorpus,
    *,
    family: str | None = None,
    items_per_stratum: int = 200,
    items_seed: int = 0,
    measurements: tuple[str, ...] | None = None,
) -> Job:
    """The run of this rung on this corpus. Its name, and so its folder, follows from all that decides its weights.

    `family` is the corpus's name where none is given, `measurements` all that the corpus allows.
    """
    run = rung.run_name(corpus_key(corpus))
    return Job(
        rung=rung,
        run=run,
        corpus_folder=corpus.folder.absolute(),
        folder=(lab.runs / run).absolute(),
        identities={mark: _identity(rung, run, corpus, mark, family or corpus.card.name) for mark in rung.marks},
        items_per_stratum=items_per_stratum,
        items_seed=items_seed,
        measurements=measurements_of(corpus) if measurements is None else measurements,
    )


def corpus_key(corpus: PackedCorpus) -> str:
    """Equal for corpora that were built from the same with the same settings."""
    card = asdict(corpus.card)
    built = {
        name: value for name, value in card.items() if name != "entropy"
    }  # an estimate; the text does not follow it
    return hashlib.blake2b(json.dumps(built, sort_keys=True).encode(), digest_size=8).hexdigest()


def _identity(rung: Rung, run: str, corpus: PackedCorpus, mark: int, family: str) -> "Identity":
    card = corpus.card
    before_tokens, before_flops = (0, 0.0) if rung.start is None else (rung.start.n_tokens, rung.start.train_flops)
    return {
        "family": family,
        "run": run,
        "model": f"{run}/tokens-{mark}",
        "n_params": rung.n_params,
        "n_params_total": rung.n_params_total,
        "n_tokens": before_tokens + mark,
        "unique_tokens": before_tokens + min(mark, card.n_tokens),
        "train_flops": before_flops + train_flops(rung, mark, tokens_per_row=card.n_tokens / card.n_rows),
        "seed": rung.seed,
    }


def _done_before(lab: Lab, job: Job, on_event: OnEvent) -> bool:
    """Record what the run's folder holds (the table may have been deleted) and say whether that is all."""
    found = [measured for mark in job.rung.marks if (measured := read_measured(job, mark)) is not None]
    lab.record(observation for measured in found for observation in measured.observations)
    done = len(found) == len(job.rung.marks)
    if done:
        on_event(RunFinished(run=job.run, before=True))
    return done


class _Climbing:
    """Takes what executors tell of `jobs` into the table, and passes it on to be shown."""

    def __init__(self, lab: Lab, jobs: list[Job], on_event: OnEvent) -> None:
        self.lab, self.jobs, self.on_event = lab, jobs, on_event
        self.done: list[str] = []
        self.failed: dict[str, str] = {}
        self.measured: dict[str, set[int]] = {job.run: set() for job in jobs}

    def take(self, event: Event) -> None:
        job = self.jobs[event.job]
        match event:
            case Emitted(payload=RunTrains() as trains):
                self.on_event(trains)
            case Emitted(payload=Measured() as measured):
                self._record(job, measured)
            case Emitted(payload=payload):
                raise TypeError(f"a job emits RunTrains and Measured, not {type(payload).__name__}")
            case Finished():
                self.done.append(job.run)
                self.on_event(RunFinished(run=job.run))
            case _:
                self._fail(job, event.reason)

    def _record(self, job: Job, measured: Measured) -> None:
        self.lab.record(measured.observations)
        self.measured[job.run].add(measured.mark)
        self.on_event(CheckpointMeasured(run=job.run, n_tokens=measured.mark, loss_nats=_loss(measured)))

    def _fail(self, job: Job, reason: str) -> None:
        self.failed[job.run] = reason
        # a worker may have died between writing its measurements and sending them
        kept = {mark: read_measured(job, mark) for mark in job.rung.marks if mark not in self.measured[job.run]}
        for mark, measured in kept.items():
            if measured is not None:
                self._record(job, measured)
            else:
                self.lab.record([_missing(job, mark, reason)])
        self.on_event(RunFailed(run=job.run, reason=reason))


def _loss(measured: Measured) -> float | None:
    """Held-out loss over all documents."""
    for observation in measured.observations:
        if (observation.task, observation.stratum, observation.metric) == ("language", "all", "loss_nats"):
            return observation.value
    return None


def _missing(job: Job, mark: int, reason: str) -> Observation:
    return Observation(
        **job.identities[mark],
        task="language",
        metric="loss_nats",
        missing=reason,
        direction="down",
        thresholded=False,
        provenance="skillscale ladder",
    )
