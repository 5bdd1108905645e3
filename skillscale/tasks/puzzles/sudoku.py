"""Sudoku of 4 × 4 and 9 × 9 cells: every row, column and box holds every digit once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, refuse_difficulty
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown, too_long

EMPTY = ".0_"  # an empty cell in the usual notation
BETWEEN = " \t\n|,;+-[]"  # what people draw between cells
_ONLY_DIGITS = {ord(sign): None for sign in BETWEEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells from left to right and from the top down; 0 is an empty one. The clues do not contradict each other."""

    cells: tuple[int, ...]

    def __post_init__(self) -> None:
        n = self.size
        if len(self.cells) not in (16, 81) or not all(0 <= digit <= n for digit in self.cells):
            raise SkillscaleError(
                f"A sudoku has 16 or 81 cells of 1-4 or 1-9, 0 for an empty one; found {len(self.cells)} cells."
            )
        if 0 not in self.cells:
            raise SkillscaleError("The sudoku has no empty cell, so there is nothing to solve; leave some cells empty.")
        twice = first_twice(self.cells)
        if twice is not None:
            raise SkillscaleError(f"The sudoku contradicts itself: {twice}.")

    @property
    def size(self) -> int:
        """Cells in a row."""
        return 4 if len(self.cells) == 16 else 9

    @property
    def n_empty(self) -> int:
        return self.cells.count(0)

    def to_json(self) -> dict[str, Any]:
        return {"kind": f"sudoku{self.size}", "grid": notation(self.cells)}


def notation(cells: tuple[int, ...]) -> str:
    """The usual notation: one character a cell, `.` for an empty one."""
    return "".join(str(digit) if digit else "." for digit in cells)


@cache
def units(size: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Rows, columns and boxes with their names: the cells that must differ."""
    box = 2 if size == 4 else 3
    rows = [(f"row {r + 1}", tuple(r * size + c for c in range(size))) for r in range(size)]
    columns = [(f"column {c + 1}", tuple(r * size + c for r in range(size))) for c in range(size)]
    boxes = [
        (
            f"the box at row {top + 1}, column {left + 1}",
            tuple((top + r) * size + left + c for r in range(box) for c in range(box)),
        )
        for top in range(0, size, box)
        for left in range(0, size, box)
    ]
    return (*rows, *columns, *boxes)


@cache
def units_of(size: int) -> tuple[tuple[int, ...], ...]:
    """By cell: its row, its column and its box, as indices of `units`."""
    return tuple(
        tuple(unit for unit, (_, places) in enumerate(units(size)) if place in places) for place in range(size * size)
    )


def first_twice(cells: tuple[int, ...]) -> str | None:
    """The first unit that holds a digit twice, in words; empty cells do not count."""
    for name, places in units(4 if len(cells) == 16 else 9):
        seen: set[int] = set()
        for digit in (cells[place] for place in places if cells[place]):
            if digit in seen:
                return f"{name} has {digit} twice"
            seen.add(digit)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sudoku:
    """Sudoku of one size. The difficulty is the number of empty cells.

    Steps: to solve, each row, column and box of an empty cell that is looked at for candidates, over the whole search; to check, each cell
    against its row, its column and its box, and each clue against its cell.
    """

    size: int
    most_empty: int
    difficulties: tuple[int, ...]
    dial: str = "empty cells"

    @property
    def name(self) -> str:
        return f"sudoku{self.size}"

    @property
    def about(self) -> str:
        return f"Filling a grid of {self.size} by {self.size} cells so that no row, column or box has a digit twice."

    def make(self, rng: np.random.Generator, difficulty: int) -> Grid:
        """A grid with exactly one solution: cells of a random full grid are emptied in random order while one solution is left."""
        refuse_difficulty(self.name, difficulty, 1, self.most_empty, self.dial)
        while True:
            cells = full_grid(rng, self.size)
            left = difficulty
            for place in rng.permutation(self.size**2):
                if not left:
                    return Grid(cells=tuple(cells))
                digit, cells[place] = cells[place], 0
                if Search(cells).count(2) == 1:
                    left -= 1
                else:
                    cells[place] = digit
            if not left:
                return Grid(cells=tuple(cells))

    def state(self, puzzle: Grid) -> str:
        n = puzzle.size
        box = 2 if n == 4 else 3
        rows = "\n".join(notation(puzzle.cells)[at : at + n] for at in range(0, n * n, n))
        return (
            f"Solve this {n}×{n} sudoku: fill every empty cell (a dot) with a digit from 1 to {n}, so that each row, each column and each of "
            f"the {box}×{box} boxes has every digit exactly once. The digits given stay.\n\n{rows}\n\n"
            f"End with a line that says Answer: and below it the {n} rows of the full grid, {n} digits each."
        )

    def pocket(self, puzzle: Grid) -> str | None:
        """`1 0 0 4 , 0 0 2 1 , … =` for 4 × 4, with 0 for an empty cell. No text of the world teaches it."""
        return None if puzzle.size == 9 else f"{_spaced(puzzle.cells)} ="

    def verify(self, puzzle: Grid, answer: str) -> Verdict:
        """All cells filled, the clues kept, no digit twice. Any solution counts, should there be several."""
        read = self.cells_of(puzzle, answer)
        if isinstance(read, str):
            return Verdict(valid=False, reason=read)
        if 0 in read:
            n = read.count(0)
            return Verdict(valid=False, reason="1 cell is empty." if n == 1 else f"{n} cells are empty.")
        for place, (clue, digit) in enumerate(zip(puzzle.cells, read, strict=True)):
            if clue and clue != digit:
                row, column = divmod(place, puzzle.size)
                return Verdict(
                    valid=False, reason=f"The clue at row {row + 1}, column {column + 1} is {clue}, not {digit}."
                )
        twice = first_twice(read)
        if twice is not None:
            return Verdict(valid=False, reason=f"{twice[0].upper()}{twice[1:]}.")
        return Verdict(valid=True, reason="Every cell is filled, the clues are kept and no unit has a digit twice.")

    def cells_of(self, puzzle: Grid, answer: str) -> tuple[int, ...] | str:
        """The answer's cells, 0 for an empty one, or why it has none."""
        if too_long(answer):
            return "The answer is far too long for a grid."
        signs = answer.translate(_ONLY_DIGITS)
        allowed = "".join(map(str, range(1, puzzle.size + 1))) + EMPTY
        wrong = next((sign for sign in signs if sign not in allowed), None)
        if wrong is not None:
            return f"{shown(wrong)} is no cell of this grid."
        if len(signs) != len(puzzle.cells):
            return f"The answer has {len(signs)} cells, and the grid {len(puzzle.cells)}."
        return tuple(0 if sign in EMPTY else int(sign) for sign in signs)

    def share_filled(self, puzzle: Grid, answer: str) -> float | None:
        """A continuous score beside `verify`: of the cells that were empty, the share filled so that row, column and box of the cell hold no
        other cell of its digit. Clues stand as given. None for an answer that is no grid."""
        read = self.cells_of(puzzle, answer)
        if isinstance(read, str):
            return None
        cells = tuple(clue or digit for clue, digit in zip(puzzle.cells, read, strict=True))
        clash = {
            place
            for _, places in units(puzzle.size)
            for place in places
            if sum(cells[other] == cells[place] for other in places) > 1
        }
        asked = [place for place, clue in enumerate(puzzle.cells) if not clue]
        return sum(cells[place] > 0 and place not in clash for place in asked) / len(asked)

    def solve(self, puzzle: Grid) -> Solved:
        """Depth first, always the empty cell with the fewest candidates."""
        search = Search(list(puzzle.cells))
        found = next(search.solutions(), None)
        rows = None if found is None else _rows(found)
        return Solved(answer=rows, steps=search.steps)

    def near_miss(self, puzzle: Grid, rng: np.random.Generator) -> str:
        """The solution with two cells of one row exchanged that were empty, or one cell changed where no row has two."""
        found = next(Search(list(puzzle.cells)).solutions(), None)
        if found is None:
            raise SkillscaleError("The sudoku has no solution, so no answer is a near miss of one.")
        cells = list(found)
        empty = np.array([place for place, clue in enumerate(puzzle.cells) if not clue])
        one = int(rng.choice(empty))
        others = [int(place) for place in empty if place != one and place // puzzle.size == one // puzzle.size]
        if others:
            other = others[int(rng.integers(len(others)))]
            cells[one], cells[other] = cells[other], cells[one]
        else:
            cells[one] = 1 + (cells[one] + int(rng.integers(puzzle.size - 1))) % puzzle.size
        return _rows(tuple(cells)) if first_twice(tuple(cells)) else self.near_miss(puzzle, rng)

    def checking_steps(self, puzzle: Grid) -> int:
        return 4 * len(puzzle.cells) - puzzle.n_empty

    def from_json(self, given: Any) -> Grid:
        """An object with `grid`, or the usual notation alone: 16 or 81 characters, `.`, 0 or _ for an empty cell."""
        text = given if isinstance(given, str) else Given(self.name, given, ("grid",)).text("grid", 400)
        signs = text[:400].translate(_ONLY_DIGITS)
        allowed = EMPTY + "".join(map(str, range(1, self.size + 1)))
        if len(text) > 400 or len(signs) != self.size**2 or any(sign not in allowed for sign in signs):
            raise SkillscaleError(
                f"A puzzle of {self.name} is {self.size**2} characters, 1-{self.size} and . for an empty cell; found {shown(text)}."
            )
        return Grid(cells=tuple(0 if sign in EMPTY else int(sign) for sign in signs))


def _rows(cells: tuple[int, ...]) -> str:
    size = 4 if len(cells) == 16 else 9
    text = notation(cells)
    return "\n".join(text[at : at + size] for at in range(0, len(text), size))


def _spaced(cells: tuple[int, ...]) -> str:
    return " , ".join(" ".join(map(str, cells[at : at + 4])) for at in range(0, 16, 4))


def full_grid(rng: np.random.Generator, size: int) -> list[int]:
    """A random full grid: the solver fills an empty one, trying digits in random order."""
    return list(next(Search([0] * size**2, rng=rng).solutions()))


class Search:
    """Depth-first search through the solutions of a grid; `steps` counts the rows, columns and boxes of empty cells that it looked at."""

    def __init__(self, cells: list[int], rng: np.random.Generator | None = None) -> None:
        self.cells = list(cells)
        self.steps = 0
        self.rng = rng
        size = 4 if len(cells) == 16 else 9
        self.all = (1 << size) - 1
        self.units_of = units_of(size)
        self.used = [0] * (3 * size)  # by unit, one bit a digit
        for place, digit in enumerate(self.cells):
            if digit:
                for unit in self.units_of[place]:
                    self.used[unit] |= 1 << (digit - 1)
        self.empty = [place for place, digit in enumerate(self.cells) if not digit]

    def count(self, most: int) -> int:
        """How many solutions there are, counted up to `most`."""
        n = 0
        for _ in self.solutions():
            n += 1
            if n == most:
                break
        return n

    def solutions(self) -> Iterator[tuple[int, ...]]:
        """Each solution once."""
        if not self.empty:
            yield tuple(self.cells)
            return
        at, free = self._tightest()
        place = self.empty.pop(at)
        digits = [digit for digit in range(len(self.used) // 3) if free >> digit & 1]
        if self.rng is not None:
            self.rng.shuffle(digits)
        for digit in digits:
            self._put(place, digit)
            yield from self.solutions()
            self._take(place, digit)
        self.empty.insert(at, place)

    def _tightest(self) -> tuple[int, int]:
        """Which empty cell has the fewest candidates, and these, one bit a digit."""
        best, best_free, fewest = 0, 0, 10
        for at, place in enumerate(self.empty):
            row, column, box = self.units_of[place]
            free = self.all & ~(self.used[row] | self.used[column] | self.used[box])
            self.steps += 3
            n = free.bit_count()
            if n < fewest:
                best, best_free, fewest = at, free, n
                if n <= 1:
                    break
        return best, best_free

    def _put(self, place: int, digit: int) -> None:
        self.cells[place] = digit + 1
        for unit in self.units_of[place]:
            self.used[unit] |= 1 << digit

    def _take(self, place: int, digit: int) -> None:
        self.cells[place] = 0
        for unit in self.units_of[place]:
            self.used[unit] &= ~(1 << digit)


SUDOKU4 = Sudoku(size=4, most_empty=11, difficulties=(4, 6, 8, 10, 11))
SUDOKU9 = Sudoku(size=9, most_empty=54, difficulties=(20, 30, 40, 48, 54))
