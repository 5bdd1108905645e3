"""The scale at which one way of answering overtakes another: where worked chains become better than direct ones."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import LEVEL, Array, Estimate, interval_of

# s scale, r run of a scale, i item, d draw

N_CROSSOVER_DRAWS = 2_000
COLUMNS = ("n_params", "run", "item", "first", "second")

Verdict = Literal["crossover", "first better throughout", "second better throughout", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleDifference:
    """The mean of second − first over runs and items at one scale; `first` and `second` are the means themselves."""

    n_params: float
    first: float
    second: float
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover:
    """Where the second way overtakes the first, in parameters, by interpolation over log N; None unless `verdict` is `crossover`.

    `low` and `high` are None where the interval reaches beyond the smallest or the largest scale. `share` is that of draws which cross
    within the scales. `reason` says in words what was found.
    """

    verdict: Verdict
    n_params: float | None
    low: float | None
    high: float | None
    level: float
    share: float
    scales: tuple[ScaleDifference, ...]
    reason: str


def crossover(
    table: pl.DataFrame, *, level: float = LEVEL, seed: int = 0, n_draws: int = N_CROSSOVER_DRAWS
) -> Crossover:
    """The last change of sign from first to second over scales.

    `table` has a row for each model and item with the columns `n_params`, `run` (one training), `item`, and the correctness of both ways,
    `first` and `second`, between 0 and 1. The same items at all scales are drawn together, with random weights; runs of a scale with
    replacement. It is called a crossover where the first way is surely better at some scale and the second at some larger one (one-sided, at the
    level of the interval, shared among scales); ties at the bottom, where neither way can do anything, are none.
    """
    scales, differences = _laid_out(table)
    rng = np.random.default_rng(seed)
    draws_ds = _draws(differences, rng, n_draws)
    means_s = np.array([float(np.mean([own.mean() for own in runs.values()])) for _, runs in differences])
    found = tuple(
        ScaleDifference(n_params=n, first=first, second=second, difference=interval_of(mean, draws_d, level, n_items))
        for (n, first, second, n_items), mean, draws_d in zip(scales, means_s.tolist(), draws_ds.T, strict=True)
    )
    log_n = np.log([one.n_params for one in found])
    tail = (1 - level) / 2 / len(found)
    worse_s, better_s = np.quantile(draws_ds, 1 - tail, axis=0) < 0, np.quantile(draws_ds, tail, axis=0) > 0
    at_d = np.array([_crossing(log_n, row) for row in draws_ds])
    share = float(np.isfinite(at_d).mean())
    verdict = _verdict(worse_s, better_s)
    low, high = np.quantile(at_d, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    value = _crossing(log_n, means_s)
    if verdict != "crossover" or not np.isfinite(value):
        return Crossover(
            verdict=verdict,
            n_params=None,
            low=None,
            high=None,
            level=level,
            share=share,
            scales=found,
            reason=_reason(verdict, found, better_s, worse_s),
        )
    return Crossover(
        verdict=verdict,
        n_params=float(np.exp(value)),
        low=float(np.exp(low)) if np.isfinite(low) else None,
        high=float(np.exp(high)) if np.isfinite(high) else None,
        level=level,
        share=share,
        scales=found,
        reason=_reason(verdict, found, better_s, worse_s),
    )


Runs = dict[str, Array]


def _laid_out(table: pl.DataFrame) -> tuple[list[tuple[float, float, float, int]], list[tuple[Array, Runs]]]:
    """Scales with their means, and for each the numbers of its items and, by run, second − first of these, (i,)."""
    absent = [name for name in COLUMNS if name not in table.columns]
    if absent:
        raise SkillscaleError(
            f"A crossover was asked of a table without {', '.join(absent)}; give the columns {', '.join(COLUMNS)}."
        )
    known = table.select(
        pl.col("n_params").cast(pl.Float64),
        pl.col("run", "item").cast(pl.String),
        pl.col("first", "second").cast(pl.Float64),
    )
    known = known.drop_nulls()  # an answer that is missing in either way leaves no pair
    if known["n_params"].n_unique() < 2:
        raise SkillscaleError(
            f"A crossover was asked of {known['n_params'].n_unique()} scales with both ways measured; give at least two."
        )
    if known.select(pl.struct("n_params", "run", "item").is_duplicated().any()).item():
        raise SkillscaleError("A crossover was asked of a table in which a run has an item twice; give each once.")
    items = {name: i for i, name in enumerate(known["item"].unique().sort().to_list())}
    known = known.with_columns(number=pl.col("item").replace_strict(items, return_dtype=pl.Int64)).sort(
        "n_params", "run", "number"
    )
    scales: list[tuple[float, float, float, int]] = []
    found: list[tuple[Array, Runs]] = []
    for (n,), own in known.group_by("n_params", maintain_order=True):
        numbers = own["number"].unique().sort().to_numpy()
        runs: Runs = {}
        for (run,), rows in own.group_by("run", maintain_order=True):
            if rows.height != len(numbers):
                raise SkillscaleError(
                    f"At {n:g} parameters run {run} has {rows.height} of {len(numbers)} items; give runs of a scale the same items."
                )
            runs[str(run)] = (rows["second"] - rows["first"]).to_numpy()
        means = own.select(pl.col("first", "second").mean()).row(0)
        scales.append((float(n), float(means[0]), float(means[1]), len(numbers)))  # pyright: ignore[reportArgumentType]  # a float
        found.append((numbers, runs))
    return scales, found


def _draws(differences: list[tuple[Array, Runs]], rng: np.random.Generator, n_draws: int) -> Array:
    """The difference at each scale, (d, s): the same weights of items everywhere, and half an item at −1 and at 1 each."""
    n_items = 1 + max(int(numbers.max()) for numbers, _ in differences)
    weight_di = rng.standard_exponential((n_draws, n_items))
    end_d2 = rng.standard_gamma(0.5, (n_draws, 2))
    columns: list[Array] = []
    for numbers, runs in differences:
        own_di = weight_di[:, numbers]
        total_d = own_di.sum(1) + end_d2.sum(1)
        by_run_dr = np.column_stack([own_di @ values for values in runs.values()])
        picked_dr = rng.integers(0, len(runs), (n_draws, len(runs)))
        mean_d = np.take_along_axis(by_run_dr, picked_dr, 1).mean(1)
        columns.append((mean_d + end_d2 @ np.array([-1.0, 1.0])) / total_d)
    return np.column_stack(columns)


def _crossing(log_n: Array, difference_s: Array) -> float:
    """log N at the last step from ≤ 0 to > 0; −∞ where all later ones are above 0 from the start, ∞ where the last is not."""
    if difference_s[-1] <= 0:
        return np.inf
    below = np.flatnonzero(difference_s <= 0)
    if len(below) == 0:
        return -np.inf
    s = int(below[-1])
    low, high = difference_s[s], difference_s[s + 1]
    return float(log_n[s] + (log_n[s + 1] - log_n[s]) * -low / (high - low))


def _verdict(worse_s: Array, better_s: Array) -> Verdict:
    if worse_s.any() and better_s.any():
        # the first way better beyond the last scale where the second is: overtaken again, which is no crossover of this kind
        return "crossover" if np.flatnonzero(worse_s)[-1] < np.flatnonzero(better_s)[-1] else "cannot tell"
    if better_s.all():
        return "second better throughout"
    if worse_s.all():
        return "first better throughout"
    return "cannot tell"


def _reason(verdict: Verdict, found: tuple[ScaleDifference, ...], better_s: Array, worse_s: Array) -> str:
    def names(which_s: Array) -> str:
        chosen = [one.n_params for one, yes in zip(found, which_s, strict=True) if yes]
        return f"{len(chosen)} of {len(found)} scales" + (
            f" ({chosen[0]:.3g} to {chosen[-1]:.3g} parameters)" if chosen else ""
        )

    said = f"the first way is surely better at {names(worse_s)}, the second at {names(better_s)}"
    if verdict == "crossover":
        return said
    if verdict == "cannot tell":
        return f"{said}: no change of sign is sure; more items, runs or scales would tell"
    return f"{said}: no crossover within the scales"
