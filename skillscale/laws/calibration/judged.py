"""Answers with the confidence they were given with, and whether they are right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import Array

# i answer

N_CALIBRATION_DRAWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """Confidences (i,) between 0 and 1 and rights (i,) of 0 or 1, or between, as an expectation. Sorted by confidence."""

    confidence_i: Array
    right_i: Array

    @property
    def n(self) -> int:
        return len(self.confidence_i)


def judged(confidence: ArrayLike, right: ArrayLike) -> Judged:
    """Pairs in order of confidence. Raises SkillscaleError where one is missing or no share: answers without confidence are to be left out."""
    p, y = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    if p.ndim != 1 or p.shape != y.shape or len(p) < 2:
        raise SkillscaleError(
            f"Calibration was asked of {p.shape} confidences and {y.shape} verdicts; give two or more pairs."
        )
    if not (np.all((p >= 0) & (p <= 1)) and np.all((y >= 0) & (y <= 1))):
        raise SkillscaleError(
            "Calibration was asked of confidences or verdicts outside of 0 to 1, or missing; leave answers out that have none."
        )
    order = np.argsort(p, kind="stable")
    return Judged(confidence_i=p[order], right_i=y[order])
