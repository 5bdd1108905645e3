"""Is a confidence of 70 % right 70 % of the time? Reliability by bins of equal mass, and the expected calibration error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from skillscale.laws.calibration.judged import N_CALIBRATION_DRAWS, Judged, judged
from skillscale.laws.intervals import LEVEL, Array, Estimate, estimate, interval_of

# i answer, b bin, d draw

N_BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers of neighbouring confidence: their mean confidence, and the share right with its interval."""

    low: float
    high: float
    confidence: float
    right: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """`ece` is Σ_b share · |right − confidence|, which noise alone makes larger than 0.

    `debiased` has the expected part of noise taken off, by plugging in the gaps seen: where a model is calibrated that takes off two fifths, and
    nearly all where gaps are larger than their noise. Brier's reliability, a square, is free of it altogether.
    """

    bins: tuple[Bin, ...]
    ece: float
    debiased: Estimate
    accuracy: float
    confidence: float


def bins_of(own: Judged, n_bins: int = N_BINS) -> Array:
    """The bin of each answer, (i,), in order of confidence: as equal in number as can be, and the same confidence in the same bin."""
    edges = np.linspace(0, own.n, min(n_bins, own.n) + 1).round().astype(int)[1:-1]
    # an edge within a run of equal confidences moves to its start, so that no order among them matters
    starts = np.searchsorted(own.confidence_i, own.confidence_i[edges], side="left")
    return np.searchsorted(np.unique(starts[starts > 0]), np.arange(own.n), side="right")


def reliability(
    confidence: ArrayLike,
    right: ArrayLike,
    *,
    n_bins: int = N_BINS,
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_CALIBRATION_DRAWS,
) -> Reliability:
    """Reliability of answers, pairs (i,) of confidence and right or wrong.

    The interval of `debiased` is from random weights of answers, each draw with the noise of drawing taken off too. Debiasing: Kumar, Liang,
    Ma 2019, for the absolute error: the mean of a folded normal less its middle.
    """
    own = judged(confidence, right)
    bin_i = bins_of(own, n_bins)
    value, plain = _debiased(own, bin_i, np.ones(own.n), 1.0), _ece(own, bin_i, np.ones(own.n))
    rng = np.random.default_rng(seed)
    draws = np.empty(n_draws)
    for d in range(n_draws):
        weight_i = rng.standard_exponential(own.n)
        draws[d] = _debiased(own, bin_i, weight_i * (own.n / weight_i.sum()), 2.0)
    return Reliability(
        bins=tuple(_bin(own, bin_i == b, level, seed) for b in range(int(bin_i.max()) + 1)),
        ece=plain,
        debiased=interval_of(value, draws, level, own.n),
        accuracy=float(own.right_i.mean()),
        confidence=float(own.confidence_i.mean()),
    )


def _bin(own: Judged, inside: Array, level: float, seed: int) -> Bin:
    confidence = own.confidence_i[inside]
    return Bin(
        low=float(confidence[0]),
        high=float(confidence[-1]),
        confidence=float(confidence.mean()),
        right=estimate(own.right_i[inside], np.random.default_rng(seed), level=level),
    )


def _gaps(own: Judged, bin_i: Array, weight_i: Array) -> tuple[Array, Array]:
    """Weight of each bin, (b,), and right − confidence in it."""
    weight_b = np.bincount(bin_i, weight_i)
    gap_b = np.bincount(bin_i, weight_i * (own.right_i - own.confidence_i))
    return weight_b, np.divide(gap_b, weight_b, out=np.zeros_like(gap_b), where=weight_b > 0)


def _ece(own: Judged, bin_i: Array, weight_i: Array) -> float:
    weight_b, gap_b = _gaps(own, bin_i, weight_i)
    return float(weight_b @ np.abs(gap_b) / own.n)


def _debiased(own: Judged, bin_i: Array, weight_i: Array, noise: float) -> float:
    """The error less what noise of the bins' means adds, `noise` times their variance; not below 0."""
    weight_b, gap_b = _gaps(own, bin_i, weight_i)
    n_b = np.bincount(bin_i)
    residual = (own.right_i - own.confidence_i) - gap_b[bin_i]
    variance_b = np.bincount(bin_i, residual**2) / np.maximum(n_b * (n_b - 1), 1)
    sd_b = np.sqrt(noise * variance_b)
    size_b = np.abs(gap_b)
    ratio_b = np.divide(size_b, sd_b, out=np.full_like(size_b, np.inf), where=sd_b > 0)
    folded_b = sd_b * np.sqrt(2 / np.pi) * np.exp(-(np.minimum(ratio_b, 40) ** 2) / 2) + size_b * (
        1 - 2 * ndtr(-ratio_b)
    )
    return max(float(weight_b @ (2 * size_b - folded_b) / own.n), 0.0)
