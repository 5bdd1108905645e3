"""A run of Skill-Mix: every text written, every text graded, whoever answers the calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from skillscale.experiments.skill_mix.plan import MixPlan
from skillscale.experiments.skill_mix.protocol import Generation, Graded, grade, write
from skillscale.models.hosted.calling import Ask, Call, Reply
from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.makers import maker_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One generation with its gradings, by grader and then in order. `turns` are the calls that its replies answer."""

    asked: Asked
    generation: Generation
    turns: tuple[Call, ...]
    gradings: tuple[Graded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixRun:
    """All texts, k by k, combination by combination, generation by generation: the order does not depend on who answered first."""

    texts: tuple[Text, ...]

    @property
    def replies(self) -> list[Reply]:
        """Every reply of the run."""
        return [
            reply
            for text in self.texts
            for reply in (*text.generation.turns, *(one for graded in text.gradings for one in graded.replies))
        ]


@dataclass(slots=True)
class _Listening:
    """An `Ask` that keeps the calls of one text's turns, which a log is to show."""

    ask: Ask
    calls: list[Call] = field(default_factory=list[Call])

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        return await self.ask(call)


async def run_mix(plan: MixPlan, ask: Ask, on_reply: Callable[[Reply], None] = lambda _: None) -> MixRun:
    """Write and grade everything of the plan; texts and points that do not come are missing with their reasons.

    `on_reply` hears every reply. `ask` bounds how many calls are made at once.
    """

    async def heard(call: Call) -> Reply:
        reply = await ask(call)
        on_reply(reply)
        return reply

    pairs = [(asked, n) for asked in plan.asked for n in range(plan.settings.generations)]
    return MixRun(texts=tuple(await asyncio.gather(*(_text(plan, heard, asked, n) for asked, n in pairs))))


async def _text(plan: MixPlan, ask: Ask, asked: Asked, generation: int) -> Text:
    listening = _Listening(ask)
    written = await write(
        listening,
        asked,
        model=plan.model,
        settings=plan.settings,
        generation=generation,
        base_url=plan.base_url,
    )
    gradings = await asyncio.gather(
        *(
            _graded(plan, ask, asked, written, grader, url, n)
            for grader, url in zip(plan.graders, plan.grader_urls, strict=True)
            for n in range(plan.settings.gradings)
        )
    )
    return Text(asked=asked, generation=written, turns=tuple(listening.calls), gradings=tuple(gradings))


async def _graded(
    plan: MixPlan, ask: Ask, asked: Asked, written: Generation, grader: str, url: str | None, grading: int
) -> Graded:
    """A grading that says whose models were at work, as far as their names tell."""
    found = await grade(ask, written, asked, grader=grader, settings=plan.settings, grading=grading, base_url=url)
    model_family, grader_family = maker_of(plan.model, base_url=plan.base_url), maker_of(grader, base_url=url)
    return replace(found, grading=replace(found.grading, model_family=model_family, grader_family=grader_family))
