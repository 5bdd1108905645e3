"""A run follows from its settings: puzzles, examples, names, and what it will take."""

from dataclasses import replace

import numpy as np
import pytest

from skillscale.experiments.thinking.checked_answers import Score
from skillscale.experiments.thinking.run_estimate import uses_of
from skillscale.experiments.thinking.run_plan import LANGUAGES, Asked, ThinkPlan, difficulties_of
from skillscale.experiments.thinking.run_samples import Sample, ThinkRun
from skillscale.experiments.thinking.talking import Limits, Problem
from skillscale.models.hosted.calling import Reply
from skillscale.models.hosted.estimate import estimate_of
from skillscale.models.hosted.prices import Price, Prices
from skillscale.studies.thinking.confidence import verifier_confidences, vote_confidences
from skillscale.studies.thinking.curves import curves_of
from skillscale.studies.thinking.judging import asymmetry_json
from skillscale.studies.thinking.sharing import sharing_json
from skillscale.tasks.puzzles import PUZZLES, Verdict

PRICES = Prices(of={"openai/m": Price(input=1, output=10)}, source="ours")


def plan(task: str = "countdown") -> ThinkPlan:
    kind = PUZZLES[task]
    return ThinkPlan(
        model=Asked(name="openai/m", local=False),
        kind=kind,
        language="English",
        ways=("worked",),
        difficulties=kind.difficulties[:3],
        n_problems=7,
        n_samples=4,
    )


@pytest.mark.parametrize("task", sorted(PUZZLES))
def test_more_problems_go_on_from_fewer_and_examples_are_other_puzzles(task: str) -> None:
    few = replace(plan(task), ways=("few-shot",))
    more = replace(few, n_problems=9)
    assert more.problems()[:7] == few.problems()
    for problem in few.problems():
        assert len(problem.examples) == 3 and all(other != problem.puzzle for other, _ in problem.examples)
        assert all(few.kind.verify(other, answer).valid for other, answer in problem.examples)
    assert [one.difficulty for one in few.problems()] == [few.difficulties[i % 3] for i in range(7)]
    assert replace(few, seed=1).problems() != few.problems()


def test_every_setting_is_in_the_name() -> None:
    own = plan()
    others = [
        replace(own, n_samples=5),
        replace(own, n_problems=8),
        replace(own, seed=1),
        replace(own, temperature=0.0),
        replace(own, ways=("direct",)),
        replace(own, limits=Limits(max_tokens=10)),
        replace(own, verifier=Asked(name="openai/v", local=False)),
        replace(own, model=Asked(name="openai/m", local=False, base_url="http://h/v1")),
        replace(own, difficulties=own.difficulties[:1]),
    ]
    assert len({one.key for one in (own, *others)}) == 10 and own.key.startswith("openai-m-countdown-")


def test_ways_have_curves_of_their_own() -> None:
    ways = tuple(LANGUAGES["English"])
    labels = replace(plan(), ways=ways, limits=Limits(budgets=(8, 9))).labels
    assert {"budget 8", "budget 9", "revise 0", "revise 2", "worked"} <= {*labels} and len(labels) == len(ways) + 1 + 2
    assert difficulties_of(PUZZLES["countdown"], ()) == PUZZLES["countdown"].difficulties
    assert difficulties_of(PUZZLES["countdown"], (4, 3, 4)) == (3, 4)


def test_the_estimate_counts_hosted_calls_and_checks() -> None:
    own = replace(plan(), ways=("direct", "revise"))
    found = estimate_of(uses_of(own), PRICES)
    assert found.calls == 7 * 4 * (1 + 3) == own.n_calls and found.cost_usd is not None
    assert found.cost_usd == pytest.approx((found.input_tokens + 10 * found.output_tokens) / 1e6)
    checked = estimate_of(uses_of(replace(own, verifier=Asked(name="openai/v", local=False))), PRICES)
    assert checked.calls == found.calls + 7 * 4 * 4 and checked.unpriced == ("openai/v",) and checked.cost_usd is None
    assert uses_of(replace(own, model=Asked(name="d8", local=True))) == []


def sample(problem: int, n: int, answer: str | None, *, valid: bool = False, missing: str | None = None) -> Sample:
    puzzle = PUZZLES["comparison"].make(np.random.default_rng(problem), 1)
    return Sample(
        problem=Problem(number=problem, difficulty=1 + problem % 2, puzzle=puzzle),
        way="worked",
        sample=n,
        said=None if missing else "said",
        answer=answer,
        verdict=None if answer is None else Verdict(valid=valid, reason="."),
        no_answer="none" if answer is None and missing is None else None,
        missing=missing,
        replies=(Reply(text="said", input_tokens=10, output_tokens=3),),
        first_flops=100.0,
        flops=7.0,
    )


def test_what_is_missing_is_left_out_and_what_has_no_answer_is_not_right() -> None:
    rows = [
        *(sample(0, n, "1", valid=True) for n in range(3)), sample(0, 3, None),
        sample(1, 0, "2"), sample(1, 1, "1", valid=True), sample(1, 2, None, missing="down"), sample(1, 3, None, missing="down"),
        *(sample(2, n, None, missing="refused") for n in range(4)),
    ]  # fmt: skip
    (curve,) = curves_of(ThinkRun(problems=(), samples=tuple(rows)), n_samples=4, verified=False)
    one, two, four = curve.points
    assert one.shares["pass_at_k"].estimate.value == pytest.approx((0.75 + 0.5) / 2)
    assert two.shares["pass_at_k"].estimate.value == 1.0 and two.shares["majority"].estimate.value == pytest.approx(
        0.75
    )
    assert four.shares["pass_at_k"].estimate.value is None and four.shares["majority"].estimate.value is None
    assert (
        curve.problems_missing == 1
        and dict(curve.missing) == {"refused": 4, "down": 2}
        and dict(curve.no_answer) == {"none": 1}
    )
    assert one.cost.input_tokens == 10 and two.cost.output_tokens == 6 and two.cost.cost_usd is None
    assert [point.cost.inference_flops for point in curve.points] == [107, 114, 128]
    assert curve.by_difficulty[1][0].shares["pass_at_k"].estimate.value == pytest.approx(0.75)


def test_a_vote_is_as_sure_as_it_is_large() -> None:
    problems = [
        [sample(0, 0, "a"), sample(0, 1, "A."), sample(0, 2, "b", valid=True), sample(0, 3, None)],
        [sample(1, 0, "c", valid=True), sample(1, 1, "d")],
        [sample(2, 0, None), sample(2, 1, None)],
    ]
    assert vote_confidences(problems) == [(0.5, 0.0), (0.5, 0.5)] and verifier_confidences(problems) == []


def test_a_verifier_is_told_by_how_often_it_tells_right_answers_from_wrong_ones() -> None:
    def judged(problem: int, n: int, answer: str, score: float | None, *, valid: bool = False) -> Sample:
        reply = Reply(text="Answer: 1", input_tokens=4, output_tokens=1)
        missing = "it said nothing" if score is None else None
        return replace(
            sample(problem, n, answer, valid=valid), score=Score(value=score, missing=missing, replies=(reply,))
        )

    problems = [
        [judged(0, 0, "a", 0.9, valid=True), judged(0, 1, "a", 0.9, valid=True), judged(0, 2, "b", 0.8)],
        [judged(1, 0, "c", 0.5, valid=True), judged(1, 1, "d", 0.2), judged(1, 2, "e", None)],
    ]
    found = asymmetry_json(problems, verified=True)
    assert found["judging"]["value"] == pytest.approx((1.5 / 2 + 1 / 2) / 2) and found["judging"]["n"] == 4
    assert 0 < found["judging"]["low"] < found["judging"]["value"] < found["judging"]["high"] < 1
    assert found["solving"]["value"] == pytest.approx((2 / 3 + 1 / 3) / 2) and found["missing"] is None
    assert (found["ratio"], found["ratio_of"]) == (13 / 5, "tokens") and found["solve"]["inference_flops"] == 107
    only_right = asymmetry_json([problems[0][:2]], verified=True)
    assert only_right["judging"]["value"] is None and "no wrong answer was scored" in only_right["missing"]
    assert "--verifier" in asymmetry_json([[sample(0, 0, "a")]], verified=False)["missing"]
    assert asymmetry_json([], verified=True)["solving"]["value"] is None


def test_a_budget_is_shared_by_difficulty_where_there_are_samples_for_it() -> None:
    def problems(n: int) -> list[list[Sample]]:
        """Half are always solved, half in every fourth try."""
        return [[sample(i, j, "a", valid=i % 2 == 0 or j % 4 == 0) for j in range(n)] for i in range(20)]

    found = sharing_json(problems(16))
    assert found["missing"] is None and [one["per_problem"] for one in found["points"]] == [1, 2, 4, 8]
    two = found["points"][1]
    assert two["difference"]["low"] > 0 and two["by_difficulty"]["value"] > two["evenly"]["value"]
    few = sharing_json(problems(4))
    assert few["points"] == [] and "of 5 samples, and there are 20 of 4" in few["missing"]
