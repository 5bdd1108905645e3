"""How much more training compute doubles the number of skills that a model combines: the test of '10 times the scale doubles k'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import LEVEL, Array

# s scale, c combination, d draw

TARGETS = (0.5, 0.25, 0.1)  # the largest that both k reach is taken
FORECAST = 10.0  # Arora and Goyal 2023: ten times the scale doubles k
N_DOUBLING_DRAWS = 2_000
FEWEST_CROSSING = 0.95  # of draws; with fewer an interval of the factor would leave out those that never get there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KCurve:
    """Scores at one k: `values_sc` (scales, combinations), none missing, at training FLOPs `flops_s` (s,), rising. The combinations are the same at all scales."""

    k: int
    flops_s: Array
    values_sc: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubling:
    """The factor of training compute between reaching `target` at k and at 2k; None with the reason in `missing`.

    `holds` says whether the forecast of 10 lies in the interval.
    """

    k: int
    target: float | None
    factor: float | None
    low: float | None
    high: float | None
    level: float
    missing: str | None = None

    @property
    def holds(self) -> bool | None:
        return None if self.low is None or self.high is None else self.low <= FORECAST <= self.high


def doublings(curves: Sequence[KCurve], *, level: float = LEVEL, seed: int = 0) -> tuple[Doubling, ...]:
    """For each k whose double was asked too: the factor, with an interval over combinations drawn by random weights at both k.

    A score is interpolated over the logarithm of compute, as the best so far; it is never taken beyond the scales that were trained.
    """
    by_k = {curve.k: curve for curve in curves}
    return tuple(_doubling(by_k, k, level, seed) for k in sorted(by_k) if 2 * k in by_k)


def _doubling(by_k: Mapping[int, KCurve], k: int, level: float, seed: int) -> Doubling:
    pair = (by_k[k], by_k[2 * k])
    target = next(
        (at for at in TARGETS if all(_reached(one, one.values_sc.mean(1), at) is not None for one in pair)), None
    )
    if target is None:
        why = f"no share of {TARGETS[-1]:.0%} is crossed within the scales at both k = {k} and k = {2 * k}"
        return Doubling(k=k, target=None, factor=None, low=None, high=None, level=level, missing=why)
    rng = np.random.default_rng(seed)
    draws_d = np.array([_factor(pair, rng, target) for _ in range(N_DOUBLING_DRAWS)])
    crossed = draws_d[np.isfinite(draws_d)]
    first, second = (_reached(one, one.values_sc.mean(1), target) for one in pair)
    assert first is not None and second is not None
    if len(crossed) < FEWEST_CROSSING * N_DOUBLING_DRAWS:
        why = f"in {1 - len(crossed) / N_DOUBLING_DRAWS:.0%} of draws {target:.0%} is crossed outside of the scales at one of them"
        return Doubling(k=k, target=target, factor=None, low=None, high=None, level=level, missing=why)
    low, high = np.quantile(crossed, [(1 - level) / 2, (1 + level) / 2])
    return Doubling(k=k, target=target, factor=second / first, low=float(low), high=float(high), level=level)


def _factor(pair: tuple[KCurve, KCurve], rng: np.random.Generator, target: float) -> float:
    reached = [_reached(one, _drawn(one.values_sc, rng), target) for one in pair]
    return np.nan if reached[0] is None or reached[1] is None else reached[1] / reached[0]


def _drawn(values_sc: Array, rng: np.random.Generator) -> Array:
    """Means (s,) with random weights of whole combinations, the same at all scales."""
    weight_c = rng.standard_exponential(values_sc.shape[1])
    return values_sc @ weight_c / weight_c.sum()


def _reached(curve: KCurve, score_s: Array, target: float) -> float | None:
    """The FLOPs at which the score first reaches the target; None where it already has at the smallest scale, or never does."""
    best_s = np.maximum.accumulate(score_s)
    above = np.flatnonzero(best_s >= target)
    if len(above) == 0 or above[0] == 0:
        return None
    at = int(above[0])
    share = (target - best_s[at - 1]) / (best_s[at] - best_s[at - 1])
    log_flops = np.log(curve.flops_s)
    return float(np.exp(log_flops[at - 1] + share * (log_flops[at] - log_flops[at - 1])))
