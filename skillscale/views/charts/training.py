"""Training loss as it was written while training."""

import altair as alt
import polars as pl

from skillscale.views.charts.axes import log_x
from skillscale.views.charts.theme import AnyChart


def draw_training(log: pl.DataFrame) -> AnyChart:
    """`log` has the columns `run`, `rung`, `n_params`, `branch`, `n_tokens`, `loss_nats`; a thin line for each branch."""
    order = log.group_by("rung").agg(pl.col("n_params").min()).sort("n_params", "rung")["rung"].to_list()
    return (
        alt.Chart(log)
        .mark_line(strokeWidth=1.2, clip=True)
        .encode(
            x=log_x("n_tokens", log["n_tokens"].to_list()),
            y=alt.Y("loss_nats:Q", scale=alt.Scale(zero=False), title="training loss (nats per token)"),
            color=alt.Color("rung:O", sort=order, title="rung"),
            detail=["run:N", "branch:N"],
        )
        .properties(width=1010, height=240)
    )
