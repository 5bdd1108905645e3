"""Iso-accuracy and crossovers: known places are found, and what is not there is said not to be."""

import numpy as np
import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.laws.test_time.crossover import crossover
from skillscale.laws.test_time.iso_accuracy import Thinker, exchanges, iso_accuracy

BUDGETS = np.array([1.0, 4.0, 16.0, 64.0])


def thinker(name: str, n_params: float, accuracies: list[float], n_items: int = 400) -> Thinker:
    """Items of graded difficulty, so that the mean is exactly what is asked."""
    right = np.array([np.arange(n_items) < round(share * n_items) for share in accuracies], dtype=float).T
    return Thinker(
        name=name,
        n_params=n_params,
        train_flops=6 * n_params * 100,
        inference_flops_m=2 * n_params * BUDGETS,
        right_im=right,
    )


SMALL, LARGE = thinker("small", 1e6, [0.2, 0.3, 0.4, 0.5]), thinker("large", 4e6, [0.35, 0.5, 0.6, 0.65])


def test_contours_interpolate_in_log_compute_and_never_beyond() -> None:
    found = {(one.model, one.accuracy): one for one in iso_accuracy([LARGE, SMALL], [0.35, 0.5, 0.6, 0.1], n_draws=300)}
    assert found["small", 0.35].inference_flops == pytest.approx(2e6 * 8)  # half way between 4 and 16
    assert found["small", 0.35].low < 2e6 * 8 < found["small", 0.35].high
    assert found["large", 0.5].inference_flops == pytest.approx(8e6 * 4)
    assert found["small", 0.6].inference_flops is None and found["small", 0.6].missing is not None
    assert "largest budget" in found["small", 0.6].missing and found["small", 0.6].high == np.inf
    assert found["large", 0.1].missing is not None and "smallest budget" in found["large", 0.1].missing


def test_a_smaller_model_that_thinks_longer() -> None:
    (found,) = exchanges([LARGE, SMALL], n_draws=300)
    assert (found.smaller, found.larger, found.accuracy) == ("small", "large", pytest.approx(0.35))
    assert found.inference_ratio == pytest.approx(2e6 * 8 / 8e6) and found.train_ratio == pytest.approx(0.25)
    assert found.break_even == pytest.approx((LARGE.train_flops - SMALL.train_flops) / (2e6 * 8 - 8e6))
    assert found.low < found.inference_ratio < found.high
    (never,) = exchanges([thinker("small", 1e6, [0.1, 0.1, 0.1, 0.1]), LARGE], n_draws=100)
    assert never.inference_ratio is None and never.missing == "the smaller never is as accurate within its budgets"


def test_other_items_and_unsorted_budgets_are_refused() -> None:
    with pytest.raises(SkillscaleError, match="different numbers of items"):
        iso_accuracy([SMALL, thinker("other", 2e6, [0.1, 0.2, 0.3, 0.4], n_items=10)], [0.2])
    with pytest.raises(SkillscaleError, match="rise"):
        Thinker(name="x", n_params=1, train_flops=1, inference_flops_m=np.array([2.0, 1.0]), right_im=np.zeros((3, 2)))


def answers(seed: int, at: float | None, *, n_items: int = 400, n_runs: int = 2, slope: float = 0.15) -> pl.DataFrame:
    """Worked − direct rises by `slope` for each factor of e, and is 0 at `at`; None: no difference anywhere."""
    rng = np.random.default_rng(seed)
    rows: list[pl.DataFrame] = []
    for n_params in (1e4, 4e4, 16e4, 64e4, 256e4):
        gap = 0.0 if at is None else float(np.clip(slope * np.log(n_params / at), -0.3, 0.3))
        for run in range(n_runs):
            ease = rng.random(n_items)
            rows.append(
                pl.DataFrame(
                    {
                        "n_params": n_params,
                        "run": f"{n_params:g}-{run}",
                        "item": range(n_items),
                        "first": (ease < 0.4).astype(float),
                        "second": (ease < 0.4 + gap).astype(float),
                    }
                )
            )
    return pl.concat(rows)


def test_a_crossover_is_found_where_it_is() -> None:
    inside = 0
    for seed in range(12):
        found = crossover(answers(seed, 1e5), n_draws=400)
        assert found.verdict == "crossover" and found.low is not None and found.high is not None
        inside += found.low <= 1e5 <= found.high
        assert found.n_params == pytest.approx(1e5, rel=0.4)
    assert inside >= 9


def test_no_crossover_is_said_not_to_be_one() -> None:
    assert crossover(answers(0, 1e3), n_draws=400).verdict == "second better throughout"
    assert crossover(answers(0, 1e9), n_draws=400).verdict == "first better throughout"
    called = [crossover(answers(seed, None), n_draws=400) for seed in range(20)]
    assert all(one.verdict == "cannot tell" and one.n_params is None for one in called)
    assert "no change of sign is sure" in called[0].reason


def test_overtaken_again_is_no_crossover() -> None:
    table = answers(0, 1e5).with_columns(first=pl.col("second"), second=pl.col("first"))
    assert crossover(table, n_draws=400).verdict == "cannot tell"


def test_missing_answers_leave_pairs_out_and_odd_tables_are_refused() -> None:
    table = answers(0, 1e5)
    gone = table.with_columns(first=pl.when(pl.col("item") == 3).then(None).otherwise(pl.col("first")))
    assert crossover(gone, n_draws=100).scales[0].difference.n == 399
    with pytest.raises(SkillscaleError, match="without second"):
        crossover(table.drop("second"))
    with pytest.raises(SkillscaleError, match="at least two"):
        crossover(table.filter(pl.col("n_params") == 1e4))
    with pytest.raises(SkillscaleError, match="the same items"):
        crossover(table.filter((pl.col("item") > 0) | (pl.col("run") != "10000-0")))
    with pytest.raises(SkillscaleError, match="item twice"):
        crossover(pl.concat([table, table]))
