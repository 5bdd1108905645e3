"""Fits and forecasts of `laws/`, evaluated where a chart draws them. Nothing is fitted here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillscale.errors import SkillscaleError
from skillscale.laws import Emergence, Fit, Forecasts, Interval
from skillscale.laws.conclusions import Conclusions
from skillscale.laws.skill_mix.look_up import NoveltyOnLadder
from skillscale.laws.theory.on_ladder import TheoryOnLadder
from skillscale.views.findings import Axis, CurvePoint, Findings, ForecastFinding, LawCurve, LawFinding
from skillscale.views.reasoning import Reasoning
from skillscale.views.wording import rung_label

N_POINTS = 40  # of a drawn curve
MOST_LINES = 12  # token counts, or rungs, that can be told apart on a chart
FLOORS = ("E",)  # parameters that are an irreducible loss

Array = NDArray[np.float64]


def findings_of(
    conclusions: Conclusions,
    table: pl.DataFrame,
    *,
    corpus: Path | None = None,
    settings: Mapping[str, str] | None = None,
    theory: TheoryOnLadder | None = None,
    reasoning: Reasoning | None = None,
    novelty: NoveltyOnLadder | None = None,
) -> Findings:
    """All that a report shows of one or several families. The law drawn is the one that never saw the held-out rows."""
    rows = table.filter(pl.col("family").is_in(conclusions.families))
    ahead = conclusions.loss_forecast
    fit = conclusions.fit if ahead is None else ahead.fit
    held_out = () if ahead is None else tuple(sorted({row.run for row in ahead.rows if row.run is not None}))
    forecasts = conclusions.task_forecasts if ahead is None else (ahead, *conclusions.task_forecasts)
    return Findings(
        families=conclusions.families,
        level=conclusions.level,
        axis=main_axis(rows, conclusions.classes),
        loss_task="language" if fit is None or fit.task is None else fit.task,
        loss_metric="loss_nats" if fit is None else fit.metric,
        held_out_runs=held_out,
        fit=fit,
        laws=() if fit is None else (law_finding(fit, rows),),
        ahead=forecasts,
        forecasts=tuple(forecast_finding(found, _stderr(rows, found)) for found in forecasts if found.top.model),
        classes=conclusions.classes,
        thresholds=conclusions.thresholds,
        decomposition=conclusions.decomposition,
        ranking=conclusions.ranking,
        saturations=conclusions.saturations,
        problems=conclusions.problems,
        settings=settings or {},
        corpus=corpus,
        theory=theory,
        reasoning=reasoning,
        novelty=novelty,
    )


def main_axis(rows: pl.DataFrame, classes: Sequence[Emergence] = ()) -> Axis:
    """The axis that tasks were classified along, else the first of parameters, compute and tokens that most rows have."""
    if classes:
        return classes[0].axis
    known = rows.filter(pl.col("value").is_not_null())
    counts = {axis: known[axis].count() for axis in ("n_params", "train_flops", "n_tokens", "n_params_total")}
    return max(counts, key=lambda axis: counts[axis])


def _stderr(rows: pl.DataFrame, found: Forecasts) -> float | None:
    """Standard error over items of what the forecast is held against."""
    measured = rows.filter(
        pl.col("model") == found.top.model,
        pl.col("task") == found.fit.task,
        pl.col("metric") == found.fit.metric,
        pl.col("stratum") == "all",
    )
    return measured["stderr"][0] if measured.height else None


def law_finding(fit: Fit, rows: pl.DataFrame) -> LawFinding:
    """A fit of the loss, drawn over the scales of `rows` (columns `run`, `n_params`, `n_tokens`, `train_flops`).

    A law along parameters and tokens is drawn for each token count and for each rung, and along compute through the
    longest trainings; a law along one axis is drawn along that one. Where there are more than `MOST_LINES` of either, no
    curve is drawn: such rows are no ladder.
    """
    drawn = _two_axes(fit, rows) if fit.law.axes == ("n_params", "n_tokens") else _one_axis(fit, rows)
    return LawFinding(
        law=fit.law.name,
        equation=fit.law.equation,
        params=fit.params,
        intervals=fit.intervals,
        converged=fit.status == "converged",
        advice=fit.advice,
        floor=next((name for name in FLOORS if name in fit.params), None),
        curves=drawn,
    )


def forecast_finding(forecasts: Forecasts, measured_stderr: float | None = None) -> ForecastFinding:
    """The forecast of the largest held-out checkpoint."""
    top = forecasts.top
    if top.model is None or forecasts.fit.task is None:
        raise SkillscaleError("A forecast can be shown only where its rows name the model and the task; these do not.")
    return ForecastFinding(
        task=forecasts.fit.task,
        metric=forecasts.fit.metric,
        model=top.model,
        predicted=top.predicted,
        interval=Interval(low=top.low, high=top.high, level=top.level),
        measured=top.measured,
        stderr=measured_stderr,
    )


def _one_axis(fit: Fit, rows: pl.DataFrame) -> tuple[LawCurve, ...]:
    if len(fit.law.requires) != 1:
        return ()
    axis = fit.law.axes[0]
    known = rows.drop_nulls(["value", axis])
    if known.is_empty():
        return ()
    places = _spaced(known[axis].to_list())
    return (LawCurve(axis=axis, points=_points(fit, places, {axis: places})),)


def _two_axes(fit: Fit, rows: pl.DataFrame) -> tuple[LawCurve, ...]:
    rows = rows.drop_nulls(["n_params", "n_tokens", "train_flops"])
    if rows.is_empty() or max(rows["n_tokens"].n_unique(), rows["n_params"].n_unique()) > MOST_LINES:
        return ()
    sizes, tokens = _spaced(rows["n_params"].to_list()), _spaced(rows["n_tokens"].to_list())
    curves = [
        LawCurve(
            axis="n_params",
            group=str(count),
            points=_points(fit, sizes, {"n_params": sizes, "n_tokens": np.full(N_POINTS, float(count))}),
        )
        for count in rows["n_tokens"].unique().sort().to_list()
    ]
    rungs = {rung_label(run): size for run, size in rows.sort("n_params").select("run", "n_params").iter_rows()}
    curves += [
        LawCurve(
            axis="n_tokens",
            group=rung,
            points=_points(fit, tokens, {"n_params": np.full(N_POINTS, float(size)), "n_tokens": tokens}),
        )
        for rung, size in rungs.items()
    ]
    return (*curves, _through_longest(fit, rows))


def _through_longest(fit: Fit, rows: pl.DataFrame) -> LawCurve:
    """Along compute, through the longest training of each rung: sizes and tokens between two rungs are interpolated."""
    longest = rows.sort("n_tokens").group_by("n_params").last().sort("train_flops")
    flops = _spaced(longest["train_flops"].to_list())
    known = np.log(longest["train_flops"].to_numpy())
    sizes, tokens = (
        np.exp(np.interp(np.log(flops), known, np.log(longest[name].to_numpy()))) for name in ("n_params", "n_tokens")
    )
    return LawCurve(axis="train_flops", points=_points(fit, flops, {"n_params": sizes, "n_tokens": tokens}))


def _spaced(values: list[float]) -> Array:
    return np.geomspace(min(values), max(values), N_POINTS)


def _points(fit: Fit, places: Array, columns: Mapping[str, Array]) -> tuple[CurvePoint, ...]:
    band = fit.band(fit.level, **columns)
    return tuple(
        CurvePoint(x=float(x), value=float(value), band=Interval(low=float(low), high=float(high), level=band.level))
        for x, value, low, high in zip(places, band.middle, band.low, band.high, strict=True)
    )
