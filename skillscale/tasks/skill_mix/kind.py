"""What kind of text a Skill-Mix asks for: prose, or Python code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skillscale.tasks.skill_mix.grading import Point
from skillscale.tasks.skill_mix.library import Library, Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The points of one text that a program decides, so that no grader is asked for them.

    `skills`: skill → 1 or 0, of those that can be decided exactly. `makes_sense` is None where the grader decides. `reasons` says in words,
    by point (a skill's name, `makes_sense`, `short_enough`), why it was lost.
    """

    skills: dict[str, Point]
    makes_sense: Point
    short_enough: Point
    reasons: dict[str, str]


class Kind(Protocol):
    """A kind of Skill-Mix. Its implementations stand in `KINDS` (kinds.py)."""

    @property
    def name(self) -> str:
        """`text` or `code`."""
        ...

    @property
    def templates(self) -> Path:
        """The folder of its prompts: `write.jinja`, `improve.jinja`, `grade.jinja`, and `VERSION` with their version.

        prompting.py says what the templates are given.
        """
        ...

    def most(self, k: int) -> str:
        """How long a text on k skills may be, in words: `at most 2 sentences`."""
        ...

    def library(self, skills: Path | None, topics: Path | None) -> Library:
        """The library of these files, its own where one is not given."""
        ...

    def decide(self, text: str, skills: Sequence[Skill]) -> Decided:
        """What a program can say of a student's text, which is untrusted. Never raises for what the text holds.

        Called once for each text, in a thread of its own, for it may take its time.
        """
        ...
