"""Single-try success against the compute of reinforcement learning."""

import altair as alt
import polars as pl

from skillscale.views.charts.axes import share_y
from skillscale.views.charts.test_time import plain_log_x
from skillscale.views.charts.theme import AnyChart

_WIDTH, _HEIGHT = 560, 320


def draw_reinforcement(rows: pl.DataFrame) -> AnyChart:
    """A line with intervals for each seed. `rows` has `seed`, `rl_flops` (0 before training), `value`, `low`, `high`.

    What was measured before training is drawn as a dashed rule, since 0 has no place on a logarithmic axis; `low` and `high` may be null.
    """
    before, after = rows.filter(pl.col("rl_flops") <= 0), rows.filter(pl.col("rl_flops") > 0)
    after = after.with_columns(pl.col("seed").cast(pl.String))
    x = plain_log_x(
        after["rl_flops"].to_list(), "compute of reinforcement learning (FLOPs)", field="rl_flops", power=True
    )
    scale = alt.Scale(domain=after["seed"].unique().sort().to_list())
    legend = alt.Legend(title="seed", symbolOpacity=1)
    color, shape = alt.Color("seed:N", scale=scale, legend=legend), alt.Shape("seed:N", scale=scale, legend=legend)
    base = alt.Chart(after).encode(x=x, color=color)
    start = alt.Chart(before.select(pl.col("value").mean())) if before.height else None
    layers = (
        [] if start is None else [start.mark_rule(style="chance").encode(y=share_y("value", "share right, pass@1"))]
    )
    layers += [
        base.transform_filter("isValid(datum.low)")
        .mark_area(opacity=0.14)
        .encode(y=share_y("low", "share right, pass@1"), y2="high:Q"),
        base.mark_line(strokeWidth=1.8).encode(y=share_y("value", "share right, pass@1")),
        base.mark_point(filled=True, opacity=1, size=36).encode(y=share_y("value", "share right, pass@1"), shape=shape),
    ]
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
