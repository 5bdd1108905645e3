"""A run as a log of Inspect AI, which `inspect view` opens and `inspect_ai.log.read_eval_log` reads: a sample for each text."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalResults,
    EvalSample,
    EvalSpec,
    EvalStats,
    write_eval_log,
)

from inspect_ai.log import EvalMetric, EvalScore  # isort: skip
from inspect_ai.model import ChatMessageAssistant, GenerateConfig, ModelOutput, ModelUsage
from inspect_ai.scorer import Score

from skillscale.experiments.skill_mix.inspect_scores import text_scores
from skillscale.experiments.skill_mix.plan import MixPlan
from skillscale.experiments.skill_mix.protocol import Graded
from skillscale.experiments.skill_mix.run import MixRun, Text
from skillscale.models.hosted.calling import Reply, used
from skillscale.models.hosted.provider import messages_of
from skillscale.tasks.skill_mix.grading_line import grading_line
from skillscale.tasks.skill_mix.metrics import METRICS


def write_log(folder: Path, plan: MixPlan, run: MixRun, *, at: datetime | None = None) -> Path:
    """Write `<run>.eval` into `folder`, in the place of an earlier one of the same run. Returns its path.

    A text with a missing point is unscored there too, never 0. `at`: when the run ended, now by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plan.key}.eval"
    partial = folder / f"{plan.key}.partial.eval"
    write_eval_log(eval_log(plan, run, at=at), partial, format="eval")
    partial.replace(path)
    return path


def eval_log(plan: MixPlan, run: MixRun, *, at: datetime | None = None) -> EvalLog:
    """The log of a whole run."""
    ended = (at or datetime.now(UTC)).isoformat()
    samples = [_sample(plan, text) for text in run.texts]
    return EvalLog(
        status="success",
        eval=EvalSpec(
            created=ended,
            task="skillscale/skill_mix",
            task_id=plan.key,
            run_id=plan.key,
            eval_id=plan.key,
            dataset=EvalDataset(name=f"skill-mix {plan.draw_digest[:12]}", samples=len(run.texts)),
            model=plan.model,
            model_generate_config=GenerateConfig(
                temperature=plan.settings.temperature, max_tokens=plan.settings.max_tokens
            ),
            config=EvalConfig(),
            metadata=plan.record | {"draw": plan.draw_digest},
        ),
        results=EvalResults(
            total_samples=len(samples), completed_samples=len(samples), scores=list(_results(plan, samples))
        ),
        stats=EvalStats(
            started_at=ended, completed_at=ended, model_usage=_usage(_by_model(run.texts)),
        ),
        samples=samples,
    )  # fmt: skip


def _sample(plan: MixPlan, text: Text) -> EvalSample:
    one = text.generation
    last = one.turns[-1]
    messages = messages_of(text.turns[-1].messages)
    if last.text is not None:
        messages.append(ChatMessageAssistant(content=last.text, model=plan.model, source="generate"))
    return EvalSample(
        id=f"{one.combination}-g{one.generation}",
        epoch=1,
        input=text.turns[0].messages[0].content,
        target="",
        messages=messages,
        output=_output(plan.model, last),
        scores={grader: _score(text, grader) for grader in plan.graders},
        metadata={
            "k": one.k,
            "pair": text.asked.pair,
            "combination": one.combination,
            "generation": one.generation,
            "topic": one.topic,
            "skills": list(one.skills),
            "public": text.asked.public,
        },
        model_usage=_usage(_by_model([text])),
    )


def _output(model: str, reply: Reply) -> ModelOutput:
    if reply.text is None:
        return ModelOutput.from_content(model, "", stop_reason="unknown", error=reply.missing)
    output = ModelOutput.from_content(model, reply.text, stop_reason="max_tokens" if reply.cut else "stop")
    output.usage = _tokens([reply])
    output.time = reply.latency_s
    return output


def _score(text: Text, grader: str) -> Score:
    """One grader's: the value is the three scores by the majority of its gradings, which stand in the metadata with their reasons."""
    found = _gradings(text, grader)
    metadata: dict[str, Any] = {
        "gradings": [grading_line(one.grading) for one in found],
        "reasons": [one.reasons for one in found],
    }
    missing = "; ".join(dict.fromkeys(one.grading.missing for one in found if one.grading.missing is not None))
    scores = text_scores([one.grading for one in found])
    answer = text.generation.text
    if scores is None:
        return Score.unscored(answer=answer, explanation=missing or "the gradings of a point tie", metadata=metadata)
    value: Any = scores
    return Score(value=value, answer=answer, explanation=missing or None, metadata=metadata)


def _gradings(text: Text, grader: str) -> list[Graded]:
    return [one for one in text.gradings if one.grading.grader == grader]


def _results(plan: MixPlan, samples: Sequence[EvalSample]) -> Iterable[EvalScore]:
    """By grader and score: the mean over scored texts at each k."""
    for grader in plan.graders:
        for metric in METRICS:
            values: dict[int, list[float]] = defaultdict(list)
            for sample in samples:
                value = (sample.scores or {})[grader].value
                if isinstance(value, dict):
                    values[sample.metadata["k"]].append(float(value[metric]))  # pyright: ignore[reportArgumentType]
            n_scored = sum(map(len, values.values()))
            yield EvalScore(
                name=metric,
                scorer=grader,
                scored_samples=n_scored,
                unscored_samples=len(samples) - n_scored,
                metrics={
                    f"k{k}": EvalMetric(name=f"k{k}", value=float(np.mean(own))) for k, own in sorted(values.items())
                },
            )


def _by_model(texts: Sequence[Text]) -> dict[str, list[Reply]]:
    """Who said what."""
    said: dict[str, list[Reply]] = defaultdict(list)
    for text in texts:
        said[text.generation.model] += text.generation.turns
        for one in text.gradings:
            said[one.grading.grader] += one.replies
    return said


def _usage(said: dict[str, list[Reply]]) -> dict[str, ModelUsage]:
    return {model: _tokens(replies) for model, replies in said.items() if replies}


def _tokens(replies: Sequence[Reply]) -> ModelUsage:
    """What the provider told; replies without a number of tokens add nothing."""
    n_in = sum(one.input_tokens or 0 for one in replies)
    n_out = sum(one.output_tokens or 0 for one in replies)
    return ModelUsage(
        input_tokens=n_in,
        output_tokens=n_out,
        total_tokens=n_in + n_out,
        total_cost=used(replies)["cost_usd"],
    )
