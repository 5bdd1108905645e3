"""Charts of reasoning show what was found, leave out what is missing, and stay readable in both themes."""

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl
import pytest
import vl_convert

from skillscale.laws.calibration.abstention import abstention
from skillscale.laws.calibration.reliability import reliability
from skillscale.laws.test_time.coverage import Coverage, coverage_curve, powers_of_two
from skillscale.laws.test_time.crossover import crossover
from skillscale.laws.test_time.forecast import CoverageForecast, forecast_coverage
from skillscale.laws.test_time.iso_accuracy import iso_accuracy
from skillscale.laws.test_time.selectors import selector_curves
from skillscale.tasks.puzzles.asymmetry import Asymmetry, Mean, ModelAsymmetry, Share
from skillscale.views.charts.asymmetry import cost_rows, draw_asymmetry, draw_model_asymmetry
from skillscale.views.charts.calibration import draw_abstention, draw_reliability
from skillscale.views.charts.reinforcement import draw_reinforcement
from skillscale.views.charts.test_time import (
    coverage_rows,
    draw_coverage,
    draw_crossover,
    draw_iso_accuracy,
    draw_selectors,
    draw_train_and_test,
)
from skillscale.views.charts.theme import AnyChart, themed
from tests.views.charts import simulated_thinking as simulated


@cache
def forecasts(seed: int, ease: float) -> tuple[tuple[Coverage, ...], tuple[CoverageForecast, ...]]:
    own = simulated.tries(seed, ease=ease)
    curve = coverage_curve(own.n_samples_i, own.n_correct_i, powers_of_two(128), n_draws=200)
    return curve, tuple(forecast_coverage(own, at=k) for k in (1_000, 10_000))


def coverage(two: bool = False) -> AnyChart:
    found = {"small": forecasts(0, 0.1), "large": forecasts(1, 0.3)} if two else {"large": forecasts(1, 0.3)}
    return draw_coverage({n: own[0] for n, own in found.items()}, {n: own[1] for n, own in found.items()})


def asymmetries() -> list[Asymmetry]:
    def mean(value: float) -> Mean:
        return Mean(value=value, low=value * 0.8, high=value * 1.25, n=20)

    return [
        Asymmetry(
            kind=kind,
            difficulty=difficulty,
            dial="size",
            level=0.9,
            solve_steps=mean(solve),
            check_steps=mean(check),
            ratio=mean(solve / check),
            solve_s=mean(solve / 1e6),
            check_s=mean(check / 1e6),
            ratio_s=mean(solve / check),
        )
        for kind, difficulty, solve, check in (
            ("sudoku4", 8, 900, 48),
            ("countdown", 4, 40_000, 6),
            ("comparison", 2, 4, 4),
        )
    ]


def models() -> list[ModelAsymmetry]:
    return [
        ModelAsymmetry(
            model=model,
            kind="sudoku4",
            stratum=f"size {size}",
            solving=Share(right=30 - 5 * size, n=100, chance=0.01),
            judging=None if size == 3 else Share(right=80 - 5 * size, n=100, chance=0.5),
        )
        for model in ("d32", "d64")
        for size in (1, 2, 3)
    ]


CHARTS: dict[str, Callable[[], AnyChart]] = {
    "abstention": lambda: draw_abstention(
        {name: abstention(*simulated.confidences(i, 0.1 * i), n_draws=100) for i, name in enumerate(("d16", "d64"))}
    ),
    "asymmetry": lambda: draw_asymmetry(asymmetries()),
    "coverage": coverage,
    "coverage of two": lambda: coverage(two=True),
    "crossover": lambda: draw_crossover(
        crossover(simulated.two_ways(), n_draws=300), "answered directly", "worked step by step"
    ),
    "iso-accuracy": lambda: draw_iso_accuracy(iso_accuracy(simulated.ladder(), (0.2, 0.4, 0.6), n_draws=200)),
    "model asymmetry": lambda: draw_model_asymmetry(models()),
    "reinforcement": lambda: draw_reinforcement(simulated.learning()),
    "reliability": lambda: draw_reliability(
        {name: reliability(*simulated.confidences(i, 0.1 * i), n_draws=50) for i, name in enumerate(("d16", "d64"))}
    ),
    "selectors": lambda: draw_selectors(selector_curves(simulated.samples(), cost_of_sample=2e7, n_draws=200)),
    "train and test": lambda: draw_train_and_test(simulated.ladder()),
}


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_drawn_in_both_themes_and_are_pure(name: str) -> None:
    chart = CHARTS[name]()
    chart.to_dict()  # as Vega-Lite's schema has it
    for shade in ("light", "dark"):
        svg = vl_convert.vegalite_to_svg(themed(chart, shade))
        assert svg.count("<path") > 10 and "NaN" not in svg and "undefined" not in svg
    assert themed(chart) == themed(CHARTS[name]())


def test_a_missing_point_is_left_out_of_the_curve() -> None:
    curve = coverage_curve([8] * 9, [2] * 9, (1, 8, 16), n_draws=50)
    assert coverage_rows({"a": curve})["x"].to_list() == [1.0, 8.0]


def test_one_series_shows_the_peers_and_several_do_not() -> None:
    assert "power law" in vl_convert.vegalite_to_svg(themed(coverage()))
    assert "power law" not in vl_convert.vegalite_to_svg(themed(coverage(two=True)))


def test_a_ladder_without_a_contour_is_an_empty_chart_and_not_an_error() -> None:
    svg = vl_convert.vegalite_to_svg(themed(draw_iso_accuracy(iso_accuracy(simulated.ladder(), (0.999,), n_draws=50))))
    assert "NaN" not in svg


def test_without_a_crossover_both_ways_are_drawn_and_no_rule() -> None:
    table = simulated.two_ways().with_columns(second=pl.col("first"))
    found = crossover(table, n_draws=100)
    assert found.n_params is None
    rules = [
        layer
        for layer in draw_crossover(found, "direct", "worked").to_dict()["layer"]
        if layer.get("mark", {}).get("style") == "jump-at"
    ]
    assert rules == []


def test_a_verifier_without_steps_has_no_mark() -> None:
    rows = cost_rows(asymmetries())
    countdown = rows.filter(pl.col("row") == "countdown (size: 4)")
    assert rows.height == 6 and np.isclose(countdown["ratio"][0], 40_000 / 6)
