"""The protocol of Skill-Mix, once for every way to run it: a model writes and improves a text, graders grade it (Yu et al. 2023).

Nothing here raises for what a model says or a server does: a text or a point that is not there is None, and a reason stands in its place.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.calling import MOST_TOKENS, Ask, Call, Message, Reply
from skillscale.tasks.skill_mix.answer_text import answer_text
from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.grading import Grading, Point
from skillscale.tasks.skill_mix.kind import Decided, Kind
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.names import shown
from skillscale.tasks.skill_mix.prompting import grade_prompt, improve_prompt, prompt_version, write_prompt
from skillscale.tasks.skill_mix.quoting import whole
from skillscale.tasks.skill_mix.rubric import (
    MAKES_SENSE,
    ON_TOPIC,
    Verdicts,
    asked_points,
    read_verdicts,
    schema_of,
    skill_key,
)

MOST_GENERATIONS, MOST_GRADINGS = 1_000, 1_000  # of a combination, of a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How texts are written and graded. `improve` is the second turn; `max_tokens` holds for each answer, a student's and a grader's."""

    kind: str = "text"
    generations: int = 3
    gradings: int = 3
    temperature: float = 0.7
    grader_temperature: float = 0.7
    max_tokens: int = 4096
    improve: bool = True

    def __post_init__(self) -> None:
        kind_named(self.kind)
        for name, value, most in (
            ("generations", self.generations, MOST_GENERATIONS),
            ("gradings", self.gradings, MOST_GRADINGS),
            ("max_tokens", self.max_tokens, MOST_TOKENS),
        ):
            if not 1 <= value <= most:
                raise SkillscaleError(f"{value:,} {name} were asked for; give from 1 to {most:,}.")
        for name, value in (("temperature", self.temperature), ("grader_temperature", self.grader_temperature)):
            if not 0 <= value <= 2:
                raise SkillscaleError(f"The {name} {value} was given; give one from 0 to 2.")

    @property
    def prompts(self) -> str:
        """The version of the prompts, for the record."""
        return prompt_version(kind_named(self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One text of one model, or the reason in `missing`. `turns` are the replies as they came, with tokens and cost.

    `decided`: the points that a program decided; None where there is no text.
    """

    combination: str
    k: int
    topic: str
    skills: tuple[str, ...]
    model: str
    generation: int
    turns: tuple[Reply, ...]
    text: str | None
    decided: Decided | None = None
    missing: str | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.missing is None) or (self.text is None) != (self.decided is None):
            raise ValueError("a generation has a text with what is decided of it, or the reason why there is none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One grading of one text; `reasons` in words, by point: `skill_1` (the first of `grading.skills`) …, `on_topic`, `makes_sense`, `short_enough`.

    `replies`: one, two where the first could not be read, none where there was nothing to grade.
    """

    grading: Grading
    reasons: dict[str, str]
    replies: tuple[Reply, ...]


async def write(
    ask: Ask, asked: Asked, *, model: str, settings: Settings, generation: int, base_url: str | None = None
) -> Generation:
    """One text: written, then looked over and improved. Where the second turn fails the text is missing, not the first one."""
    kind = kind_named(settings.kind)
    prompts = [write_prompt(kind, asked, improve=settings.improve)]
    if settings.improve:
        prompts.append(improve_prompt(kind, asked))
    messages: tuple[Message, ...] = ()
    turns: list[Reply] = []
    for turn, prompt in zip(("write", "improve"), prompts, strict=False):
        messages = (*messages, Message(role="user", content=prompt))
        reply = await ask(
            Call(
                model=model,
                messages=messages,
                draw=f"{asked.combination}/g{generation}/{turn}",
                temperature=settings.temperature,
                max_tokens=settings.max_tokens,
                base_url=base_url,
            )
        )
        turns.append(reply)
        said = whole(reply.text or "")
        if not said.strip():
            break
        messages = (*messages, Message(role="assistant", content=said))
    return await read_generation(asked, turns, model=model, settings=settings, generation=generation)


async def read_generation(
    asked: Asked, turns: Sequence[Reply], *, model: str, settings: Settings, generation: int
) -> Generation:
    """The text of the last turn, with what a program decides of it; missing where there is none in it."""
    last = turns[-1]
    said = whole(last.text or "")
    found = answer_text(said, cut=last.cut)
    missing = last.missing or ("an empty answer" if not said.strip() else found.missing)
    decided = None
    if missing is None and found.text is not None:
        decided = await asyncio.to_thread(kind_named(settings.kind).decide, found.text, asked.skills)
    return Generation(
        combination=asked.combination,
        k=asked.k,
        topic=asked.topic,
        skills=tuple(skill.name for skill in asked.skills),
        model=model,
        generation=generation,
        turns=tuple(turns),
        text=found.text if missing is None else None,
        decided=decided,
        missing=missing,
    )


async def grade(
    ask: Ask,
    generation: Generation,
    asked: Asked,
    *,
    grader: str,
    settings: Settings,
    grading: int,
    base_url: str | None = None,
) -> Graded:
    """One grading, a call of its own. Unreadable: asked once more, with what was wrong; then its points are missing.

    A generation without a text is not sent: its grading is missing with the generation's reason.
    """
    graded = partial(_graded, asked, generation, grader, grading, settings.kind)
    if generation.text is None or generation.decided is None:
        return graded(missing=f"no text: {generation.missing}")
    kind = kind_named(settings.kind)
    replies: list[Reply] = []
    fault: str | None = None
    for attempt in ("", "/again"):
        call = Call(
            model=grader,
            messages=(
                Message(role="user", content=_question(kind, asked, generation.text, generation.decided, fault)),
            ),
            # Also the model: gradings of two models' texts are apart even where the texts are the same.
            draw=f"{asked.combination}/g{generation.generation}/{generation.model}/r{grading}{attempt}",
            temperature=settings.grader_temperature,
            max_tokens=settings.max_tokens,
            schema=schema_of(asked_points(asked, generation.decided)),
            base_url=base_url,
        )
        reply = await ask(call)
        replies.append(reply)
        if reply.text is None:
            return graded(replies=replies, missing=f"grader: {reply.missing}")
        verdicts = read_verdicts(reply.text, asked_points(asked, generation.decided), generation.text)
        if verdicts.unreadable is None:
            return graded(replies=replies, verdicts=verdicts)
        fault = "cut off at the largest number of tokens" if reply.cut else verdicts.unreadable
    return graded(replies=replies, missing=f"unreadable twice: {fault}")


def _question(kind: Kind, asked: Asked, text: str, decided: Decided, fault: str | None) -> str:
    return grade_prompt(kind, asked, text, asked_points(asked, decided), fault=fault)


def _graded(
    asked: Asked,
    generation: Generation,
    grader: str,
    grading: int,
    kind: str,
    *,
    replies: Sequence[Reply] = (),
    verdicts: Verdicts | None = None,
    missing: str | None = None,
) -> Graded:
    """Points of the program and of the grader together; where the grading is missing, all that a grader gives is."""
    decided = generation.decided
    points: dict[str, Point] = {}
    reasons: dict[str, str] = {}
    if verdicts is not None and decided is not None:
        keys = {skill_key(i): name for i, name in enumerate(generation.skills)}
        points = {**verdicts.points}
        points |= {key: decided.skills[name] for key, name in keys.items() if decided.skills.get(name) is not None}
        points |= {} if decided.makes_sense is None else {MAKES_SENSE: decided.makes_sense}
        told = {**{name: key for key, name in keys.items()}, MAKES_SENSE: MAKES_SENSE, "short_enough": "short_enough"}
        reasons = {**verdicts.reasons} | {told[name]: why for name, why in decided.reasons.items()}
    return Graded(
        grading=Grading(
            combination=asked.combination,
            k=asked.k,
            topic=asked.topic,
            skills=generation.skills,
            model=generation.model,
            grader=grader,
            generation=generation.generation,
            grading=grading,
            points=tuple(points.get(skill_key(i)) for i in range(asked.k)),
            on_topic=points.get(ON_TOPIC),
            makes_sense=points.get(MAKES_SENSE),
            short_enough=None if decided is None else decided.short_enough,
            missing=missing,
            text=generation.text,
            public=asked.public,
            kind=kind,
        ),
        reasons=reasons,
        replies=tuple(replies),
    )


def refuse_self_grading(model: str, graders: Sequence[str], *, allow: bool = False) -> None:
    """Raises SkillscaleError where a model would grade itself unasked, where no grader is named, or one is named twice.

    Two names are one model where they end alike: `openai/gpt-4o` and `openrouter/openai/gpt-4o`.
    """
    if not graders:
        raise SkillscaleError("No grader was given; name a strong model other than the one that writes.")
    if len(set(graders)) < len(graders):
        raise SkillscaleError(f"A grader stands twice in {shown(', '.join(graders))}; name each once.")
    own = [grader for grader in graders if _bare(grader) == _bare(model)]
    if own and not allow:
        raise SkillscaleError(
            f"{shown(model)} would be graded by itself ({shown(own[0])}). Name another grader, or allow self-grading explicitly."
        )


def _bare(model: str) -> str:
    return model.rstrip("/").rsplit("/", 1)[-1].casefold()
