"""Each puzzle's rules once more, written apart from the verifiers and with other means: what these reject must not be accepted."""

import ast
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


SECOND = {"comparison": comparison, "countdown": countdown, "sudoku4": sudoku, "sudoku9": sudoku}
