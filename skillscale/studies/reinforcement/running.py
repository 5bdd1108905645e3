"""Reinforcement learning on a lab's checkpoint: which one it can start from, a run for each seed, and what goes into the table."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import Interrupted, SkillscaleError
from skillscale.experiments.executor import Emitted, Executor, Failed, LocalProcesses
from skillscale.experiments.ladder import corpus_key
from skillscale.experiments.progress import clock
from skillscale.experiments.reinforce.chains import TASK, ChainWorld
from skillscale.experiments.reinforce.config import LEAST, MOST, ReinforceConfig, rate_of_width
from skillscale.experiments.reinforce.job import ReinforceJob, Reinforces, is_done, run_reinforcement
from skillscale.experiments.reinforce.records import Base, read_run
from skillscale.observations import Lab
from skillscale.studies.evaluation import corpus_for
from skillscale.studies.laboratory import read_ladders
from skillscale.studies.reinforcement.rows import reinforcement_rows

N_PROBE_ITEMS, N_PROBE_TRIES = 60, 8  # of each k: a standard error of some 3 points
N_ADVISED = 3
LINE_EVERY_S = 10.0
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A checkpoint that a run may start from. `name` is as in the table, where the table has it."""

    name: str
    folder: Path
    corpus: PackedCorpus
    base: Base


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinforced:
    """What was asked and done. `single_try` is the success that the checkpoint was chosen by; `failed` says why by run."""

    start: Start
    single_try: float
    runs: tuple[str, ...]
    failed: dict[str, str]


def reinforce(
    lab: Lab,
    *,
    checkpoint: Path | None = None,
    task: str = TASK,
    seeds: Sequence[int] = (0, 1, 2),
    n_steps: int | None = None,
    tell: Tell = lambda _: None,
    executor: Executor | None = None,
) -> Reinforced:
    """Reinforce `checkpoint` with each seed; without one, the widest of the lab's ladders that solves LEAST to MOST of the questions at a try.

    What was done before is not done again, and everything measured goes into the table. Raises SkillscaleError where the
    task, the text or the checkpoint will not do, saying which checkpoints would; Interrupted on Ctrl-C.
    """
    if task != TASK:
        raise SkillscaleError(
            f"{task!r} cannot be reinforced: only {TASK} has answers that a program checks step by step."
        )
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        raise SkillscaleError(
            f"The seeds {','.join(map(str, seeds))} were given; give different whole numbers from 0 on."
        )
    start, single_try = _given(lab, checkpoint) if checkpoint is not None else _widest(lab, tell)
    tell(f"{start.name} solves {single_try:.0%} of held-out questions at a single try.")
    jobs = [_job(lab, start, seed, n_steps) for seed in seeds]
    with lab.training():
        failed = _run(lab, jobs, tell, executor or LocalProcesses(n_workers=min(os.cpu_count() or 1, len(jobs))))
    if len(failed) == len(jobs):
        raise SkillscaleError(
            f"No run could be done ({'; '.join(sorted(set(failed.values())))}). Mend that and run it again."
        )
    return Reinforced(start=start, single_try=single_try, runs=tuple(job.config.run for job in jobs), failed=failed)


def _job(lab: Lab, start: Start, seed: int, n_steps: int | None) -> ReinforceJob:
    config = ReinforceConfig(
        model=start.name,
        digest=_digest(start.folder),
        corpus_key=corpus_key(start.corpus),
        seed=seed,
        learning_rate=rate_of_width(_width(start.folder)),
    )
    config = config if n_steps is None else replace(config, n_steps=n_steps)
    return ReinforceJob(
        config=config,
        base=start.base,
        checkpoint=start.folder.absolute(),
        corpus_folder=start.corpus.folder.absolute(),
        folder=(lab.runs / config.run).absolute(),
    )


def _run(lab: Lab, jobs: list[ReinforceJob], tell: Tell, executor: Executor) -> dict[str, str]:
    """Reasons of the runs that failed; the rows of the others are in the table."""
    failed: dict[str, str] = {}
    told_s: dict[str, float] = {}
    for job in jobs:
        if is_done(job):
            tell(f"{job.config.run}: was done before")
            lab.record(reinforcement_rows(read_run(job.folder)))
    waiting = [job for job in jobs if not is_done(job)]
    try:
        with closing(executor.run(run_reinforcement, waiting)) as events:
            for event in events:
                job = waiting[event.job]
                if isinstance(event, Emitted):
                    assert isinstance(event.payload, Reinforces)
                    if time.monotonic() - told_s.get(job.config.run, -LINE_EVERY_S) >= LINE_EVERY_S:
                        told_s[job.config.run] = time.monotonic()
                        tell(_line(event.payload))
                elif isinstance(event, Failed):
                    failed[job.config.run] = event.reason
                    tell(f"{job.config.run}: failed: {event.reason}")
                else:
                    lab.record(reinforcement_rows(read_run(job.folder)))
                    tell(f"{job.config.run}: done")
    except KeyboardInterrupt as error:
        raise Interrupted("Stopped. Run the same command again to go on from here.") from error
    return failed


def _line(event: Reinforces) -> str:
    step = event.step
    return (
        f"{event.run}: step {step.step:,} of {event.n_steps:,}, {step.rewarded:.0%} rewarded, {step.mixed} of {step.n_prompts} questions "
        f"teach, entropy {step.entropy_nats:.2f} nats, {clock(event.left_s)} left"
    )


def _given(lab: Lab, checkpoint: Path) -> tuple[Start, float]:
    """The user's checkpoint, a folder or a name as in the table, with its success at a single try, which must be in the window."""
    folder = next((path for path in (checkpoint, lab.runs / checkpoint) if (path / "config.json").is_file()), None)
    if folder is None:
        raise SkillscaleError(f"{checkpoint} is no checkpoint. Give the folder of one, or its name in the table.")
    start = _start(lab, folder)
    success = _single_try(start)
    if LEAST <= success <= MOST:
        return start, success
    others = [(one, s) for one, s in _fitting(lab) if one.folder.resolve() != folder.resolve()]
    fitting = [f"{one.name} ({s:.0%})" for one, s in _first(iter(others), N_ADVISED)]
    advice = (
        f"These would do: {', '.join(fitting)}"
        if fitting
        else "No other checkpoint of this lab would do; train one for longer or shorter"
    )
    raise SkillscaleError(
        f"{start.name} solves {success:.1%} of held-out {TASK} at a single try; reinforcement learns from {LEAST:.0%} to {MOST:.0%}. {advice}."
    )


def _widest(lab: Lab, tell: Tell) -> tuple[Start, float]:
    tell("measuring which checkpoint can be reinforced …")
    found = next(_fitting(lab), None)
    if found is None:
        raise SkillscaleError(
            f"No checkpoint of {lab.folder} solves {LEAST:.0%} to {MOST:.0%} of held-out {TASK} at a single try. "
            "Train a ladder with `skillscale lab` that is wider, or has more tokens."
        )
    return found


def _fitting(lab: Lab) -> Iterator[tuple[Start, float]]:
    """Checkpoints of the lab's latest ladder whose success is in the window: the widest first, and of each the longest trained."""
    ladders = read_ladders(lab)
    if not ladders:
        raise SkillscaleError(f"{lab.folder} has no ladder yet. Run `skillscale lab --dir {lab.folder}`.")
    rows = lab.observations().filter(pl.col("family") == ladders[-1].family)
    ChainWorld(PackedCorpus(lab.folder / ladders[-1].corpus))  # refuses other text before anything is opened
    models = rows.select("model", "n_params", "n_tokens").drop_nulls().unique()
    for name, _, _ in models.sort("n_params", "n_tokens", "model", descending=True).iter_rows():
        if (lab.runs / name / "config.json").is_file():
            start = _start(lab, lab.runs / name)
            success = _single_try(start)
            if LEAST <= success <= MOST:
                yield start, success


def _first(found: Iterator[tuple[Start, float]], n: int) -> Iterator[tuple[Start, float]]:
    yield from (one for one, _ in zip(found, range(n), strict=False))


def _start(lab: Lab, folder: Path) -> Start:
    corpus = corpus_for(folder, None, lab.folder)
    absolute = folder.resolve()
    home = absolute.parent.parent.parent
    if (home / "lab.db").is_file():
        name = f"{absolute.parent.name}/{absolute.name}"
        known = Lab(home).observations().filter(pl.col("model") == name)
    else:
        name, known = absolute.name, pl.DataFrame()
    if known.is_empty():
        from skillscale.models.local import LocalModel

        model = LocalModel(folder)
        base = Base(family=corpus.card.name, n_params=model.n_params, n_params_total=model.n_params_total)
    else:
        base = Base(**known.select(*Base.__slots__).drop_nulls("n_params").row(0, named=True))
    return Start(name=name, folder=folder, corpus=corpus, base=base)


def _single_try(start: Start) -> float:
    """Share of right results on held-out tuples of the ks that are trained, one answer a question."""
    from skillscale.experiments.reinforce.attempts import attempts, question_sets, single_try
    from skillscale.models.local import LocalModel

    world = ChainWorld(start.corpus)
    model = LocalModel(start.folder)
    if model.tokenizer.get_vocab() != start.corpus.tokenizer.get_vocab():
        raise SkillscaleError(
            f"{start.folder} has another tokenizer than the corpus {start.corpus.card.name}. Give one of its checkpoints."
        )
    asked = ReinforceConfig(
        model=start.name, digest="", corpus_key="", seed=0, learning_rate=0.1, longer_ks=(), n_items=N_PROBE_ITEMS
    )
    sets = [one for one in question_sets(world, asked, int(start.corpus.card.settings["seed"])) if one.part == "unseen"]
    return single_try(attempts(model, world, sets, n_tries=N_PROBE_TRIES, seed=0))


def _width(folder: Path) -> int:
    return int(json.loads((folder / "config.json").read_text())["hidden_size"])


def _digest(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()
