"""Is checking cheaper than solving, for a program in steps and for a model in accuracy?"""

from collections.abc import Sequence

import altair as alt
import polars as pl

from skillscale.tasks.puzzles.asymmetry import Asymmetry, ModelAsymmetry
from skillscale.views.charts.axes import label_expression, log_ticks
from skillscale.views.charts.theme import AnyChart
from skillscale.views.wording import short

_WIDTH = 430
_ROW = 24
_MARKS = {"solving": "circle", "checking": "triangle-up"}


def cost_rows(found: Sequence[Asymmetry]) -> pl.DataFrame:
    """`row`, `what` (solving, checking), `value`, `low`, `high` in steps, and `ratio` of each kind and difficulty; null beneath one step."""
    rows = [
        {
            "row": f"{one.kind} ({one.dial}: {one.difficulty})",
            "what": what,
            "value": mean.value,
            "low": mean.low,
            "high": mean.high,
            "ratio": one.ratio.value,
        }
        for one in found
        for what, mean in (("solving", one.solve_steps), ("checking", one.check_steps))
    ]
    return pl.DataFrame(rows)


def draw_asymmetry(found: Sequence[Asymmetry]) -> AnyChart:
    """A row for each kind and difficulty, the largest ratio first: steps of an exact solver and of the verifier, and the ratio in words."""
    rows = cost_rows(found).filter(pl.col("value") > 0)
    order = rows.sort("ratio", descending=True)["row"].unique(maintain_order=True).to_list()
    ends = rows["value"].to_list()
    low, high = min(ends) / 2, max(ends) * 2
    ticks = log_ticks(low, high, 7)
    x_axis = alt.Axis(title="elementary steps", values=ticks, labelExpr=label_expression(ticks, short), grid=True)
    x = alt.X("value:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False), axis=x_axis)
    y = alt.Y("row:N", sort=order, axis=alt.Axis(title=None, labelLimit=260))
    scale = alt.Scale(domain=list(_MARKS))
    shapes = alt.Scale(domain=list(_MARKS), range=list(_MARKS.values()))
    color, shape = alt.Color("what:N", scale=scale, title=None), alt.Shape("what:N", scale=shapes, title=None)
    both = rows.group_by("row", maintain_order=True).agg(
        start=pl.col("value").min(),
        end=pl.col("value").max(),
        label=pl.format("× {}", pl.col("ratio").first().map_elements(_ratio, return_dtype=pl.String)),
    )
    start = x.copy()
    start.shorthand = "start:Q"
    words = alt.Chart(both).mark_text(align="left", baseline="middle", fontSize=11, style="name")
    return alt.layer(
        alt.Chart(both).mark_rule(style="chance").encode(x=start, x2="end:Q", y=y),
        alt.Chart(rows)
        .mark_point(filled=True, opacity=1, size=70)
        .encode(x=x, y=y, color=color, shape=shape, tooltip=["row:N", "what:N", "value:Q", "low:Q", "high:Q"]),
        words.encode(x=alt.value(_WIDTH + 8), y=y, text="label:N"),
    ).properties(width=_WIDTH, height=alt.Step(_ROW))  # pyright: ignore[reportArgumentType]  # altair takes a Step


def _ratio(value: float) -> str:
    return f"{value:.2g}" if value < 100 else short(round(value))


def draw_model_asymmetry(found: Sequence[ModelAsymmetry]) -> AnyChart:
    """A row for each model, kind and stratum: how far above guessing a model solves, and judges what others said; missing ones have no mark."""
    rows = pl.DataFrame(
        [
            {
                "row": f"{one.kind}, {one.stratum}",
                "model": one.model,
                "what": what,
                "value": share.above_chance,
                "right": share.right,
                "n": share.n,
            }
            for one in found
            for what, share in (("solving", one.solving), ("checking", one.judging))
            if share is not None
        ],
        schema={
            "row": pl.String,
            "model": pl.String,
            "what": pl.String,
            "value": pl.Float64,
            "right": pl.Int64,
            "n": pl.Int64,
        },
    )
    lowest = float(min([0.0, *rows["value"]]))
    shapes = alt.Scale(domain=list(_MARKS), range=list(_MARKS.values()))
    axis = alt.Axis(title="share right above guessing", format=".0%", grid=True)
    base = alt.Chart().encode(y=alt.Y("row:N", axis=alt.Axis(title=None, labelLimit=260)))
    marks = base.mark_point(filled=True, opacity=1, size=70).encode(
        x=alt.X("value:Q", scale=alt.Scale(domain=[lowest, 1], nice=False), axis=axis),
        color=alt.Color("what:N", scale=alt.Scale(domain=list(_MARKS)), title=None),
        shape=alt.Shape("what:N", scale=shapes, title=None),
        tooltip=["model:N", "row:N", "what:N", "right:Q", "n:Q"],
    )
    panel = marks.properties(width=260, height=alt.Step(_ROW))  # pyright: ignore[reportArgumentType]  # altair takes a Step
    return panel.facet(column=alt.Column("model:N", header=alt.Header(title=None)), data=rows, spacing=16)
