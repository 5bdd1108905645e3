"""Forecasts: never a look at what is held out, small errors, and intervals that hold what they promise."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.laws import CHINCHILLA, LOGISTIC, HeldOut, forecast, hold_out
from tests.laws.simulated import broken_loss, chinchilla_loss, halves, ladder, rows_of_shares


def test_the_largest_scale_is_held_out() -> None:
    split = hold_out(ladder(chinchilla_loss, rng=np.random.default_rng(0)))
    assert split.known["n_params"].max() == 98_000
    assert split.held_out["n_params"].unique().to_list() == [221_000]
    by_flops = hold_out(ladder(chinchilla_loss, rng=np.random.default_rng(0)), axis="train_flops", below=1e11)
    assert by_flops.known["train_flops"].max() < 1e11 <= by_flops.held_out["train_flops"].min()
    with pytest.raises(SkillscaleError, match="no row has"):
        hold_out(pl.DataFrame({"value": [1.0]}))


def test_what_is_held_out_is_never_used() -> None:
    split = hold_out(ladder(chinchilla_loss, rng=np.random.default_rng(0)))
    said = forecast(CHINCHILLA, split, metric="loss_nats", n_draws=30)
    blank = type(split)(known=split.known, held_out=split.held_out.with_columns(value=pl.lit(None, dtype=pl.Float64)))
    unseen = forecast(CHINCHILLA, blank, metric="loss_nats", n_draws=30)
    assert [(r.predicted, r.low, r.high) for r in said.rows] == [(r.predicted, r.low, r.high) for r in unseen.rows]
    assert unseen.top.measured is None
    assert unseen.top.relative_error is None
    assert unseen.top.inside is None


def test_the_forecast_says_where_and_from_what() -> None:
    said = forecast(
        CHINCHILLA, hold_out(ladder(chinchilla_loss, rng=np.random.default_rng(2))), metric="loss_nats", n_draws=30
    )
    assert [r.scales["n_tokens"] for r in said.rows] == [1e6, 2e6, 4e6, 8e6]
    assert said.top.run == "n221000"
    assert said.top.measured is not None
    assert said.top.relative_error == pytest.approx(said.top.predicted / said.top.measured - 1)
    assert said.top.low < said.top.predicted < said.top.high
    assert [o.largest_known for o in said.origins] == [14_000, 25_000, 55_000]
    assert all(o.n_rows == 4 for o in said.origins)


@pytest.mark.parametrize("loss", [chinchilla_loss, broken_loss], ids=["its own law", "a broken law"])
def test_intervals_hold_what_they_promise(loss) -> None:
    """8 ladders of seven rungs with seed noise of .3 %: at least 7 of 8 inside 90 %, errors within 2 %."""
    said = [
        forecast(
            CHINCHILLA, hold_out(ladder(loss, rng=np.random.default_rng(seed))), metric="loss_nats", n_draws=50
        ).top
        for seed in range(8)
    ]
    assert sum(f.inside is True for f in said) >= 7
    assert max(abs(f.relative_error or 0) for f in said) < 0.02
    assert np.median([(f.high - f.low) / 2 / f.predicted for f in said]) < 0.03


def test_a_ladder_too_short_for_rehearsals_gets_a_wide_interval() -> None:
    frame = ladder(
        chinchilla_loss, rng=np.random.default_rng(0), params=(1_600, 6_000, 14_000, 25_000), tokens=(10**6, 4 * 10**6)
    )
    said = forecast(CHINCHILLA, hold_out(frame), metric="loss_nats", n_draws=30)
    assert said.origins == ()
    assert said.top.inside is True


def test_a_share_is_forecast_between_0_and_1() -> None:
    share = np.array([0.13, 0.16, 0.25, 0.45, 0.7, 0.88, 0.95])
    frame = rows_of_shares(share, rng=np.random.default_rng(0), n_items=400, chance=0.125)
    said = forecast(LOGISTIC, hold_out(frame), metric="accuracy", n_draws=50)
    assert 0 <= said.top.low <= said.top.predicted <= said.top.high <= 1
    assert said.top.inside is True


def test_a_summary_of_what_was_held_out() -> None:
    split = hold_out(ladder(chinchilla_loss, rng=np.random.default_rng(2)))
    said = forecast(CHINCHILLA, split, metric="loss_nats", n_draws=30)
    errors = [abs(row.relative_error or 0) for row in said.rows]
    assert said.n_measured == 4
    assert said.median_error == pytest.approx(np.median(errors))
    assert said.coverage == pytest.approx(np.mean([row.inside is True for row in said.rows]))
    named = split.held_out.with_columns(model=pl.lit("<b>d64</b>"), value=pl.lit(None, dtype=pl.Float64))
    blank = forecast(CHINCHILLA, type(split)(known=split.known, held_out=named), metric="loss_nats", n_draws=30)
    assert blank.coverage is None and blank.median_error is None and blank.n_measured == 0
    html = blank._repr_html_()
    assert "&lt;b&gt;d64" in html and "<b>" not in html


def test_rows_without_compute_are_forecast_along_it() -> None:
    frame = ladder(chinchilla_loss, rng=np.random.default_rng(1)).drop("train_flops")
    split = hold_out(frame, axis="train_flops", below=3e12)
    said = forecast(CHINCHILLA, split, metric="loss_nats", axis="train_flops", n_draws=30)
    assert len(said.rows) == split.held_out.height > 2
    assert said.coverage == 1.0
    by_hand = type(split)(known=frame.head(20), held_out=frame.tail(8))
    with pytest.raises(SkillscaleError, match="Split with hold_out"):
        forecast(CHINCHILLA, by_hand, metric="loss_nats", axis="train_flops", n_draws=30)


def test_the_interval_widens_with_the_distance() -> None:
    frame = ladder(chinchilla_loss, rng=np.random.default_rng(3))
    split = hold_out(frame, below=50_000)
    said = forecast(CHINCHILLA, split, metric="loss_nats", axis="n_params", n_draws=30)
    last = {row.scales["n_params"]: (row.high - row.low) / row.predicted for row in said.rows}
    assert list(last.values()) == sorted(last.values()) and len(last) == 3


def test_of_many_scattered_scales_the_largest_tenth_is_held_out() -> None:
    frame = pl.DataFrame({"n_params": np.geomspace(1e6, 1e9, 40), "value": 1.0})
    split = hold_out(frame)
    assert (split.known.height, split.held_out.height) == (36, 4)
    few = hold_out(frame[::4])
    assert (few.known.height, few.held_out.height) == (9, 1)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 5), share=st.floats(0.1, 0.9), named=st.booleans())
def test_duplicated_rows_with_halved_weights_change_no_forecast(seed: int, share: float, named: bool) -> None:
    frame = ladder(chinchilla_loss, rng=np.random.default_rng(seed))
    frame = frame if named else frame.drop("run", "model")
    plain, halved = (
        forecast(CHINCHILLA, hold_out(f), metric="loss_nats", n_draws=30) for f in (frame, halves(frame, share, seed))
    )
    assert len(halved.rows) == len(plain.rows)
    assert (halved.coverage, [o.n_rows for o in halved.origins]) == (plain.coverage, [o.n_rows for o in plain.origins])
    for one, other in zip(plain.rows, halved.rows, strict=True):
        assert (other.predicted, other.low, other.high) == pytest.approx((one.predicted, one.low, one.high), rel=1e-4)


def test_a_share_of_few_items_is_forecast_with_their_noise() -> None:
    scale = np.geomspace(1e3, 1e6, 20)
    share = 0.125 + 0.7 / (1 + (1e4 / scale) ** 2)
    frame = rows_of_shares(share, rng=np.random.default_rng(0), n_items=5000, chance=0.125, scale=scale)
    split = hold_out(frame)
    widths: list[float] = []
    for n_items in (50, 5000, None):
        ahead = split.held_out.with_columns(n_items=pl.lit(n_items, pl.Int64), value=pl.lit(None, pl.Float64))
        top = forecast(LOGISTIC, HeldOut(known=split.known, held_out=ahead), metric="accuracy", n_draws=50).top
        widths.append(top.high - top.low)
    assert widths[0] > 2 * 1.6 * np.sqrt(0.82 * 0.18 / 50) > 1.5 * widths[1]
    assert widths[2] < 1.5 * widths[1]


@pytest.mark.parametrize(
    ("share", "chance", "told"),
    [
        ([0.25, 0.25, 0.25, 0.25, 0.25, 0.9], 0.25, False),  # nothing has risen, though it will
        ([0.15, 0.25, 0.25, 0.25, 0.25, 0.9], 0.25, False),  # the smallest always says the same
        ([0.25, 0.25, 0.25, 0.3, 0.45, 0.9], 0.25, True),
        ([0.25, 0.25, 0.24, 0.2, 0.12, 0.1], 0.25, True),  # it falls
    ],
)
def test_a_curve_at_chance_is_not_forecast(share: list[float], chance: float, told: bool) -> None:
    frame = rows_of_shares(np.array(share), rng=np.random.default_rng(1), n_items=2000, chance=chance)
    if told:
        assert forecast(LOGISTIC, hold_out(frame), metric="accuracy", n_draws=30).top.predicted >= 0
        return
    with pytest.raises(SkillscaleError, match="nowhere surely better than chance"):
        forecast(LOGISTIC, hold_out(frame), metric="accuracy", n_draws=30)
    unknown = frame.with_columns(chance=pl.lit(None, dtype=pl.Float64))
    with pytest.raises(SkillscaleError, match="chance"):  # a logistic needs it
        forecast(LOGISTIC, hold_out(unknown), metric="accuracy", n_draws=30)


def test_what_a_logistic_has_not_shown_yet_is_a_guess() -> None:
    """Before half way up its ceiling is not seen: the interval holds a ceiling near the last known row as well as the top."""
    law, x = LOGISTIC, np.array([[1e3, 0.25], [1e4, 0.25], [1e5, 0.25]])
    early, late = np.array([1.0, 1e5, 2.0]), np.array([1.0, 5e3, 2.0])
    assert law.guessed(late, x[:2], x).tolist() == [0, 0, 0]
    beyond = law.predict(early, x)
    assert law.guessed(early, x[:2], x) == pytest.approx(np.abs(beyond - beyond[1]))
    rising = np.array([0.25, 0.26, 0.28, 0.34, 0.42, 0.45])
    frame = rows_of_shares(rising, rng=np.random.default_rng(0), n_items=4000, chance=0.25)
    top = forecast(LOGISTIC, hold_out(frame), metric="accuracy", n_draws=50).top
    assert top.low < 0.45 < top.high
