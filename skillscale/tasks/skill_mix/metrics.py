"""Points of one text to its metrics, and several gradings to one verdict (Yu et al. 2023).

Points stand in the last axis: k skills, then topic, sense, length; 1, 0 or NaN for missing. A metric of a text with a missing point is
missing, also where a known 0 would decide it: keeping those alone would keep failures and drop successes.
"""

from collections.abc import Callable

import numpy as np

Array = np.ndarray
N_OTHER = 3  # topic, sense, length


def majority(votes: Array) -> Array:
    """What most of the readable votes (…, gradings) say, (…): 1, 0, or NaN where they tie or none could be read."""
    ones, zeros = (votes == 1).sum(-1), (votes == 0).sum(-1)
    return np.where(ones == zeros, np.nan, (ones > zeros).astype(float))


def full_marks(points: Array) -> Array:
    """1 where all k + 3 points hold, (…, k + 3) → (…)."""
    return _known(points, (points == 1).all(-1).astype(float))


def all_skills(points: Array) -> Array:
    """1 where all k skills and at least 2 of the other 3 points hold."""
    skills, other = points[..., :-N_OTHER] == 1, points[..., -N_OTHER:] == 1
    return _known(points, (skills.all(-1) & (other.sum(-1) >= 2)).astype(float))


def skill_fraction(points: Array) -> Array:
    """The share of skills that hold, where all other 3 points do, and 0 elsewhere."""
    skills, other = points[..., :-N_OTHER] == 1, points[..., -N_OTHER:] == 1
    return _known(points, np.where(other.all(-1), skills.mean(-1), 0.0))


def strict(points: Array, mentioned: Array) -> Array:
    """The points with those of skills lost that the text names.

    `mentioned` (…, k) holds 1, 0, or NaN where the text is not at hand; the point is missing then. A missing point stays missing.
    """
    told = points.copy()
    skills = told[..., :-N_OTHER]
    told[..., :-N_OTHER] = np.where(np.isnan(mentioned) | np.isnan(skills), np.nan, skills * (mentioned == 0))
    return told


def _known(points: Array, metric: Array) -> Array:
    return np.where(np.isnan(points).any(-1), np.nan, metric)


METRICS: dict[str, Callable[[Array], Array]] = {
    "all_skills": all_skills,
    "full_marks": full_marks,
    "skill_fraction": skill_fraction,
}
