"""Ways to ask for a puzzle in English, of hosted models and of local ones that know the language.

direct         the answer at once, without working ('System 1')
zero-shot      the puzzle as it is, and no word on how to go about it
few-shot       zero-shot, after others of the same difficulty with their answers
worked         step by step, then the answer (chain of thought, Wei et al. 2022); its `majority` is self-consistency (Wang et al. 2022)
least-to-most  first which simpler questions lead there, then each of them, then the whole (Zhou et al. 2022)
calculator     worked, with a calculator for a bounded number of sums
revise         worked, then checked and corrected, as often as the limits say: a curve for each round
budget         worked, thought cut off at a budget and the answer forced (Muennighoff et al. 2025): a curve for each budget
"""

import dataclasses
from collections.abc import Sequence

from skillscale.experiments.thinking.finding_answers import answer_alone, marked_answer
from skillscale.experiments.thinking.prompting import decompose_prompt, questions_in, rendered
from skillscale.experiments.thinking.talking import Talk, Tried, Way, assistant, user
from skillscale.models.hosted.calling import Message, Reply
from skillscale.tasks.calculator import with_calculator

FORCED = "\n\nAnswer:"
ANSWER_TOKENS = 512  # of a forced answer: a 9 × 9 sudoku has 81 digits
NO_PREFILL = (
    "the provider is not known to go on with a message of the model's own, which forcing an answer needs (--prefill)"
)


async def direct(talk: Talk) -> list[Tried]:
    """The answer at once."""
    return [_alone(talk, await talk.say([user(rendered("direct", puzzle=talk.stated))]))]


async def zero_shot(talk: Talk) -> list[Tried]:
    """The puzzle as it is; the model may think or not."""
    return [_worked(talk, await talk.say([user(rendered("zero-shot", puzzle=talk.stated))]))]


async def few_shot(talk: Talk) -> list[Tried]:
    """After examples, as an earlier conversation."""
    shown: list[Message] = []
    for puzzle, answer in talk.problem.examples:
        stated = rendered("zero-shot", puzzle=talk.kind.state(puzzle))
        shown += [user(stated), assistant(f"Answer:{chr(10) if chr(10) in answer else ' '}{answer}")]
    return [_alone(talk, await talk.say([*shown, user(rendered("zero-shot", puzzle=talk.stated))]))]


async def worked(talk: Talk) -> list[Tried]:
    """Step by step."""
    return [_worked(talk, await talk.say([user(rendered("worked", puzzle=talk.stated))]))]


async def least_to_most(talk: Talk) -> list[Tried]:
    """Simpler questions first, each in turn. Where the model names none, the whole is asked for at once."""
    messages = [user(decompose_prompt(talk.stated))]
    reply = await talk.say(messages)
    if reply.text is None:
        return [talk.tried(reply, None)]
    further = [rendered("part", question=one) for one in questions_in(reply.text)]
    for prompt in (*further, rendered("compose")):
        messages += [assistant(reply.text), user(prompt)]
        reply = await talk.say(messages)
        if reply.text is None:
            return [talk.tried(reply, None)]
    return [_worked(talk, reply)]


async def calculator(talk: Talk) -> list[Tried]:
    """Worked, with a calculator that knows arithmetic and nothing else."""

    async def say(turns: tuple[str, ...]) -> str | None:
        return (await talk.say(_in_turn(turns))).text

    done = await with_calculator(say, rendered("worked", puzzle=talk.stated))
    assert (done.answer is None) == (talk.replies[-1].text is None)
    return [_worked(talk, talk.replies[-1])]


async def revise(talk: Talk) -> list[Tried]:
    """An attempt, and then the same conversation with each revision; all rounds of it, `revise 0` being the attempt."""
    messages = [user(rendered("worked", puzzle=talk.stated))]
    tried: list[Tried] = []
    for n in range(talk.limits.revisions + 1):
        reply = await talk.say(messages)
        tried.append(_worked(talk, reply, way=f"revise {n}"))
        if reply.text is None:
            reason = reply.missing or ""
            return tried + [talk.cannot(reason, way=f"revise {m}") for m in range(n + 1, talk.limits.revisions + 1)]
        messages += [assistant(reply.text), user(rendered("revise"))]
    return tried


async def budget(talk: Talk) -> list[Tried]:
    """A thought for each budget, cut off there; where a server keeps to seeds it is the same thought. One that ends by itself is not forced."""
    tried: list[Tried] = []
    for tokens in talk.limits.budgets:
        own = dataclasses.replace(talk, replies=[])
        tried.append(await _forced(own, tokens, way=f"budget {tokens}"))
    return tried


async def _forced(talk: Talk, tokens: int, *, way: str) -> Tried:
    if not talk.prefills:
        return talk.cannot(NO_PREFILL, way=way)
    messages = [user(rendered("worked", puzzle=talk.stated))]
    thought = await talk.say(messages, max_tokens=tokens)
    if thought.text is None or not thought.cut:
        return _worked(talk, thought, way=way)
    begun = f"{thought.text.rstrip()}{FORCED}"
    reply = await talk.say([*messages, assistant(begun)], max_tokens=ANSWER_TOKENS)
    said = f"{begun}{reply.text or ''}"
    return talk.tried(reply, marked_answer(said, cut=reply.cut), way=way, said=said)


ENGLISH: dict[str, Way] = {
    "budget": budget,
    "calculator": calculator,
    "direct": direct,
    "few-shot": few_shot,
    "least-to-most": least_to_most,
    "revise": revise,
    "worked": worked,
    "zero-shot": zero_shot,
}


def _alone(talk: Talk, reply: Reply) -> Tried:
    return talk.tried(reply, answer_alone(reply.text or "", cut=reply.cut))


def _worked(talk: Talk, reply: Reply, *, way: str | None = None) -> Tried:
    return talk.tried(reply, marked_answer(reply.text or "", cut=reply.cut), way=way)


def _in_turn(turns: Sequence[str]) -> list[Message]:
    """Turns of user and model, the user's first."""
    return [user(one) if i % 2 == 0 else assistant(one) for i, one in enumerate(turns)]
