"""Skill-Mix scores against the number of skills combined, and against scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from skillscale.laws.skill_mix.answers import OF
from skillscale.laws.skill_mix.scores import MixScore
from skillscale.views.charts.axes import log_x, share_y
from skillscale.views.charts.theme import AnyChart

METRIC_TITLES = {"full_marks": "Full Marks", "all_skills": "All Skills", "skill_fraction": "Skill Fraction"}
_WIDTH, _HEIGHT = 270, 260
_APART = 0.06  # skills between the error bars of two lines, so that they do not hide each other
SATURATED = 0.05  # below it a model counts as saturated (Yu et al. 2023)

SCHEMA = {
    "line": pl.String,
    "n_params": pl.Int64,
    "k": pl.Int64,
    "metric": pl.String,
    "of": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
}


def score_rows(
    scores: Sequence[MixScore], lines: Mapping[tuple[str, str], str], *, n_params: Mapping[str, int] | None = None
) -> pl.DataFrame:
    """Plain scores as rows with the columns of `SCHEMA`; one for each k, metric and `of` (`mean` of one, `best` of n).

    `lines` names the line of a model and its grader, `n_params` the size of a model where it is known. A score that is missing is null.
    """
    sizes = n_params or {}
    rows = [
        {
            "line": lines[row.model, row.grader],
            "n_params": sizes.get(row.model),
            "k": row.k,
            "metric": metric,
            "of": of,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "n": one.n,
        }
        for row in scores
        for metric in METRIC_TITLES
        for of in OF
        for one in (row.plain.estimates[metric][of],)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def draw_over_k(rows: pl.DataFrame, *, of: str = "mean", metrics: Sequence[str] = tuple(METRIC_TITLES)) -> AnyChart:
    """A panel for each metric: score against k with intervals, a line for each `line`; dotted the 5 % of saturation.

    `rows` as of `score_rows`. Lines with sizes are ordered and coloured by them, others by name; each has a shape of its own, too.
    """
    drawn = rows.filter(of=of).drop_nulls("value")
    order = drawn.group_by("line").agg(pl.col("n_params").min()).sort("n_params", "line")["line"].to_list()
    by_size = drawn["n_params"].null_count() == 0
    ks = drawn["k"].unique().sort().to_list()
    placed = drawn.with_columns(
        x=pl.col("k") + (pl.col("line").replace_strict(_places(order), return_dtype=pl.Float64))
    )
    panels = [_panel(placed.filter(metric=name), METRIC_TITLES[name], order, ks, by_size) for name in metrics]
    return alt.hconcat(*panels, spacing=18)


def draw_by_scale(rows: pl.DataFrame, *, metric: str = "full_marks", of: str = "mean") -> AnyChart:
    """Score against parameters with intervals, a line for each k. `rows` as of `score_rows`, with sizes."""
    drawn = rows.filter(metric=metric, of=of).drop_nulls(["value", "n_params"])
    ks = drawn["k"].unique().sort().to_list()
    placed = drawn.with_columns(x=pl.col("n_params") * 10 ** (pl.col("k").replace_strict(_places(ks)) / 3))
    x = log_x("n_params", drawn["n_params"].to_list(), field="x")
    scale = alt.Scale(domain=ks)
    color = alt.Color("k:O", scale=scale, title="skills combined")
    shape = alt.Shape("k:O", scale=scale, title="skills combined")
    layers = _layers(placed, x, METRIC_TITLES[metric], color, shape)
    return layers.properties(width=460, height=_HEIGHT)


def draw_saturation(rows: pl.DataFrame) -> AnyChart:
    """The saturation point against parameters, a bar for its interval, which goes half a k beyond the last where it is open.

    `rows` have `n_params`, `k`, `low` and `high` (null where not reached), and `tried`, the largest k.
    """
    last = int(str(rows["tried"].max()))
    scale, title = alt.Scale(domain=[0, last + 1], nice=False), "first k below 5 % Full Marks"
    x = log_x("n_params", rows["n_params"].to_list())
    told = [alt.Tooltip(name) for name in ("line:N", "k:Q", "low:Q", "high:Q")]
    bars = rows.drop_nulls("low").with_columns(end=pl.col("high").cast(pl.Float64).fill_null(last + 0.5))
    points = rows.drop_nulls("k")
    layers = alt.layer(
        alt.Chart(bars).mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q", scale=scale, title=title), y2="end:Q"),
        alt.Chart(points)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(x=x, y=alt.Y("k:Q", scale=scale, title=title), tooltip=told),
    )
    return layers.properties(width=460, height=_HEIGHT)


def _places(order: Sequence[Any]) -> dict[Any, float]:
    """How far to the right of its place each line is drawn."""
    middle = (len(order) - 1) / 2
    step = min(_APART, 0.5 / max(1, len(order)))
    return {name: (place - middle) * step for place, name in enumerate(order)}


def _panel(rows: pl.DataFrame, title: str, order: Sequence[str], ks: Sequence[int], by_size: bool) -> AnyChart:
    scale = alt.Scale(domain=[min(ks) - 0.4, max(ks) + 0.4], nice=False, zero=False)
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(title="skills combined, k", values=list(ks), format="d", grid=False))
    kind = "O" if by_size else "N"
    color = alt.Color(f"line:{kind}", sort=list(order), scale=alt.Scale(domain=list(order)), title=None)
    shape = alt.Shape("line:N", sort=list(order), scale=alt.Scale(domain=list(order)), title=None)
    return _layers(rows, x, "score", color, shape, saturated=True).properties(
        width=_WIDTH, height=_HEIGHT, title=alt.Title(title, frame="group")
    )


def _layers(
    rows: pl.DataFrame, x: alt.X, title: str, color: alt.Color, shape: alt.Shape, *, saturated: bool = False
) -> AnyChart:
    told = [alt.Tooltip(name) for name in ("line:N", "k:Q", "n:Q")]
    told += [alt.Tooltip(f"{name}:Q", format=".2f") for name in ("value", "low", "high")]
    y = share_y(title=title)
    line = alt.Chart(rows).encode(x=x, color=color)
    bars = alt.Chart(rows.drop_nulls(["low", "high"])).encode(x=x, color=color)
    rule = alt.Chart(pl.DataFrame({"value": [SATURATED]})).mark_rule(style="chance").encode(y=y)
    return alt.layer(
        *([rule] if saturated else []),
        bars.mark_rule(strokeWidth=1.5).encode(y=share_y("low", title), y2="high:Q"),
        line.mark_line(strokeWidth=1.8).encode(y=y),
        line.mark_point(filled=True, size=55, opacity=1).encode(y=y, shape=shape, tooltip=told),
    )
