"""Curves of a run of `skillscale think run`: what samples, votes and a verifier buy, with intervals, and what they cost."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.experiments.thinking.finding_answers import same_answer
from skillscale.experiments.thinking.run_samples import Sample, ThinkRun
from skillscale.laws.intervals import Array, Estimate
from skillscale.laws.test_time.coverage import coverage_curve, pass_at_k, powers_of_two
from skillscale.laws.test_time.over_items import means_over
from skillscale.laws.test_time.samples import Samples, gather_samples
from skillscale.laws.test_time.selectors import SELECTORS
from skillscale.models.hosted.calling import total_of

SELECTED = ("majority", "weighted", "best_of_n")
NO_VERIFIER = "no verifier was given (--verifier)"
NONE = Estimate(value=None, low=None, high=None, n=0)

OfProblem = Sequence[Sample]  # the samples of one problem in one way, by number


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of problems solved with its interval, or in `missing` why there is none. `stderr` is over problems."""

    estimate: Estimate
    stderr: float | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What k samples of a problem cost on average; None where it is not known. A local model reads the first prompt once for all of them."""

    input_tokens: float | None
    output_tokens: float | None
    cost_usd: float | None
    inference_flops: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One k of a curve: `shares` by name, `pass_at_k` and those of SELECTED."""

    k: int
    shares: Mapping[str, Share]
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One way of asking. `problems` have the samples that came, of problems of which any came.

    `missing` and `no_answer` count samples by reason: the former are left out, the latter count as not right and never win a vote.
    """

    way: str
    points: tuple[Point, ...]
    problems: tuple[OfProblem, ...]
    problems_missing: int
    missing: Mapping[str, int]
    no_answer: Mapping[str, int]
    by_difficulty: Mapping[int, tuple[Point, ...]]


def curves_of(run: ThinkRun, *, n_samples: int, verified: bool) -> list[Curve]:
    """The curves in the order of the ways; `verified`: was there a verifier?"""
    by_way: dict[str, dict[int, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for one in run.samples:
        by_way[one.way][one.problem.number].append(one)
    return [_curve(way, list(of.values()), n_samples, verified) for way, of in by_way.items()]


def _curve(way: str, problems: Sequence[OfProblem], n_samples: int, verified: bool) -> Curve:
    every = [one for samples in problems for one in samples]
    came = [[one for one in samples if one.missing is None] for samples in problems]
    counted = [samples for samples in came if samples]
    by_difficulty: dict[int, list[OfProblem]] = defaultdict(list)
    for samples in counted:
        by_difficulty[samples[0].problem.difficulty].append(samples)
    missing = count_reasons(one.missing for one in every)
    return Curve(
        way=way,
        points=_points(counted, powers_of_two(n_samples), verified, missing),
        problems=tuple(counted),
        problems_missing=len(problems) - len(counted),
        missing=missing,
        no_answer=count_reasons(one.no_answer for one in every),
        by_difficulty={
            difficulty: _points(own, sorted({1, n_samples}), verified, missing)
            for difficulty, own in sorted(by_difficulty.items())
        },
    )


def count_reasons(reasons: Iterable[str | None]) -> dict[str, int]:
    """How often each reason is given, the commonest first."""
    return dict(Counter(one for one in reasons if one is not None).most_common())


def _points(
    problems: Sequence[OfProblem], ks: Sequence[int], verified: bool, missing: Mapping[str, int]
) -> tuple[Point, ...]:
    if not problems:
        why = f"no sample came: {next(iter(missing), 'none was asked for')}"
        shares = {name: Share(estimate=NONE, missing=why) for name in ("pass_at_k", *SELECTED)}
        return tuple(Point(k=k, shares=shares, cost=_cost([], k)) for k in ks)
    passed = _passed(problems, ks)
    selected = _selected(problems, ks, verified)
    return tuple(
        Point(k=k, shares={"pass_at_k": passed[k], **{name: selected[name][k] for name in SELECTED}}, cost=_cost(problems, k))
        for k in ks
    )  # fmt: skip


def _passed(problems: Sequence[OfProblem], ks: Sequence[int]) -> dict[int, Share]:
    """pass@k; a sample without an answer was drawn and is not right."""
    n_i = np.array([len(samples) for samples in problems])
    c_i = np.array([sum(one.valid is True for one in samples) for samples in problems])
    return {
        one.k: Share(estimate=one.estimate, stderr=_stderr(pass_at_k(n_i, c_i, one.k)), missing=_again(one.missing))
        for one in coverage_curve(n_i, c_i, ks)
    }


def _again(missing: str | None) -> str | None:
    """Samples are fewer where calls failed, which the same command asks again."""
    return missing and missing.replace("forecast it instead", "the same command asks for the missing ones again")


def _selected(problems: Sequence[OfProblem], ks: Sequence[int], verified: bool) -> dict[str, dict[int, Share]]:
    """Selectors among as many samples as every problem has."""
    least = min(map(len, problems))
    known = [k for k in ks if k <= least]
    samples = votes_of(problems, least)
    too_few = Share(
        estimate=NONE, missing=f"some problem has only {least} samples; the same command asks for the missing ones again"
    )  # fmt: skip
    found: dict[str, dict[int, Share]] = {}
    for name in SELECTED:
        why = None if name == "majority" else _why_unscored(problems, verified)
        if why is not None:
            found[name] = dict.fromkeys(ks, Share(estimate=NONE, missing=why))
            continue
        expected = SELECTORS[name](samples, known, np.random.default_rng(0))
        values_ip = np.array([one.value_i for one in expected]).T
        estimates = means_over(values_ip, seed=0)
        shares = [
            Share(estimate=one, stderr=_stderr(values)) for one, values in zip(estimates, values_ip.T, strict=True)
        ]
        found[name] = {k: dict(zip(known, shares, strict=True)).get(k, too_few) for k in ks}
    return found


def votes_of(problems: Sequence[OfProblem], n: int) -> Samples:
    """The first `n` samples of each problem as votes. Answers that the task tells apart are different ones, however alike they are spelt."""
    rows = [samples[:n] for samples in problems]
    return gather_samples(
        [[None if one.answer is None else f"{one.valid}\0{same_answer(one.answer)}" for one in row] for row in rows],
        [[one.valid is True for one in row] for row in rows],
        [[None if one.score is None else one.score.value for one in row] for row in rows],
    )


def _why_unscored(problems: Sequence[OfProblem], verified: bool) -> str | None:
    """Why nothing has a score; None where anything has."""
    if not verified:
        return NO_VERIFIER
    scores = [one.score for samples in problems for one in samples if one.score is not None]
    if any(score.value is not None for score in scores):
        return None
    reasons = count_reasons(score.missing for score in scores)
    return f"the verifier scored no answer: {next(iter(reasons), 'there was none to score')}"


def _stderr(values_i: Array) -> float | None:
    if len(values_i) < 2 or np.isnan(values_i).any():
        return None
    return float(values_i.std(ddof=1) / np.sqrt(len(values_i)))


def _cost(problems: Sequence[OfProblem], k: int) -> Cost:
    def per_sample(of: str) -> float | None:
        """The mean over problems of the mean of one sample."""
        means = [
            mean_of([total_of([getattr(reply, of) for reply in one.replies]) for one in samples])
            for samples in problems
        ]
        return mean_of(means)

    first = mean_of([mean_of([one.first_flops for one in samples]) for samples in problems])
    rest = mean_of([mean_of([one.flops for one in samples]) for samples in problems])
    usd = per_sample("cost_usd")
    n_in, n_out = per_sample("input_tokens"), per_sample("output_tokens")
    return Cost(
        input_tokens=None if n_in is None else k * n_in,
        output_tokens=None if n_out is None else k * n_out,
        cost_usd=None if usd is None else k * usd,
        inference_flops=None if first is None or rest is None else first + k * rest,
    )


def mean_of(values: Sequence[float | None]) -> float | None:
    """The mean; None where there is nothing, or one is not known."""
    total = total_of(values)
    return None if total is None else total / len(values)
