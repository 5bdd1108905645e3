"""What solving and checking puzzles cost, and whether a wrong answer is ever accepted: `python -m benchmarks.puzzles [--n 200] [--fuzz 100000]`.

The table: mean steps and microseconds of an exact solver and of the verifier, by kind and difficulty, and their ratio with a 90 % interval. With
`--fuzz N`: N hostile answers a kind (tests/tasks/puzzles/hostile.py), each also judged by a second check that shares no code with the verifier
(second_check.py); a false accept is what the verifier accepts and the second check rejects.
"""

import argparse
import time
from typing import Any

import numpy as np

from skillscale.tasks.puzzles import PUZZLES, PuzzleKind
from skillscale.tasks.puzzles.asymmetry import asymmetry
from tests.tasks.puzzles.hostile import hostile_answer
from tests.tasks.puzzles.second_check import SECOND

EACH = 100  # hostile answers to one puzzle


def print_costs(n: int) -> None:
    print("| puzzle | difficulty | steps to solve | to check | ratio (90 %) | µs to solve | to check | ratio (90 %) |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in PUZZLES.values():
        for difficulty in kind.difficulties:
            one = asymmetry(kind, difficulty, np.random.default_rng(difficulty), n)
            steps, seconds = (f"{r.value:.3g} ({r.low:.3g} to {r.high:.3g})" for r in (one.ratio, one.ratio_s))
            print(
                f"| {kind.name} | {difficulty} {kind.dial} | {one.solve_steps.value:,.0f} | {one.check_steps.value:,.0f} | {steps} | "
                f"{1e6 * one.solve_s.value:,.1f} | {1e6 * one.check_s.value:,.1f} | {seconds} |",
                flush=True,
            )


def print_fuzz(n: int) -> None:
    print(
        "\n| puzzle | hostile answers | right ones among them | accepted of these | false accepts | slowest verdict, ms |"
    )
    print("|---|---|---|---|---|---|")
    for kind in PUZZLES.values():
        counts = fuzz(kind, n)
        print(
            f"| {kind.name} | {n:,} | {counts['right']:,} | {counts['accepted']:,} | {counts['false']:,} | {counts['ms']:.2g} |",
            flush=True,
        )


def fuzz(kind: PuzzleKind[Any], n: int) -> dict[str, float]:
    """Counts of answers, and the slowest verdict in milliseconds of process time."""
    rng = np.random.default_rng(1)
    counts: dict[str, float] = {"right": 0, "accepted": 0, "false": 0, "ms": 0.0}
    others: list[str] = []
    for i in range(n // EACH):
        puzzle = kind.make(rng, kind.difficulties[i % len(kind.difficulties)])
        solution = kind.solve(puzzle).answer
        assert solution is not None
        others = [*others[-20:], solution]
        given = puzzle.to_json()
        for _ in range(EACH):
            said = hostile_answer(kind, puzzle, solution, others, rng)
            begin = time.process_time()
            valid = kind.verify(puzzle, said).valid
            counts["ms"] = max(counts["ms"], 1e3 * (time.process_time() - begin))
            right = SECOND[kind.name](given, said)
            counts["right"] += right
            counts["accepted"] += right and valid
            if valid and not right:
                counts["false"] += 1
                print(f"FALSE ACCEPT {kind.name}: {said!r} for {given}")
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--n", type=int, default=200, help="puzzles of each kind and difficulty; 0 leaves the table out"
    )
    parser.add_argument("--fuzz", type=int, default=0, help="hostile answers of each kind")
    asked = parser.parse_args()
    if asked.n:
        print_costs(asked.n)
    if asked.fuzz:
        print_fuzz(asked.fuzz)
