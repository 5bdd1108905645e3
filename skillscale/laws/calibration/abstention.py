"""What abstaining buys: accuracy over the answers that a model is most confident of, against the share that it answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skillscale.laws.calibration.judged import N_CALIBRATION_DRAWS, Judged, judged
from skillscale.laws.intervals import LEVEL, Array, Estimate, interval_of

# i answer, c coverage, d draw

COVERAGES = tuple(round(0.05 * step, 2) for step in range(1, 21))


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """Accuracy at each share answered. `area` is the mean risk (share wrong) over all shares answered, lower is better; it lies between
    `area_best`, with all right answers first, and about `area_random`, the overall share wrong.
    """

    coverages: tuple[float, ...]
    accuracies: tuple[Estimate, ...]
    area: Estimate
    area_best: float
    area_random: float


def abstention(
    confidence: ArrayLike,
    right: ArrayLike,
    *,
    coverages: tuple[float, ...] = COVERAGES,
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_CALIBRATION_DRAWS,
) -> Abstention:
    """Accuracy against coverage of answers (i,), the most confident first; among equally confident ones each part is taken alike.

    Intervals are from random weights of answers, with half an answer right and half wrong at each coverage, so that ten of ten is not certain.
    Area under the risk–coverage curve: Geifman & El-Yaniv 2017.
    """
    own = judged(confidence, right)
    ones = np.ones((1, own.n))
    value_c, area = _accuracy(own, ones, coverages)[0], float(_area(own, ones)[0])
    rng = np.random.default_rng(seed)
    draws_dc, draws_d = np.empty((n_draws, len(coverages))), np.empty(n_draws)
    n_block = max(1, 2_000_000 // own.n)
    for start in range(0, n_draws, n_block):
        stop = min(start + n_block, n_draws)
        weight_di = rng.standard_exponential((stop - start, own.n))
        end_d2 = rng.standard_gamma(0.5, (stop - start, 2))
        sums = weight_di.sum(1)[:, None] * np.array(coverages)
        accuracy = _accuracy(own, weight_di, coverages)
        draws_dc[start:stop] = (accuracy * sums + end_d2[:, 1:]) / (sums + end_d2.sum(1)[:, None])
        draws_d[start:stop] = _area(own, weight_di)
    wrong = np.sort(1 - own.right_i)[None]
    best = Judged(confidence_i=np.arange(own.n, 0, -1.0)[::-1], right_i=1 - wrong[0, ::-1])
    return Abstention(
        coverages=coverages,
        accuracies=tuple(
            interval_of(value, draws, level, round(share * own.n))
            for value, draws, share in zip(value_c.tolist(), draws_dc.T, coverages, strict=True)
        ),
        area=interval_of(area, draws_d, level, own.n),
        area_best=float(_area(best, ones)[0]),
        area_random=float(1 - own.right_i.mean()),
    )


def _tie_means(own: Judged, weight_di: Array) -> Array:
    """Right of each answer, replaced by the weighted mean of all that are equally confident, the most confident first, (d, i)."""
    starts = np.flatnonzero(np.r_[True, np.diff(own.confidence_i) != 0])
    total = np.add.reduceat(weight_di, starts, axis=1)
    right = np.add.reduceat(weight_di * own.right_i, starts, axis=1) / total
    return np.repeat(right, np.diff(np.r_[starts, own.n]), axis=1)[:, ::-1]


def _accuracy(own: Judged, weight_di: Array, coverages: tuple[float, ...]) -> Array:
    """Accuracy of the most confident weight up to each share of it, (d, c)."""
    weight = weight_di[:, ::-1]
    mass = np.cumsum(weight, axis=1)
    hits = np.cumsum(weight * _tie_means(own, weight_di), axis=1)
    found = np.empty((len(weight), len(coverages)))
    for d in range(len(weight)):
        wanted = np.array(coverages) * mass[d, -1]
        found[d] = np.interp(wanted, np.r_[0.0, mass[d]], np.r_[0.0, hits[d]]) / wanted
    return found


def _area(own: Judged, weight_di: Array) -> Array:
    """The mean over answers of the risk among all that are at least as confident, (d,)."""
    weight = weight_di[:, ::-1]
    mass = np.cumsum(weight, axis=1)
    risk = 1 - np.cumsum(weight * _tie_means(own, weight_di), axis=1) / mass
    return (risk * weight).sum(1) / mass[:, -1]
