from typing import Any

import polars as pl
import pytest
import vl_convert

from skillscale.views.charts import (
    config,
    draw_chains,
    draw_forecast,
    draw_loss_by_compute,
    draw_loss_by_scale,
    draw_ranks,
    draw_tasks,
    draw_weighted_sum,
    themed,
)
from skillscale.views.charts.chains import chain_rows
from skillscale.views.charts.loss import loss_rows
from skillscale.views.charts.ranks import rank_rows
from skillscale.views.charts.tasks import task_rows
from skillscale.views.charts.weighted_sum import contribution_rows, stacking_order
from tests.views.simulated_lab import KS, MARKS, TEXT, WIDTHS, WORLD, Simulated

CHARTS = {
    "chains": draw_chains,
    "compute": draw_loss_by_compute,
    "forecast": draw_forecast,
    "ranks": draw_ranks,
    "scale": draw_loss_by_scale,
    "tasks": draw_tasks,
    "weighted-sum": draw_weighted_sum,
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_a_pure_function_that_vega_understands(name: str, world: Simulated) -> None:
    table = world.lab.observations()
    before = table.clone()
    spec = themed(CHARTS[name](table, world.findings))
    assert spec == themed(CHARTS[name](table, world.findings))
    assert table.equals(before)
    CHARTS[name](table, world.findings).to_dict()  # as Vega-Lite's schema has it
    svg = vl_convert.vegalite_to_svg(spec)
    assert svg.count("<path") > 10
    assert "NaN" not in svg


def drawn_rows(chart: Any) -> list[dict[str, Any]]:
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_all_checkpoints_are_drawn_and_the_held_out_rung_is_marked(world: Simulated) -> None:
    rows = loss_rows(world.lab.observations(), world.findings)
    assert rows.height == len(WIDTHS) * len(MARKS)
    assert rows.filter("held_out")["rung"].unique().to_list() == ["d96"]
    assert set(rows.filter("held_out")["role"]) == {"held out from the fit"}


def test_the_band_of_the_law_is_drawn_where_it_was_given(world: Simulated) -> None:
    given = {point.x: point.band for point in world.findings.curves("train_flops")[0].points}
    drawn = {
        row["train_flops"]: (row["low"], row["high"])
        for row in drawn_rows(draw_loss_by_compute(world.lab.observations(), world.findings))
        if row.get("group") == "all"
    }
    assert drawn == {x: (band.low, band.high) for x, band in given.items() if band is not None}


def test_the_true_entropy_is_a_line_only_where_it_is_known(world: Simulated) -> None:
    table = world.lab.observations()
    known = drawn_rows(draw_loss_by_scale(table, world.findings, 1.524))
    assert {row["truth"] for row in known if "truth" in row} == {1.524}
    assert not any("truth" in row for row in drawn_rows(draw_loss_by_scale(table, world.findings)))


def test_a_task_has_one_metric_and_the_most_telling_class_comes_first(world: Simulated) -> None:
    rows = task_rows(world.lab.observations(), world.findings)
    assert set(rows["task"]) == set(WORLD)
    assert rows.group_by("task").agg(pl.col("metric").n_unique())["metric"].max() == 1
    panels = rows.sort("panel").select("task", "emergence").unique(maintain_order=True).rows()
    assert panels[:2] == [("chains-worked", "emergent"), ("spatial", "emergent")]
    assert panels[-1] == ("chains-direct", "cannot tell")


def test_rank_bands_come_from_the_strata_in_one_metric(world: Simulated) -> None:
    rows = rank_rows(world.lab.observations(), world.findings)
    assert set(rows["task"]) == {"knowledge", "customs"}
    assert rows.filter(task="knowledge")["rank"].unique().sort().to_list() == [1, 33, 129, 513, 1025]
    assert set(rows["metric"]) == {"accuracy"}
    assert rows.height == len(WIDTHS) * (5 + 4)


def test_chains_are_told_apart_by_way_k_and_whether_they_were_seen(world: Simulated) -> None:
    rows = chain_rows(world.lab.observations(), world.findings)
    assert rows.height == len(WIDTHS) * 2 * 2 * len(KS)
    assert rows["k"].unique().sort().to_list() == list(KS)
    assert set(rows["seen"]) == {"seen", "unseen"}


def test_own_text_has_neither_ranks_nor_chains(own_text: Simulated) -> None:
    table = own_text.lab.observations()
    assert rank_rows(table, own_text.findings).is_empty()
    assert chain_rows(table, own_text.findings).is_empty()
    assert set(task_rows(table, own_text.findings)["task"]) == set(TEXT)


def test_contributions_add_up_to_the_accuracy_over_all_items(world: Simulated) -> None:
    rows = contribution_rows(world.lab.observations(), world.findings)
    for (_,), rung in rows.group_by("n_params"):
        right = (rung["value"] * rung["n_items"]).sum()
        assert rung["contribution"].sum() == pytest.approx(right / rung["n_items"].sum())
        assert rung["total"][0] == pytest.approx(rung["contribution"].sum())
        assert rung["weight"].sum() == pytest.approx(1)
    assert set(stacking_order(rows)) == set(WORLD)


def test_a_rung_that_lacks_a_task_is_left_out_of_the_sum(world: Simulated) -> None:
    lacks = (pl.col("task") == "grammar") & pl.col("run").str.starts_with("d24-")
    rows = contribution_rows(world.lab.observations().filter(~lacks), world.findings)
    assert rows["rung"].n_unique() == len(WIDTHS) - 1
    assert "d24" not in rows["rung"].to_list()
    assert "grammar" in rows["task"].to_list()


def test_both_themes_style_the_same_roles() -> None:
    light, dark = config("light"), config("dark")
    assert light["style"].keys() == dark["style"].keys()
    assert light["background"] != dark["background"]
    assert len(set(light["range"]["category"])) == len(light["range"]["category"]) == 10
