"""Confidence against the share right, and accuracy against the share answered."""

import altair as alt
import polars as pl

from skillscale.laws.calibration.abstention import Abstention
from skillscale.laws.calibration.reliability import Reliability
from skillscale.views.charts.axes import share_y
from skillscale.views.charts.test_time import lines
from skillscale.views.charts.theme import AnyChart

_SIDE = 300
_SCHEMA = {"name": pl.String, **dict.fromkeys(("x", "value", "low", "high"), pl.Float64)}


def share_x(title: str) -> alt.X:
    """A share between 0 and 1 along x, in percent."""
    return alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, 1], clamp=True),
        axis=alt.Axis(title=title, format=".0%", values=[0, 0.25, 0.5, 0.75, 1], grid=False),
    )


def draw_reliability(found: dict[str, Reliability]) -> AnyChart:
    """Share right in bins of equal mass against their mean confidence, with intervals; on the dashed diagonal they agree. A line for each name."""
    rows = pl.DataFrame(
        [
            {"name": name, "x": one.confidence, "value": one.right.value, "low": one.right.low, "high": one.right.high}
            for name, own in found.items()
            for one in own.bins
        ],
        schema=_SCHEMA,
    )
    x = share_x("confidence")
    even = alt.Chart(pl.DataFrame({"x": [0.0, 1.0], "value": [0.0, 1.0]}))
    diagonal = even.mark_line(style="chance").encode(x=x, y=share_y())
    return alt.layer(diagonal, lines(rows, x, "share right", order=list(found), bands=False)).properties(
        width=_SIDE, height=_SIDE
    )


def draw_abstention(found: dict[str, Abstention]) -> AnyChart:
    """Share right among the answers given against the share answered, the most confident first. A line with its band for each name."""
    rows = pl.DataFrame(
        [
            {"name": name, "x": share, "value": one.value, "low": one.low, "high": one.high}
            for name, own in found.items()
            for share, one in zip(own.coverages, own.accuracies, strict=True)
        ],
        schema=_SCHEMA,
    )
    return lines(rows, share_x("share answered"), "share right of these", order=list(found)).properties(
        width=_SIDE + 60, height=_SIDE
    )
