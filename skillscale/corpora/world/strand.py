"""A strand: one kind of text of the pocket world, which needs one kind of skill."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft


class Strand(ABC):
    """Writes documents of one kind, and says of each which skills it needs and which questions it answers."""

    name: ClassVar[str]
    has_unseen: ClassVar[bool] = False  # are there combinations that the training text never has?

    @abstractmethod
    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        """n documents; with `unseen`, only such as the training text never has."""

    @abstractmethod
    def stratum(self, draft: Draft, row: int) -> str:
        """The difficulty of one document, in words."""

    @abstractmethod
    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        """What understanding this document needs."""

    @abstractmethod
    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """Questions about one document; `rng` draws their wrong answers."""

    def retold(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """New questions about a combination that this training document has; none by default."""
        return ()


def other(rng: np.random.Generator, options: tuple[str, ...], answer: str, n: int) -> tuple[str, ...]:
    """n different options, none of them the answer."""
    rest = [option for option in options if option != answer]
    return tuple(rest[i] for i in rng.choice(len(rest), min(n, len(rest)), replace=False))


def last_word_cloze(strand: Strand, draft: Draft, row: int, wrong: Iterable[str]) -> Cloze:
    """The document's last word is asked for, against `wrong` ones."""
    *text, answer = draft.words(row)
    return Cloze(
        task=strand.name,
        stratum=strand.stratum(draft, row),
        prefix=" ".join(text),
        answer=f" {answer}",
        distractors=tuple(f" {word}" for word in wrong if word != answer),
        skills=strand.skills(draft, row),
    )
