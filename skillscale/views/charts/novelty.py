"""What the novelty bound says of a ladder's successes, beside what look-up in the training text says."""

import altair as alt
import polars as pl

from skillscale.laws.skill_mix.look_up import NoveltyOnLadder
from skillscale.views.charts.axes import AXIS_TITLES, below, log_x, share_y
from skillscale.views.charts.theme import AnyChart
from skillscale.views.wording import rung_label

MARKS = {"look-up": "circle", "the bound, at least": "triangle-up"}
_APART = 1.06  # factor between the two marks of a rung and its place
_COLUMNS = 4
SCHEMA = {
    "rung": pl.String,
    "n_params": pl.Int64,
    "k": pl.Int64,
    "in text, at most": pl.Float64,
    "in text": pl.Float64,
    "success": pl.Float64,
    "at least": pl.Float64,
    "at least, low": pl.Float64,
    "at least, high": pl.Float64,
    "by look-up": pl.Float64,
    "by look-up, low": pl.Float64,
    "by look-up, high": pl.Float64,
    "verdict": pl.String,
}


def novelty_rows(found: NoveltyOnLadder) -> pl.DataFrame:
    """A row for each rung and k at which it had a success, with the columns of `SCHEMA`; null where the bound says nothing."""
    texts = {one.k: one for one in found.texts}
    rows = [
        (
            *(rung_label(rung.run), rung.n_params, one.k, texts[one.k].rate_at_most, texts[one.k].rate),
            *(one.success.value, one.at_least, one.at_least_low, one.at_least_high),
            *(one.exact.value, one.exact.low, one.exact.high, one.verdict),
        )
        for rung in found.rungs
        for one in rung.found
        if one.verdict != "no success"
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("k", "n_params")


def draw_novelty(rows: pl.DataFrame) -> AnyChart:
    """A panel for each k: of a rung's successes the share on combinations that the text never shows, against parameters. `rows` are not empty."""
    panels = [_panel(rows.filter(k=k), rows, first=place % _COLUMNS == 0) for place, k in enumerate(_ks(rows))]
    return alt.concat(*panels, columns=_COLUMNS, spacing=16).properties(title=below(AXIS_TITLES["n_params"]))


def _ks(rows: pl.DataFrame) -> list[int]:
    return rows["k"].unique().sort().to_list()


def _panel(own: pl.DataFrame, every: pl.DataFrame, *, first: bool) -> AnyChart:
    drawn = _long(own)
    x = log_x("n_params", every["n_params"].to_list(), most=4, title=False, field="x")
    scale = alt.Scale(domain=list(MARKS), range=list(MARKS.values()))
    legend = alt.Legend(title=None)
    color = alt.Color("what:N", scale=alt.Scale(domain=list(MARKS)), legend=legend)
    shape = alt.Shape("what:N", scale=scale, legend=legend)
    title = "successes never in the text" if first else ""
    tips = ["rung:N", "what:N", *(alt.Tooltip(f"{one}:Q", format=".1%") for one in ("value", "low", "high"))]
    base = alt.Chart(drawn).encode(x=x, color=color)
    layers = alt.layer(
        base.mark_rule(strokeWidth=1.2).encode(y=share_y("low", title), y2="high:Q"),
        base.mark_point(filled=True, opacity=1, size=50).encode(
            y=share_y(title=title), shape=shape, tooltip=[*tips, "verdict:N"]
        ),
    )
    says = "" if own["at least"].count() else ": the bound is empty"
    return layers.properties(width=200, height=210, title=alt.Title(f"k = {own['k'][0]}{says}", frame="group"))


def _long(own: pl.DataFrame) -> pl.DataFrame:
    """`rung, n_params, x, what, value, low, high, verdict`: the bar of a bound within noise goes to the foot."""
    parts = [
        own.select(
            *("rung", "n_params", "verdict"),
            x=pl.col("n_params") * (_APART if column == "at least" else 1 / _APART),
            what=pl.lit(what),
            value=column,
            low=pl.col(f"{column}, low").fill_null(0.0),
            high=f"{column}, high",
        ).drop_nulls("value")
        for what, column in zip(MARKS, ("by look-up", "at least"), strict=True)
    ]
    return pl.concat(parts)
