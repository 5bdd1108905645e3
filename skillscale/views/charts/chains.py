"""Chains of k steps: the answer given directly, or each step written down first."""

import altair as alt
import polars as pl

from skillscale.views.charts.axes import log_x, share_y
from skillscale.views.charts.theme import AnyChart
from skillscale.views.findings import Findings
from skillscale.views.selection import final, measured

WAYS = {"chains-direct": "answered directly", "chains-worked": "worked step by step"}
SEEN = {"seen": "combinations seen in training", "unseen": "combinations never seen"}


def chain_rows(table: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Exact answers of both kinds of chain, with `way`, `k` and `seen` ("seen", "unseen")."""
    rows = final(measured(table, findings, metric="exact")).filter(pl.col("task").is_in(list(WAYS)))
    return (
        rows.with_columns(
            pl.col("task").replace_strict(WAYS, return_dtype=pl.String).alias("way"),
            pl.col("stratum").str.extract(r"^k=\d+ (seen|unseen)$").alias("seen"),
            pl.col("stratum").str.extract(r"^k=(\d+)").cast(pl.Int64).alias("k"),
        )
        .filter(pl.col("seen").is_not_null())
        .sort("seen", "k", "task", "n_params")
    )


def draw_chains(table: pl.DataFrame, findings: Findings) -> AnyChart:
    """Rows: seen and unseen combinations. Columns: k. Two lines each: direct (circles) and worked (triangles)."""
    rows = chain_rows(table, findings).with_columns(
        pl.col("seen").replace_strict(SEEN, return_dtype=pl.String).alias("combinations")
    )
    ks = rows["k"].unique().sort().to_list()
    x = log_x("n_params", rows["n_params"].to_list(), most=3, title=False)
    ways = list(WAYS.values())
    base = alt.Chart(rows).encode(
        x=x,
        color=alt.Color("way:N", sort=ways, scale=alt.Scale(domain=ways), title=None),
        shape=alt.Shape("way:N", sort=ways, scale=alt.Scale(domain=ways, range=["circle", "triangle-up"]), title=None),
    )
    line = base.mark_line(strokeWidth=1.8).encode(y=share_y("mean(value)"))
    points = base.mark_point(filled=True, opacity=1, size=50).encode(
        y=share_y(), tooltip=["way:N", "stratum:N", "rung:N", "value:Q", "stderr:Q", "n_items:Q"]
    )
    bars = base.mark_rule(strokeWidth=1.2, clip=True).encode(y=share_y("low"), y2="high:Q")
    chance = alt.Chart(rows).mark_line(style="chance").encode(x=x, y=share_y("mean(chance)"))
    width = min(240, 980 // len(ks) - 20)
    return (
        alt.layer(chance, line, bars, points)
        .properties(width=width, height=150)
        .facet(
            row=alt.Row("combinations:N", sort=list(SEEN.values()), header=alt.Header(title=None)),
            column=alt.Column("k:O", header=alt.Header(title="steps combined, k", labelExpr="'k = ' + datum.label")),
            data=rows,
            spacing=14,
        )
    )
