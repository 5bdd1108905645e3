"""Answers that should earn nothing: wrong, partial, hostile and very long ones, made from a puzzle and its solution."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skillscale.tasks.puzzles import PuzzleKind

PIECES = (
    "", " ", "\n", "0", "1", "9", ".", ",", "-", "=", "(", ")", "**", "__import__('os')", "'; DROP TABLE", "\0", "\u202e", "٣", "１", "½",
    "x", "a", "I", "the", "yes", "valid", "true", "None", "nan", "1e9", "inf", "9" * 400, "(" * 200, "𝟙", "\ud800", "Answer:", "```", "é",
)  # fmt: skip


def hostile_answer(
    kind: PuzzleKind[Any], puzzle: Any, solution: str, others: Sequence[str], rng: np.random.Generator
) -> str:
    """One answer of a random make; some of them may be right. `others` are solutions of other puzzles."""
    makes = (
        lambda: kind.near_miss(puzzle, rng),
        lambda: cut(solution, rng),
        lambda: with_changes(solution, rng),
        lambda: shuffled(solution, rng),
        lambda: "".join(rng.choice(PIECES, int(rng.integers(1, 12)))),
        lambda: kind.state(puzzle)[: int(rng.integers(1, 600))],
        lambda: str(puzzle.to_json()),
        lambda: solution * int(rng.integers(2, 4)),
        lambda: solution + str(rng.choice(PIECES)),
        lambda: str(rng.choice(PIECES)) + solution,
        lambda: str(rng.choice(others)),
        lambda: "".join(map(chr, rng.integers(1, 0x2FF, int(rng.integers(1, 90))))),
    )
    return makes[int(rng.integers(len(makes)))]()


def cut(text: str, rng: np.random.Generator) -> str:
    """A part of it."""
    start, end = sorted(int(at) for at in rng.integers(0, len(text) + 1, 2))
    return text[start:end]


def with_changes(text: str, rng: np.random.Generator) -> str:
    """One to three characters are others, mostly of those that the text has."""
    signs = list(text)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(signs)))
        signs[at] = str(rng.choice(list(text))) if rng.random() < 0.7 else str(rng.choice(PIECES))
    return "".join(signs)


def shuffled(text: str, rng: np.random.Generator) -> str:
    """Its lines, words or characters in another order."""
    for between in ("\n", " ", ""):
        parts = text.split(between) if between else list(text)
        if len(parts) > 1 and (rng.random() < 0.5 or not between):
            return between.join(parts[i] for i in rng.permutation(len(parts)))
    return text
