"""What a kind of puzzle is: it makes puzzles, states them, checks answers and solves them, and counts what both cost.

A puzzle is a frozen record of what is given and of nothing else: no solution is stored in it.
An elementary operation, of which `Solved.steps` and `checking_steps` count, is one of: reading a cell against a
constraint, working out one sum, looking one value up in a table, testing one word. Each kind says which are its own.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np


class Puzzle(Protocol):
    """A frozen record of what is given. Constructing one that cannot be raises SkillscaleError."""

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `PuzzleKind.from_json` reads back as an equal record."""
        ...


P = TypeVar("P", bound=Puzzle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an answer keeps every constraint; `reason` says in one sentence which it breaks first, or that it keeps all."""

    valid: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """An answer that `verify` accepts, and how many elementary operations finding it took; None where there is none."""

    answer: str | None
    steps: int


class PuzzleKind(Protocol[P]):
    """A kind of puzzle. Its implementations stand in `PUZZLES` (puzzles.py)."""

    @property
    def name(self) -> str:
        """What `--task` calls it."""
        ...

    @property
    def about(self) -> str:
        """One sentence that someone who knows none of this reads."""
        ...

    @property
    def dial(self) -> str:
        """What a difficulty counts, such as `empty cells`."""
        ...

    @property
    def difficulties(self) -> tuple[int, ...]:
        """The difficulties that tables are made of, rising. `make` takes those between them too."""
        ...

    def make(self, rng: np.random.Generator, difficulty: int) -> P:
        """A puzzle that has an answer. Raises SkillscaleError for a difficulty outside the dial."""
        ...

    def state(self, puzzle: P) -> str:
        """The puzzle in plain English, with the form that the answer must have."""
        ...

    def pocket(self, puzzle: P) -> str | None:
        """The puzzle as a prefix in words of the pocket world; None where it has no words for it."""
        ...

    def verify(self, puzzle: P, answer: str) -> Verdict:
        """Check the constraints, in time linear in the answer. `answer` is untrusted; nothing it holds raises."""
        ...

    def solve(self, puzzle: P) -> Solved:
        """An exact search or calculation."""
        ...

    def near_miss(self, puzzle: P, rng: np.random.Generator) -> str:
        """A plausible answer of the right form that is wrong, for those who are to judge answers."""
        ...

    def checking_steps(self, puzzle: P) -> int:
        """How many elementary operations checking a right answer takes."""
        ...

    def from_json(self, given: Any) -> P:
        """The record of a JSON value from outside. Raises SkillscaleError, one sentence, for one that is no such puzzle."""
        ...
