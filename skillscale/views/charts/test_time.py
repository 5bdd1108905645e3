"""What more samples buy: coverage and its forecast, selectors by cost, training against test-time compute, and equal accuracy."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from skillscale.laws.test_time.coverage import Coverage
from skillscale.laws.test_time.crossover import Crossover
from skillscale.laws.test_time.forecast import CoverageForecast
from skillscale.laws.test_time.iso_accuracy import Reached, Thinker
from skillscale.laws.test_time.over_items import means_over
from skillscale.laws.test_time.selectors import Selected
from skillscale.views.charts.axes import label_expression, log_ticks, share_y
from skillscale.views.charts.theme import AnyChart
from skillscale.views.wording import percent, power_of_ten, short

_WIDTH, _HEIGHT = 400, 280
_NUMBERS = ("x", "value", "low", "high")
SELECTOR_NAMES = {
    "oracle": "any right (pass@m)",
    "best_of_n": "best of m by score",
    "weighted": "weighted majority",
    "majority": "majority",
}
PEER_NAMES = {"power_law": "power law", "log_linear": "straight line"}


def plain_log_x(values: Sequence[float], title: str, *, field: str = "x", power: bool = False) -> alt.X:
    """A logarithmic axis of any positive quantity: samples, tokens, dollars, or FLOPs (`power`: labelled 10⁹)."""
    low, high = min(values) / 1.25, max(values) * 1.25
    ticks = log_ticks(low, high, 7)
    return alt.X(
        f"{field}:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(
            title=title, values=ticks, labelExpr=label_expression(ticks, power_of_ten if power else short), grid=False
        ),
    )


def lines(
    rows: pl.DataFrame, x: alt.X, y_title: str, *, order: Sequence[str], bands: bool = True, columns: int = 4
) -> AnyChart:
    """A line with its band and marks for each `name`; `rows` has `x`, `value`, `low`, `high` (null: no interval) and `name`.

    Names are told apart by colour and by the shape of their marks.
    """
    scale = alt.Scale(domain=list(order))
    legend = alt.Legend(title=None, columns=columns, labelLimit=260, symbolOpacity=1) if len(order) > 1 else None
    color = alt.Color("name:N", scale=scale, legend=legend)
    shape = alt.Shape("name:N", scale=scale, legend=legend)
    base = alt.Chart(rows.drop_nulls("value")).encode(x=x, color=color)
    tips = [
        "name:N",
        alt.Tooltip("x:Q", format=".3s"),
        *(alt.Tooltip(f"{one}:Q", format=".3f") for one in _NUMBERS[1:]),
    ]
    band = base.transform_filter("isValid(datum.low)")
    spread = band.mark_area(opacity=0.14) if bands else band.mark_rule(strokeWidth=1.3, clip=True)
    return alt.layer(
        spread.encode(y=share_y("low", y_title), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=share_y("value", y_title)),
        base.mark_point(filled=True, opacity=1, size=40).encode(y=share_y("value", y_title), shape=shape, tooltip=tips),
    )


def coverage_rows(curves: dict[str, Sequence[Coverage]]) -> pl.DataFrame:
    """`name`, `x` (k), `value`, `low`, `high` of each measured point; missing ones are left out, and are in the curve with their reason."""
    rows = [
        {
            "name": name,
            "x": float(one.k),
            "value": one.estimate.value,
            "low": one.estimate.low,
            "high": one.estimate.high,
        }
        for name, curve in curves.items()
        for one in curve
        if one.estimate.value is not None
    ]
    return pl.DataFrame(rows, schema={"name": pl.String, **dict.fromkeys(_NUMBERS, pl.Float64)})


def draw_coverage(
    curves: dict[str, Sequence[Coverage]], forecasts: dict[str, Sequence[CoverageForecast]] | None = None
) -> AnyChart:
    """pass@k against k, a line for each name; forecasts continue it, dashed with their interval; crosses are measured beyond what was fitted.

    Where there is one name only, the power law and the straight line stand beside its forecasts as grey marks.
    """
    rows = coverage_rows(curves)
    ahead = pl.DataFrame(
        [
            {
                "name": name,
                "x": float(one.at),
                "value": one.these.value,
                "low": None if one.these.interval is None else one.these.interval.low,
                "high": None if one.these.interval is None else one.these.interval.high,
                "measured": one.measured,
            }
            for name, own in (forecasts or {}).items()
            for one in own
        ],
        schema={"name": pl.String, **dict.fromkeys((*_NUMBERS, "measured"), pl.Float64)},
    )
    x = plain_log_x([*rows["x"], *ahead["x"]], "samples of each problem, k")
    order = list(curves)
    layers = [lines(rows, x, "share solved, pass@k", order=order)]
    if ahead.height:
        layers += _ahead(rows, ahead, x, order)
        layers += _peers(forecasts or {}, x) if len(order) == 1 else []
    return alt.layer(*layers).properties(width=_WIDTH + 160, height=_HEIGHT + 40)


def _ahead(rows: pl.DataFrame, ahead: pl.DataFrame, x: alt.X, order: Sequence[str]) -> list[alt.Chart]:
    """Dashed lines from the last measured point through the forecasts."""
    y_title = "share solved, pass@k"
    last = rows.sort("x").group_by("name", maintain_order=True).last().select("name", *_NUMBERS)
    joined = pl.concat([last, ahead.select("name", *_NUMBERS)])
    color = alt.Color("name:N", scale=alt.Scale(domain=list(order)), legend=None)
    dashed = alt.Chart(joined).encode(x=x, color=color)
    found = alt.Chart(ahead).encode(x=x, color=color)
    return [
        dashed.mark_line(strokeWidth=1.6, strokeDash=[5, 4]).encode(y=share_y("value", y_title)),
        found.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(y=share_y("low", y_title), y2="high:Q"),
        found.mark_point(filled=False, size=60, strokeWidth=2).encode(y=share_y("value", y_title)),
        found.transform_filter("isValid(datum.measured)")
        .mark_point(shape="cross", size=70, filled=True, opacity=1, style="ink")
        .encode(y=share_y("measured", y_title), color=alt.value("")),
    ]


def _peers(forecasts: dict[str, Sequence[CoverageForecast]], x: alt.X) -> list[alt.Chart]:
    rows = pl.DataFrame(
        [
            {"x": float(one.at), "value": peer.value, "label": PEER_NAMES[peer.method]}
            for own in forecasts.values()
            for one in own
            for peer in one.peers
            if peer.value is not None
        ],
        schema={"x": pl.Float64, "value": pl.Float64, "label": pl.String},
    )
    last = rows.filter(pl.col("x") == pl.col("x").max())
    marks = alt.Chart(rows).mark_tick(style="chance", thickness=2, size=12, orient="horizontal")
    words = alt.Chart(last).mark_text(align="right", dx=-10, fontSize=10, style="name")
    return [
        marks.encode(x=x, y=share_y("value", "share solved, pass@k")),
        words.encode(x=x, y=share_y("value", "share solved, pass@k"), text="label:N"),
    ]


def draw_selectors(selected: Sequence[Selected], *, cost: str = "compute for an answer (FLOPs)") -> AnyChart:
    """Share right against the cost of an answer, or against m where costs are not known: a line for each selector."""
    costs = [one.cost for one in selected]
    priced = all(one is not None for one in costs)
    rows = pl.DataFrame(
        [
            {
                "name": SELECTOR_NAMES[one.selector],
                "x": one.cost if priced else float(one.m),
                "value": one.estimate.value,
                "low": one.estimate.low,
                "high": one.estimate.high,
            }
            for one in selected
        ],
        schema={"name": pl.String, **dict.fromkeys(_NUMBERS, pl.Float64)},
    )
    present = {one.selector for one in selected}
    order = [name for key, name in SELECTOR_NAMES.items() if key in present]
    x = plain_log_x(rows["x"].to_list(), cost if priced else "samples, m", power=priced and "FLOPs" in cost)
    return lines(rows, x, "share right", order=order).properties(width=_WIDTH + 160, height=_HEIGHT + 40)


def draw_train_and_test(models: Sequence[Thinker], *, level: float = 0.9) -> AnyChart:
    """Accuracy against training compute, with one answer, beside accuracy against test-time compute, a line for each model."""
    ordered = sorted(models, key=lambda one: one.train_flops)
    names = {one.name: f"{short(one.n_params)} parameters" for one in ordered}
    order = list(dict.fromkeys(names.values()))
    parts: list[dict[str, float | str | None]] = []
    for one in ordered:
        for flops, found in zip(one.inference_flops_m.tolist(), means_over(one.right_im, level=level), strict=True):
            values = {"value": found.value, "low": found.low, "high": found.high}
            parts.append({"name": names[one.name], "train": one.train_flops, "x": flops, **values})
    rows = pl.DataFrame(parts, schema={"name": pl.String, "train": pl.Float64, **dict.fromkeys(_NUMBERS, pl.Float64)})
    first = rows.group_by("name", "train", maintain_order=True).first()
    trained = first.with_columns(x="train", name=pl.lit("with the smallest budget"))
    left = lines(
        trained,
        plain_log_x(trained["x"].to_list(), "training compute (FLOPs)", power=True),
        "share right",
        order=["with the smallest budget"],
        bands=False,
    )
    right = lines(
        rows, plain_log_x(rows["x"].to_list(), "compute for an answer (FLOPs)", power=True), "share right", order=order
    )
    return alt.hconcat(
        left.properties(width=_WIDTH, height=_HEIGHT, title="training for longer or larger"),
        right.properties(width=_WIDTH, height=_HEIGHT, title="thinking for longer"),
        spacing=26,
    ).resolve_scale(color="independent", shape="independent")


def draw_iso_accuracy(reached: Sequence[Reached]) -> AnyChart:
    """Contours of equal accuracy: training compute along x, compute of an answer up; both logarithmic.

    Points that were not reached are left out; the bar of an interval without an end goes on to the edge.
    """
    rows = pl.DataFrame(
        [
            {
                "name": percent(one.accuracy),
                "x": one.train_flops,
                "value": one.inference_flops,
                "low": one.low if one.low > 0 else None,
                "high": one.high if one.high < float("inf") else None,
                "model": one.model,
            }
            for one in reached
            if one.inference_flops is not None
        ],
        schema={"name": pl.String, **dict.fromkeys(_NUMBERS, pl.Float64), "model": pl.String},
    )
    order = list(dict.fromkeys(percent(one.accuracy) for one in reached))
    color = alt.Color("name:N", scale=alt.Scale(domain=order), legend=alt.Legend(title="accuracy"))
    shape = alt.Shape("name:N", scale=alt.Scale(domain=order), legend=alt.Legend(title="accuracy"))
    values = [one for column in ("value", "low", "high") for one in rows[column].drop_nulls()] or [1.0, 10.0]
    low, high = min(values) / 1.5, max(values) * 1.5
    bars = rows.with_columns(pl.col("low").fill_null(low), pl.col("high").fill_null(high))
    ticks = log_ticks(low, high, 7)

    def y(column: str) -> alt.Y:
        return alt.Y(
            f"{column}:Q",
            scale=alt.Scale(type="log", domain=[low, high], nice=False),
            axis=alt.Axis(
                title="compute for an answer (FLOPs)",
                values=ticks,
                labelExpr=label_expression(ticks, power_of_ten),
            ),
        )

    x = plain_log_x(rows["x"].to_list() or [1.0, 10.0], "training compute (FLOPs)", power=True)
    base = alt.Chart(rows).encode(x=x, color=color)
    tips = ["model:N", "name:N", *(alt.Tooltip(f"{one}:Q", format=".3s") for one in _NUMBERS)]
    return alt.layer(
        alt.Chart(bars).encode(x=x, color=color).mark_rule(strokeWidth=1.3).encode(y=y("low"), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=y("value")),
        base.mark_point(filled=True, opacity=1, size=48).encode(y=y("value"), shape=shape, tooltip=tips),
    ).properties(width=_WIDTH, height=_HEIGHT + 40)


def draw_crossover(found: Crossover, first: str, second: str) -> AnyChart:
    """Both ways against parameters, and, where they cross, the place as a rule with its interval as a shaded stretch."""
    rows = pl.DataFrame(
        [
            {"name": name, "x": one.n_params, "value": value, "low": None, "high": None}
            for one in found.scales
            for name, value in ((first, one.first), (second, one.second))
        ],
        schema={"name": pl.String, **dict.fromkeys(_NUMBERS, pl.Float64)},
    )
    places = rows["x"].to_list()
    x = plain_log_x(places, "parameters (without embeddings)")
    layers = [lines(rows, x, "share right", order=[first, second])]
    if found.n_params is not None:
        ends = {"from": [found.low or min(places)], "to": [found.high or max(places)], "at": [found.n_params]}
        stretch = alt.Chart(pl.DataFrame(ends))
        left, at = x.copy(), x.copy()
        left.shorthand, at.shorthand = "from:Q", "at:Q"
        layers = [
            stretch.mark_rect(style="jump", clip=True).encode(x=left, x2="to:Q"),
            stretch.mark_rule(style="jump-at", clip=True).encode(x=at),
            *layers,
        ]
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
