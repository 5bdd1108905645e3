"""Ways to ask for a puzzle in words of the pocket world, of models that were trained on it. A message is a document; the last is to be gone on with.

direct         two babo keto rose = fern
worked         two babo keto rose : lamp fern = fern
few-shot       direct, after other chains of as many customs with their results
least-to-most  one babo rose = lamp, then one keto lamp = fern: each a question of its own
revise         worked again, after reading the own attempts: a curve for each round
budget         worked, broken off after so many tokens, and `=` forced: a curve for each budget
"""

from skillscale.corpora.world.lexicon import COUNTS
from skillscale.experiments.thinking.finding_answers import pocket_answer, pocket_result
from skillscale.experiments.thinking.talking import Talk, Tried, Way, user
from skillscale.models.hosted.calling import Reply
from skillscale.tasks.puzzles.chains import Chain, Chains
from skillscale.tasks.worked_chain import first_line

DIRECT_TOKENS = 24  # a small sudoku, digit by digit, with commas between its rows; a chain's result is one word
N_SHOWN = 2  # examples: the world's models read 64 tokens
MORE_TOKENS = 3  # beyond the steps of a chain: `=`, the result, the end
NO_WORDS = "the pocket world has no words for this"
NO_STEPS = "a single custom has no steps"


async def direct(talk: Talk) -> list[Tried]:
    """The answer at once."""
    asked = talk.kind.pocket(talk.problem.puzzle)
    return [talk.cannot(NO_WORDS) if asked is None else await _direct(talk, (asked,))]


async def few_shot(talk: Talk) -> list[Tried]:
    """After other documents that end in their answers."""
    asked = talk.kind.pocket(talk.problem.puzzle)
    shown = [f"{talk.kind.pocket(puzzle)} {_spelt(talk, answer)}" for puzzle, answer in talk.problem.examples[:N_SHOWN]]
    return [talk.cannot(NO_WORDS) if asked is None else await _direct(talk, (*shown, asked))]


async def worked(talk: Talk) -> list[Tried]:
    """Every step, then the result."""
    asked = _worked_prompt(talk)
    if asked is None:
        return [talk.cannot(_why_not_worked(talk))]
    reply = await talk.say([user(asked)], max_tokens=_steps(talk) + MORE_TOKENS)
    return [talk.tried(reply, pocket_result(reply.text or ""))]


async def least_to_most(talk: Talk) -> list[Tried]:
    """One question for each custom; each goes on from the answer to the one before."""
    puzzle = talk.problem.puzzle
    if not isinstance(puzzle, Chain):
        return [talk.cannot(NO_WORDS)]
    value = puzzle.start
    reply: Reply | None = None
    for custom in puzzle.chain:
        reply = await talk.say([user(f"{COUNTS[0]} {custom} {value} =")], max_tokens=1)
        if reply.text is None:
            break
        value = reply.text.strip()
    assert reply is not None  # a chain has a custom
    return [talk.tried(reply, pocket_answer(reply.text or ""))]


async def revise(talk: Talk) -> list[Tried]:
    """Worked again and again, each time after reading the attempts before."""
    asked = _worked_prompt(talk)
    rounds = [f"revise {n}" for n in range(talk.limits.revisions + 1)]
    if asked is None:
        return [talk.cannot(_why_not_worked(talk), way=one) for one in rounds]
    before: list[str] = []
    tried: list[Tried] = []
    for way in rounds:
        reply = await talk.say([*map(user, before), user(asked)], max_tokens=_steps(talk) + MORE_TOKENS)
        tried.append(talk.tried(reply, pocket_result(reply.text or ""), way=way))
        if reply.text is None:
            return tried + [talk.cannot(reply.missing or "", way=one) for one in rounds[len(tried) :]]
        before.append(f"{asked} {first_line(reply.text)}".strip())
    return tried


async def budget(talk: Talk) -> list[Tried]:
    """The worked chain, broken off after each budget of steps (a token is a step) where it has not ended before."""
    asked = _worked_prompt(talk)
    tried: list[Tried] = []
    for tokens in talk.limits.budgets:
        way = f"budget {tokens}"
        if asked is None:
            tried.append(talk.cannot(_why_not_worked(talk), way=way))
            continue
        talk.replies.clear()
        reply = await talk.say([user(asked)], max_tokens=tokens)
        said = first_line(reply.text or "")
        if reply.text is not None and pocket_result(said).answer is None:
            begun = " ".join((*said.partition("=")[0].split(), "="))
            reply = await talk.say([user(f"{asked} {begun}")], max_tokens=1)
            said = f"{begun} {(reply.text or '').strip()}"
        tried.append(talk.tried(reply, pocket_result(said), way=way, said=said))
    return tried


POCKET: dict[str, Way] = {
    "budget": budget,
    "direct": direct,
    "few-shot": few_shot,
    "least-to-most": least_to_most,
    "revise": revise,
    "worked": worked,
}


async def _direct(talk: Talk, documents: tuple[str, ...]) -> Tried:
    tokens = 1 if isinstance(talk.problem.puzzle, Chain) else DIRECT_TOKENS
    reply = await talk.say([user(one) for one in documents], max_tokens=tokens)
    return talk.tried(reply, pocket_answer(reply.text or ""))


def _spelt(talk: Talk, answer: str) -> str:
    """An answer in words of the world: digit by digit, a comma between rows."""
    return answer if isinstance(talk.problem.puzzle, Chain) else " , ".join(" ".join(row) for row in answer.split())


def _worked_prompt(talk: Talk) -> str | None:
    puzzle, kind = talk.problem.puzzle, talk.kind
    return kind.pocket_worked(puzzle) if isinstance(kind, Chains) else None


def _why_not_worked(talk: Talk) -> str:
    return NO_STEPS if isinstance(talk.kind, Chains) else NO_WORDS


def _steps(talk: Talk) -> int:
    return len(talk.problem.puzzle.chain)
