"""How probable a model finds it that a proposed answer is right: the scores of weighted votes and of best-of-n.

It sees the puzzle and the answer, not how the answer was found; so equal answers have one score and are asked about once.
"""

import asyncio
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from skillscale.corpora.world.lexicon import vocabulary
from skillscale.experiments.thinking.finding_answers import marked_answer
from skillscale.experiments.thinking.prompting import check_prompt
from skillscale.experiments.thinking.reading_messages import AsReading, as_text
from skillscale.experiments.thinking.talking import Problem, assistant, user
from skillscale.models.hosted.calling import Ask, Call, Reply
from skillscale.tasks.puzzles import PuzzleKind, state_check
from skillscale.tasks.puzzles.chains import Chain

if TYPE_CHECKING:  # which would load torch
    from skillscale.models.local import LocalModel

PERCENT = re.compile(r"(\d{1,3})(?:\.0+)? ?%?\.?", re.ASCII)
TIMES = 2  # that a score is asked for where it cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A probability, or the reason why there is none; the calls that it took, or of a checkpoint the FLOPs."""

    value: float | None
    missing: str | None = None
    replies: tuple[Reply, ...] = ()
    flops: float | None = None


Candidate = tuple[Problem, str]


class Checker(Protocol):
    """Whoever scores proposed answers."""

    async def scores(self, candidates: Sequence[Candidate]) -> list[Score]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingChecker:
    """A hosted model is asked for a probability in percent."""

    ask: Ask
    model: str
    base_url: str | None
    kind: PuzzleKind[Any]
    seed: int
    max_tokens: int

    async def scores(self, candidates: Sequence[Candidate]) -> list[Score]:
        return list(await asyncio.gather(*(self._score(problem, answer) for problem, answer in candidates)))

    async def _score(self, problem: Problem, answer: str) -> Score:
        replies: list[Reply] = []
        for n in range(TIMES):
            call = Call(
                model=self.model,
                messages=(user(check_prompt(self.kind.state(problem.puzzle), answer)),),
                draw=f"s{self.seed}/p{problem.number:03}/check{n}",
                temperature=0.0,
                max_tokens=self.max_tokens,
                base_url=self.base_url,
            )
            reply = await self.ask(call)
            replies.append(reply)
            if reply.text is None:
                return Score(value=None, missing=reply.missing, replies=tuple(replies))
            value = read_percent(reply.text, cut=reply.cut)
            if value is not None:
                return Score(value=value, replies=tuple(replies))
        return Score(value=None, missing="the verifier gave no percentage that can be read", replies=tuple(replies))


def read_percent(said: str, *, cut: bool = False) -> float | None:
    """The probability that stands after `Answer:`; None where no whole number from 0 to 100 does."""
    found = PERCENT.fullmatch(marked_answer(said, cut=cut).answer or "")
    return int(found[1]) / 100 if found and int(found[1]) <= 100 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChecker:
    """A checkpoint's probability of ` yes` against ` no`. `reading` None: it is asked in words of the pocket world."""

    model: "LocalModel"
    kind: PuzzleKind[Any]
    reading: AsReading | None

    async def scores(self, candidates: Sequence[Candidate]) -> list[Score]:
        from skillscale.models.inference_flops import inference_shape
        from skillscale.models.question import Question

        shape = inference_shape(self.model.config, self.model.n_params)
        prompts = [self._prompt(problem, answer) for problem, answer in candidates]
        texts = list(dict.fromkeys(one for one in prompts if one is not None))
        questions = [Question(prefix=text, continuations=(" yes", " no"), max_new_tokens=0) for text in texts]
        answers = dict(zip(texts, self.model.answer(questions), strict=True))
        scores: list[Score] = []
        for prompt in prompts:
            if prompt is None:
                scores.append(Score(value=None, missing="the pocket world has no words to ask whether this is right"))
                continue
            heard = answers[prompt]
            if heard.missing is not None:
                scores.append(Score(value=None, missing=f"the verifier cannot judge it: {heard.missing}"))
                continue
            yes, no = heard.logprobs
            flops = None if shape is None else shape.flops(n_read=heard.n_context)
            scores.append(Score(value=1 / (1 + math.exp(min(no - yes, 700.0))), flops=flops))
        return scores

    def _prompt(self, problem: Problem, answer: str) -> str | None:
        if self.reading is not None:
            asked = user(state_check(self.kind, problem.puzzle, answer)), assistant("Answer:")
            read = self.reading(asked)
            return read if isinstance(read, str) else as_text(asked)
        direct = self.kind.pocket(problem.puzzle)
        if direct is None or not isinstance(problem.puzzle, Chain) or not {"check", "yes", "no"} <= vocabulary().keys():
            return None
        return f"check {direct} {answer}"  # strand `verifying`: the verdict stands right after what it judges
