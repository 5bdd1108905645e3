"""The shape of every task's curve; what jumps and whether the metric makes the jump; and tasks against the loss."""

import polars as pl

from skillscale.laws import Emergence
from skillscale.views.charts.axes import axis_label, axis_title
from skillscale.views.charts.breaks import (
    MOST_BY_LOSS,
    MOST_PAIRS,
    draw_breaks,
    draw_by_loss,
    paired_classes,
    rows_by_loss,
)
from skillscale.views.charts.tasks import MOST_PANELS, draw_tasks, task_rows
from skillscale.views.findings import CLASSES, Findings
from skillscale.views.report.figure import Figure, item_links
from skillscale.views.report.source import ReportSource
from skillscale.views.wording import (
    METRIC_WORDS,
    clause,
    error_factor,
    interval_text,
    interval_with,
    listed,
    percent,
    significant,
)

NO_TASK = "Nothing can be drawn: no task has a measured share of right answers (see what is missing, below)."
MOST_NAMED = 8  # tasks in one clause


def every_task(source: ReportSource) -> Figure:
    title = f"Every task against {_plain(source.findings)}, and the shape of its curve"
    rows = task_rows(source.table, source.findings)
    if rows.is_empty():
        return Figure(name="tasks", title=title, sentence=NO_TASK)
    folded = [figure for figure in (_breaks(source), _by_loss(source)) if figure is not None]
    return Figure(
        name="tasks",
        title=title,
        sentence=f"{_shapes(rows)}{_jumps(source.findings)}{_break_clause(rows, source.findings)}.",
        reading=f"{_which(rows)} bars are {percent(source.findings.level)} intervals over items, the dotted line is what guessing "
        f"would get{_shaded(source.findings)}. The strip above a panel shows the probability of each class, P that of the one named. "
        f"{_families(source.findings)}The measure is the one that the task was classified by.",
        chart=draw_tasks(source.table, source.findings),
        numbers=_class_numbers(rows, source.findings),
        links=item_links(rows["task"].unique().sort().to_list()) if source.trained else (),
        diagnostics=tuple(folded),
    )


def _plain(findings: Findings) -> str:
    return axis_title(findings.axis).split(" (")[0]


def _which(rows: pl.DataFrame) -> str:
    n_tasks = rows["panel"].n_unique()
    if n_tasks <= MOST_PANELS:
        return "Each panel is one task, each run at its longest training;"
    return f"Drawn are the {MOST_PANELS} most telling of {n_tasks} tasks, the surest jumps first; the table below has all. In each panel"


def _shaded(findings: Findings) -> str:
    jumps = any(found.jump_interval is not None for found in findings.classes)
    return ", the shade where the middle of a jump lies, with its likeliest scale as a line" if jumps else ""


def _families(findings: Findings) -> str:
    n_families = len(findings.families)
    if n_families == 1:
        return ""
    return (
        "Each family has its colour and line. "
        if n_families <= 10
        else f"Each of the {n_families} families has its line. "
    )


def _shapes(rows: pl.DataFrame) -> str:
    pairs = rows.select("task", "emergence").unique().sort("task")
    n_tasks = pairs["task"].n_unique()
    if n_tasks > 1 and (pairs["emergence"] == "cannot tell").all():
        return f"For none of the {n_tasks} tasks ({_names(pairs['task'].to_list())}) can the data tell the shape of its curve"
    clauses: list[str] = []
    for shape in [*CLASSES, "not classified"]:
        tasks = pairs.filter(emergence=shape)["task"].to_list()
        if not tasks:
            continue
        if shape == "cannot tell":
            clauses.append(
                f"of {len(tasks)} ({_names(tasks)}) the data cannot tell" if n_tasks > 1 else "the data cannot tell"
            )
        else:
            clauses.append(f"{len(tasks)} {'is' if len(tasks) == 1 else 'are'} {shape} ({_names(tasks)})")
    return (
        f"Of {n_tasks} tasks {listed(clauses)}"
        if n_tasks > 1
        else f"The only task, {pairs['task'][0]}, is {pairs['emergence'][0]}".replace(
            "is cannot tell", "has a shape that the data cannot tell"
        )
    )


def _names(tasks: list[str]) -> str:
    if len(tasks) <= MOST_NAMED:
        return listed(tasks)
    return f"{', '.join(tasks[: MOST_NAMED - 1])} and {len(tasks) - MOST_NAMED + 1} more"


def _jumps(findings: Findings) -> str:
    """At which scale the emergent tasks jump, each with its interval."""
    label = axis_label(findings.axis)
    said = [
        f"{found.task} at {label(found.jump_at)} {interval_with(found.jump_interval, label)}"
        for found in findings.classes
        if found.jump_at is not None and found.jump_interval is not None
    ]
    false = [
        found.q_value for found in findings.classes if found.emergence_class == "emergent" and found.q_value is not None
    ]
    level = next((found.false_discoveries for found in findings.classes if found.false_discoveries), None)
    rate = f"; {_rate(max(false))} of those called emergent are expected not to be" if len(false) > 1 else ""
    if level is not None and false:
        rate += (
            f"; at most {percent(level)} may be"
            if rate
            else f"; a task is called so if at most {percent(level)} of tasks as sure are expected not to be"
        )
    early = [found.task for found in findings.classes if found.sudden_elsewhere and found.task]
    if early:
        rate += f"; {_names(early)} rose suddenly, but not from a stretch at chance"
    if not said:
        return rate
    where = "the jump lies" if len(said) == 1 else "the jumps lie"
    return f"{rate}; {where}, in {_plain(findings)}: {_names(said)}"


def _rate(share: float) -> str:
    return percent(share, 1) if share >= 0.001 else f"fewer than {percent(0.001, 1)}"


def _break_clause(rows: pl.DataFrame, findings: Findings) -> str:
    """Whether what emerges does so in a metric that rounds nothing, too."""
    found = [
        each
        for task, metric in rows.filter(emergence="emergent").select("task", "metric").unique().sort("task").iter_rows()
        if (each := findings.class_of(task, metric)) is not None and each.artefact is not None
    ]
    said = [f"{each.task} {_break_words(each)}" for each in found]
    return "; " + "; ".join(said) if said else ""


def _break_words(found: Emergence) -> str:
    continuous = METRIC_WORDS.get(found.paired_metric or "", found.paired_metric or "a continuous metric")
    by = "the loss of the answer" if found.paired_metric == "answer_nll" else continuous
    words = {
        "artefact": f"rises smoothly by {by}, so its jump is made by counting only whole answers",
        "real break": f"jumps by {by} as well",
        "cannot tell": f"may or may not jump by {by}",
    }
    return words[found.artefact or "cannot tell"]


def _class_numbers(rows: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """A row for each classified curve, and for each task the value at the smallest and the largest scale."""
    spans = (
        rows.sort(findings.axis)
        .group_by("task", "metric", maintain_order=True)
        .agg(
            pl.col("chance").first(),
            pl.col("value").first().alias("at the smallest"),
            pl.col("value").last().alias("at the largest"),
            pl.col("stderr").last().alias("stderr at the largest"),
            pl.col("n_items").last(),
        )
    )
    found = [
        {
            "task": each.task,
            "metric": each.metric,
            "class": each.emergence_class,
            "P": None if each.emergence_class == "cannot tell" else each.probability,
            "q": each.q_value,
            "jump at": each.jump_at,
            "jump or artefact": each.artefact,
            "why": each.reason,
        }
        for each in findings.classes
    ]
    numbers = {"P", "q", "jump at"}
    names = ("task", "metric", "class", "P", "q", "jump at", "jump or artefact", "why")
    schema = {name: pl.Float64 if name in numbers else pl.String for name in names}
    classes = pl.DataFrame(found, schema=schema)
    return spans.join(classes, on=["task", "metric"], how="full", coalesce=True).sort("task", "metric")


def _breaks(source: ReportSource) -> Figure | None:
    """None where nothing jumps, or nothing that jumps was measured in a metric that rounds nothing."""
    found = paired_classes(source.table, source.findings)
    if not found:
        return None
    said = [f"{each.task} {_break_words(each)}" for each in found]
    text = "; ".join(said[:MOST_PAIRS]) + (
        f"; and {len(said) - MOST_PAIRS} more in the table" if len(said) > MOST_PAIRS else ""
    )
    return Figure(
        name="breaks",
        title="What jumps, beside a metric of the same items that rounds nothing",
        sentence=f"{text[0].upper()}{text[1:]}.",
        reading="Left the thresholded metric, right the continuous one, at the same scales; the shade is where the jump of the left one "
        "lies. A threshold can make a jump out of a skill that grows smoothly; a skill that breaks breaks in both.",
        chart=draw_breaks(source.table, source.findings),
    )


def _by_loss(source: ReportSource) -> Figure | None:
    """None where fewer than three models have both a loss and an answer."""
    rows = rows_by_loss(source.table, source.findings)
    if rows.is_empty() or rows["loss"].n_unique() < 3:
        return None
    drawn = rows.filter(pl.col("panel").is_in(rows["panel"].unique().sort().head(MOST_BY_LOSS).to_list()))
    emergent = drawn.filter(emergence="emergent").partition_by("panel", maintain_order=True)
    said = [_threshold(part, source.findings) for part in emergent]
    text = "; ".join(said) or "No task was called emergent, so none is asked for a threshold in the loss"
    return Figure(
        name="by-loss",
        title="The same tasks against the loss of the model",
        sentence=f"{text[0].upper()}{text[1:]}.",
        reading=f"Each point is a checkpoint, drawn by its {METRIC_WORDS.get(source.findings.loss_metric, source.findings.loss_metric)}. Where points of all sizes "
        "lie on one line, the loss alone says what a model can do, however it came by it. A model counts as surely above chance where its "
        f"{percent(source.findings.level)} interval, widened for the number of models, lies above it.",
        chart=draw_by_loss(source.table, source.findings),
        numbers=drawn.select("task", "model", "loss", "value", "stderr", "chance"),
    )


def _threshold(rows: pl.DataFrame, findings: Findings) -> str:
    """The loss at which a task leaves chance with its interval; where nobody asked for it, what the errors alone say."""
    found = findings.threshold_of(rows["task"][0])
    if found is None:
        return _separated(rows, findings.level)
    if found.threshold is None or found.interval is None:
        return f"at which loss {found.task} leaves chance cannot be told ({clause(found.reason)})"
    return f"{found.task} leaves chance at a loss of {significant(found.threshold)} ({interval_text(found.interval)})"


def _separated(rows: pl.DataFrame, level: float) -> str:
    """Between which losses a task leaves chance, or that the loss does not separate models above it from others."""
    task = rows["task"][0]
    known = rows.drop_nulls(["chance", "stderr"])
    if known.height < rows.height:
        return f"for {task} no threshold can be told, as its chance level or its errors are not known"
    reach = error_factor(1 - (1 - level) / rows.height) * pl.col("stderr")
    above = known.filter(pl.col("value") - reach > pl.col("chance"))["loss"]
    others = known.filter(pl.col("value") - reach <= pl.col("chance"))["loss"]
    if above.is_empty() or others.is_empty():
        return f"{'no model is' if above.is_empty() else 'all models are'} surely above chance in {task}, so its threshold lies outside of what was measured"
    worst_above, best_other = float(above.max()), float(others.min())  # pyright: ignore
    if worst_above < best_other:
        ends = f"{significant(worst_above, 3)} and {significant(best_other, 3)}"
        return f"{task} leaves chance at a loss between {ends}: every model below is surely above chance, none above"
    return (
        f"the loss does not say alone when {task} leaves chance: between losses of {significant(best_other, 3)} and "
        f"{significant(worst_above, 3)} some models are surely above it and others are not"
    )
