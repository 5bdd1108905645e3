"""A run's samples shared by difficulty under a fixed budget, against the same number for each problem (best of n with an exact verifier)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from skillscale.laws.test_time.budget import N_PROBES, budget_curve
from skillscale.studies.thinking.curves import OfProblem

FEWEST = 5  # problems; of fewer no spread of difficulty can be told


def sharing_json(problems: Sequence[OfProblem]) -> dict[str, Any]:
    """For mean budgets `per_problem` after N_PROBES probes of each: the share solved `by_difficulty`, `evenly` and their paired `difference`.

    Where samples or problems are too few, no points, and `missing` says why.
    """
    least = min(map(len, problems), default=0)
    if least <= N_PROBES or len(problems) < FEWEST:
        why = f"it takes {FEWEST} problems of {N_PROBES + 1} samples, and there are {len(problems)} of {least} or more"
        return {"probes": N_PROBES, "missing": why, "points": []}
    right_is = np.array([[one.valid is True for one in samples[:least]] for samples in problems])
    sizes = [2**i for i in range((least - N_PROBES).bit_length())]
    points = [
        {
            "per_problem": one.per_item,
            "by_difficulty": asdict(one.by_difficulty),
            "evenly": asdict(one.uniform),
            "difference": asdict(one.difference),
        }
        for one in budget_curve(right_is, n_probes=N_PROBES, per_item=sizes)
    ]
    return {"probes": N_PROBES, "missing": None, "points": points}
