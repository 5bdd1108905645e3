"""Brier's score of confidences, and what of it is miscalibration, what is telling right from wrong, and what is given."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skillscale.laws.calibration.judged import N_CALIBRATION_DRAWS, Judged, judged
from skillscale.laws.calibration.reliability import N_BINS, bins_of
from skillscale.laws.intervals import LEVEL, Array, Estimate
from skillscale.laws.test_time.over_items import means_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Brier:
    """`score` = `reliability` − `resolution` + `uncertainty` + `within_bins`, exactly (Murphy 1973; Stephenson et al. 2008 for the last).

    Lower is better for the score and the reliability, higher for the resolution. Reliability and resolution are without the bias of few answers
    in a bin (Ferro & Fricker 2012), and may fall below 0 by noise. `within_bins` is what confidences tell within a bin.
    """

    score: Estimate
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


def brier(
    confidence: ArrayLike,
    right: ArrayLike,
    *,
    n_bins: int = N_BINS,
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_CALIBRATION_DRAWS,
) -> Brier:
    """Brier's score, the mean of (confidence − right)², over answers (i,), with an interval over these and its decomposition."""
    own = judged(confidence, right)
    (score,) = means_over(((own.confidence_i - own.right_i) ** 2)[:, None], level=level, seed=seed, n_draws=n_draws)
    bin_i = bins_of(own, n_bins)
    reliability, resolution, uncertainty = _parts(own, bin_i)
    assert score.value is not None  # of two or more answers
    return Brier(
        score=score,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=score.value - (reliability - resolution + uncertainty),
    )


def _parts(own: Judged, bin_i: Array) -> tuple[float, float, float]:
    n_b = np.bincount(bin_i)
    right_b, confidence_b = (np.bincount(bin_i, part) / n_b for part in (own.right_i, own.confidence_i))
    share_b, mean = n_b / own.n, float(own.right_i.mean())
    noise = float(share_b @ (right_b * (1 - right_b) / np.maximum(n_b - 1, 1)))
    of_mean = mean * (1 - mean) / (own.n - 1)
    return (
        float(share_b @ (confidence_b - right_b) ** 2) - noise,
        float(share_b @ (right_b - mean) ** 2) - noise + of_mean,
        mean * (1 - mean) + of_mean,
    )
