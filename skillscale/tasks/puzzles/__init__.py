"""Puzzles with exact verifiers: what is asked is made from a seed, and an answer is checked against its constraints."""

from skillscale.tasks.puzzles.puzzle import PuzzleKind, Solved, Verdict
from skillscale.tasks.puzzles.puzzles import PUZZLES, judge, puzzle_kind, read_puzzle, state_check
from skillscale.tasks.puzzles.said import answer_of

__all__ = [
    "PUZZLES",
    "PuzzleKind",
    "Solved",
    "Verdict",
    "answer_of",
    "judge",
    "puzzle_kind",
    "read_puzzle",
    "state_check",
]
