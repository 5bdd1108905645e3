"""What reinforcement learning changed: before and after on the same questions, over all seeds, with intervals."""

# s seed, i question

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import t as student

from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.records import ReinforcementRun
from skillscale.laws.intervals import LEVEL, Estimate, estimate
from skillscale.laws.test_time.coverage import pass_at_k, powers_of_two

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A share before and after, and after less before, each with its interval."""

    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedOutcome:
    """One seed: pass@1 on held-out tuples, intervals over questions; what sampling and updating took (None where its log does not say)."""

    seed: int
    run: str
    checkpoint: str
    rl_flops: float | None
    pass_at_1: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOutcome:
    """pass@1 on questions of k customs: `seen` and `unseen` tuples of the ks trained on, `longer` unseen ones."""

    part: str
    k: int
    pass_at_1: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageOutcome:
    """pass@k on held-out tuples: at k = 1 what is said, at large k what can be said at all."""

    k: int
    pass_at_k: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a model speaks on held-out tuples: mean tokens of an answer, entropy of a token, share of rewarded answers with a wrong step."""

    thought_tokens: float
    entropy_nats: float
    rewarded_rejected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All seeds together; intervals are over seeds and questions. `learned` says in a sentence whether more became possible, or only likelier."""

    pass_at_1: Change
    n_seeds: int
    seeds: tuple[SeedOutcome, ...]
    parts: tuple[PartOutcome, ...]
    coverage: tuple[CoverageOutcome, ...]
    learned: str
    before: Habits
    after: Habits


def outcome_of(runs: Sequence[ReinforcementRun], *, level: float = LEVEL) -> Outcome:
    """Before and after of finished runs that differ in their seed alone. Raises SkillscaleError where there is none."""
    done = [run for run in runs if run.done]
    if not done:
        raise SkillscaleError("None of the runs of reinforcement learning is done. Run the same command again.")
    keys = [
        (str(part), int(k))
        for part, k in done[0].evaluations.select("part", "k").unique(maintain_order=True).iter_rows()
    ]
    ks = powers_of_two(done[0].config.n_tries_ends)
    coverage = tuple(CoverageOutcome(k=k, pass_at_k=_change(*_pairs(done, k, part="unseen"), level=level)) for k in ks)
    return Outcome(
        pass_at_1=coverage[0].pass_at_k,
        n_seeds=len(done),
        seeds=tuple(_of_seed(run, level) for run in done),
        parts=tuple(
            PartOutcome(part=part, k=k, pass_at_1=_change(*_pairs(done, 1, part=part, k=k), level=level))
            for part, k in keys
        ),
        coverage=coverage,
        learned=_learned(coverage[0], coverage[-1]),
        before=_habits(done, last=False),
        after=_habits(done, last=True),
    )


def _pairs(runs: Sequence[ReinforcementRun], at: int, *, part: str, k: int | None = None) -> tuple[Values, Values]:
    """pass@`at` of each seed and question (s, i), before and after."""
    tables = [run.evaluations.filter(pl.col("part") == part, True if k is None else pl.col("k") == k) for run in runs]
    before, after = (
        np.array([_passed(table, step, at) for table, step in zip(tables, steps, strict=True)])
        for steps in ([0] * len(runs), [run.config.n_steps for run in runs])
    )
    return before, after


def _passed(table: pl.DataFrame, step: int, at: int) -> Values:
    own = table.filter(step=step).sort("k", "item")
    return pass_at_k(own["tries"].to_numpy(), own["right"].to_numpy(), at)


def _change(before_si: Values, after_si: Values, *, level: float) -> Change:
    return Change(
        before=over_seeds(before_si, level=level, ends=(0, 1)),
        after=over_seeds(after_si, level=level, ends=(0, 1)),
        difference=over_seeds(after_si - before_si, level=level, ends=(-1, 1)),
    )


def over_seeds(values_si: Values, *, level: float, ends: tuple[float, float]) -> Estimate:
    """The mean over seeds and questions, with an interval for other seeds and other questions.

    Both are crossed: the variance is that of the seeds' means and that of the questions' means together, and Student's t has the
    degrees of freedom of Welch and Satterthwaite. With one seed the interval is over questions alone. It ends where `ends` say.
    """
    n_seeds, n_items = values_si.shape
    mean = float(values_si.mean())
    if n_items < 2:
        return Estimate(value=mean, low=None, high=None, n=n_seeds)
    of_seeds = float(values_si.mean(1).var(ddof=1)) / n_seeds if n_seeds > 1 else 0.0
    of_items = float(values_si.mean(0).var(ddof=1)) / n_items
    total = of_seeds + of_items
    freedom = total**2 / (of_seeds**2 / max(n_seeds - 1, 1) + of_items**2 / (n_items - 1)) if total else 1.0
    half = float(student.ppf((1 + level) / 2, freedom)) * total**0.5
    return Estimate(value=mean, low=max(mean - half, ends[0]), high=min(mean + half, ends[1]), n=n_seeds)


def _of_seed(run: ReinforcementRun, level: float) -> SeedOutcome:
    before_si, after_si = _pairs([run], 1, part="unseen")
    rng = np.random.default_rng(0)
    last = run.config.n_steps
    return SeedOutcome(
        seed=run.config.seed,
        run=run.config.run,
        checkpoint=str(run.folder / f"step-{last}"),
        rl_flops=run.evaluations.filter(step=last)["rl_flops"][0],
        pass_at_1=Change(
            before=estimate(before_si[0], rng, level=level),
            after=estimate(after_si[0], rng, level=level),
            difference=estimate((after_si - before_si)[0], rng, ends=(-1.0, 1.0), level=level),
        ),
    )


def _learned(one: CoverageOutcome, many: CoverageOutcome) -> str:
    """Yue et al. 2025 ask this: a model that only sharpens gains at k = 1 and loses at large k."""
    first, last = one.pass_at_k.difference, many.pass_at_k.difference
    said, possible = (f"{100 * (part.value or 0):+.1f} points".replace("-", "−") for part in (first, last))
    if first.high is not None and first.high < 0:
        return f"It lost: pass@1 {said}, and pass@{many.k} {possible}."
    if first.low is None or last.low is None or last.high is None or first.low <= 0:
        return f"pass@1 changed by {said}: within its interval that is nothing."
    if last.low > 0:
        return f"It learned: pass@1 {said}, and pass@{many.k} {possible}: questions became solvable that were not."
    if last.high < 0:
        return f"It sharpened: pass@1 {said}, but pass@{many.k} {possible}: what it says now it could say before, and some of that is lost."
    return f"It sharpened: pass@1 {said}, and pass@{many.k} {possible}, within its interval nothing: what it says now it could say before."


def _habits(runs: Sequence[ReinforcementRun], *, last: bool) -> Habits:
    tables = [run.evaluations.filter(part="unseen", step=run.config.n_steps if last else 0) for run in runs]
    table = pl.concat(tables)
    totals: dict[str, float] = table.select(
        pl.col("right", "strict", "tries", "tokens", "nats").sum().cast(pl.Float64)
    ).row(0, named=True)
    right = totals["right"]
    return Habits(
        thought_tokens=totals["tokens"] / totals["tries"],
        entropy_nats=totals["nats"] / totals["tokens"],
        rewarded_rejected=(right - totals["strict"]) / right if right else None,
    )
