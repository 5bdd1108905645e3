"""People correct the automatic score: prediction-powered inference over combinations (Angelopoulos et al. 2023).

With y what people say of a text and f what the grader says, the score is mean y − λ·(mean f over reviewed − mean f over the others):
unbiased for whatever grader and λ, provided that the reviewed texts were drawn at random. λ is tuned (PPI++) to cov(y, f) / var(f) / (1 + n/N).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import LEVEL, N_DRAWS, Array, Estimate, estimate, interval_of, mean_draws
from skillscale.laws.skill_mix.answers import Answers, mean_of_one
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.tasks.skill_mix.metrics import METRICS

FEWEST = 5  # reviewed combinations; fewer say nothing of the grader
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
CORNER_WEIGHT = 0.25  # one pair (y, f) more, at random among the four


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """`power` is λ; `correlation_squared` how much of what people say the grader foretells."""

    power: float
    correlation_squared: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The score of one generation by the grader, by people alone, and by both; of the same metric.

    `reviews_to_halve`: combinations to review in all for an interval half as wide; None where the combinations themselves are too few for that.
    """

    model: str
    grader: str
    k: int
    metric: str
    automatic: Estimate
    people: Estimate
    corrected: Estimate
    power: float | None
    n_reviewed: int
    reviews_to_halve: int | None


def tune(y: Array, f: Array, n_other: int) -> Tuning:
    """λ in 0 to 1 from reviewed combinations, `y` and `f` (n,).

    One pair more, spread over the four corners, keeps λ from bending to few reviews that happen to agree; found by simulation
    (`python -m benchmarks.skill_mix_coverage`).
    """
    weight = np.r_[np.ones(len(y)), np.full(len(CORNERS), CORNER_WEIGHT)]
    pairs = np.r_[np.stack([y, f], 1), CORNERS]
    apart = pairs - np.average(pairs, axis=0, weights=weight)
    (yy, yf), (_, ff) = (apart * weight[:, None]).T @ apart
    power = np.clip(yf / ff / (1 + len(y) / n_other), 0, 1) if n_other else 0.0
    return Tuning(power=float(power), correlation_squared=float(yf**2 / (yy * ff)) if yf > 0 else 0.0)


def corrected_mean(y: Array, f: Array, f_other: Array, power: float) -> float:
    """The mean of y by reviewed pairs `y`, `f` (n,) and the verdicts `f_other` (N,) on what was not reviewed."""
    if len(f_other) == 0:
        return float(y.mean())
    return float((y - power * f).mean() + power * f_other.mean())


def corrected_estimate(
    y: Array, f: Array, f_other: Array, *, level: float = LEVEL, seed: int = 0, n_draws: int = N_DRAWS
) -> tuple[Estimate, Tuning]:
    """The corrected mean with its interval, values in 0 to 1, and how λ was tuned.

    Normal intervals cover too seldom with 20 to 40 reviews of scores near 0 or 1, so both means are bootstrapped
    with half an observation at each end of what is possible.
    """
    tuning = tune(y, f, len(f_other))
    power = tuning.power
    rng = np.random.default_rng(seed)
    draws = mean_draws(y - power * f, rng, ends=(-power, 1.0), n_draws=n_draws)
    if len(f_other):
        draws = draws + power * mean_draws(f_other, rng, n_draws=n_draws)
    value = float(np.clip(corrected_mean(y, f, f_other, power), 0, 1))
    return interval_of(value, np.clip(draws, 0, 1), level, len(y) + len(f_other)), tuning


def reviews_to_halve(n: int, n_combinations: int, correlation_squared: float) -> int | None:
    """How many of `n_combinations` to review for an interval half as wide as `n` reviews give.

    At the best λ the variance is σ²·((1 − ρ²)/n + ρ²/T) with T combinations; None where even all T are not enough.
    """
    unforetold = 1 - correlation_squared
    left = unforetold / (4 * n) - 0.75 * correlation_squared / n_combinations
    needed = np.ceil(round(unforetold / left, 9)) if left > 0 else np.inf
    return int(needed) if needed <= n_combinations else None


def correct(
    answers: Answers, labels: Sequence[Grading], *, metric: str, level: float = LEVEL, seed: int = 0
) -> Corrected:
    """The score of one generation, corrected by people's `labels` of some of the texts."""
    y_c, f_c, other_c = _paired(answers, labels, metric)
    known = ~np.isnan(y_c)
    y, f, f_other = y_c[known], f_c[known], other_c[~known & ~np.isnan(other_c)]
    found, tuning, needed = Estimate(value=None, low=None, high=None, n=len(y)), None, None
    if len(y) >= FEWEST:
        found, tuning = corrected_estimate(y, f, f_other, level=level, seed=seed)
        needed = reviews_to_halve(len(y), len(y) + len(f_other), tuning.correlation_squared)
    return Corrected(
        model=answers.model,
        grader=answers.grader,
        k=answers.k,
        metric=metric,
        automatic=estimate(mean_of_one(answers.values(metric)), np.random.default_rng(seed), level=level),
        people=estimate(y, np.random.default_rng(seed), level=level),
        corrected=found,
        power=None if tuning is None else tuning.power,
        n_reviewed=len(y),
        reviews_to_halve=needed,
    )


def _paired(answers: Answers, labels: Sequence[Grading], metric: str) -> tuple[Array, Array, Array]:
    """By combination: what people say of the reviewed texts, what the grader says of the same, and what it says of all; NaN where nothing.

    What people say is the mean over people of the metric of each one's points. The majority would leave out every text on which
    two of them disagree.
    """
    f_cg = answers.values(metric)
    n_texts = f_cg.size
    y_hcg = METRICS[metric](_points_of_people(answers, labels))
    y_cg = mean_of_one(y_hcg.reshape(len(y_hcg), n_texts).T).reshape(f_cg.shape)
    both = ~np.isnan(y_cg) & ~np.isnan(f_cg)
    return mean_of_one(np.where(both, y_cg, np.nan)), mean_of_one(np.where(both, f_cg, np.nan)), mean_of_one(f_cg)


def _points_of_people(answers: Answers, labels: Sequence[Grading]) -> Array:
    """What each person says of each point, (person, c, g, p), with the length as it was counted; NaN where nothing."""
    own = [one for one in labels if one.model == answers.model and one.k == answers.k]
    person = {name: i for i, name in enumerate(sorted({one.grader for one in own}))}
    place = {name: i for i, name in enumerate(answers.combinations)}
    points = np.full((len(person), *answers.points_cgp.shape), np.nan)
    points[..., -1] = answers.points_cgp[..., -1]
    for one in own:
        if one.combination in place and one.generation in answers.generations:
            at = person[one.grader], place[one.combination], answers.generations.index(one.generation)
            points[*at, :-1] = [np.nan if point is None else point for point in one.judged]
    return points
