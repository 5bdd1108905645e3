"""Countdown: reach a target from given numbers by + − × ÷, each number used at most once."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.given import Given, refuse_difficulty
from skillscale.tasks.puzzles.puzzle import Solved, Verdict
from skillscale.tasks.puzzles.said import shown

SMALL = tuple(range(1, 11))
LARGE = (25, 50, 75, 100)
LONGEST_EXPRESSION = 300  # characters
BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}
SAME = str.maketrans({"×": "*", "·": "*", "⋅": "*", "x": "*", "÷": "/", "−": "-", "–": "-", "[": "(", "]": ")"})
TOKEN = re.compile(r"[0-9]+|[-+*/()]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers that may be used, and the target, which is none of them."""

    numbers: tuple[int, ...]
    target: int

    def __post_init__(self) -> None:
        if self.target in self.numbers:
            raise SkillscaleError(
                f"The target {self.target} is one of the numbers, so there is nothing to solve; give another target."
            )

    def to_json(self) -> dict[str, Any]:
        return {"kind": "countdown", "numbers": list(self.numbers), "target": self.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """The difficulty is how many numbers are given; about half of the targets need them all.

    Steps: to solve, each sum, difference, product or quotient worked out; to check, each operation of the expression and each number looked
    up among those given.
    """

    name: str = "countdown"
    about: str = "Reaching a target from a few numbers by adding, subtracting, multiplying and dividing."
    dial: str = "numbers given"
    difficulties: tuple[int, ...] = (3, 4, 5, 6)

    def make(self, rng: np.random.Generator, difficulty: int) -> Numbers:
        """Numbers as in the television game, combined at random until a target of 10 to 999 comes out."""
        refuse_difficulty(self.name, difficulty, 3, 6, self.dial)
        while True:
            n_large = int(rng.integers(0, min(3, difficulty)))
            large = rng.choice(LARGE, n_large, replace=False)
            numbers = [int(n) for n in (*large, *rng.choice(SMALL, difficulty - n_large))]
            target = _combined(numbers, int(rng.integers(difficulty - 1, difficulty + 1)), rng)
            if target is not None and 10 <= target <= 999 and target not in numbers:
                return Numbers(numbers=tuple(numbers), target=target)

    def state(self, puzzle: Numbers) -> str:
        return (
            f"Reach {puzzle.target} from the numbers {', '.join(map(str, puzzle.numbers))}. Use each number at most once, with +, -, * and / "
            "and brackets; not all need be used. Divisions must come out even.\n\n"
            "End with a line that says Answer: and then the expression alone, such as (3 + 4) * 5."
        )

    def pocket(self, puzzle: Numbers) -> str | None:
        """The pocket world has no products."""
        return None

    def verify(self, puzzle: Numbers, answer: str) -> Verdict:
        """The expression is read by precedence, without `eval`; it may end in `= target`."""
        text = answer.strip()
        if len(text) > LONGEST_EXPRESSION:
            return _no("The answer is far too long for an expression.")
        left, sign, right = text.translate(SAME).partition("=")
        if sign and right.strip() != str(puzzle.target):
            return _no(f"After the = stands {shown(right.strip())}, not {puzzle.target}.")
        tokens = TOKEN.findall(left)
        if "".join(tokens) != "".join(left.split()) or re.search(r"[0-9]\s+[0-9]", left):
            return _no("The answer is no expression of whole numbers with + - * / and brackets.")
        used = [token for token in tokens if token[0].isdigit()]
        over = _used_too_often(used, puzzle.numbers)
        if over is not None:
            return _no(over)
        value = value_of(tokens)
        if isinstance(value, str):
            return _no(value)
        if value != puzzle.target:
            return _no(f"The expression is {value}, not {puzzle.target}.")
        return Verdict(valid=True, reason=f"The expression is {value} and uses each number at most once.")

    def solve(self, puzzle: Numbers) -> Solved:
        """Depth first over pairs: two numbers are replaced by what they give, as long as no number left is the target."""
        search = _Search(puzzle.target)
        found = search.reach([(n, str(n)) for n in puzzle.numbers])
        return Solved(answer=None if found is None else _unbracketed(found), steps=search.steps)

    def near_miss(self, puzzle: Numbers, rng: np.random.Generator) -> str:
        """An expression of the given numbers that comes near the target: the nearest of 30 random ones."""
        best: tuple[int, str] | None = None
        for _ in range(30):
            size = int(rng.integers(2, len(puzzle.numbers) + 1))
            value, text = _random_expression(list(puzzle.numbers), size, rng)
            distance = abs(value - puzzle.target)
            if distance and (best is None or distance < best[0]):
                best = (distance, text)
        if best is None:  # every one of them reached the target
            return " + ".join(map(str, puzzle.numbers)) if sum(puzzle.numbers) != puzzle.target else "1 - 1"
        return _unbracketed(best[1])

    def checking_steps(self, puzzle: Numbers) -> int:
        """For an expression that uses all numbers: n looked up, n − 1 operations."""
        return 2 * len(puzzle.numbers) - 1

    def from_json(self, given: Any) -> Numbers:
        read = Given(self.name, given, ("numbers", "target"))
        return Numbers(numbers=read.wholes("numbers", 1, 9_999, 2, 8), target=read.whole("target", 1, 10**9))


def _no(reason: str) -> Verdict:
    return Verdict(valid=False, reason=reason)


def _used_too_often(used: list[str], numbers: tuple[int, ...]) -> str | None:
    """Which number is used that is not there, or more often than it is there."""
    left = [str(n) for n in numbers]
    for token in used:
        if token not in left:
            return f"{shown(token, 12)} is used {'too often' if token in map(str, numbers) else 'but was not given'}."
        left.remove(token)
    return None


def value_of(tokens: list[str]) -> int | str:
    """The value of an expression of whole numbers, or what is wrong with it. Shunting-yard (Dijkstra 1961): no recursion, linear."""
    values: list[int] = []
    waiting: list[str] = []
    wants_number = True
    for token in tokens:
        if token[0].isdigit() or token == "(":
            if not wants_number:
                return f"A sign is missing before {shown(token, 12)}."
            if token == "(":
                waiting.append(token)
            else:
                values.append(int(token))
                wants_number = False
            continue
        if wants_number:
            return f"A number is missing before {shown(token, 12)}."
        while waiting and waiting[-1] != "(" and (token == ")" or BINDS[waiting[-1]] >= BINDS[token]):
            problem = _apply(values, waiting.pop())
            if problem is not None:
                return problem
        if token != ")":
            waiting.append(token)
            wants_number = True
        elif not waiting or waiting.pop() != "(":
            return "A bracket is closed that was not opened."
    if wants_number:
        return "The expression ends before it is whole."
    while waiting:
        sign = waiting.pop()
        if sign == "(":
            return "A bracket is not closed."
        problem = _apply(values, sign)
        if problem is not None:
            return problem
    return values[0]


def _apply(values: list[int], sign: str) -> str | None:
    """Replace the last two values by what the sign makes of them; what is wrong where it cannot."""
    b, a = values.pop(), values.pop()
    if sign == "/":
        if b == 0:
            return f"{a} is divided by 0."
        if a % b:
            return f"{a} / {b} does not come out even."
    values.append(a + b if sign == "+" else a - b if sign == "-" else a * b if sign == "*" else a // b)
    return None


def _ways(a: tuple[int, str], b: tuple[int, str]) -> list[tuple[int, str]]:
    """What two numbers give, the larger one first: results above 0 that are not one of the two again."""
    (x, s), (y, t) = (a, b) if a[0] >= b[0] else (b, a)
    ways = [(x + y, f"({s} + {t})")]
    if x > y and x - y != y:
        ways.append((x - y, f"({s} - {t})"))
    if y > 1:
        ways.append((x * y, f"({s} * {t})"))
        if x % y == 0 and x // y != y:
            ways.append((x // y, f"({s} / {t})"))
    return ways


class _Search:
    def __init__(self, target: int) -> None:
        self.target = target
        self.steps = 0
        self.failed: set[tuple[int, ...]] = set()

    def reach(self, held: list[tuple[int, str]]) -> str | None:
        """An expression over `held` that gives the target; sets of values that failed once are not searched again."""
        values = tuple(sorted(value for value, _ in held))
        if values in self.failed:
            return None
        for i, a in enumerate(held):
            for j in range(i):
                rest = [other for at, other in enumerate(held) if at not in (i, j)]
                for way in _ways(a, held[j]):
                    self.steps += 1
                    if way[0] == self.target:
                        return way[1]
                    found = self.reach([*rest, way]) if rest else None
                    if found is not None:
                        return found
        self.failed.add(values)
        return None


def _random_expression(numbers: list[int], size: int, rng: np.random.Generator) -> tuple[int, str]:
    """`size` of the numbers, combined two at a time."""
    held = [(numbers[i], str(numbers[i])) for i in rng.choice(len(numbers), size, replace=False)]
    while len(held) > 1:
        i, j = (int(at) for at in rng.choice(len(held), 2, replace=False))
        ways = _ways(held[i], held[j])
        way = ways[int(rng.integers(len(ways)))]
        held = [other for at, other in enumerate(held) if at not in (i, j)] + [way]
    return held[0]


def _combined(numbers: list[int], size: int, rng: np.random.Generator) -> int | None:
    value, _ = _random_expression(numbers, size, rng)
    return value


def _unbracketed(text: str) -> str:
    """Without the brackets around the whole."""
    return text[1:-1] if text.startswith("(") else text
