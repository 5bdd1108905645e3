"""Does the verifier of a run judge answers better than the model finds them, and more cheaply? The model's side of solving against checking."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from skillscale.experiments.thinking.checked_answers import Score
from skillscale.experiments.thinking.run_samples import Sample
from skillscale.laws.intervals import LEVEL, N_DRAWS, Array, Estimate, estimate, interval_of
from skillscale.models.hosted.calling import Reply, total_of
from skillscale.studies.thinking.curves import NO_VERIFIER, NONE, OfProblem, mean_of

COSTS = ("inference_flops", "cost_usd", "tokens")  # the first of these that is known on both sides is compared

# i problem, d draw


def asymmetry_json(problems: Sequence[OfProblem], *, verified: bool) -> dict[str, Any]:
    """`solving`: the share of samples that are right. `judging`: the mean of the shares of right and of wrong answers that the verifier tells from the
    others, each different answer of a problem once; guessing has .5. `solve` and `check`: what a sample and what judging an answer takes;
    `ratio` is the first by the second, in `ratio_of`. `missing` says why there is no `judging`.
    """
    judged = [[(one, score) for one in _different(samples) if (score := one.score) is not None] for samples in problems]
    every = [one for samples in problems for one in samples]
    solve = _of_samples(every)
    check = _of_checks([score for some in judged for _, score in some if score.value is not None])
    judging, missing = judging_of(judged) if verified else (NONE, NO_VERIFIER)
    pairs = ((name, solve[name], check[name]) for name in COSTS)
    ratio_of, ratio = next(((name, a / b) for name, a, b in pairs if a is not None and b), (None, None))
    return {
        "solving": asdict(solving_of(problems)),
        "judging": asdict(judging),
        "missing": missing,
        "solve": solve,
        "check": check,
        "ratio": ratio,
        "ratio_of": ratio_of,
    }


def solving_of(problems: Sequence[OfProblem]) -> Estimate:
    """The share of samples that are right, over problems."""
    shares = [sum(one.valid is True for one in samples) / len(samples) for samples in problems]
    return estimate(np.array(shares, dtype=float), np.random.default_rng(0))


def judging_of(judged: Sequence[Sequence[tuple[Sample, Score]]]) -> tuple[Estimate, str | None]:
    """The mean of two shares: of right answers thought likelier right than wrong, and of wrong ones thought likelier wrong; a score of .5 is half of
    each. Intervals by random weights of problems, with half an answer right and half wrong in both. With the reason where it has none.
    """
    known = [[(one.valid is True, score.value) for one, score in some if score.value is not None] for some in judged]
    n = sum(map(len, known))
    none = Estimate(value=None, low=None, high=None, n=n)
    counts = {valid: _counts(known, valid=valid) for valid in (True, False)}
    absent = [name for name, valid in (("right", True), ("wrong", False)) if not counts[valid][0].sum()]
    if absent:
        return none, f"no {absent[0]} answer was scored, so whether it tells them apart cannot be known"
    rng = np.random.default_rng(0)
    weight_di = rng.standard_exponential((N_DRAWS, len(known)))
    parts = [_share(counts[valid], weight_di, rng) for valid in (True, False)]
    value = sum(value for value, _ in parts) / 2
    return interval_of(value, (parts[0][1] + parts[1][1]) / 2, LEVEL, n), None


def _counts(known: Sequence[Sequence[tuple[bool, float]]], *, valid: bool) -> tuple[Array, Array]:
    """Of each problem: how many answers of this kind were scored, and how many of them as they are, (i,) each."""
    told = [[_told(score, valid=valid) for is_valid, score in some if is_valid is valid] for some in known]
    return np.array([float(len(some)) for some in told]), np.array([float(sum(some)) for some in told])


def _told(score: float, *, valid: bool) -> float:
    return 0.5 if score == 0.5 else float((score > 0.5) is valid)


def _share(counts: tuple[Array, Array], weight_di: Array, rng: np.random.Generator) -> tuple[float, Array]:
    n_i, told_i = counts
    end_d2 = rng.standard_gamma(0.5, (len(weight_di), 2))
    draws_d = (weight_di @ told_i + end_d2[:, 1]) / (weight_di @ n_i + end_d2.sum(1))
    return float(told_i.sum() / n_i.sum()), draws_d


def _different(samples: OfProblem) -> Iterable[Sample]:
    """A sample of each different answer: the verifier was asked about each once."""
    return {one.answer: one for one in samples if one.answer is not None}.values()


def _of_samples(every: Sequence[Sample]) -> dict[str, float | None]:
    """The mean of one sample, as if it were the only one of its problem."""
    flops = [None if one.first_flops is None or one.flops is None else one.first_flops + one.flops for one in every]
    return {"inference_flops": mean_of(flops), **_of_replies([one.replies for one in every])}


def _of_checks(scores: Sequence[Score]) -> dict[str, float | None]:
    return {"inference_flops": mean_of([one.flops for one in scores]), **_of_replies([one.replies for one in scores])}


def _of_replies(each: Sequence[Sequence[Reply]]) -> dict[str, float | None]:
    tokens = [
        total_of([one for reply in replies for one in (reply.input_tokens, reply.output_tokens)]) for replies in each
    ]
    return {
        "cost_usd": mean_of([total_of([one.cost_usd for one in replies]) for replies in each]),
        "tokens": mean_of(tokens),
    }
