"""Calibration error and Brier's score against scale."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from skillscale.laws.calibration.on_ladder import Calibrated
from skillscale.views.charts.axes import log_x
from skillscale.views.charts.theme import AnyChart
from skillscale.views.wording import rung_label

_TITLES = {"ece": "calibration error", "brier": "Brier's score"}


def calibration_rows(found: Sequence[Calibrated]) -> pl.DataFrame:
    """`rung, n_params, task` (null: all), `n, accuracy, confidence`, the calibration error without its noise and Brier's score with their intervals, the
    raw error, and Brier's parts.
    """
    return pl.DataFrame(
        [
            {
                "rung": rung_label(one.model),
                "n_params": one.n_params,
                "task": one.task,
                "n": one.n,
                "accuracy": one.reliability.accuracy,
                "confidence": one.reliability.confidence,
                "ece": one.reliability.debiased.value,
                "ece_low": one.reliability.debiased.low,
                "ece_high": one.reliability.debiased.high,
                "ece with noise": one.reliability.ece,
                "brier": one.brier.score.value,
                "brier_low": one.brier.score.low,
                "brier_high": one.brier.score.high,
                "brier: reliability": one.brier.reliability,
                "brier: resolution": one.brier.resolution,
                "brier: uncertainty": one.brier.uncertainty,
            }
            for one in found
        ],
        schema_overrides={"task": pl.String},
    )


def draw_calibration_over_scale(found: Sequence[Calibrated]) -> AnyChart:
    """Two panels over parameters, each a line through the means of seeds with intervals over answers."""
    rows = calibration_rows(found)
    return alt.hconcat(*(_panel(rows, name, title) for name, title in _TITLES.items()), spacing=26)


def _panel(rows: pl.DataFrame, name: str, title: str) -> AnyChart:
    x = log_x("n_params", rows["n_params"].to_list(), most=5)
    base = alt.Chart(rows).encode(x=x)
    y = alt.Y(f"{name}:Q", title=title, scale=alt.Scale(zero=True))
    tips = ["rung:N", "n:Q", *(alt.Tooltip(f"{one}:Q", format=".4f") for one in (name, f"{name}_low", f"{name}_high"))]
    return alt.layer(
        base.mark_rule(strokeWidth=1.2).encode(y=alt.Y(f"{name}_low:Q", title=title), y2=f"{name}_high:Q"),
        base.mark_line(style="law", strokeWidth=1.8).encode(y=alt.Y(f"mean({name}):Q", title=title)),
        base.mark_point(filled=True, opacity=1, size=45).encode(y=y, tooltip=tips),
    ).properties(width=400, height=220)
