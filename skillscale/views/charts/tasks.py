"""Every task against parameters: small multiples, each named by the shape of its curve."""

import altair as alt
import polars as pl

from skillscale.views.charts.axes import AXIS_TITLES, below, log_x, share_y
from skillscale.views.charts.theme import AnyChart
from skillscale.views.findings import CLASSES, Findings
from skillscale.views.selection import ANSWER_METRICS, final, measured, whole

COLUMNS = 5


def task_rows(table: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """One metric a task, the longest training of every run, with `emergence` (its class) and `panel` (its heading).

    The metric is the one that the task was classified by, else choice accuracy, else exact answers.
    """
    parts = [whole(final(measured(table, findings, metric=metric))) for metric in ANSWER_METRICS]
    rows = pl.concat(parts)
    kept = [rows.filter(task=task, metric=shown_metric(rows, findings, task)) for task in tasks_of(rows)]
    if not kept:
        return rows.with_columns(emergence=pl.lit(""), panel=pl.lit(""))
    return pl.concat([_headed(part, findings) for part in kept])


def tasks_of(rows: pl.DataFrame) -> list[str]:
    return rows["task"].unique().sort().to_list()


def shown_metric(rows: pl.DataFrame, findings: Findings, task: str) -> str:
    """Which metric stands for a task: the classified one, accuracy, or exact answers."""
    metrics = [metric for metric in ANSWER_METRICS if rows.filter(task=task, metric=metric).height]
    classified = [metric for metric in metrics if findings.class_of(task, metric)]
    return (classified or metrics)[0]


def _headed(part: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    task, metric = part["task"][0], part["metric"][0]
    found = findings.class_of(task, metric)
    emergence = "not classified" if found is None else found.emergence_class
    sure = "" if emergence in {"not classified", "cannot tell"} or found is None else f", P {found.probability:.2f}"
    return part.with_columns(emergence=pl.lit(emergence), panel=pl.lit(f"{task}|{emergence}{sure}"))


def panel_order(rows: pl.DataFrame) -> list[str]:
    """Panels by class, the most telling first, then by name."""
    places = {name: place for place, name in enumerate(CLASSES)}
    panels = rows.select("panel", "emergence", "task").unique().to_dicts()
    return [row["panel"] for row in sorted(panels, key=lambda row: (places.get(row["emergence"], 9), row["task"]))]


def draw_tasks(table: pl.DataFrame, findings: Findings) -> AnyChart:
    """A panel for each task: share right against parameters, error bars over items, dashed chance line."""
    rows = task_rows(table, findings)
    x = log_x("n_params", rows["n_params"].to_list(), most=4, title=False)
    base = alt.Chart().encode(x=x)
    color = alt.Color(
        "emergence:N", sort=list(CLASSES), legend=None, scale=alt.Scale(domain=[*CLASSES, "not classified"])
    )
    chance = base.mark_line(style="chance").encode(y=share_y("mean(chance)"))
    bars = base.mark_rule(strokeWidth=1.5, clip=True).encode(y=share_y("low", ""), y2="high:Q", color=color)
    line = base.mark_line(strokeWidth=1.5).encode(y=share_y("mean(value)", ""), color=color)
    points = base.mark_point(filled=True, opacity=1, size=45).encode(y=share_y(title=""), color=color, tooltip=_TIPS)
    header = alt.Header(title=None, labelExpr="split(datum.label, '|')", labelPadding=4)
    facet = alt.Facet("panel:N", sort=panel_order(rows), header=header)
    chart = alt.layer(chance, line, bars, points).properties(width=182, height=125)
    facets = chart.facet(facet=facet, data=rows, spacing=22, columns=COLUMNS)
    return facets.properties(title=below(AXIS_TITLES["n_params"]))


_TIPS = [
    alt.Tooltip("task:N"),
    alt.Tooltip("metric:N"),
    alt.Tooltip("model:N"),
    alt.Tooltip("n_params:Q", format=","),
    alt.Tooltip("value:Q", format=".3f"),
    alt.Tooltip("stderr:Q", format=".3f"),
    alt.Tooltip("chance:Q", format=".3f"),
    alt.Tooltip("n_items:Q", format=","),
]
