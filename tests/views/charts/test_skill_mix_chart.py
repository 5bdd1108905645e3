"""Curves of Skill-Mix scores: what is drawn is what was scored, and missing stays missing."""

import numpy as np
import polars as pl
import pytest
import vl_convert

from skillscale.laws.skill_mix.answers import gather
from skillscale.laws.skill_mix.scores import score_all
from skillscale.views.charts.skill_mix import draw_by_scale, draw_over_k, draw_saturation, score_rows
from skillscale.views.charts.theme import themed
from tests.laws.skill_mix.gradings import graded, simulated

SIZES = {"acme/m": 300_000, "other/n": 1_000}


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    gradings = [
        one
        for model in SIZES
        for k in (2, 3)
        for one in simulated(np.random.default_rng(k), n=12, k=k, model=model, n_gradings=1)[0]
    ]
    scores = score_all(gather([*gradings, graded("----1", model="third/l", missing="lost")]))
    return score_rows(scores, {(one.model, one.grader): one.model for one in scores}, n_params=SIZES)


def test_every_score_has_its_row_and_what_is_missing_is_null(rows: pl.DataFrame) -> None:
    assert rows.height == (2 * 2 + 1) * 3 * 2
    lost = rows.filter(line="third/l")
    assert lost["value"].null_count() == lost.height and lost["n"].to_list() == [0] * 6
    known = rows.filter(pl.col("line") != "third/l")
    assert known.select((pl.col("low") <= pl.col("value")) & (pl.col("value") <= pl.col("high"))).to_series().all()


def test_missing_scores_are_not_drawn_and_lines_are_ordered_by_size(rows: pl.DataFrame) -> None:
    spec = draw_over_k(rows).to_dict()
    drawn = [row for data in spec["datasets"].values() for row in data if "line" in row]
    assert {row["line"] for row in drawn} == set(SIZES) and all(row["of"] == "mean" for row in drawn)
    assert len(spec["hconcat"]) == 3
    (domain,) = {
        tuple(each["encoding"]["color"]["scale"]["domain"]) for panel in spec["hconcat"] for each in panel["layer"][1:]
    }
    assert domain == ("other/n", "acme/m")


def test_charts_are_pure_and_vega_understands_them(rows: pl.DataFrame) -> None:
    for draw in (draw_over_k, draw_by_scale):
        before = rows.clone()
        svg = vl_convert.vegalite_to_svg(themed(draw(rows)))
        assert svg.count("<path") > 10 and "NaN" not in svg
        assert rows.equals(before) and themed(draw(rows)) == themed(draw(rows))


def test_an_open_saturation_point_has_a_bar_and_no_point() -> None:
    rows = pl.DataFrame(
        {
            "line": ["d8", "d64", "d96"],
            "n_params": [10, 100, 200],
            "k": [2, 4, None],
            "low": [2, 3, None],
            "high": [3, None, None],
            "tried": [5] * 3,
        }
    )
    svg = vl_convert.vegalite_to_svg(themed(draw_saturation(rows)))
    assert "NaN" not in svg
    bars, points = draw_saturation(rows).to_dict()["layer"]
    held = draw_saturation(rows).to_dict()["datasets"]
    assert [row["end"] for row in held[bars["data"]["name"]]] == [3.0, 5.5]
    assert [row["k"] for row in held[points["data"]["name"]]] == [2, 4]
    nobody = rows.with_columns(k=pl.lit(None, pl.Int64), low=pl.lit(None, pl.Int64))
    assert "NaN" not in vl_convert.vegalite_to_svg(themed(draw_saturation(nobody)))
