"""A ratio of two sums over the same documents, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Σ numerators / Σ denominators over documents, with its standard error (None for a single document)."""

    value: float
    stderr: float | None


def ratio_of(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """The ratio estimator of survey sampling (Cochran 1977, 2.11); denominators must not all be 0."""
    y, x = np.array(numerators, dtype=np.float64), np.array(denominators, dtype=np.float64)
    ratio, n = y.sum() / x.sum(), len(y)
    stderr = None if n < 2 else float(np.sqrt(n / (n - 1) * ((y - ratio * x) ** 2).sum()) / x.sum())
    return Ratio(value=float(ratio), stderr=stderr)
