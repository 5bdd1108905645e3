"""What a task is: it makes items from a corpus, and judges what a model said to one."""

from typing import Protocol

from skillscale.corpora.packed import PackedCorpus
from skillscale.tasks.item import Item


class Task(Protocol):
    """Items of one kind and a way to judge them. An implementation stands in `TASKS` (tasks/catalogue.py)."""

    @property
    def name(self) -> str:
        """What stands in the column `task` of the table."""
        ...

    @property
    def about(self) -> str:
        """One sentence that someone who knows none of this reads in the report."""
        ...

    def items(self, corpus: PackedCorpus, *, limit_per_stratum: int, seed: int) -> list[Item]:
        """At most so many items of each stratum; the same seed gives the same items. Empty where the corpus has none."""
        ...

    def judge(self, item: Item, said: str) -> bool:
        """Is what the model said right? `said` is untrusted text."""
        ...
