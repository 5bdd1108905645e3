"""A budget of samples shared among items by their difficulty, against the same number for each.

A few probes of each item say how hard it is; the budget then goes, one sample at a time, to the item where one more is expected to
add most. Difficulty is estimated from the probes and scored on other samples of the same items, so that luck in a probe is not counted twice.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import LEVEL, N_DRAWS, Array, Estimate, interval_of
from skillscale.laws.test_time.coverage import pass_at_k
from skillscale.laws.test_time.over_items import mean_draws_over

# i item, d draw

N_PROBES = 4  # of each item, wherever a run is asked what sharing its samples buys


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """Coverage with `per_item` samples an item on average after the probes, shared by difficulty and evenly, and the difference, all paired."""

    per_item: int
    by_difficulty: Estimate
    uniform: Estimate
    difference: Estimate


def allocate_samples(n_probes: ArrayLike, n_right: ArrayLike, budget: int, *, most: int | None = None) -> Array:
    """How many further samples each item gets, (i,), of `budget` in all and at most `most` each.

    An item's chance of a right sample is thought beta(a + right, b + wrong), a and b fitted to all items' probes by moments. With t more
    samples it is solved with chance 1 − B(a', b' + t)/B(a', b'), whose steps fall, so that giving each sample where it adds most is best.
    The probes are spent and do not count. Samples that no item can take are not given.
    """
    n_i, c_i = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(n_probes, n_right))
    if budget < 0 or np.any(c_i > n_i) or np.any(c_i < 0):
        raise SkillscaleError(
            "A budget of samples needs a number from 0 on and probes with 0 ≤ right ≤ tried; give those."
        )
    cap = budget if most is None else most
    if budget > cap * n_i.size:
        raise SkillscaleError(
            f"A budget of {budget} samples was given for {n_i.size} items of at most {cap} each; lower it."
        )
    a, b = _moments(n_i, c_i)
    a_i, b_i = a + c_i, b + n_i - c_i
    given = np.zeros(n_i.size, dtype=np.int64)
    # the next sample is the first right one with chance E[p (1−p)^t] = a/(a+b+t) · Π_{j<t} (b+j)/(a+b+j)
    heap = [(-a_i[i] / (a_i[i] + b_i[i]), int(i)) for i in range(n_i.size if cap > 0 else 0)]
    heapq.heapify(heap)
    for _ in range(budget):
        if not heap:
            break
        gain, i = heap[0]
        t = given[i] = given[i] + 1
        if t >= cap:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (gain * (b_i[i] + t - 1) / (a_i[i] + b_i[i] + t), i))
    return given


def _moments(n_i: Array, c_i: Array) -> tuple[float, float]:
    """A beta distribution with the mean and the spread of the items' chances; half a right and half a wrong one keep it off the ends."""
    mean = float((c_i.sum() + 0.5) / (n_i.sum() + 1))
    pairs = n_i >= 2
    # c(c−1)/n(n−1) is an estimate of p² without bias
    square = float((c_i * (c_i - 1))[pairs].sum() / max((n_i * (n_i - 1))[pairs].sum(), 1))
    variance = min(max(square - mean**2, 0.02 * mean * (1 - mean)), 0.9 * mean * (1 - mean))
    size = mean * (1 - mean) / variance - 1
    return mean * size, (1 - mean) * size


def budget_curve(
    right_is: ArrayLike,
    *,
    n_probes: int,
    per_item: Sequence[int],
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_DRAWS,
    n_splits: int = 8,
) -> tuple[Budgeted, ...]:
    """Coverage by difficulty and evenly at each mean budget `per_item`, from kept samples `right_is` (items, samples), True where right.

    For each of `n_splits` the samples of every item are shuffled; the first `n_probes` tell its difficulty, all others score it, by unbiased
    pass@k at the number that it was given. Both ways pay for the probes and neither counts them, so they have the same budget. No
    item can get more samples than are left. Intervals are over items, with the mean of the splits for each.
    """
    right = np.asarray(right_is, dtype=bool)
    left = right.shape[1] - n_probes
    if n_probes < 1 or left < 1 or any(not 1 <= m <= left for m in per_item):
        raise SkillscaleError(
            f"{n_probes} probes and {max(per_item, default=0)} samples an item were asked for of {right.shape[1]} that were drawn; ask for fewer."
        )
    rng = np.random.default_rng(seed)
    adaptive_im = np.zeros((len(right), len(per_item)))
    even_im = np.zeros_like(adaptive_im)
    for _ in range(n_splits):
        shuffled = rng.permuted(right, axis=1)
        probed, scored = shuffled[:, :n_probes].sum(1), shuffled[:, n_probes:].sum(1)
        for column, m in enumerate(per_item):
            given = allocate_samples(n_probes, probed, m * len(right), most=left)
            adaptive_im[:, column] += _covered(left, scored, given) / n_splits
            even_im[:, column] += pass_at_k(left, scored, m) / n_splits
    draws = mean_draws_over(np.hstack([adaptive_im, even_im]), rng, n_draws=n_draws)
    n_m, n_items = len(per_item), len(right)

    def at(values_i: Array, own_d: Array) -> Estimate:
        return interval_of(float(values_i.mean()), own_d, level, n_items)

    return tuple(
        Budgeted(
            per_item=m,
            by_difficulty=at(adaptive_im[:, j], draws[:, j]),
            uniform=at(even_im[:, j], draws[:, n_m + j]),
            difference=at(adaptive_im[:, j] - even_im[:, j], draws[:, j] - draws[:, n_m + j]),
        )
        for j, m in enumerate(per_item)
    )


def _covered(n: int, correct_i: Array, given_i: Array) -> Array:
    """Unbiased pass@k of each item at a number of its own, 0 for none, (i,)."""
    found = np.zeros(len(given_i))
    for k in np.unique(given_i[given_i > 0]).tolist():
        own = given_i == k
        found[own] = pass_at_k(n, correct_i[own], k)
    return found
