"""Ways to ask, and thinking for longer: the share of problems solved against scale, against compute, and against steps allowed."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from skillscale.laws.test_time.on_ladder import SELF_CONSISTENCY, Chosen, Solved
from skillscale.views.charts.axes import AXIS_TITLES, below, log_x, share_y
from skillscale.views.charts.test_time import SELECTOR_NAMES, lines, plain_log_x
from skillscale.views.charts.theme import AnyChart
from skillscale.views.wording import rung_label, short

WAYS = {
    "direct": "at once",
    "few-shot direct": "at once, after examples",
    "worked": "step by step",
    "few-shot worked": "step by step, after examples",
    "least-to-most": "a question for each step",
    SELF_CONSISTENCY: "majority of samples",
}
_WIDTH, _HEIGHT = 400, 280
_APART = 1.03  # from mark to mark along parameters, so that bars of one rung do not hide each other
_SHARES = ("value", "low", "high")


def solved_rows(solved: Sequence[Solved]) -> pl.DataFrame:
    """`rung, n_params, train_flops, way, k, number, value, low, high, n, inference_flops`; runs that differ in the seed only are averaged."""
    schema = {
        **dict.fromkeys(("rung", "way"), pl.String),
        **dict.fromkeys(("n_params", "k", "number", "n"), pl.Int64),
        **dict.fromkeys(("train_flops", *_SHARES, "inference_flops"), pl.Float64),
    }
    rows = pl.DataFrame(
        [
            {
                "rung": rung_label(one.model),
                "way": one.way,
                "n_params": one.n_params,
                "k": one.k,
                "number": one.number,
                "n": one.estimate.n,
                "train_flops": one.train_flops,
                "value": one.estimate.value,
                "low": one.estimate.low,
                "high": one.estimate.high,
                "inference_flops": one.inference_flops,
            }
            for one in solved
        ],
        schema=schema,
    )
    by = ["rung", "n_params", "way", "k", "number"]
    means = rows.group_by(by, maintain_order=True).agg(
        pl.col("train_flops", *_SHARES, "inference_flops").mean(), pl.col("n").first(), pl.len().alias("n_runs")
    )
    return means.sort("k", "way", "n_params", nulls_last=True)


def way_rows(solved: Sequence[Solved]) -> pl.DataFrame:
    """Of `solved_rows` those asked once, and self-consistency, with `name` of the way and `part` (`k = 2` …, `all k`)."""
    rows = solved_rows(solved).filter(pl.col("way").is_in(list(WAYS)))
    return rows.with_columns(
        name=pl.col("way").replace_strict(WAYS, return_dtype=pl.String),
        part=pl.when(pl.col("k").is_null()).then(pl.lit("all k")).otherwise(pl.format("k = {}", "k")),
    )


def draw_ways(solved: Sequence[Solved]) -> AnyChart:
    """A panel for each k and one for all: a line for each way, with intervals over problems as bars."""
    rows = way_rows(solved).drop_nulls("value")
    parts = rows["part"].unique(maintain_order=True).to_list()
    present = rows["way"].unique().to_list()
    names = [name for way, name in WAYS.items() if way in present]
    places = {name: _APART ** (place - (len(names) - 1) / 2) for place, name in enumerate(names)}
    rows = rows.with_columns(place=pl.col("n_params") * pl.col("name").replace_strict(places, return_dtype=pl.Float64))
    x = log_x("n_params", rows["place"].to_list(), most=3, title=False, field="place")
    color, shape = _named(names)
    base = alt.Chart().encode(x=x, color=color)
    tips = ["name:N", "part:N", "rung:N", *(alt.Tooltip(f"{one}:Q", format=".3f") for one in _SHARES), "n:Q"]
    panel = alt.layer(
        base.mark_rule(strokeWidth=1, opacity=0.5, clip=True).encode(y=share_y("low", "share solved"), y2="high:Q"),
        base.mark_line(strokeWidth=1.6).encode(y=share_y("value", "share solved")),
        base.mark_point(filled=True, opacity=1, size=38).encode(
            y=share_y("value", "share solved"), shape=shape, tooltip=tips
        ),
    ).properties(width=min(240, 1030 // len(parts) - 20), height=210)
    facets = panel.facet(column=alt.Column("part:O", sort=parts, header=alt.Header(title=None)), data=rows, spacing=14)
    return facets.properties(title=below(AXIS_TITLES["n_params"]))


def chosen_rows(chosen: Sequence[Chosen]) -> pl.DataFrame:
    """`rung, n_params, train_flops, selector, m, value, low, high, inference_flops`, runs that differ in the seed only averaged."""
    rows = pl.DataFrame(
        [
            {
                "rung": rung_label(point.model),
                "n_params": point.n_params,
                "train_flops": point.train_flops,
                "selector": one.selector,
                "m": one.m,
                "value": one.estimate.value,
                "low": one.estimate.low,
                "high": one.estimate.high,
                "inference_flops": one.cost,
            }
            for point in chosen
            for one in point.curves
        ],
        infer_schema_length=None,
    )
    by = ["rung", "n_params", "selector", "m"]
    return (
        rows.group_by(by, maintain_order=True)
        .agg(pl.col("train_flops", *_SHARES, "inference_flops").mean(), pl.len().alias("n_runs"))
        .sort("n_params", "selector", "m")
    )


def draw_train_and_think(chosen: Sequence[Chosen]) -> AnyChart:
    """Left: against training compute, one sample and every selector over all of them. Right: majority votes against the compute of an answer, a line
    for each rung.
    """
    rows = chosen_rows(chosen)
    most = int(rows["m"].max())  # pyright: ignore[reportArgumentType]  # a whole number
    one = rows.filter(m=1, selector="majority").with_columns(name=pl.lit("one sample"))
    all_of = rows.filter(m=most).with_columns(name=pl.col("selector").replace_strict(SELECTOR_NAMES))
    left = pl.concat([one, all_of]).with_columns(x=pl.col("train_flops"))
    present = set(rows["selector"].to_list())
    order = ["one sample", *(name for key, name in SELECTOR_NAMES.items() if key in present)]
    right = rows.filter(selector="majority").with_columns(
        x=pl.col("inference_flops"), name=pl.col("n_params").map_elements(short, return_dtype=pl.String)
    )
    right = right.drop_nulls("x")
    sizes = right.sort("n_params")["name"].unique(maintain_order=True).to_list()
    trained = lines(
        left,
        plain_log_x(left["x"].to_list(), AXIS_TITLES["train_flops"], power=True),
        "share solved",
        order=order,
        columns=3,
    )
    costs = right["x"].to_list() or [1.0, 10.0]
    thought = _by_size(right, plain_log_x(costs, AXIS_TITLES["inference_flops"], power=True), sizes)
    return alt.hconcat(
        trained.properties(width=_WIDTH, height=_HEIGHT, title=f"larger, or trained for longer (m = {most})"),
        thought.properties(width=_WIDTH, height=_HEIGHT, title=f"thinking for longer: majority of 1 to {most} samples"),
        spacing=40,
    ).resolve_scale(color="independent", shape="independent")


def _by_size(rows: pl.DataFrame, x: alt.X, sizes: Sequence[str]) -> AnyChart:
    """A line with its band for each number of parameters, from dark to light."""
    legend = alt.Legend(title="parameters", columns=5, symbolOpacity=1)
    base = alt.Chart(rows.drop_nulls("value")).encode(x=x, color=alt.Color("name:O", sort=list(sizes), legend=legend))
    tips = ["rung:N", "m:Q", *(alt.Tooltip(f"{one}:Q", format=".3f") for one in _SHARES)]
    return alt.layer(
        base.mark_area(opacity=0.12).encode(y=share_y("low", "share solved"), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=share_y("value", "share solved")),
        base.mark_point(filled=True, opacity=1, size=30).encode(y=share_y("value", "share solved"), tooltip=tips),
    )


def effort_rows(solved: Sequence[Solved], model: str) -> pl.DataFrame:
    """Of one checkpoint: `effort` (`steps allowed`, `attempts`), `name` (`k = 2` …), `x` of these, `value`, `low`, `high`, `inference_flops`.

    A chain with all its steps allowed is the worked chain itself. Compute is of an answer, with all that was said before it.
    """
    own = [one for one in solved if one.model == model and one.k is not None and one.estimate.value is not None]
    rows = [
        {
            "effort": "attempts" if one.way == "revised" else "steps allowed",
            "name": f"k = {one.k}",
            "x": one.k if one.way == "worked" else one.number + (one.way == "revised"),
            "value": one.estimate.value,
            "low": one.estimate.low,
            "high": one.estimate.high,
            "inference_flops": one.inference_flops,
        }
        for one in own
        if one.way in ("forced", "worked", "revised")
    ]
    floats = dict.fromkeys((*_SHARES, "inference_flops"), pl.Float64)
    schema = {"effort": pl.String, "name": pl.String, "x": pl.Int64, **floats}
    return pl.DataFrame(rows, schema=schema).sort("effort", "name", "x")


def draw_effort(solved: Sequence[Solved], model: str) -> AnyChart:
    """Left: answers forced after some steps. Right: the same problem worked again after reading the own attempts. A line for each k over the compute of
    an answer, or over steps and attempts, which stand at the marks, where that is not known.
    """
    rows = effort_rows(solved, model)
    names = rows["name"].unique().sort().to_list()
    panels = [
        _over_compute(own, title, names).properties(width=330, height=230, title=title)
        for effort, title in EFFORTS.items()
        if (own := rows.filter(effort=effort)).height
    ]
    return alt.hconcat(*panels, spacing=30)


EFFORTS = {
    "steps allowed": "steps allowed before the answer is forced",
    "attempts": "attempts, each after reading those before",
}


def _over_compute(rows: pl.DataFrame, title: str, names: Sequence[str]) -> AnyChart:
    """Marks carry their number of steps or attempts."""
    if rows["inference_flops"].null_count():
        return lines(rows, _counted(rows, title), "share solved", order=names, bands=False)
    placed = rows.rename({"x": "count", "inference_flops": "x"})
    x = plain_log_x(placed["x"].to_list(), AXIS_TITLES["inference_flops"], power=True)
    numbers = (
        alt.Chart(placed)
        .mark_text(dy=-11, fontSize=10, style="name")
        .encode(x=x, y=share_y("value", "share solved"), text="count:Q")
    )
    return alt.layer(lines(placed, x, "share solved", order=names, bands=False), numbers)


def _counted(rows: pl.DataFrame, title: str) -> alt.X:
    values = rows["x"].unique().sort().to_list()
    scale = alt.Scale(domain=[values[0] - 0.3, values[-1] + 0.3], nice=False)
    return alt.X("x:Q", scale=scale, axis=alt.Axis(title=title, values=values, format="d", grid=False))


def _named(names: Sequence[str]) -> tuple[alt.Color, alt.Shape]:
    """Names by colour and by the shape of their marks."""
    scale = alt.Scale(domain=list(names))
    legend = alt.Legend(title=None, columns=3, labelLimit=260, symbolOpacity=1)
    return alt.Color("name:N", scale=scale, legend=legend), alt.Shape("name:N", scale=scale, legend=legend)
