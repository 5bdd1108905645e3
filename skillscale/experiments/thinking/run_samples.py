"""A run: every try at every problem in every way, judged and scored, whoever answers."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from skillscale.experiments.thinking.checked_answers import Checker, Score
from skillscale.experiments.thinking.run_plan import LANGUAGES, ThinkPlan
from skillscale.experiments.thinking.talking import Problem, Talk, Tried
from skillscale.models.hosted.calling import Ask, Call, Reply, used
from skillscale.models.inference_flops import InferenceShape, sampling_flops
from skillscale.tasks.puzzles import Verdict

LONGEST_CANDIDATE = (
    4_000  # characters; the verifiers of puzzles refuse longer answers, and no verifier is asked about them
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Try number `sample` at a problem; `way` names its curve. One of three: `verdict` where an answer was found; `no_answer` says why
    none was; `missing` says why nothing was said.

    `first_flops` is what reading the first prompt takes, which all samples of a problem share; `flops` is the rest. None where not known.
    """

    problem: Problem
    way: str
    sample: int
    said: str | None
    answer: str | None
    verdict: Verdict | None
    no_answer: str | None
    missing: str | None
    replies: tuple[Reply, ...]
    first_flops: float | None
    flops: float | None
    score: Score | None = None

    @property
    def valid(self) -> bool | None:
        """Does the answer keep every constraint? None where nothing was said; where no answer stands in it, it does not."""
        if self.missing is not None:
            return None
        return self.verdict is not None and self.verdict.valid


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkRun:
    """All samples: way by way, problem by problem, then by number: the order does not depend on who answered first."""

    problems: tuple[Problem, ...]
    samples: tuple[Sample, ...]

    @property
    def replies(self) -> list[Reply]:
        """Every reply of the run once, also those that several samples rest on, and those of the verifier."""
        seen = {
            id(reply): reply
            for one in self.samples
            for reply in (*one.replies, *(() if one.score is None else one.score.replies))
        }
        return list(seen.values())


def heard(ask: Ask, on_reply: Callable[[Reply], None]) -> Ask:
    """The same `Ask`; `on_reply` hears every reply."""

    async def asked(call: Call) -> Reply:
        reply = await ask(call)
        on_reply(reply)
        return reply

    return asked


async def run_thinking(
    plan: ThinkPlan, ask: Ask, *, checker: Checker | None = None, shape: InferenceShape | None = None
) -> ThinkRun:
    """Make the plan's problems, ask them, judge every answer and have each different one scored. `shape`: that of a local model."""
    problems = plan.problems()
    rows = [(way, problem, n) for way in plan.ways for problem in problems for n in range(plan.n_samples)]
    found = await asyncio.gather(*(_try(plan, ask, way, problem, n) for way, problem, n in rows))
    tried: list[tuple[Tried, Problem, int]] = [
        (one, problem, n) for (_, problem, n), some in zip(rows, found, strict=True) for one in some
    ]
    scores = {} if checker is None else await _scored(checker, tried)
    samples = [_sample(plan, one, problem, n, shape, scores) for one, problem, n in tried]
    order = {label: i for i, label in enumerate(plan.labels)}
    samples.sort(key=lambda one: (order[one.way], one.problem.number, one.sample))
    return ThinkRun(problems=tuple(problems), samples=tuple(samples))


async def _try(plan: ThinkPlan, ask: Ask, way: str, problem: Problem, n: int) -> list[Tried]:
    talk = Talk(
        ask=ask,
        model=plan.model.called,
        base_url=plan.model.base_url,
        kind=plan.kind,
        problem=problem,
        way=way,
        sample=n,
        seed=plan.seed,
        temperature=plan.temperature,
        limits=plan.limits,
        prefills=plan.prefills,
    )
    return await LANGUAGES[plan.language][way](talk)


async def _scored(checker: Checker, tried: Sequence[tuple[Tried, Problem, int]]) -> dict[tuple[int, str], Score]:
    """By number of the problem and answer; each is asked about once."""
    candidates: dict[tuple[int, str], Problem] = {}
    for one, problem, _ in tried:
        answer = None if one.found is None else one.found.answer
        if answer is not None and len(answer) <= LONGEST_CANDIDATE:
            candidates[problem.number, answer] = problem
    scores = await checker.scores([(problem, answer) for (_, answer), problem in candidates.items()])
    return dict(zip(candidates, scores, strict=True))


def _sample(
    plan: ThinkPlan, one: Tried, problem: Problem, n: int, shape: InferenceShape | None, scores: dict[tuple[int, str], Score]
) -> Sample:  # fmt: skip
    answer = None if one.found is None else one.found.answer
    first, rest = flops_of(shape, one.replies)
    return Sample(
        problem=problem,
        way=one.way,
        sample=n,
        said=one.said,
        answer=answer,
        verdict=None if answer is None else plan.kind.verify(problem.puzzle, answer),
        no_answer=None if one.found is None else one.found.why_none,
        missing=one.missing,
        replies=one.replies,
        first_flops=first,
        flops=rest,
        score=None if answer is None else scores.get((problem.number, answer)),
    )


def flops_of(shape: InferenceShape | None, replies: Sequence[Reply]) -> tuple[float | None, float | None]:
    """What reading the first prompt takes, and all the rest; both None where shape or tokens are not known."""
    if shape is None or not replies:
        return None, None
    total = 0.0
    for reply in replies:
        if reply.input_tokens is None or (reply.text is not None and reply.output_tokens is None):
            return None, None
        # the last token of what was cut off is not read again
        later = max(0, (reply.output_tokens or 0) - reply.cut)
        total += sampling_flops(shape, n_context=reply.input_tokens, n_later=(later,))[0]
    first = shape.flops(n_read=replies[0].input_tokens or 0)
    return first, total - first


def sample_json(one: Sample) -> dict[str, Any]:
    """A line of `samples.jsonl`; docs/thinking.md says what stands where."""
    score = one.score
    return {
        "problem": one.problem.number,
        "difficulty": one.problem.difficulty,
        "way": one.way,
        "sample": one.sample,
        "said": one.said,
        "answer": one.answer,
        "valid": one.valid,
        "reason": one.missing or (f"no answer found: {one.no_answer}" if one.verdict is None else one.verdict.reason),
        "missing": one.missing,
        "no_answer": one.no_answer,
        "calls": sum(reply.text is not None for reply in one.replies),
        **used(one.replies),
        "inference_flops": None if one.flops is None or one.first_flops is None else one.first_flops + one.flops,
        "score": None if score is None else score.value,
        "score_missing": None if score is None else score.missing,
    }
