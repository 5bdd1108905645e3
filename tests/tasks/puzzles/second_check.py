"""Each puzzle's rules once more, written apart from the verifiers and with other means: what these reject must not be accepted."""

import ast
import re
import unicodedata
from collections import Counter
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np


def sudoku(puzzle: dict[str, Any], answer: str) -> bool:
    grid = puzzle["grid"]
    n = int(len(grid) ** 0.5)
    box = int(n**0.5)
    digits = [sign for sign in answer if sign in "0123456789"]
    if len(digits) != n * n:
        return False
    cells = np.array([int(digit) for digit in digits]).reshape(n, n)
    if any(clue != "." and int(clue) != cell for clue, cell in zip(grid, cells.ravel(), strict=True)):
        return False
    boxes = cells.reshape(box, box, box, box).swapaxes(1, 2).reshape(n, n)
    whole = np.arange(1, n + 1)
    return all((np.sort(lines, axis=1) == whole).all() for lines in (cells, cells.T, boxes))


def countdown(puzzle: dict[str, Any], answer: str) -> bool:
    """By Python's own parser and exact fractions; every value on the way is whole."""
    text = answer.split("=")[0].translate(
        str.maketrans({"×": "*", "x": "*", "÷": "/", "−": "-", "–": "-", "·": "*", "⋅": "*"})
    )
    text = text.translate(str.maketrans("[]", "()"))
    used: Counter[int] = Counter()

    def value(node: ast.AST) -> Fraction:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            used[node.value] += 1
            return Fraction(node.value)
        if isinstance(node, ast.BinOp):
            a, b = value(node.left), value(node.right)
            found = {
                ast.Add: lambda: a + b,
                ast.Sub: lambda: a - b,
                ast.Mult: lambda: a * b,
                ast.Div: lambda: a / b,
            }[type(node.op)]()
            if found.denominator == 1:
                return found
        raise ValueError

    try:
        reached = value(ast.parse(" ".join(text.split()), mode="eval").body)
    except (SyntaxError, ValueError, KeyError, ZeroDivisionError, RecursionError, MemoryError):
        return False
    return reached == puzzle["target"] and not used - Counter(puzzle["numbers"])


def comparison(puzzle: dict[str, Any], answer: str) -> bool:
    try:
        said = Decimal("".join(answer.split()).removesuffix("."))  # the full stop of a sentence
    except InvalidOperation:
        return False
    return said == max(Decimal(puzzle["left"]), Decimal(puzzle["right"]))


def chains(puzzle: dict[str, Any], answer: str) -> bool:
    table = {(name, a): b for name, of in puzzle["tables"].items() for a, b in zip(puzzle["symbols"], of, strict=True)}
    value = puzzle["start"]
    for name in puzzle["chain"]:
        value = table[name, value]
    parts = answer.lower().split("=")
    steps = "=".join(parts[:-1]).split()
    known = all(step in puzzle["symbols"] for step in steps) and (bool(steps) or len(parts) == 1)
    return known and parts[-1].strip() in (value, value + ".")


def poem(puzzle: dict[str, Any], answer: str) -> bool:
    lines = answer.strip().splitlines()
    if len(lines) != len(puzzle["ends"]):
        return False
    for line, end, initial, count in zip(lines, puzzle["ends"], puzzle["initials"], puzzle["counts"], strict=True):
        words = [word for word in re.split(r"\s+", line.lower()) if re.search(r"\w", word) or not_a_mark(word)]
        words = [re.sub(r"^[^\w]+|[^\w]+$|^_+|_+$", "", word) for word in words]
        if len(words) != count or len({*words}) < count or words[-1] != end.lower() or words[0][:1] != initial:
            return False
        if not all(
            re.fullmatch(r"[a-z'’-]+", word) and set(word) & set("aeiouy") and len(word) <= 20 for word in words
        ):
            return False
    return True


def not_a_mark(word: str) -> bool:
    """Signs that are neither letters nor punctuation are words, and wrong ones."""
    return any(not unicodedata.category(sign).startswith("P") for sign in word)


def word_problem(puzzle: dict[str, Any], answer: str) -> bool:
    """With fractions, and each event as a formula."""
    count = Fraction(puzzle["start"])
    for what, *numbers in puzzle["events"]:
        a, b = (*numbers, 0, 0)[:2]
        formula = {
            "boxes": "c + a * b", "doubles": "c + c", "finds": "c + a", "friends": "c + c * a", "gains": "c + a",
            "gives": "c - a", "halves": "c / 2", "loses": "c - a", "piles": "c / a",
        }[what]  # fmt: skip
        count = eval(formula, {}, {"a": a, "b": b, "c": count})  # noqa: S307 - one of the formulas above
    digits = answer.strip().removesuffix(".").replace(puzzle["things"], "").replace(",", "").strip()
    return digits.isascii() and digits.isdigit() and len(digits) < 12 and Fraction(digits) == count


def word_square(puzzle: dict[str, Any], answer: str) -> bool:
    n = len(puzzle["rows"])
    letters = [sign for sign in answer.lower() if not sign.isspace()]
    if len(letters) != n * n:
        return False
    grid = np.array(letters).reshape(n, n)
    clues = np.array([list(row) for row in puzzle["rows"]])
    words = {"".join(line) for line in (*grid, *grid.T)}
    return bool(((clues == ".") | (clues == grid)).all()) and words <= set(puzzle["words"])


SECOND = {
    "chains": chains,
    "comparison": comparison,
    "countdown": countdown,
    "poem": poem,
    "sudoku4": sudoku,
    "sudoku9": sudoku,
    "word-problem": word_problem,
    "word-square": word_square,
}
