"""Simulated samples, confidences and ladders that charts of reasoning are drawn from."""

import numpy as np
import polars as pl

from skillscale.laws.test_time.iso_accuracy import Thinker
from skillscale.laws.test_time.samples import Samples
from skillscale.laws.test_time.tries import Tries


def tries(seed: int = 0, *, ease: float = 0.3, n: int = 128) -> Tries:
    rng = np.random.default_rng(seed)
    return Tries(n_samples_i=np.full(150, n), n_correct_i=rng.binomial(n, rng.beta(ease, 5, 150)))


def samples(n_items: int = 120, n: int = 32) -> Samples:
    rng = np.random.default_rng(0)
    p = rng.beta(0.8, 1.2, (n_items, 1))
    answer_is = np.where(rng.random((n_items, n)) < p, 0, rng.integers(1, 6, (n_items, n)))
    score_is = np.clip(0.4 + 0.3 * (answer_is == 0) + rng.normal(0, 0.2, answer_is.shape), 0, 1)
    readable = np.ones(answer_is.shape, dtype=bool)
    return Samples(answer_is=answer_is, readable_is=readable, right_is=answer_is == 0, score_is=score_is)


def ladder() -> list[Thinker]:
    """Five models of which the larger are better, each at budgets of 1 to 64 samples."""
    rng = np.random.default_rng(0)
    m = np.array([1.0, 2, 4, 8, 16, 32, 64])
    ease_i = rng.normal(0, 1, (200, 1))
    found: list[Thinker] = []
    for rung, n_params in enumerate((1e4, 4e4, 16e4, 64e4, 256e4)):
        right = 1 / (1 + np.exp(-(ease_i - 2.2 + 0.8 * rung + 0.45 * np.log(m))))
        found.append(
            Thinker(
                name=f"r{rung}",
                n_params=n_params,
                train_flops=6 * n_params * 20 * n_params,
                inference_flops_m=2 * n_params * 30 * m,
                right_im=right,
            )
        )
    return found


def two_ways() -> pl.DataFrame:
    """Worked chains overtake direct ones at about 100,000 parameters."""
    rng = np.random.default_rng(0)
    rows: list[pl.DataFrame] = []
    for n_params in (1e4, 4e4, 16e4, 64e4):
        ease = rng.random(300)
        gap = 0.12 * np.log(n_params / 1e5)
        columns = {"first": (ease < 0.4).astype(float), "second": (ease < 0.4 + gap).astype(float)}
        rows.append(pl.DataFrame({"n_params": n_params, "run": "a", "item": range(300), **columns}))
    return pl.concat(rows)


def confidences(seed: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 1.2, 800)
    return p, (rng.random(800) < np.clip(p - shift, 0, 1)).astype(float)


def learning() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    rows = [
        {"seed": seed, "rl_flops": flops, "value": value, "low": value - 0.04, "high": value + 0.04}
        for seed in range(3)
        for flops in (0.0, 1e12, 2e12, 4e12, 8e12, 16e12)
        for value in [0.2 + 0.08 * np.log2(1 + flops / 1e12) + rng.normal(0, 0.01)]
    ]
    return pl.DataFrame(rows)
