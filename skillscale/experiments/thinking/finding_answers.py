"""Which answer stands in what a model said: by a rule that does not look at whether it is right.

A worked message must have a line that begins with `Answer:`; where the answer alone was asked for, a message without one is the answer if it is one
paragraph. An answer that runs into the end of a message which was cut off is none: who knows how it would have gone on.
"""

from dataclasses import dataclass

from skillscale.tasks.puzzles import answer_of
from skillscale.tasks.worked_chain import first_line, result_of

SENTINEL = "\x01"  # a control character: no answer to any puzzle holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAnswer:
    """The answer, or in `why_none` why there is none."""

    answer: str | None
    why_none: str | None = None


def marked_answer(said: str, *, cut: bool = False) -> FoundAnswer:
    """The answer of a message that was asked to think before it answers."""
    if answer_of(f"{SENTINEL}\n{said}").startswith(SENTINEL):
        return _none("it was cut off before an answer" if cut else "no line begins with Answer:")
    if cut and answer_of(said + SENTINEL).endswith(SENTINEL):
        return _none("it was cut off within the answer")
    answer = answer_of(said)
    return FoundAnswer(answer=answer) if answer else _none("nothing stands after Answer:")


def answer_alone(said: str, *, cut: bool = False) -> FoundAnswer:
    """The answer of a message that was asked for the answer alone."""
    found = marked_answer(said, cut=cut)
    if found.answer is not None or cut or found.why_none != "no line begins with Answer:":
        return found
    if not said.strip():
        return _none("nothing was said")
    return FoundAnswer(answer=answer_of(said)) if "\n\n" not in said.strip().replace("\r\n", "\n") else found


def pocket_answer(said: str) -> FoundAnswer:
    """What a pocket model says where it is asked to answer at once."""
    answer = " ".join(first_line(said).split())
    return FoundAnswer(answer=answer) if answer else _none("nothing was said")


def pocket_result(said: str) -> FoundAnswer:
    """What stands after the last `=` of a worked chain."""
    result = result_of(said)
    return _none("no = with a result") if result is None else FoundAnswer(answer=" ".join(result))


def same_answer(answer: str) -> str:
    """One spelling for answers that differ in case, spaces or a full stop at the end: those count as one in a vote."""
    lines = (" ".join(line.split()) for line in answer.casefold().splitlines())
    return "\n".join(line for line in lines if line).removesuffix(".")


def _none(why: str) -> FoundAnswer:
    return FoundAnswer(answer=None, why_none=why)
