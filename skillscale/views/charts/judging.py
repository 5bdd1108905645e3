"""Solving chains against judging what others made of them, over scale."""

import altair as alt
import polars as pl

from skillscale.views.charts.axes import AXIS_TITLES, below, log_x
from skillscale.views.charts.theme import AnyChart
from skillscale.views.findings import Findings
from skillscale.views.selection import final, measured

# task and kind of chain: what is drawn
DONE = {
    ("chains-direct", "direct"): "solving at once",
    ("checking", "direct"): "judging a result",
    ("chains-worked", "worked"): "solving step by step",
    ("checking", "worked"): "judging steps",
}
MARKS = {
    "solving at once": "circle",
    "judging a result": "square",
    "solving step by step": "triangle-up",
    "judging steps": "diamond",
}


def judging_rows(table: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """On chains never seen: `k, rung, n_params, seed, kind` (direct, worked), `what`, `value, stderr, chance, n_items`, and above guessing `above, low, high`."""
    exact = final(measured(table, findings, metric="exact")).filter(
        pl.col("task").is_in(["chains-direct", "chains-worked"])
    )
    exact = exact.with_columns(kind=pl.col("task").str.strip_prefix("chains-")).filter(
        pl.col("stratum").str.contains(r"^k=\d+ unseen$")
    )
    choice = final(measured(table, findings, metric="accuracy", task="checking"))
    choice = choice.with_columns(kind=pl.col("stratum").str.extract(r"^k=\d+ (direct|worked) unseen$")).drop_nulls(
        "kind"
    )
    guessed = pl.col("chance").fill_null(0.0)
    return (
        pl.concat([exact, choice], how="diagonal_relaxed")
        .with_columns(
            k=pl.col("stratum").str.extract(r"^k=(\d+)").cast(pl.Int64),
            what=pl.struct("task", "kind").map_elements(
                lambda row: DONE[row["task"], row["kind"]], return_dtype=pl.String
            ),
            above=(pl.col("value") - guessed) / (1 - guessed),
            low=(pl.col("low") - guessed) / (1 - guessed),
            high=(pl.col("high") - guessed) / (1 - guessed),
        )
        .select(
            *("k", "kind", "what", "rung", "n_params", "seed", "held_out"),
            *("value", "stderr", "chance", "n_items", "above", "low", "high"),
        )
        .sort("k", "kind", "what", "n_params", "seed")
    )


def draw_judging(rows: pl.DataFrame) -> AnyChart:
    """A panel for each k that is both solved and judged: share right above guessing, 0 for guessing and 1 for all right."""
    both = rows.group_by("k").agg(n=pl.col("what").str.contains("judging").n_unique()).filter(n=2)["k"]
    rows = rows.filter(pl.col("k").is_in(both.implode())).with_columns(part=pl.format("k = {}", "k"))
    parts = rows.sort("k")["part"].unique(maintain_order=True).to_list()
    present = rows["what"].unique().to_list()
    names = [name for name in MARKS if name in present]
    scale = alt.Scale(domain=names, range=[MARKS[name] for name in names])
    legend = alt.Legend(title=None, columns=4, symbolOpacity=1)
    base = alt.Chart().encode(
        x=log_x("n_params", rows["n_params"].to_list(), most=4, title=False),
        color=alt.Color("what:N", scale=alt.Scale(domain=names), legend=legend),
    )
    lowest = max(-0.5, min([-0.1, *rows["low"].drop_nulls(), *rows["above"]]))
    domain = alt.Scale(domain=[lowest, 1], nice=False, clamp=True)
    axis = alt.Axis(title="share right above guessing", format=".0%", values=[0, 0.25, 0.5, 0.75, 1])

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=domain, axis=axis)

    tips = [
        "what:N",
        "rung:N",
        *(alt.Tooltip(f"{one}:Q", format=".3f") for one in ("value", "chance", "stderr")),
        "n_items:Q",
    ]
    panel = alt.layer(
        alt.Chart().mark_rule(style="chance").encode(y=alt.datum(0)),
        base.mark_rule(strokeWidth=1.1, opacity=0.6, clip=True).encode(y=y("low"), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=alt.Y("mean(above):Q", scale=domain, axis=axis)),
        base.mark_point(filled=True, opacity=1, size=45).encode(
            y=y("above"), shape=alt.Shape("what:N", scale=scale, legend=legend), tooltip=tips
        ),
    ).properties(width=min(320, 1030 // max(1, len(parts)) - 30), height=230)
    facets = panel.facet(column=alt.Column("part:O", sort=parts, header=alt.Header(title=None)), data=rows, spacing=16)
    return facets.properties(title=below(AXIS_TITLES["n_params"]))
