"""The forecast of the held-out rung against what came."""

from skillscale.views.charts.forecast import draw_forecast, forecast_rows
from skillscale.views.findings import Findings, ForecastFinding
from skillscale.views.report.figure import Figure, item_links
from skillscale.views.report.source import ReportSource
from skillscale.views.selection import ANSWER_METRICS
from skillscale.views.wording import clause, interval_text, listed, percent, rung_label, significant


def forecast_against_measured(source: ReportSource) -> Figure:
    title = "The forecast, and what came"
    findings = source.findings
    if not findings.forecasts:
        why = "Nothing can be compared: no rung was held out, or too few rungs were left to fit a law to."
        return Figure(name="forecast", title=title, sentence=why)
    clauses = [said for said in (_loss_clause(findings), _task_clause(findings)) if said]
    tasks = [found.task for found in findings.forecasts if found.metric != "loss_nats"]
    return Figure(
        name="forecast",
        title=title,
        sentence=f"{'; '.join(clauses)}.",
        reading=f"Bars are the {percent(findings.level)} intervals that were forecast before the held-out rung was looked at, thin "
        "ticks the forecasts, dots what was measured (a cross where it lies outside). An interval over more than half "
        "of 0 to 100 % holds nearly anything, so it counts neither as a hit nor, where it holds the value, as a miss.",
        chart=draw_forecast(source.table, findings),
        numbers=forecast_rows(findings).drop("model"),
        links=item_links(tasks),
    )


def _loss_clause(findings: Findings) -> str:
    found = findings.loss_forecast()
    if found is None:
        return ""
    said = f"The loss of {rung_label(found.model)} was forecast as {significant(found.predicted, 4)} nats per token"
    said += f" ({interval_text(found.interval, 4)})"
    law = next(iter(findings.laws), None)
    doubt = f", though the fit is not to be relied on: {clause(law.advice)}" if law and not law.converged else ""
    if found.measured is None:
        return f"{said}, but was not measured{doubt}"
    off = abs(found.predicted - found.measured) / found.measured
    came = f"{significant(found.measured, 4)} came: the forecast was {percent(off, 1)} off"
    return f"{said}, and {came}, {'inside' if found.inside else 'outside'} its interval{doubt}"


def _task_clause(findings: Findings) -> str:
    tasks = [found for found in findings.forecasts if found.metric != "loss_nats" and found.measured is not None]
    if not tasks:
        return ""
    outside = [found for found in tasks if not found.inside]
    wide = [found for found in tasks if found.inside and _too_wide(found)]
    said = f"of {len(tasks)} task forecasts {len(tasks) - len(outside) - len(wide)} hold the measured value"
    if wide:
        names = listed([found.task for found in wide])
        said += f", {len(wide)} {'is' if len(wide) == 1 else 'are'} too wide to mean anything ({names}: more than half of the range)"
    return f"{said}, missed: {listed([_missed(found) for found in outside])}" if outside else said


def _too_wide(found: ForecastFinding) -> bool:
    """Over more than half of what the metric can be: such an interval holds nearly anything. A loss has no range."""
    if found.metric not in ANSWER_METRICS:
        return False
    return min(1.0, found.interval.high) - max(0.0, found.interval.low) > 0.5


def _missed(found: ForecastFinding) -> str:
    return f"{found.task} ({significant(found.predicted, 2)} forecast, {significant(found.measured or 0.0, 2)} came)"
