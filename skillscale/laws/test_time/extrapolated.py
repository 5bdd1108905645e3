"""The usual ways to go on with a curve of pass@k: a power law of its logarithm, and a straight line over log k."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import Array
from skillscale.laws.test_time.tries import PassCurve

# k number of samples, i problem, d draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Extrapolated:
    """What a curve says at k; `interval` over problems where these are known. Both None where `missing` says why."""

    method: str
    value: float | None
    low: float | None
    high: float | None
    missing: str | None


def _power(k_k: Array, pass_k: Array, at: float) -> float | None:
    """exp(a·k^b), a < 0, by a straight line through log(−log pass@k) over log k (Brown et al. 2024)."""
    used = (pass_k > 0) & (pass_k < 1)
    if used.sum() < 2:
        return None
    b, log_a = np.polyfit(np.log(k_k[used]), np.log(-np.log(pass_k[used])), 1)
    return float(np.exp(-np.exp(log_a + b * np.log(at))))


def _log_linear(k_k: Array, pass_k: Array, at: float) -> float | None:
    """α + β·log k, kept between 0 and 1."""
    if len(k_k) < 2:
        return None
    slope, start = np.polyfit(np.log(k_k), pass_k, 1)
    return float(np.clip(start + slope * np.log(at), 0, 1))


METHODS: Mapping[str, Callable[[Array, Array, float], float | None]] = {"log_linear": _log_linear, "power_law": _power}


def extrapolate(
    curve: PassCurve, method: str, at: float, *, level: float = 0.9, rng: np.random.Generator, n_draws: int = 300
) -> Extrapolated:
    """The curve at `at` by one of METHODS, with an interval by random weights of whole problems where `values_ki` are known."""
    value = METHODS[method](curve.k_k, curve.pass_k, at)
    if value is None:
        reason = "fewer than two k have a pass@k between 0 and 1"
        return Extrapolated(method=method, value=None, low=None, high=None, missing=reason)
    if curve.values_ki is None:
        return Extrapolated(
            method=method, value=value, low=None, high=None, missing="no interval: only means over problems are known"
        )
    weight_di = rng.standard_exponential((n_draws, curve.values_ki.shape[1]))
    drawn_dk = (weight_di / weight_di.sum(1, keepdims=True)) @ curve.values_ki.T
    draws = [one for one in (METHODS[method](curve.k_k, row, at) for row in drawn_dk) if one is not None]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Extrapolated(method=method, value=value, low=float(low), high=float(high), missing=None)
