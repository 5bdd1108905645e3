"""One try at one problem in one way: a conversation, whoever answers it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from skillscale.experiments.thinking.finding_answers import FoundAnswer
from skillscale.models.hosted.calling import Ask, Call, Message, Reply
from skillscale.tasks.puzzles import PuzzleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Puzzle number `number` of a run, with others of the same difficulty and their answers, for ways that show some."""

    number: int
    difficulty: int
    puzzle: Any
    examples: tuple[tuple[Any, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`max_tokens` of a message; `budgets`, rising: tokens of thought before an answer is forced, one curve each; how often it may revise."""

    max_tokens: int = 4096
    budgets: tuple[int, ...] = (64, 256, 1024)
    revisions: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a try. `way` names its curve: the way, or a part of it such as `revise 1`.

    `said` is the last message, None where one is missing, with the reason; `found` is then None too. `replies` are all that it took.
    """

    way: str
    said: str | None
    found: FoundAnswer | None
    missing: str | None
    replies: tuple[Reply, ...]


@dataclass(slots=True, kw_only=True)
class Talk:
    """Try number `sample` at a problem. It keeps the replies, whose tokens it has cost. `prefills`: can the model go on with a message of its own?"""

    ask: Ask
    model: str
    base_url: str | None
    kind: PuzzleKind[Any]
    problem: Problem
    way: str
    sample: int
    seed: int
    temperature: float
    limits: Limits
    prefills: bool
    replies: list[Reply] = field(default_factory=list[Reply])

    async def say(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> Reply:
        """The model's next message. What asks the same has the same draw, so that it need not be asked twice."""
        # The number of the sample stands last: local models draw by it (local_ask.py).
        draw = f"s{self.seed}/p{self.problem.number:03}/{self.way}/t{len(self.replies)}#{self.sample}"
        call = Call(
            model=self.model,
            messages=tuple(messages),
            draw=draw,
            temperature=self.temperature,
            max_tokens=max_tokens or self.limits.max_tokens,
            base_url=self.base_url,
        )
        reply = await self.ask(call)
        self.replies.append(reply)
        return reply

    @property
    def stated(self) -> str:
        """The puzzle in English."""
        return self.kind.state(self.problem.puzzle)

    def tried(
        self, reply: Reply, found: FoundAnswer | None, *, way: str | None = None, said: str | None = None
    ) -> Tried:
        """The end of this try, or of a part of it: `reply` was the last one; `found` counts only where that came."""
        there = reply.text is not None
        return Tried(
            way=way or self.way,
            said=(said if said is not None else reply.text) if there else None,
            found=found if there else None,
            missing=reply.missing,
            replies=tuple(self.replies),
        )

    def cannot(self, reason: str, *, way: str | None = None) -> Tried:
        """The problem cannot be asked in this way."""
        return Tried(way=way or self.way, said=None, found=None, missing=reason, replies=tuple(self.replies))


# A way of asking: one try at a problem, or several that belong together, such as an attempt and its revisions.
Way = Callable[[Talk], Awaitable[list[Tried]]]


def user(content: str) -> Message:
    return Message(role="user", content=content)


def assistant(content: str) -> Message:
    return Message(role="assistant", content=content)
