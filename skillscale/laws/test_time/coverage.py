"""Coverage: the share of items that at least one of k samples solves, without bias from n ≥ k samples of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import LEVEL, N_DRAWS, Array, Estimate
from skillscale.laws.test_time.over_items import means_over

# i item, k number of samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """pass@k over items. `estimate` has an interval over items, by random weights of whole items: what it says of items like these.

    `sampling_stderr` is what the samples alone leave open, for these very items; None where k = n, as n samples are one draw of n.
    `estimate.value` is None where k is beyond the samples of an item, and `missing` says so.
    """

    k: int
    estimate: Estimate
    sampling_stderr: float | None
    missing: str | None


def pass_at_k(n_samples: ArrayLike, n_correct: ArrayLike, k: int) -> Array:
    """1 − C(n−c, k)/C(n, k) of each item, (i,); NaN where k > n, as n samples do not say what more would do.

    `n_samples` and `n_correct` broadcast, whole numbers with 0 ≤ c ≤ n. Raises SkillscaleError otherwise. Source: Chen et al. 2021,
    by the product Π_{j<c} (1 − k/(n−j)), in logarithms, so that neither large n nor small shares lose digits.
    """
    n_i, c_i = (np.array(part) for part in np.broadcast_arrays(*_counted(n_samples, n_correct)))
    if k < 1 or int(k) != k:
        raise SkillscaleError(f"pass@k was asked for at k = {k:g}; give a whole number from 1 on.")
    found = np.full(n_i.shape, np.nan)
    for n in np.unique(n_i[n_i >= k]).tolist():
        own = n_i == n
        found[own] = _by_n_correct(n, int(c_i[own].max()), k)[c_i[own]]
    return found


def _by_n_correct(n: int, most: int, k: int) -> Array:
    """pass@k for c = 0 … most."""
    left = np.maximum(1 - k / (n - np.arange(most)), 0.0)  # 0 as soon as n − c < k: some sample must be right
    with np.errstate(divide="ignore"):
        return np.r_[0.0, -np.expm1(np.cumsum(np.log(left)))]


def _counted(n_samples: ArrayLike, n_correct: ArrayLike) -> tuple[Array, Array]:
    n, c = np.asarray(n_samples), np.asarray(n_correct)
    if not (np.all(n == np.floor(n)) and np.all(c == np.floor(c)) and np.all((c >= 0) & (c <= n))):
        raise SkillscaleError(
            "pass@k was asked of counts that are not whole numbers with 0 ≤ correct ≤ samples; give how many samples of each item are right."
        )
    return n.astype(np.int64), c.astype(np.int64)


def sampling_variance(n_samples: ArrayLike, n_correct: ArrayLike, k: int) -> Array:
    """Variance of each item's pass@k over its samples, by the jackknife, (i,); NaN where k ≥ n.

    Leaving out a right sample or a wrong one is all that can happen, so the jackknife has a closed form.
    """
    n_i, c_i = (np.array(part) for part in np.broadcast_arrays(*_counted(n_samples, n_correct)))
    one_less = np.maximum(n_i - 1, 0)
    lost = pass_at_k(one_less, np.maximum(c_i - 1, 0), k)  # a right sample left out
    kept = pass_at_k(one_less, np.minimum(c_i, one_less), k)
    share = c_i / np.maximum(n_i, 1)
    return (n_i - 1) * share * (1 - share) * (lost - kept) ** 2


def coverage_curve(
    n_samples: ArrayLike,
    n_correct: ArrayLike,
    ks: Sequence[int],
    *,
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_DRAWS,
) -> tuple[Coverage, ...]:
    """pass@k at each of `ks`, over items of which `n_correct` (i,) of `n_samples` (i,) are right.

    A k beyond the samples of any item is missing: leaving those items out would compare other items.
    """
    n_i, c_i = np.broadcast_arrays(*_counted(n_samples, n_correct))
    if n_i.size == 0:
        raise SkillscaleError("Coverage was asked of no items; give at least one.")
    least = int(n_i.min())
    known = [k for k in ks if k <= least]
    values_ik = np.array([pass_at_k(n_i, c_i, k) for k in known]).reshape(len(known), n_i.size).T
    estimates = dict(zip(known, means_over(values_ik, level=level, seed=seed, n_draws=n_draws), strict=True))
    none = Estimate(value=None, low=None, high=None, n=int(n_i.size))
    return tuple(
        Coverage(
            k=k,
            estimate=estimates.get(k, none),
            sampling_stderr=_sampling_stderr(n_i, c_i, k) if k in estimates else None,
            missing=None if k in estimates else _too_few(n_i, k),
        )
        for k in ks
    )


def _sampling_stderr(n_i: Array, c_i: Array, k: int) -> float | None:
    variance = float(sampling_variance(n_i, c_i, k).sum()) / n_i.size**2
    return None if np.isnan(variance) else float(np.sqrt(variance))


def _too_few(n_i: Array, k: int) -> str:
    few = int((n_i < k).sum())
    return f"k = {k} was asked and {few} of {n_i.size} items have fewer samples, the least {n_i.min()}: forecast it instead"


def powers_of_two(most: int) -> tuple[int, ...]:
    """1, 2, 4 … up to `most`, which is kept as the last."""
    if most < 1:
        raise SkillscaleError(f"Curves up to {most} samples were asked for; draw at least one.")
    return (*(2**i for i in range(most.bit_length()) if 2**i < most), most)
