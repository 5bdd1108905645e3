import polars as pl
import pytest

from skillscale.views.selection import final, measured, rung_order, seed_mean, whole
from tests.views.simulated_lab import MARKS, WIDTHS, Simulated


def test_missing_values_are_left_out_and_never_become_numbers(holed: Simulated) -> None:
    table = holed.lab.observations()
    assert table.filter(pl.col("missing").is_not_null()).height == 2
    rows = measured(table, holed.findings, metric="loss_nats")
    assert rows["value"].null_count() == 0
    assert "d24" not in rows["rung"].to_list()


def test_rows_of_another_family_are_not_mixed_in(world: Simulated) -> None:
    table = world.lab.observations()
    others = table.with_columns(family=pl.lit("pocket-8"), value=pl.lit(9.0))
    both = pl.concat([table, others])
    assert measured(both, world.findings, metric="loss_nats").equals(
        measured(table, world.findings, metric="loss_nats")
    )


def test_an_unknown_error_gives_no_error_bar(world: Simulated) -> None:
    table = world.lab.observations().with_columns(stderr=pl.lit(None, dtype=pl.Float64))
    rows = measured(table, world.findings, metric="loss_nats")
    assert rows["low"].null_count() == rows["high"].null_count() == rows.height


def test_error_bars_reach_the_level(world: Simulated) -> None:
    row = measured(world.lab.observations(), world.findings, metric="loss_nats").row(0, named=True)
    assert row["high"] - row["value"] == pytest.approx(1.6449 * row["stderr"], rel=1e-4)


def test_final_keeps_one_checkpoint_a_run(world: Simulated) -> None:
    rows = final(whole(measured(world.lab.observations(), world.findings, metric="loss_nats")))
    assert rows["n_tokens"].to_list() == [MARKS[-1]] * len(WIDTHS)
    assert rung_order(rows) == [f"d{width}" for width in WIDTHS]


def test_seeds_are_averaged_and_their_item_error_is_not_made_smaller(own_text: Simulated) -> None:
    rows = final(whole(measured(own_text.lab.observations(), own_text.findings, metric="loss_nats")))
    means = seed_mean(rows, ["n_params"])
    assert means["n_runs"].to_list() == [2] * 5
    first = rows.filter(pl.col("n_params") == pl.col("n_params").min())
    assert means["value"][0] == pytest.approx(first["value"].mean())
    assert means["stderr"][0] == pytest.approx(0.012)
