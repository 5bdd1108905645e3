"""How often 90 % intervals of Skill-Mix scores hold the truth: `python -m benchmarks.skill_mix_coverage [TABLES [PART]…]`.

A table has 100 combinations (or 30) of 3 generations, of differing difficulty, whose points are true or not; a grader errs on each point.
The truth is the mean over 40,000 combinations. With T tables a coverage of 90 % is known to ± 60 % / √T (two standard errors).
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import Estimate, estimate, interval_of, mean_draws
from skillscale.laws.skill_mix.agreement import alpha_of
from skillscale.laws.skill_mix.answers import OF
from skillscale.laws.skill_mix.comparison import mean_gap
from skillscale.laws.skill_mix.corrected import corrected_estimate, corrected_mean
from skillscale.tasks.skill_mix.metrics import METRICS

Models = Sequence[tuple[int, float, float]]

# k, how likely a skill and another point hold on a combination of middling difficulty (log odds)
MODELS = ((2, 2.5, 3.0), (3, 1.2, 2.5), (5, 0.8, 2.5))
GRADERS = ((0.05, 0.05), (0.1, 0.3))  # a point denied that holds, granted that does not
N_TRUTH = 40_000
NORMAL_90 = 1.645
N_DRAWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    what: str
    truth: float
    covered: float
    width: float
    above: float  # share of intervals that lie above the truth


def drawn(
    rng: np.random.Generator,
    model: tuple[int, float, float],
    n: int,
    n_generations: int = 3,
    ease_n: np.ndarray | None = None,
) -> np.ndarray:
    """True points, (n, generations, k + 3); `ease_n` of the combinations, (n, 1, 1), where they are those of another k."""
    k, skill, other = model
    ease = (rng.normal(size=(n, 1, 1)) if ease_n is None else ease_n) + 0.7 * rng.normal(size=(n, n_generations, 1))
    odds = np.r_[np.full(k, skill), np.full(3, other)] + ease
    return (rng.random((n, n_generations, k + 3)) < 1 / (1 + np.exp(-odds))).astype(float)


def judged(rng: np.random.Generator, points: np.ndarray, grader: tuple[float, float]) -> np.ndarray:
    """What a grader says, whose errors stay the same over its gradings; the length is counted."""
    denied, granted = grader
    wrong = rng.random(points.shape) < np.where(points == 1, denied, granted)
    wrong[..., -1] = False
    return np.where(wrong, 1 - points, points)


def counted(what: str, truth: float, found: Sequence[Estimate]) -> Coverage:
    ends = np.array([(one.low, one.high) for one in found], dtype=float)
    inside = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    return Coverage(
        what=what,
        truth=truth,
        covered=inside.mean(),
        width=np.ptp(ends, axis=1).mean(),
        above=(ends[:, 0] > truth).mean(),
    )


def bootstrap_coverage(
    *, n_tables: int, n: Sequence[int] = (30, 100), seed: int = 0, n_draws: int = N_DRAWS, models: Models = MODELS
) -> Iterator[Coverage]:
    """The scores of one generation and of the best of three."""
    for model in models:
        rng = np.random.default_rng(seed)
        many = drawn(rng, model, N_TRUTH)
        for size in n:
            tables = [drawn(rng, model, size) for _ in range(n_tables)]
            for name, metric in METRICS.items():
                for of, take in OF.items():
                    truth = float(take(metric(many)).mean())
                    found = [
                        estimate(take(metric(points)), np.random.default_rng(i)) for i, points in enumerate(tables)
                    ]
                    yield counted(f"k {model[0]}, {size} combinations, {name} of {of}", truth, found)


def corrected_coverage(
    *,
    n_tables: int,
    n_reviewed: Sequence[int] = (20, 40, 60),
    seed: int = 0,
    normal: bool = False,
    n_draws: int = N_DRAWS,
    models: Models = MODELS,
) -> Iterator[Coverage]:
    """Scores of 100 combinations, of which people reviewed one generation of some. `normal`: the published normal interval, λ tuned on the sample."""
    for model in models:
        for grader in GRADERS:
            rng = np.random.default_rng(seed)
            many = drawn(rng, model, N_TRUTH, 1)
            for reviewed in n_reviewed:
                tables = [
                    (points, judged(rng, points, grader))
                    for points in (drawn(rng, model, 100) for _ in range(n_tables))
                ]
                for name, metric in METRICS.items():
                    found: list[Estimate] = []
                    for i, (true, said) in enumerate(tables):
                        y, f = metric(true)[:reviewed, 0], metric(said)[:reviewed, 0]
                        other = metric(said)[reviewed:].mean(1)
                        found.append(
                            normal_estimate(y, f, other)
                            if normal
                            else corrected_estimate(y, f, other, seed=i, n_draws=n_draws)[0]
                        )
                    wrong = f"errors {grader[0]:g}, {grader[1]:g}"
                    yield counted(
                        f"k {model[0]}, {reviewed} of 100 reviewed, {wrong}, {name}", float(metric(many).mean()), found
                    )


def normal_estimate(y: np.ndarray, f: np.ndarray, other: np.ndarray) -> Estimate:
    """PPI++ as published (Angelopoulos et al. 2023): λ tuned on the sample, and a normal interval."""
    n, n_other = len(y), len(other)
    spread = np.var(np.r_[f, other], ddof=1)
    power = float(np.clip(np.cov(y, f)[0, 1] / ((1 + n / n_other) * spread), 0, 1)) if spread > 0 else 0.0
    value = corrected_mean(y, f, other, power)
    half = NORMAL_90 * np.sqrt(np.var(y - power * f, ddof=1) / n + power**2 * np.var(other, ddof=1) / n_other)
    return Estimate(value=value, low=value - half, high=value + half, n=n)


def null_coverage(*, n_tables: int, seed: int = 0, models: Models = MODELS) -> Iterator[Coverage]:
    """Differences that are none: two equal models on the same combinations, and public and private skills alike, each combination at every k."""
    rng = np.random.default_rng(seed)
    apart: list[Estimate] = []
    for i in range(n_tables):
        kinds: list[np.ndarray] = []
        for _ in range(2):
            ease_n = rng.normal(size=(50, 1, 1))
            by_k = [METRICS["skill_fraction"](drawn(rng, model, 50, 3, ease_n)).mean(1) for model in models]
            kinds.append(np.stack(by_k, axis=1))
        apart.append(mean_gap(*kinds, seed=i))
    yield counted("public and private skills alike, over all k", 0.0, apart)
    for model in models:
        paired: list[Estimate] = []
        for i in range(n_tables):
            six = METRICS["skill_fraction"](drawn(rng, model, 100, 6))
            one, other = six[:, :3].mean(1), six[:, 3:].mean(1)
            draws = mean_draws(one - other, np.random.default_rng(i), ends=(-1, 1))
            paired.append(interval_of(float((one - other).mean()), draws, 0.9, 100))
        yield counted(f"k {model[0]}, two equal models, paired", 0.0, paired)


def agreement_coverage(*, n_tables: int, seed: int = 0) -> Iterator[Coverage]:
    """α of two graders on 100 and 30 combinations; the truth is α of 20,000."""
    for n in (30, 100):
        for error in (0.02, 0.15):
            rng = np.random.default_rng(seed)
            truth = alpha_of("", _two(rng, 20_000, error)).alpha.value
            found = [alpha_of("", _two(rng, n, error), seed=i).alpha for i in range(n_tables)]
            yield counted(f"α, {n} combinations, each errs on {error:.0%}", truth or 0.0, found)


def _two(rng: np.random.Generator, n: int, error: float) -> dict[tuple[int, int], dict[str, int]]:
    points = drawn(rng, MODELS[1], n, 1)[:, 0, :-1]
    said = [judged(rng, np.c_[points, points[:, :1]], (error, error))[:, :-1] for _ in range(2)]
    return {
        (c, p): {"a": int(said[0][c, p]), "b": int(said[1][c, p])} for c in range(n) for p in range(points.shape[1])
    }


def tell(title: str, rows: Sequence[Coverage]) -> None:
    print(f"\n{title}")
    for row in rows:
        print(
            f"  {row.what:<66} truth {row.truth:5.2f}  covered {row.covered:6.1%}  width {row.width:.3f}  above the truth {row.above:5.1%}"
        )
    covered = [row.covered for row in rows]
    print(f"  {'mean, least, most':<66} {np.mean(covered):.1%}, {min(covered):.1%}, {max(covered):.1%}")


PARTS = {
    "bootstrap": lambda n: bootstrap_coverage(n_tables=n),
    "corrected": lambda n: corrected_coverage(n_tables=n),
    "normal": lambda n: corrected_coverage(n_tables=n, normal=True),  # PPI++ as published, for comparison
    "differences": lambda n: null_coverage(n_tables=n),  # that are none
    "agreement": lambda n: agreement_coverage(n_tables=n),
}


if __name__ == "__main__":
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    for part in sys.argv[2:] or PARTS:
        tell(part, list(PARTS[part](tables)))
