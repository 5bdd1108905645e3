"""Before and after reinforcement learning: pass@k, and how the model speaks along the way."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from skillscale.views.charts.test_time import lines, plain_log_x
from skillscale.views.charts.theme import AnyChart
from skillscale.views.reasoning import BeforeAfter, Reinforced

HABITS = {
    "thought_tokens": "tokens of an answer",
    "entropy_nats": "entropy of a token (nats)",
    "rewarded_rejected": "of rewarded: wrong steps",
}
MOMENTS = ("before", "after")


def change_rows(changes: Sequence[BeforeAfter]) -> pl.DataFrame:
    """`name`, before and after with their intervals, and the difference with its interval."""
    rows = [
        {
            "name": one.name,
            **{
                f"{moment}{end}": getattr(getattr(one, moment), field)
                for moment in (*MOMENTS, "difference")
                for end, field in (("", "value"), (" low", "low"), (" high", "high"))
            },
        }
        for one in changes
    ]
    numbers = [f"{moment}{end}" for moment in (*MOMENTS, "difference") for end in ("", " low", " high")]
    return pl.DataFrame(rows, schema={"name": pl.String, **dict.fromkeys(numbers, pl.Float64)})


def draw_coverage_change(coverage: Sequence[BeforeAfter]) -> AnyChart:
    """pass@k before and after against k, with intervals over seeds and questions."""
    rows = pl.DataFrame(
        [
            {
                "name": moment,
                "x": float(one.name.partition("@")[2]),
                "value": found.value,
                "low": found.low,
                "high": found.high,
            }
            for moment in MOMENTS
            for one in coverage
            for found in (one.before if moment == "before" else one.after,)
        ]
    )
    x = plain_log_x(rows["x"].to_list(), "tries of each question, k")
    return lines(rows, x, "share solved, pass@k", order=MOMENTS).properties(width=420, height=260)


def draw_habits(found: Reinforced) -> AnyChart:
    """A panel for each habit against steps, a line for each seed."""
    rows = found.curves.with_columns(pl.col("seed").cast(pl.String))
    seeds = rows["seed"].unique().sort().to_list()
    panels = [_habit(rows.drop_nulls(name), name, title, seeds) for name, title in HABITS.items()]
    return alt.hconcat(*panels, spacing=24)


def _habit(rows: pl.DataFrame, name: str, title: str, seeds: Sequence[str]) -> AnyChart:
    scale = alt.Scale(domain=list(seeds))
    base = alt.Chart(rows).encode(
        x=alt.X("step:Q", title="steps", axis=alt.Axis(tickCount=5, grid=False)),
        y=alt.Y(f"{name}:Q", title=title, scale=alt.Scale(zero=True)),
        color=alt.Color("seed:N", scale=scale, legend=alt.Legend(title="seed", symbolOpacity=1)),
    )
    marks = base.mark_point(filled=True, opacity=1, size=34).encode(
        shape=alt.Shape("seed:N", scale=scale, legend=alt.Legend(title="seed")),
        tooltip=["seed:N", "step:Q", f"{name}:Q"],
    )
    return alt.layer(base.mark_line(strokeWidth=1.6), marks).properties(width=270, height=190)
