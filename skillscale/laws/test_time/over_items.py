"""Means over items with intervals, for several points of a curve at once: the same random weights of whole items everywhere."""

import numpy as np

from skillscale.laws.intervals import BLOCK_NUMBERS, LEVEL, N_DRAWS, Array, Estimate, interval_of


def means_over(
    values_ip: Array,
    *,
    ends: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_DRAWS,
) -> tuple[Estimate, ...]:
    """The mean of each column of `values_ip` (items, points), none of them NaN, with its interval.

    As `intervals.mean_draws`, half an observation at each of `ends`, but drawn once for all points.
    """
    draws_dp = mean_draws_over(values_ip, np.random.default_rng(seed), ends=ends, n_draws=n_draws)
    means = values_ip.mean(0).tolist()
    return tuple(interval_of(mean, draws, level, len(values_ip)) for mean, draws in zip(means, draws_dp.T, strict=True))


def mean_draws_over(
    values_ip: Array, rng: np.random.Generator, *, ends: tuple[float, float] = (0.0, 1.0), n_draws: int = N_DRAWS
) -> Array:
    """Draws of the means of the columns, (draws, points): two points in one draw saw the same items, so that differences are paired."""
    n_items = len(values_ip)
    n_block = max(1, BLOCK_NUMBERS // max(1, n_items))
    blocks: list[Array] = []
    for left in range(n_draws, 0, -n_block):
        n_now = min(left, n_block)
        own_di = rng.standard_exponential((n_now, n_items))
        end_d2 = rng.standard_gamma(0.5, (n_now, 2))
        total_d = own_di.sum(1) + end_d2.sum(1)
        blocks.append((own_di @ values_ip + (end_d2 @ np.array(ends))[:, None]) / total_d[:, None])
    return np.concatenate(blocks)
