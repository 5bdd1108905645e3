"""How far graders agree with each other, with themselves and with people: Krippendorff's α, nominal, over points."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skillscale.laws.intervals import LEVEL, N_DRAWS, Array, Estimate
from skillscale.laws.skill_mix.pairing import pairs_of
from skillscale.tasks.skill_mix.grading import Grading

# combination by its name at the smallest k, combination, model, generation, place of the point, and what else tells it apart
Unit = tuple[Any, ...]
Ratings = dict[Unit, dict[str, list[int]]]
Verdicts = Mapping[Unit, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`alpha` over `n` combinations (one that is the same at several k counts once), from `n_units` points that two or more judged; `agreeing` is the share of pairs that say the same.

    `alpha.value` is None where every verdict is the same: chance agreement is complete, and α undefined.
    """

    between: str
    alpha: Estimate
    n_units: int
    agreeing: float | None


def ratings_by(gradings: Iterable[Grading], pairs: Mapping[str, str], rater: Callable[[Grading], str]) -> Ratings:
    """Every readable point of every text: who said what. `pairs`: combination → its name at the smallest k."""
    found: Ratings = defaultdict(lambda: defaultdict(list))
    for one in gradings:
        for place, point in enumerate(one.judged):
            if point is not None:
                unit = pairs[one.combination], one.combination, one.model, one.generation, place
                found[unit][rater(one)].append(point)
    return found


def settled(ratings: Ratings) -> dict[Unit, dict[str, int]]:
    """One verdict of each rater: the majority of what he said; a tie is none."""
    verdicts: dict[Unit, dict[str, int]] = {}
    for unit, by_rater in ratings.items():
        own = {rater: 2 * sum(said) - len(said) for rater, said in by_rater.items()}
        verdicts[unit] = {rater: int(balance > 0) for rater, balance in own.items() if balance != 0}
    return verdicts


def agreements(
    gradings: Sequence[Grading], labels: Sequence[Grading] = (), *, level: float = LEVEL, seed: int = 0
) -> list[Agreement]:
    """All that can be said: graders with each other, each with itself, people with each other and with each grader."""
    pairs = pairs_of([*gradings, *labels])
    by_grader = settled(ratings_by(gradings, pairs, lambda one: one.grader))
    graders = sorted({one.grader for one in gradings})
    found = [alpha_of("graders", by_grader, level=level, seed=seed)] if len(graders) > 1 else []
    for name in graders:
        own = [one for one in gradings if one.grader == name]
        if len({one.grading for one in own}) > 1:
            by_grading = settled(ratings_by(own, pairs, lambda one: str(one.grading)))
            found.append(alpha_of(f"gradings by {name}", by_grading, level=level, seed=seed))
    if labels:
        by_person = settled(ratings_by(labels, pairs, lambda one: one.grader))
        if len({one.grader for one in labels}) > 1:
            found.append(alpha_of("people", by_person, level=level, seed=seed))
        for name in graders:
            found.append(alpha_of(f"people and {name}", _each_with(by_person, by_grader, name), level=level, seed=seed))
    return [one for one in found if one.n_units > 0]


def _each_with(by_person: Verdicts, by_grader: Verdicts, grader: str) -> Verdicts:
    """Each person's verdicts beside the grader's: one unit for each person, so that a point on which people disagree counts too."""
    return {
        (*unit, person): {"person": verdict, "grader": by_grader[unit][grader]}
        for unit, own in by_person.items()
        for person, verdict in own.items()
        if grader in by_grader.get(unit, {})
    }


def alpha_of(between: str, verdicts: Verdicts, *, level: float = LEVEL, seed: int = 0) -> Agreement:
    """Krippendorff's (2011) α = 1 − observed / expected disagreement, with its bootstrap interval over combinations.

    Half a unit of disagreement joins each draw, so that complete agreement on few units is not certainty.
    """
    rows = [(unit[0], sum(own.values()), len(own)) for unit, own in sorted(verdicts.items()) if len(own) > 1]
    place = {name: i for i, name in enumerate(sorted({name for name, _, _ in rows}))}
    apart_c, zeros_c, ones_c = np.zeros((3, len(place)))
    for name, ones, n in rows:
        apart_c[place[name]] += 2 * ones * (n - ones) / (n - 1)
        zeros_c[place[name]] += n - ones
        ones_c[place[name]] += ones
    total = float(zeros_c.sum() + ones_c.sum())
    value = float(_alpha(apart_c.sum(), zeros_c.sum(), ones_c.sum()))
    undefined = Estimate(value=None, low=None, high=None, n=len(place))
    estimate = undefined if np.isnan(value) else _interval(value, apart_c, zeros_c, ones_c, level, seed)
    agreeing = 1 - float(apart_c.sum()) / total if total else None
    return Agreement(between=between, alpha=estimate, n_units=len(rows), agreeing=agreeing)


def _interval(value: float, apart_c: Array, zeros_c: Array, ones_c: Array, level: float, seed: int) -> Estimate:
    rng = np.random.default_rng(seed)
    n = len(apart_c)
    weight_dc = rng.standard_exponential((N_DRAWS, n))
    weight_dc *= n / weight_dc.sum(1, keepdims=True)
    half_d = rng.standard_gamma(0.5, N_DRAWS)
    draws = _alpha(weight_dc @ apart_c + 2 * half_d, weight_dc @ zeros_c + half_d, weight_dc @ ones_c + half_d)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), n=n)


def _alpha(apart: Array, zeros: Array, ones: Array) -> Array:
    """NaN where only one verdict occurs."""
    expected = 2 * np.asarray(zeros * ones, dtype=float)
    kept = np.divide(apart * (zeros + ones - 1), expected, out=np.full_like(expected, np.nan), where=expected > 0)
    return 1 - kept
