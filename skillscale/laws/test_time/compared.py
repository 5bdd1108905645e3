"""Ways to answer, held against each other on the same problems: what one adds to the other, with an interval over problems."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from skillscale.laws.intervals import LEVEL, Array, Estimate, estimate
from skillscale.laws.test_time.samples import Samples
from skillscale.laws.test_time.selectors import SELECTORS

FIRST_ATTEMPT, LAST_ATTEMPT = "first attempt", "last attempt"
# What the second adds to the first; selectors are of all samples of a problem, `sampled` is one of them.
PAIRS = (
    ("sampled", "majority"),
    ("majority", "best_of_n"),
    ("majority", "weighted"),
    ("worked", "majority"),
    (FIRST_ATTEMPT, LAST_ATTEMPT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Share solved by `second` less that by `first`, both by `model`, over the problems that were asked both ways."""

    model: str
    first: str
    second: str
    difference: Estimate

    @property
    def sure(self) -> bool:
        """Does the interval leave 0 out?"""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and (low > 0 or high < 0)


def compare_ways(
    model: str, tries: pl.DataFrame, samples: Samples | None, *, level: float = LEVEL, seed: int = 0
) -> tuple[Compared, ...]:
    """All of `PAIRS` that the tries of one checkpoint have; `samples` are those of its sampled tries, in the order of problems."""
    values = _attempts(tries) | ({} if samples is None else _selected(tries, samples, seed))
    return tuple(
        Compared(
            model=model,
            first=first,
            second=second,
            difference=estimate(both, np.random.default_rng(seed), ends=(-1.0, 1.0), level=level),
        )
        for first, second in PAIRS
        if first in values and second in values and len(both := _differences(values[first], values[second]))
    )


def _differences(first: Mapping[int, float], second: Mapping[int, float]) -> Array:
    return np.array([second[problem] - value for problem, value in first.items() if problem in second])


def _attempts(tries: pl.DataFrame) -> dict[str, dict[int, float]]:
    """Worked once, and worked again: by problem 1 where it was right, 0 where it was wrong."""
    known = tries.filter(pl.col("right").is_not_null())
    revised = known.filter(way="revised")
    parts = {"worked": known.filter(way="worked")}
    if revised["sample"].n_unique() > 1:
        parts[FIRST_ATTEMPT] = revised.filter(pl.col("sample") == pl.col("sample").min())
        parts[LAST_ATTEMPT] = revised.filter(pl.col("sample") == pl.col("sample").max())
    return {
        name: dict(part.select("problem", pl.col("right").cast(pl.Float64)).iter_rows())
        for name, part in parts.items()
        if part.height
    }


def _selected(tries: pl.DataFrame, samples: Samples, seed: int) -> dict[str, dict[int, float]]:
    problems = tries.filter(way="sampled")["problem"].unique().sort().to_list()
    named = {"sampled": samples.right_is.mean(1)}
    for name in ("majority", "best_of_n", "weighted"):
        if name == "majority" or samples.score_is is not None:
            (found,) = SELECTORS[name](samples, (samples.n_samples,), np.random.default_rng(seed))
            named[name] = found.value_i
    return {name: dict(zip(problems, values.tolist(), strict=True)) for name, values in named.items()}
