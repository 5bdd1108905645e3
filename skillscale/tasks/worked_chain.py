"""Chains of customs with every step written out: `v1 v2 v3 = v3`."""

from dataclasses import dataclass

from skillscale.corpora.packed import PackedCorpus
from skillscale.tasks.cloze_task import ClozeTask
from skillscale.tasks.item import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedChain:
    """The model writes the steps, then `=` and the result. Only the result is judged; `steps_right` judges all of it.

    What counts is what was said up to the end of the line.
    """

    name: str
    about: str

    def items(self, corpus: PackedCorpus, *, limit_per_stratum: int, seed: int) -> list[Item]:
        """The corpus's clozes of this name, sampled as ClozeTask does; `answer` is the whole right completion."""
        return ClozeTask(name=self.name, about=self.about).items(corpus, limit_per_stratum=limit_per_stratum, seed=seed)

    def judge(self, item: Item, said: str) -> bool:
        """Is the result right, whatever the steps? Without an `=` there is no result."""
        result = result_of(said)
        return result is not None and result == result_of(item.answer)

    def steps_right(self, item: Item, said: str) -> bool:
        """Are the result and every step right?"""
        return first_line(said).split() == item.answer.split()


def result_of(said: str) -> tuple[str, ...] | None:
    """The words after the last `=` of the first line; None where there are none."""
    _, sign, result = first_line(said).rpartition("=")
    words = tuple(result.split())
    return words if sign and words else None


def first_line(said: str) -> str:
    """What was said up to the end of the line. A leading line break is no line."""
    return next(iter(said.strip().splitlines()), "")
