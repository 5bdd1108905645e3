"""How sure a mean over combinations is: the cluster bootstrap, with half an observation at each end of what is possible."""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray

LEVEL = 0.9
N_DRAWS = 4_000
BLOCK_NUMBERS = 2_000_000  # as many weights are drawn at once: 16 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over `n` combinations with its interval; all None where no combination has a value."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def mean_draws(
    values: Array, rng: np.random.Generator, *, ends: tuple[float, float] = (0.0, 1.0), n_draws: int = N_DRAWS
) -> Array:
    """Draws of the mean of `values` (combinations,), (draws,), by random weights of whole combinations.

    Of `values` (combinations, columns), NaN where missing, draws of every column's mean, (draws, columns), with the same weights.

    Rubin 1981 with half an observation at each of `ends`, between which a value lies: for shares of successes these are exactly
    Jeffreys' intervals (Brown, Cai, DasGupta 2001). Without it a score of 0 of 100 would be certain: [0, 0].
    """
    draws: list[Array] = []
    n_block = max(1, BLOCK_NUMBERS // max(1, len(values)))
    known, zeroed = (~np.isnan(values)).astype(float), np.nan_to_num(values)
    for n_left in range(n_draws, 0, -n_block):
        n_now = min(n_left, n_block)
        own_dc = rng.standard_exponential((n_now, len(values)))
        end_d2 = rng.standard_gamma(0.5, (n_now, 2))
        total, weight = own_dc @ zeroed, own_dc @ known
        # transposed, so that one number a draw goes with one column and with several
        draws.append(((total.T + end_d2 @ np.array(ends)) / (weight.T + end_d2.sum(1))).T)
    return np.concatenate(draws)


def estimate(
    values: Array,
    rng: np.random.Generator,
    *,
    ends: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    n_draws: int = N_DRAWS,
) -> Estimate:
    """The mean of the known of `values` (combinations,), NaN where missing, with its interval."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    return interval_of(float(known.mean()), mean_draws(known, rng, ends=ends, n_draws=n_draws), level, len(known))


def interval_of(value: float, draws: Array, level: float, n: int) -> Estimate:
    """The middle `level` of draws, widened where needed to hold the value itself (0 of 100 has 0 as its lower end)."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), n=n)
