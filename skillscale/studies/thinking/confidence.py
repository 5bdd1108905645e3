"""How well a run's confidence fits its answers: that of a vote by the share that agrees, that of an answer by its verifier's score."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.experiments.thinking.finding_answers import same_answer
from skillscale.laws.calibration.abstention import abstention
from skillscale.laws.calibration.brier import brier
from skillscale.laws.calibration.reliability import reliability
from skillscale.studies.thinking.curves import OfProblem

Pairs = list[tuple[float, float]]  # confidence, and right


def calibration_json(problems: Sequence[OfProblem]) -> dict[str, Any]:
    """`votes`: of the majority of all samples of a problem, over problems; `verifier`: of each different answer of a problem.

    Either is an object with `missing` where there are fewer than two such answers.
    """
    return {"votes": _told(vote_confidences(problems)), "verifier": _told(verifier_confidences(problems))}


def vote_confidences(problems: Sequence[OfProblem]) -> Pairs:
    """The share of samples that gave the commonest answer, and whether that is right; of a tie, the share of right ones."""
    pairs: Pairs = []
    for samples in problems:
        votes: dict[tuple[bool, str], int] = {}
        for one in samples:
            if one.answer is not None:
                named = one.valid is True, same_answer(one.answer)
                votes[named] = votes.get(named, 0) + 1
        if votes and len(samples) > 1:
            most = max(votes.values())
            tied = [valid for (valid, _), n in votes.items() if n == most]
            pairs.append((most / len(samples), sum(tied) / len(tied)))
    return pairs


def verifier_confidences(problems: Sequence[OfProblem]) -> Pairs:
    """The score of each different answer of a problem, and whether it is right."""
    pairs: Pairs = []
    for samples in problems:
        scored = {
            one.answer: (one.score.value, float(one.valid is True))
            for one in samples
            if one.answer is not None and one.score is not None and one.score.value is not None
        }
        pairs += scored.values()
    return pairs


def _told(pairs: Pairs) -> dict[str, Any]:
    confidence, right = [one for one, _ in pairs], [one for _, one in pairs]
    if len(pairs) < 2:
        return {"n": len(pairs), "missing": f"{len(pairs)} answers have a confidence, and calibration needs 2"}
    try:
        fits, squared, given_up = (
            reliability(confidence, right),
            brier(confidence, right),
            abstention(confidence, right, n_draws=200),
        )
    except SkillscaleError as error:
        return {"n": len(pairs), "missing": str(error)}
    return {
        "n": len(pairs),
        "missing": None,
        "confidence": fits.confidence,
        "accuracy": fits.accuracy,
        "ece": fits.ece,
        "ece_debiased": asdict(fits.debiased),
        "brier": asdict(squared.score),
        "area_risk_coverage": asdict(given_up.area),
        "bins": [asdict(one) for one in fits.bins],
    }
