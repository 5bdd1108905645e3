"""Is checking cheaper than solving? By counted operations and by seconds for a program, by accuracy for a model.

Where checking is much cheaper, samples can be drawn and the good ones kept; where it is not, more samples buy little without a key.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.puzzle import PuzzleKind

LEVEL = 0.9
N_DRAWS = 2_000
SHORTEST_S = 2e-4  # what is timed is repeated for so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean over `n` with the middle `level` of its bootstrap."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """What solving and checking one kind of puzzle cost an exact program. Steps are elementary operations (puzzle.py), seconds process time.

    `ratio` is mean steps of solving by mean steps of checking, `ratio_s` the same of seconds; above 1 checking is cheaper.
    """

    kind: str
    difficulty: int
    dial: str
    level: float
    solve_steps: Mean
    check_steps: Mean
    ratio: Mean
    solve_s: Mean
    check_s: Mean
    ratio_s: Mean

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`right` of `n`; with its Wilson interval. Chance is what guessing scores."""

    right: int
    n: int
    chance: float

    def __post_init__(self) -> None:
        if not (0 <= self.right <= self.n and self.n > 0 and 0 <= self.chance < 1):
            raise ValueError(f"{self.right} right of {self.n} with chance {self.chance} is no share")

    @property
    def value(self) -> float:
        return self.right / self.n

    @property
    def above_chance(self) -> float:
        """0 for guessing, 1 for all right: what makes solving, with many answers, and judging, with two, comparable."""
        return (self.value - self.chance) / (1 - self.chance)

    def interval(self, z: float = 1.6449) -> tuple[float, float]:
        """Wilson 1927; z is that of a 90 % interval by default."""
        middle = (self.right + z * z / 2) / (self.n + z * z)
        half = z / (self.n + z * z) * math.sqrt(self.right * (self.n - self.right) / self.n + z * z / 4)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAsymmetry:
    """The model's side: its accuracy in solving, and in judging candidates half of which are right, for one kind and stratum.

    Either is None where it was not measured.
    """

    model: str
    kind: str
    stratum: str
    solving: Share | None
    judging: Share | None

    @property
    def gap(self) -> float | None:
        """Judging less solving, both above chance; None where one is missing. Above 0 the model judges better than it solves."""
        if self.solving is None or self.judging is None:
            return None
        return self.judging.above_chance - self.solving.above_chance

    def to_json(self) -> dict[str, Any]:
        """`value`, `low`, `high` of both, and the gap."""

        def told(share: Share | None) -> dict[str, Any] | None:
            if share is None:
                return None
            low, high = share.interval()
            return asdict(share) | {"value": share.value, "low": low, "high": high, "above_chance": share.above_chance}

        held = {"model": self.model, "kind": self.kind, "stratum": self.stratum, "gap": self.gap}
        return held | {"solving": told(self.solving), "judging": told(self.judging)}


def asymmetry(
    kind: PuzzleKind[Any], difficulty: int, rng: np.random.Generator, n: int = 50, *, level: float = LEVEL
) -> Asymmetry:
    """Make `n` puzzles, solve each and check its solution, count and time both. Raises SkillscaleError for fewer than 2 puzzles."""
    if n < 2:
        raise SkillscaleError(f"An interval over {n} puzzles was asked for; give at least 2.")
    rows: list[tuple[float, float, float, float]] = []
    for _ in range(n):
        puzzle = kind.make(rng, difficulty)
        solved = kind.solve(puzzle)
        answer = solved.answer
        if answer is None or not kind.verify(puzzle, answer).valid:
            raise AssertionError(f"{kind.name}: the solver and the verifier disagree on {puzzle.to_json()}")
        rows.append(
            (
                solved.steps,
                kind.checking_steps(puzzle),
                _seconds(lambda puzzle=puzzle: kind.solve(puzzle)),
                _seconds(lambda puzzle=puzzle, answer=answer: kind.verify(puzzle, answer)),
            )
        )
    costs_nc = np.array(rows, dtype=np.float64)
    weights_dn = rng.dirichlet(np.ones(n), N_DRAWS)  # the Bayesian bootstrap, Rubin 1981
    means_dc = weights_dn @ costs_nc
    mean_c = costs_nc.mean(axis=0)

    def of(value: float, draws: np.ndarray) -> Mean:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        return Mean(value=float(value), low=float(low), high=float(high), n=n)

    return Asymmetry(
        kind=kind.name,
        difficulty=difficulty,
        dial=kind.dial,
        level=level,
        solve_steps=of(mean_c[0], means_dc[:, 0]),
        check_steps=of(mean_c[1], means_dc[:, 1]),
        ratio=of(mean_c[0] / mean_c[1], means_dc[:, 0] / means_dc[:, 1]),
        solve_s=of(mean_c[2], means_dc[:, 2]),
        check_s=of(mean_c[3], means_dc[:, 3]),
        ratio_s=of(mean_c[2] / mean_c[3], means_dc[:, 2] / means_dc[:, 3]),
    )


def _seconds(work: Callable[[], object]) -> float:
    """Process time of one call: repeated until the clock can tell."""
    n, took = 0, 0.0
    begin = time.process_time()
    while took < SHORTEST_S:
        work()
        n += 1
        took = time.process_time() - begin
    return took / n
