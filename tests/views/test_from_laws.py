import polars as pl
import pytest

from skillscale.laws import CHINCHILLA, POWER, fit, forecast, hold_out
from skillscale.views.from_laws import N_POINTS, forecast_finding, law_finding
from tests.views.simulated_lab import FLOOR, MARKS, WIDTHS, Simulated


@pytest.fixture(scope="module")
def losses(world: Simulated) -> pl.DataFrame:
    return world.lab.observations().filter(pl.col("metric") == "loss_nats", pl.col("task") == "language")


def test_a_law_along_two_axes_is_drawn_for_each_count_and_each_rung(losses: pl.DataFrame) -> None:
    fitted = fit(CHINCHILLA, losses, metric="loss_nats", task="language", n_draws=20, seed=0)
    found = law_finding(fitted, losses)
    groups = [(curve.axis, curve.group) for curve in found.curves]
    assert [group for axis, group in groups if axis == "n_params"] == [str(mark) for mark in MARKS]
    assert [group for axis, group in groups if axis == "n_tokens"] == [f"d{width}" for width in WIDTHS]
    assert groups[-1] == ("train_flops", None)
    assert found.floor == "E"
    assert found.params["E"] == pytest.approx(FLOOR, abs=0.15)
    for curve in found.curves:
        assert len(curve.points) == N_POINTS
        assert all(point.band is not None and point.band.low <= point.band.high for point in curve.points)


def test_a_drawn_curve_is_the_law_itself(losses: pl.DataFrame) -> None:
    fitted = fit(CHINCHILLA, losses, metric="loss_nats", task="language", n_draws=20, seed=0)
    curve = law_finding(fitted, losses).curves[0]
    places = [point.x for point in curve.points]
    assert [point.value for point in curve.points] == pytest.approx(
        fitted.predict(n_params=places, n_tokens=float(MARKS[0])).tolist()
    )
    ends = law_finding(fitted, losses).curves[-1].points
    top = fitted.predict(n_params=float(losses["n_params"].max()), n_tokens=float(MARKS[-1]))  # pyright: ignore
    assert ends[-1].value == pytest.approx(top[0])


def test_a_law_along_one_axis_is_drawn_along_that_one(losses: pl.DataFrame) -> None:
    longest = losses.filter(pl.col("n_tokens") == MARKS[-1])
    fitted = fit(POWER, longest, metric="loss_nats", task="language", n_draws=20, seed=0)
    assert [(curve.axis, curve.group) for curve in law_finding(fitted, longest).curves] == [("n_params", None)]


def test_the_forecast_of_the_largest_checkpoint_is_shown(losses: pl.DataFrame) -> None:
    said = forecast(CHINCHILLA, hold_out(losses), metric="loss_nats", task="language", n_draws=20, seed=0)
    found = forecast_finding(said, 0.012)
    assert found.model == losses.sort("n_params", "n_tokens")["model"][-1]
    assert (found.predicted, found.measured, found.inside) == (said.top.predicted, said.top.measured, said.top.inside)
    assert (found.interval.low, found.interval.high) == (said.top.low, said.top.high)
