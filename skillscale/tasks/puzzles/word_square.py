"""Word squares: a small crossword in which every row and every column is a word of a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, refuse_difficulty
from skillscale.tasks.puzzles.lexicon import lexicon
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown

SIZES = (3, 4, 5)
WORDS_LISTED = 12  # for each cell of a side
LONGEST = 200  # characters of an answer
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """`rows` of letters, `.` for an empty cell, and the words that may be used; None for all of our lexicon."""

    rows: tuple[str, ...]
    words: tuple[str, ...] | None

    def __post_init__(self) -> None:
        n = self.size
        if n not in SIZES or any(len(row) != n or not set(row) <= LETTERS | {"."} for row in self.rows):
            raise SkillscaleError(
                f"A word square has 3 to 5 rows of as many cells, a-z or . for an empty one; found {shown(' '.join(self.rows))}."
            )
        if not any("." in row for row in self.rows):
            raise SkillscaleError(
                "The word square has no empty cell, so there is nothing to solve; leave some cells empty."
            )
        if self.words is not None and any(len(word) != n or not set(word) <= LETTERS for word in self.words):
            raise SkillscaleError(f"The words of a square of {n} rows have {n} letters a-z; another one is listed.")

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def allowed(self) -> frozenset[str]:
        """The words that may stand in it."""
        return frozenset(lexicon(self.size) if self.words is None else self.words)

    def to_json(self) -> dict[str, Any]:
        words = {} if self.words is None else {"words": list(self.words)}
        return {"kind": "word-square", "rows": list(self.rows)} | words


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSquare:
    """The difficulty is the number of empty cells: up to 6 in squares of 3, up to 12 of 4, then of 5 letters a side.

    Steps: to solve, each word tried in a row; to check, each row and each column looked up, and each clue.
    """

    name: str = "word-square"
    about: str = "Filling a small square with letters so that every row and every column is a word of a list."
    dial: str = "empty cells"
    difficulties: tuple[int, ...] = (4, 6, 9, 12, 16, 20)

    def make(self, rng: np.random.Generator, difficulty: int) -> Square:
        """A random square of our lexicon, cells of it emptied, its words listed among others."""
        refuse_difficulty(self.name, difficulty, 1, 25, self.dial)
        size = 3 if difficulty <= 6 else 4 if difficulty <= 12 else 5
        rows = full_square(rng, size)
        letters = list("".join(rows))
        for place in rng.choice(size * size, difficulty, replace=False):
            letters[place] = "."
        own = {*rows, *map("".join, zip(*rows, strict=True))}
        others = [word for word in lexicon(size) if word not in own]
        listed = own | {others[i] for i in rng.choice(len(others), WORDS_LISTED * size - len(own), replace=False)}
        emptied = "".join(letters)
        return Square(
            rows=tuple(emptied[at : at + size] for at in range(0, size * size, size)), words=tuple(sorted(listed))
        )

    def state(self, puzzle: Square) -> str:
        n = puzzle.size
        which = "common English words" if puzzle.words is None else f"words of this list: {', '.join(puzzle.words)}"
        rows = "\n".join(puzzle.rows)
        return (
            f"Fill the empty cells (dots) of this {n}×{n} square with letters, so that every row, read from the left, and every column, read "
            f"from the top, is a word. A word may stand there more than once; the letters given stay. Use {which}.\n\n{rows}\n\n"
            f"End with a line that says Answer: and below it the {n} rows of the full square, {n} letters each."
        )

    def pocket(self, puzzle: Square) -> str | None:
        """The pocket world knows words, not letters."""
        return None

    def verify(self, puzzle: Square, answer: str) -> Verdict:
        """Rows on lines of their own or apart by spaces; the clues kept, every row and column a word that may be used."""
        if len(answer) > LONGEST:
            return _no("The answer is far too long for a square.")
        n = puzzle.size
        lines = [line for line in answer.lower().splitlines() if line.strip()]
        rows = ["".join(line.split()) for line in lines] if len(lines) > 1 else answer.lower().split()
        if len(rows) != n or any(len(row) != n or not set(row) <= LETTERS for row in rows):
            return _no(f"The answer is not {n} rows of {n} letters.")
        for r, (given, row) in enumerate(zip(puzzle.rows, rows, strict=True), start=1):
            for c, (clue, letter) in enumerate(zip(given, row, strict=True), start=1):
                if clue not in (".", letter):
                    return _no(f"The clue at row {r}, column {c} is {clue}, not {letter}.")
        allowed = puzzle.allowed
        for what, lines in (("Row", rows), ("Column", ["".join(column) for column in zip(*rows, strict=True)])):
            for at, word in enumerate(lines, start=1):
                if word not in allowed:
                    return _no(f"{what} {at}, {word}, is no word that may be used.")
        return Verdict(valid=True, reason="Every row and column is a word that may be used, and the clues are kept.")

    def solve(self, puzzle: Square) -> Solved:
        """Depth first by rows; a row is tried only where its clues fit and every column can still become a word."""
        search = _Search(tuple(sorted(puzzle.allowed)), puzzle.rows)
        found = next(search.squares(()), None)
        return Solved(answer=None if found is None else "\n".join(found), steps=search.steps)

    def near_miss(self, puzzle: Square, rng: np.random.Generator) -> str:
        """Every row is a word that may be used and fits the clues, chosen without a look at the columns; some column is none."""
        allowed = sorted(puzzle.allowed)
        fitting = [[word for word in allowed if fits(word, row)] or allowed for row in puzzle.rows]
        for _ in range(50):
            rows = [words[int(rng.integers(len(words)))] for words in fitting]
            if not self.verify(puzzle, "\n".join(rows)).valid:
                return "\n".join(rows)
        return "\n".join(row.replace(".", "q") for row in puzzle.rows)  # every choice of words is a solution

    def checking_steps(self, puzzle: Square) -> int:
        return 2 * puzzle.size + sum(letter != "." for row in puzzle.rows for letter in row)

    def from_json(self, given: Any) -> Square:
        read = Given(self.name, given, ("rows",), ("words",))
        words = read.texts("words", 5, 1, 3_000) if read.has("words") else None
        return Square(rows=read.texts("rows", 5, 3, 5), words=None if words is None else tuple(sorted({*words})))


def _no(reason: str) -> Verdict:
    return Verdict(valid=False, reason=reason)


def fits(word: str, row: str) -> bool:
    """Does the word keep the clues of a row?"""
    return all(clue in (".", letter) for clue, letter in zip(row, word, strict=True))


@cache
def beginnings(words: tuple[str, ...]) -> frozenset[str]:
    """Every beginning of every word, the empty one and the whole included."""
    return frozenset(word[:n] for word in words for n in range(len(word) + 1))


class _Search:
    """Squares of `words` that keep the clues of `rows`; `steps` counts the words that it tried in a row."""

    def __init__(self, words: tuple[str, ...], rows: tuple[str, ...], rng: np.random.Generator | None = None) -> None:
        self.rows, self.rng, self.steps = rows, rng, 0
        self.fitting = [[word for word in words if fits(word, row)] for row in rows]
        self.steps += len(words) * len(rows)
        self.begins = beginnings(words)

    def squares(self, done: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Each square that goes on from the rows that are done."""
        if len(done) == len(self.rows):
            yield done
            return
        columns = ["".join(column) for column in zip(*done, strict=True)] or [""] * len(self.rows)
        words = self.fitting[len(done)]
        order = range(len(words)) if self.rng is None else self.rng.permutation(len(words))
        for i in order:
            self.steps += 1
            word = words[i]
            if all(column + letter in self.begins for column, letter in zip(columns, word, strict=True)):
                yield from self.squares((*done, word))


def full_square(rng: np.random.Generator, size: int) -> tuple[str, ...]:
    """A random square of our lexicon; of 5 letters one whose rows are its columns, for there are hardly any others."""
    words = lexicon(size)
    if size < 5:
        return next(_Search(words, ("." * size,) * size, rng).squares(()))
    squares = symmetric_squares(size)
    return squares[int(rng.integers(len(squares)))]


@cache
def symmetric_squares(size: int) -> tuple[tuple[str, ...], ...]:
    """All squares of our lexicon whose rows are their columns, in alphabetical order."""
    words = lexicon(size)
    begins: dict[str, list[str]] = {}
    for word in words:
        for n in range(size):
            begins.setdefault(word[:n], []).append(word)
    found: list[tuple[str, ...]] = [()]
    for n in range(size):
        found = [
            (*square, word) for square in found for word in begins.get("".join(row[n] for row in square), ())
            if all("".join(row[at] for row in (*square, word)) in begins for at in range(n + 1, size))
        ]  # fmt: skip
    return tuple(found)
