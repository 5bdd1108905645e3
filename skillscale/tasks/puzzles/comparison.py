"""Which of two decimal numbers is larger, 9.11 or 9.8?"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from skillscale.corpora.world.strands.decimals import MOST_DECIMALS
from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, refuse_difficulty
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown

DECIMAL = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,12}))?")  # whole part, decimals
LONGEST = 60  # characters of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two decimal numbers as they are written; they are not equal."""

    left: str
    right: str

    def __post_init__(self) -> None:
        for text in (self.left, self.right):
            if not DECIMAL.fullmatch(text):
                raise SkillscaleError(
                    f"A number to compare is written like 9.11, with at most 12 digits on each side; found {shown(text)}."
                )
        if key_of(self.left) == key_of(self.right):
            raise SkillscaleError(
                f"{self.left} and {self.right} are equal, so neither is larger; give two that differ."
            )

    def to_json(self) -> dict[str, Any]:
        return {"kind": "comparison", "left": self.left, "right": self.right}


def key_of(text: str) -> tuple[int, str]:
    """What orders decimals: the whole part, then the decimals as text, without zeros at the end."""
    whole, _, decimals = text.partition(".")
    return int(whole), decimals.rstrip("0")


def is_trap(puzzle: Pair) -> bool:
    """Whether reading the decimals as whole numbers, as in versions (9.11 after 9.8), puts the wrong number first."""
    smaller, larger = sorted((puzzle.left, puzzle.right), key=key_of)
    as_versions = [
        (int(whole), int(decimals or "0")) for whole, _, decimals in (t.partition(".") for t in (larger, smaller))
    ]
    return as_versions[0] < as_versions[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The difficulty d: at most d + 1 decimals, and a share d/6 of traps, where the number with the longer decimals is the smaller one.

    `of_world`: numbers as the pocket world's text has them, a whole digit and up to 3 decimals.
    Steps: to solve, each pair of digits compared from the left until two differ; to check, the same, for there is no quicker check, and each
    digit of the answer against the number it names.
    """

    name: str = "comparison"
    about: str = "Saying which of two decimal numbers is larger, such as 9.11 or 9.8."
    dial: str = "sixths of traps"
    difficulties: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    of_world: bool = False

    def make(self, rng: np.random.Generator, difficulty: int) -> Pair:
        """Half of the pairs that are no traps differ in the whole part; the larger one stands left half of the time."""
        refuse_difficulty(self.name, difficulty, 1, 6, self.dial)
        wanted = bool(rng.random() < difficulty / 6)
        while True:
            whole = self._whole(rng)
            other = whole if wanted or rng.random() < 0.5 else self._whole(rng)
            most = min(difficulty + 1, MOST_DECIMALS) if self.of_world else difficulty + 1
            texts = [f"{number}.{_decimals(rng, most)}" for number in (whole, other)]
            if key_of(texts[0]) != key_of(texts[1]):
                pair = Pair(left=texts[0], right=texts[1])
                if is_trap(pair) == wanted:
                    return pair

    def _whole(self, rng: np.random.Generator) -> int:
        """Of 1 to 3 digits, each count equally likely."""
        return int(rng.integers(1, 10 ** (1 if self.of_world else int(rng.integers(1, 4)))))

    def state(self, puzzle: Pair) -> str:
        return (
            f"Which number is larger, {puzzle.left} or {puzzle.right}?\n\n"
            "End with a line that says Answer: and then the larger number alone."
        )

    def pocket(self, puzzle: Pair) -> str | None:
        """`larger 9 . 1 1 or 9 . 8 ?`, as in the strand `verifying`."""
        return f"larger {' '.join(puzzle.left)} or {' '.join(puzzle.right)} ?"

    def verify(self, puzzle: Pair, answer: str) -> Verdict:
        """The answer is one number, equal to the larger one; spaces within it, zeros at its end and a full stop do not count."""
        text = "".join(answer[:LONGEST].split()).removesuffix(".")
        if len(answer) > LONGEST or not DECIMAL.fullmatch(text):
            return Verdict(valid=False, reason=f"{shown(answer, 20)} is not one decimal number.")
        larger, smaller = sorted((puzzle.left, puzzle.right), key=key_of, reverse=True)
        if key_of(text) == key_of(larger):
            return Verdict(valid=True, reason=f"{larger} is larger than {smaller}.")
        if key_of(text) == key_of(smaller):
            return Verdict(valid=False, reason=f"{smaller} is smaller than {larger}.")
        return Verdict(valid=False, reason=f"{shown(text)} is neither {puzzle.left} nor {puzzle.right}.")

    def solve(self, puzzle: Pair) -> Solved:
        """Whole parts by length and then digit by digit, decimals digit by digit."""
        larger = max(puzzle.left, puzzle.right, key=key_of)
        return Solved(answer=larger, steps=_digits_compared(puzzle))

    def near_miss(self, puzzle: Pair, rng: np.random.Generator) -> str:
        return min(puzzle.left, puzzle.right, key=key_of)

    def checking_steps(self, puzzle: Pair) -> int:
        larger = max(puzzle.left, puzzle.right, key=key_of)
        return _digits_compared(puzzle) + sum(sign.isdigit() for sign in larger)

    def from_json(self, given: Any) -> Pair:
        read = Given(self.name, given, ("left", "right"))
        return Pair(left=read.text("left", 25), right=read.text("right", 25))


def _decimals(rng: np.random.Generator, longest: int) -> str:
    n = int(rng.integers(1, longest + 1))
    return "".join(map(str, rng.integers(0, 10, n)))


def _digits_compared(puzzle: Pair) -> int:
    """Pairs of digits until two differ; whole parts of different length differ at once."""
    (a, x), (b, y) = (text.split(".") if "." in text else (text, "") for text in (puzzle.left, puzzle.right))
    if len(a) != len(b):
        return 1
    width = max(len(x), len(y))
    pairs = zip(a + x.ljust(width, "0"), b + y.ljust(width, "0"), strict=True)
    return next(n for n, (one, other) in enumerate(pairs, start=1) if one != other)
