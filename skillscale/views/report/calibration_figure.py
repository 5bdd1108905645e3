"""Does a model know what it knows? Confidence against the share right, over scale, and what abstaining would buy."""

import polars as pl

from skillscale.laws.calibration.on_ladder import FEWEST, Calibrated
from skillscale.views.charts.calibration import draw_abstention, draw_reliability
from skillscale.views.charts.calibration_scale import calibration_rows, draw_calibration_over_scale
from skillscale.views.report.figure import Figure, item_links
from skillscale.views.report.source import ReportSource
from skillscale.views.thinking_wording import share_words
from skillscale.views.wording import percent, rung_label, significant


def knows_what_it_knows(source: ReportSource) -> Figure | None:
    """None where too few answers with choices are kept."""
    reasoning = source.findings.reasoning
    found = () if reasoning is None else reasoning.calibration
    of_all = [one for one in found if one.task is None]
    if not of_all:
        return None
    top, tasks = of_all[-1], [one for one in found if one.task is not None]
    name, level = rung_label(top.model), source.findings.level
    return Figure(
        name="calibration",
        title="Does it know what it knows?",
        sentence=_reliable(top, level),
        reading=f"{name}'s {top.n:,} answers to questions with choices. Confidence is the likeliest choice's share of the probability of all choices. Each mark holds as many answers as the "
        "others: on the dashed diagonal they are right as often as they are sure, below it too sure. Bars are intervals over answers.",
        chart=draw_reliability({name: top.reliability}),
        numbers=_bins(top),
        links=item_links([one.task for one in tasks if one.task is not None]),
        diagnostics=(
            _over_scale(of_all, level),
            _abstaining(of_all, level),
            *((_by_task(tasks, level),) if tasks else ()),
        ),
    )


def _error(one: Calibrated, level: float) -> str:
    found = one.reliability.debiased
    assert found.value is not None and found.low is not None and found.high is not None
    return f"{100 * found.value:.1f} points ({percent(level)} interval {100 * found.low:.1f} to {100 * found.high:.1f})"


def _reliable(top: Calibrated, level: float) -> str:
    own = top.reliability
    surplus = 100 * (own.confidence - own.accuracy)
    way = "more sure than right" if surplus > 0 else "less sure than right"
    return (
        f"{rung_label(top.model)}, the largest rung, is right about {percent(own.accuracy)} of its answers and {percent(own.confidence)} sure of them, {abs(surplus):.1f} points "
        f"{way}; answer by answer its confidence is off by {_error(top, level)}, the expected calibration error without its noise."
    )


def _bins(top: Calibrated) -> pl.DataFrame:
    rows = [
        {
            "confidence": one.confidence,
            "from": one.low,
            "to": one.high,
            "share right": one.right.value,
            "low": one.right.low,
            "high": one.right.high,
            "answers": one.right.n,
        }
        for one in top.reliability.bins
    ]
    return pl.DataFrame(rows)


def _over_scale(found: list[Calibrated], level: float) -> Figure:
    first, last = found[0], found[-1]
    return Figure(
        name="calibration-scale",
        title="Calibration over scale",
        sentence=_grows(first, last, level),
        reading="Above the expected calibration error without its noise, below Brier's score, the mean of (confidence − right)², which falls both where confidence is honest and where "
        "more is known. Lower is better. Bars are intervals over answers.",
        chart=draw_calibration_over_scale(found) if first.n_params < last.n_params else None,
        numbers=calibration_rows(found),
    )


def _grows(first: Calibrated, last: Calibrated, level: float) -> str:
    if first.n_params == last.n_params:
        return "Whether calibration changes with scale cannot be told: there is only one size."
    a, b = first.reliability.debiased, last.reliability.debiased
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    change = "falls" if b.high < a.low else "grows" if b.low > a.high else "does not surely change"
    return (
        f"The expected calibration error {change} from {rung_label(first.model)} to {rung_label(last.model)}: {_error(first, level)} and {_error(last, level)}; "
        f"Brier's score goes from {significant(first.brier.score.value or 0)} to {significant(last.brier.score.value or 0)}."
    )


def _abstaining(found: list[Calibrated], level: float) -> Figure:
    top = found[-1]
    shown = [found[0], found[len(found) // 2], top] if len(found) > 2 else found
    rows = [
        {
            "rung": rung_label(one.model),
            "share answered": at,
            "share right": est.value,
            "low": est.low,
            "high": est.high,
        }
        for one in shown
        for at, est in zip(one.abstention.coverages, one.abstention.accuracies, strict=True)
    ]
    return Figure(
        name="calibration-abstention",
        title="Accuracy if it answers only where it is sure",
        sentence=_abstains(top, level),
        reading="The most confident answers first: at the right end all questions are answered. A model that cannot tell what it knows has a flat line.",
        chart=draw_abstention({rung_label(one.model): one.abstention for one in shown}),
        numbers=pl.DataFrame(rows),
    )


def _abstains(top: Calibrated, level: float) -> str:
    at = dict(zip(top.abstention.coverages, top.abstention.accuracies, strict=True))
    return f"{rung_label(top.model)} is right in {share_words(at[0.5], level)} of the half that it is surest of, and in {share_words(at[1.0], level)} of all."


def _by_task(tasks: list[Calibrated], level: float) -> Figure:
    worst = max(tasks, key=lambda one: one.reliability.debiased.low or 0.0)
    return Figure(
        name="calibration-tasks",
        title="Calibration by task",
        sentence=f"Of its tasks {rung_label(worst.model)} is most surely off at {worst.task}: {_error(worst, level)}.",
        reading=f"Tasks with at least {FEWEST} answers.",
        numbers=calibration_rows(tasks),
    )
