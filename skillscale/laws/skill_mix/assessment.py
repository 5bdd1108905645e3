"""All that gradings say, and the JSON that programs read of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, groupby
from typing import Any

from skillscale.laws.intervals import LEVEL
from skillscale.laws.skill_mix.agreement import Agreement, agreements
from skillscale.laws.skill_mix.answers import OF, Answers, gather
from skillscale.laws.skill_mix.comparison import Comparison, Cramming, compare, cramming
from skillscale.laws.skill_mix.corrected import Corrected, correct
from skillscale.laws.skill_mix.family_bias import FamilyBias, family_biases
from skillscale.laws.skill_mix.saturation_point import SaturationPoint, saturation_point
from skillscale.laws.skill_mix.scores import MixScore, Scores, score_all
from skillscale.tasks.skill_mix.grading import Grading, aligned
from skillscale.tasks.skill_mix.metrics import METRICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Scores at each k and what follows from them; intervals hold with probability `level`, each on its own."""

    level: float
    frequent: tuple[str, ...]
    scores: tuple[MixScore, ...]
    saturation: tuple[SaturationPoint, ...]
    comparisons: tuple[Comparison, ...]
    cramming: tuple[Cramming, ...]
    agreement: tuple[Agreement, ...]
    family_bias: tuple[FamilyBias, ...]
    corrected: tuple[Corrected, ...]


def assess(
    gradings: Sequence[Grading],
    labels: Sequence[Grading] = (),
    *,
    aliases: Mapping[str, Sequence[str]] | None = None,
    frequent: frozenset[str] = frozenset(),
    level: float = LEVEL,
    seed: int = 0,
) -> Assessment:
    """Everything at once.

    `labels`: what people said of some of the texts, drawn at random; `aliases`: other names of skills, and `frequent`: skills to leave out, both
    for the stricter scores. The same input and `seed` give the same numbers, whatever the order of gradings.
    """
    answers = gather(gradings, aliases)
    people = aligned(labels, gradings)
    scores = score_all(answers, frequent=frequent, level=level, seed=seed)
    curves = [list(rows) for _, rows in groupby(scores, key=lambda row: (row.model, row.grader))]
    by_model = [list(rows) for _, rows in groupby(answers, key=lambda one: (one.model, one.grader))]
    crammed = (cramming(rows, level=level, seed=seed) for rows in by_model)
    reviewed = {(one.model, one.k) for one in people}
    return Assessment(
        level=level,
        frequent=tuple(sorted(frequent)),
        scores=tuple(scores),
        saturation=tuple(
            saturation_point(rows, of=of, stricter=strict) for rows in curves for strict in (False, True) for of in OF
        ),
        comparisons=tuple(_comparisons(answers, level, seed)),
        cramming=tuple(one for one in crammed if one is not None),
        agreement=tuple(agreements(gradings, people, level=level, seed=seed)),
        family_bias=tuple(family_biases(gradings, level=level, seed=seed)),
        corrected=tuple(
            correct(one, people, metric=metric, level=level, seed=seed)
            for one in answers
            if (one.model, one.k) in reviewed
            for metric in METRICS
        ),
    )


def _comparisons(answers: Sequence[Answers], level: float, seed: int) -> Iterable[Comparison]:
    """Every two models on the combinations of the same k that the same grader saw from both, if there are any."""
    for one, other in combinations(answers, 2):
        shares = not set(one.combinations).isdisjoint(other.combinations)
        if one.grader == other.grader and one.k == other.k and shares:
            for metric in METRICS:
                for of in OF:
                    yield compare(one, other, metric=metric, of=of, level=level, seed=seed)


def assessment_json(found: Assessment) -> dict[str, Any]:
    """What `skillscale mix score --json` prints: `scores` has one object for each model, grader and k."""
    return {
        "level": found.level,
        "frequent_skills": list(found.frequent),
        "scores": [_score_json(row) for row in found.scores],
        "saturation": [asdict(one) for one in found.saturation],
        "comparisons": [asdict(one) | {"significant": one.significant} for one in found.comparisons],
        "cramming": [asdict(one) | {"crammed": one.crammed} for one in found.cramming],
        "agreement": [asdict(one) for one in found.agreement],
        "family_bias": [asdict(one) | {"significant": one.significant} for one in found.family_bias],
        "corrected": [asdict(one) for one in found.corrected],
    }


def _score_json(row: MixScore) -> dict[str, Any]:
    own = {
        "model": row.model,
        "grader": row.grader,
        "k": row.k,
        "n_generations": row.n_generations,
        "n_gradings": row.n_gradings,
        "gradings_missing": dict(row.gradings_missing),
    }
    return own | _estimates(row.plain) | {"strict": _estimates(row.strict) | {"n_dropped": row.n_dropped}}


def _estimates(scores: Scores) -> dict[str, Any]:
    by_metric = {name: {of: asdict(one) for of, one in own.items()} for name, own in scores.estimates.items()}
    return by_metric | {"n": scores.n, "n_texts": scores.n_texts, "missing": scores.missing}
