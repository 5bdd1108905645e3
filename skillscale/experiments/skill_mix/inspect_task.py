"""Skill-Mix as a task of Inspect AI: `inspect eval skillscale/skill_mix -T k=2-3 --model … --model-role grader=…`.

A sample is one generation. Its solver is the protocol's two turns, its scorer the protocol's gradings by the role `grader`; a text
with a missing point is unscored, never 0. What Inspect does well stays with it: retries, limits, logs, `inspect eval-retry`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    GenerateConfig,
    Model,
    ModelOutput,
    ResponseSchema,
    get_model,
    model_roles,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import JSONSchema
from rich.markup import escape

from skillscale.errors import SkillscaleError
from skillscale.experiments.skill_mix.inspect_scores import best_of_n, mean_of_one, stderr_of_one, text_scores
from skillscale.experiments.skill_mix.protocol import (
    Graded,
    Settings,
    grade,
    read_generation,
    refuse_self_grading,
    write,
)
from skillscale.models.hosted.calling import Ask, Call, Reply
from skillscale.models.hosted.provider import messages_of
from skillscale.tasks.skill_mix.asked import Asked, asked_of
from skillscale.tasks.skill_mix.draw import draw
from skillscale.tasks.skill_mix.grading_line import grading_line
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.ks import parse_ks
from skillscale.tasks.skill_mix.library import Skill
from skillscale.tasks.skill_mix.metrics import METRICS
from skillscale.tasks.skill_mix.prompting import prompt_version, write_prompt

ROLE = "grader"


class TaskArgumentError(SkillscaleError, PrerequisiteError):
    """A mistake of the user that Inspect prints as its sentence, without a traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.message = escape(sentence)


@task
def skill_mix(
    k: str | int | Sequence[str | int] = "2-5",
    combinations: int = 100,
    seed: int = 0,
    skills: str | None = None,
    topics: str | None = None,
    generations: int = 3,
    gradings: int = 3,
    kind: str = "text",
    self_grading: bool = False,
) -> Task:
    """Can a model combine k skills that it has never seen combined? The role `grader` is required.

    `skills` and `topics` are your own YAML files; `self_grading` lets a model grade itself. Temperature and largest number of tokens are
    Inspect's: `--temperature`, `--max-tokens`, and in the grader's role.
    """
    try:
        numbers = {"combinations": combinations, "seed": seed, "generations": generations, "gradings": gradings}
        for name, value in numbers.items():
            if type(value) is not int:
                raise SkillscaleError(f"-T {name} was given as {value!r}; give a whole number.")
        settings = Settings(kind=kind, generations=generations, gradings=gradings)
        asked, metadata = _drawn(k, combinations, seed, skills, topics, settings)
    except SkillscaleError as error:
        raise TaskArgumentError(str(error)) from None
    return Task(
        dataset=[_sample(one, settings, g) for one in asked for g in range(generations)],
        solver=two_turns(kind, self_grading),
        scorer=graded(kind, gradings),
        metrics={
            name: [mean(), stderr(cluster="pair"), mean_of_one(), stderr_of_one(), best_of_n(generations)]
            for name in METRICS
        },
        config=GenerateConfig(temperature=settings.temperature, max_tokens=settings.max_tokens),
        metadata=metadata,
    )


def _drawn(
    k: str | int | Sequence[str | int], combinations: int, seed: int, skills: str | None, topics: str | None, settings: Settings
) -> tuple[list[Asked], dict[str, Any]]:  # fmt: skip
    """What is asked, and what the log says of it. Raises SkillscaleError."""
    made = kind_named(settings.kind)
    library = made.library(None if skills is None else Path(skills), None if topics is None else Path(topics))
    ks = parse_ks(",".join(map(str, k)) if isinstance(k, list | tuple) else str(k))
    drawn = draw(library, seed=seed, ks=ks, combinations=combinations)
    metadata = {"library": drawn.library, "seed": seed, "prompts": prompt_version(made), "kind": settings.kind}
    return asked_of(drawn, library, public=library.public), metadata


def _sample(asked: Asked, settings: Settings, generation: int) -> Sample:
    """All that the protocol needs of a combination stands in the sample, so that a log can be scored again without the library."""
    return Sample(
        id=f"{asked.combination}-g{generation}",
        input=write_prompt(kind_named(settings.kind), asked, improve=settings.improve),
        metadata={
            "k": asked.k,
            "pair": asked.pair,
            "combination": asked.combination,
            "generation": generation,
            "topic": asked.topic,
            "public": asked.public,
            "skills": [
                {"name": one.name, "category": one.category, "definition": one.definition, "example": one.example}
                for one in asked.skills
            ],
        },
    )


def _asked(state: TaskState) -> Asked:
    told: dict[str, Any] = state.metadata
    return Asked(
        combination=told["combination"],
        pair=told["pair"],
        topic=told["topic"],
        public=told["public"],
        skills=tuple(Skill(aliases=(), **one) for one in told["skills"]),
    )


@solver
def two_turns(kind: str = "text", self_grading: bool = False) -> Solver:
    """Write a text, look over it and improve it. Raises SkillscaleError before any call where no model may grade it."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        student = get_model()
        refuse_self_grading(_name(student), [_name(_grader())], allow=self_grading or _is_mock(student))
        said: list[tuple[Call, ModelOutput]] = []
        await write(
            _asking(student, said),
            _asked(state),
            model=_name(student),
            settings=Settings(kind=kind),
            generation=state.metadata["generation"],
        )
        call, state.output = said[-1]
        state.messages = messages_of(call.messages)
        if state.output.choices:
            state.messages.append(state.output.message)
        return state

    return solve


@scorer(metrics={name: [mean(), stderr(cluster="pair")] for name in METRICS})
def graded(kind: str = "text", gradings: int = 3) -> Scorer:
    """The three scores of a text by the majority of several gradings, each a call of its own; unscored where a point is missing."""

    async def score(state: TaskState, target: Target) -> Score:
        asked, grader, settings = _asked(state), _grader(), Settings(kind=kind, gradings=gradings)
        generation = await read_generation(
            asked,
            [_reply(state.output)],
            model=str(state.model),
            settings=settings,
            generation=state.metadata["generation"],
        )
        ask = _asking(grader, [])
        found = [
            await grade(ask, generation, asked, grader=_name(grader), settings=settings, grading=r)
            for r in range(gradings)
        ]
        return _score(generation.text, found)

    return score


def _score(text: str | None, found: Sequence[Graded]) -> Score:
    """The value is the scores; gradings, each as a line that `skillscale mix score` reads, are in the metadata."""
    gradings = [one.grading for one in found]
    metadata = {
        "gradings": [grading_line(one) for one in gradings],
        "reasons": [one.reasons for one in found],
    }
    missing = "; ".join(dict.fromkeys(one.missing for one in gradings if one.missing is not None))
    scores = text_scores(gradings)
    if scores is None:
        why = missing or "the gradings of a point tie"
        reason = "grader_failed" if text is not None else "invalid_response_format"
        return Score.unscored(reason=reason, answer=text, explanation=why, metadata=metadata)
    return Score(value=cast(Any, scores), answer=text, explanation=missing or None, metadata=metadata)


def _grader() -> Model:
    """The model of the role `grader`; never the model itself in its place."""
    roles = model_roles().get(ROLE)
    if roles is None:
        raise SkillscaleError(
            "No grader was given. Name a strong model other than the one that writes: --model-role grader=provider/name."
        )
    found = roles if isinstance(roles, list) else [roles]
    if len(found) != 1:
        raise SkillscaleError(
            f"{len(found)} graders were given to the Inspect task, which takes one; `skillscale mix run` takes several."
        )
    return found[0]


def _name(model: Model) -> str:
    return str(model)


def _is_mock(model: Model) -> bool:
    """Inspect's mock has one name for whatever it plays."""
    return _name(model).startswith("mockllm/")


def _asking(model: Model, said: list[tuple[Call, ModelOutput]]) -> Ask:
    """Calls answered by a model of Inspect, each kept in `said`. Its failures are Inspect's own to repeat or to report, so they are raised.

    The model's temperature and number of tokens go before the call's. Nothing is taken from Inspect's cache: gradings would be copies.
    """

    async def ask(call: Call) -> Reply:
        schema = None
        if call.schema is not None:
            schema = ResponseSchema(name="grading", json_schema=JSONSchema.model_validate(call.schema), strict=True)
        own = GenerateConfig(response_schema=schema)
        if schema is not None:  # the student's are the task's, which the command line overrides
            own = (
                GenerateConfig(temperature=call.temperature, max_tokens=call.max_tokens).merge(model.config).merge(own)
            )
        output = await model.generate(messages_of(call.messages), config=own, cache=False)
        said.append((call, output))
        return _reply(output)

    return ask


def _reply(output: ModelOutput) -> Reply:
    usage = output.usage
    tokens = (None, None) if usage is None else (usage.input_tokens, usage.output_tokens)
    missing = None
    if not output.choices:
        missing = "the server gave no choice"
    elif output.stop_reason == "content_filter":
        missing = "refused by the provider"
    return Reply(
        text=output.completion if missing is None else None,
        missing=missing,
        cut=output.stop_reason in ("max_tokens", "model_length"),
        input_tokens=tokens[0],
        output_tokens=tokens[1],
    )
