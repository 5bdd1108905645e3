"""What text richer in one strand bought and cost, against as much more of the same, per token."""

import altair as alt
import polars as pl

from skillscale.views.charts.axes import AXIS_TITLES, below, log_x
from skillscale.views.charts.theme import AnyChart

COLUMNS = 4


def enrichment_rows(changes: pl.DataFrame, strand: str, *, reach: float) -> pl.DataFrame:
    """The answers' loss with its interval (± `reach` standard errors) for each task and number of tokens, the enriched strand's first.

    `changes` has `task, metric, n_tokens, value, stderr, n_items`.
    """
    return (
        changes.filter(metric="answer_nll")
        .with_columns(
            low=pl.col("value") - reach * pl.col("stderr"),
            high=pl.col("value") + reach * pl.col("stderr"),
            richer=pl.col("task").str.starts_with(strand),
        )
        .sort("richer", "task", "n_tokens", descending=[True, False, False])
    )


def draw_enrichment(changes: pl.DataFrame, strand: str, *, reach: float) -> AnyChart:
    """One panel for each task; below zero the enriched text was better. Vertical bars are intervals over items."""
    rows = enrichment_rows(changes, strand, reach=reach)
    x = log_x("n_tokens", rows["n_tokens"].to_list(), most=3, title=False)
    y = alt.Y("value:Q", title="nats", axis=alt.Axis(tickCount=4))
    base = alt.Chart().encode(x=x)
    zero = alt.Chart().mark_rule(style="chance").encode(y=alt.datum(0))
    line = base.mark_line(style="law", strokeWidth=1.8).encode(y=y)
    points = base.mark_point(filled=True, opacity=1, size=40).encode(
        y=y, tooltip=["task:N", "n_tokens:Q", "value:Q", "stderr:Q", "n_items:Q"]
    )
    bars = base.mark_rule(strokeWidth=1.2).encode(y="low:Q", y2="high:Q")
    tasks = rows["task"].unique(maintain_order=True).to_list()
    return (
        alt.layer(zero, line, bars, points)
        .properties(width=215, height=120)
        .facet(
            facet=alt.Facet("task:N", sort=tasks, header=alt.Header(title=None)), columns=COLUMNS, data=rows, spacing=14
        )
        .resolve_scale(y="independent")
        .properties(title=below(f"more {AXIS_TITLES['n_tokens']}"))
    )
