"""The scores of a model at each k: three metrics, of one generation and of the best of n, plain and strict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import LEVEL, Estimate, estimate
from skillscale.laws.skill_mix.answers import OF, Answers
from skillscale.tasks.skill_mix.metrics import METRICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Metric → `mean` (of one generation) or `best` (of n) → estimate over `n` combinations.

    `missing` of the `n_texts` texts (combinations × generations) have no verdict, and count in no score.
    """

    estimates: Mapping[str, Mapping[str, Estimate]]
    n: int
    n_texts: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MixScore:
    """One model at one k, in the eyes of one grader.

    `strict` loses the points of skills that a text names and leaves out `n_dropped` combinations with a frequent skill.
    `gradings_missing` counts gradings with a missing point by reason, of `n_gradings`.
    """

    model: str
    grader: str
    k: int
    n_generations: int
    n_gradings: int
    gradings_missing: Mapping[str, int]
    plain: Scores
    strict: Scores
    n_dropped: int


def score(answers: Answers, *, frequent: frozenset[str] = frozenset(), level: float = LEVEL, seed: int = 0) -> MixScore:
    """All scores of one group of answers; `frequent` are the skills that the stricter version leaves out."""
    rarer = answers.without(frequent)
    return MixScore(
        model=answers.model,
        grader=answers.grader,
        k=answers.k,
        n_generations=len(answers.generations),
        n_gradings=answers.n_gradings,
        gradings_missing=answers.missing,
        plain=_scores(answers, stricter=False, level=level, seed=seed),
        strict=_scores(rarer, stricter=True, level=level, seed=seed),
        n_dropped=len(answers.combinations) - len(rarer.combinations),
    )


def score_all(
    answers: Sequence[Answers], *, frequent: frozenset[str] = frozenset(), level: float = LEVEL, seed: int = 0
) -> list[MixScore]:
    """The curve over k of every model and grader: one row for each, in the order of `answers`."""
    return [score(one, frequent=frequent, level=level, seed=seed) for one in answers]


def _scores(answers: Answers, *, stricter: bool, level: float, seed: int) -> Scores:
    by_metric = {name: answers.values(name, stricter=stricter) for name in METRICS}
    lost = np.isnan(by_metric["full_marks"])
    # Every row and metric starts from the same seed: an interval depends on its own combinations alone.
    return Scores(
        estimates={
            name: {of: estimate(take(values), np.random.default_rng(seed), level=level) for of, take in OF.items()}
            for name, values in by_metric.items()
        },
        n=len(answers.combinations),
        n_texts=lost.size,
        missing=int(lost.sum()),
    )
