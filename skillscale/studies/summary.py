"""What programs read of a lab: the objects that `--json` prints."""

import math
from dataclasses import asdict
from typing import Any

import polars as pl

from skillscale.corpora.packed import PackedCorpus
from skillscale.laws import Emergence, Fit, Forecast, Forecasts, Ranking
from skillscale.laws.intervals import Estimate
from skillscale.laws.test_time.budget import N_PROBES
from skillscale.laws.test_time.on_ladder import ThinkingOnLadder
from skillscale.observations import Lab
from skillscale.studies.laboratory import Ladder, Reported, rows_of
from skillscale.studies.novelty import novelty_json
from skillscale.views.reasoning import BeforeAfter, Reasoning
from skillscale.views.thinking_wording import plain_reason


def summary_of(lab: Lab, ladder: Ladder, reported: Reported) -> dict[str, Any]:
    """What programs read of a lab: the object that `skillscale lab --json` prints."""
    conclusions = reported.conclusions
    table = rows_of(lab, ladder)
    entropy = (PackedCorpus(lab.folder / ladder.corpus).card.entropy or {}).get("all")
    fit, ahead = conclusions.fit, conclusions.loss_forecast
    return {
        "report": str(lab.report),
        "family": ladder.family,
        "rungs": _rungs(lab, table),
        "entropy_nats": None if entropy is None else {"value": entropy.nats, "stderr": entropy.stderr},
        "forecast": None if ahead is None else forecast_json(ahead),
        "fit": None if fit is None else fit_json(fit),
        "classes": [class_json(found) for found in conclusions.classes],
        "reasoning": reasoning_json(reported.reasoning),
        "skill_mix": None if reported.novelty is None else novelty_json(reported.novelty),
        "missing": _missing(table),
        "problems": list(conclusions.problems),
    }


def fit_json(fit: Fit) -> dict[str, Any]:
    return {
        "law": fit.law.name,
        "equation": fit.law.equation,
        "params": dict(fit.params),
        "intervals": {name: {"low": found.low, "high": found.high} for name, found in fit.intervals.items()},
        "level": fit.level,
        "objective": fit.objective,
        "objective_name": fit.law.objective.name,
        "status": fit.status,
        "advice": fit.advice,
        "n_rows": fit.n_rows,
        "starts": fit.n_starts,
        "starts_at_optimum": fit.n_at_optimum,
        "seconds": fit.seconds,
        "excluded": [asdict(found) for found in fit.excluded],
    }


def forecast_json(forecasts: Forecasts) -> dict[str, Any]:
    """The forecast of the largest held-out checkpoint, and of every held-out row."""
    top = forecasts.top
    return {
        "axis": forecasts.axis,
        "task": forecasts.fit.task,
        "metric": forecasts.fit.metric,
        "law": forecasts.fit.law.name,
        "model": top.model,
        "predicted": top.predicted,
        "low": top.low,
        "high": top.high,
        "measured": top.measured,
        "level": top.level,
        "relative_error": top.relative_error,
        "inside": top.inside,
        "median_error": forecasts.median_error,
        "coverage": forecasts.coverage,
        "n_measured": forecasts.n_measured,
        "weights": {one.law: one.weight for one in forecasts.weights},
        "rows": [_forecast_row(row) for row in forecasts.rows],
    }


def _forecast_row(row: Forecast) -> dict[str, Any]:
    return {
        "model": row.model,
        **row.scales,
        "predicted": row.predicted,
        "low": row.low,
        "high": row.high,
        "measured": row.measured,
        "inside": row.inside,
    }


def ranking_json(ranking: Ranking) -> dict[str, Any]:
    return {
        "verdict": ranking.verdict,
        "axis": ranking.axis,
        "score": ranking.score,
        "units": ranking.units,
        "n_units": ranking.n_units,
        "laws": [asdict(row) for row in ranking.rows],
    }


def class_json(found: Emergence) -> dict[str, Any]:
    return {
        "task": found.task,
        "metric": found.metric,
        "axis": found.axis,
        "class": found.emergence_class,
        "probability": found.probability,
        "probabilities": dict(found.probabilities),
        "reason": found.reason,
        "jump_at": found.jump_at,
        "jump_interval": None if found.jump_interval is None else [found.jump_interval.low, found.jump_interval.high],
        "q_value": found.q_value,
        "false_discoveries": found.false_discoveries,
        "families": {str(one.family): dict(one.probabilities) for one in found.families},
        "bigbench": {str(one.family): asdict(one.shape) for one in found.families},
        "artefact": found.artefact,
    }


def reasoning_json(found: Reasoning) -> dict[str, Any]:
    """What is concluded of thinking, confidence and reward; null or empty where nothing was measured."""
    return {
        "thinking": None if found.thinking is None else _thinking(found.thinking),
        "calibration": [
            {
                "model": one.model,
                "n_params": one.n_params,
                "task": one.task,
                "n": one.n,
                "accuracy": one.reliability.accuracy,
                "confidence": one.reliability.confidence,
                "ece": _interval(one.reliability.debiased),
                "brier": _interval(one.brier.score),
                "abstention": [
                    {"answered": share, **_interval(right)}
                    for share, right in zip(one.abstention.coverages, one.abstention.accuracies, strict=True)
                ],
            }
            for one in found.calibration
        ],
        "reinforced": [
            {
                "model": one.model,
                "task": one.task,
                "n_seeds": one.n_seeds,
                "pass_at_k": [_change(part) for part in one.coverage],
                "parts": [_change(part) for part in one.parts],
                "learned": one.learned,
                "curves": one.curves.to_dicts(),
            }
            for one in found.reinforced
        ],
        "enriched": [
            {
                **{name: getattr(one, name) for name in ("model", "strand", "times", "n_tokens")},
                "changes": one.changes.to_dicts(),
            }
            for one in found.enriched
        ],
    }


def _thinking(found: ThinkingOnLadder) -> dict[str, Any]:
    """Where worked answers overtake direct ones, each way's share over all k, and the selectors of the largest rung."""
    top = found.chosen[-1] if found.chosen else None
    return {
        "level": found.level,
        "crossovers": {
            name: {field: getattr(one, field) for field in ("verdict", "n_params", "low", "high", "share")}
            | {"reason": plain_reason(one)}
            for name, one in found.crossovers.items()
        },
        "solved": [
            {
                **{name: getattr(one, name) for name in ("model", "n_params", "way", "k", "number", "inference_flops")},
                **_interval(one.estimate),
            }
            for one in found.solved
        ],
        "selectors": None
        if top is None
        else {
            "model": top.model,
            "curves": [
                {"selector": one.selector, "m": one.m, "inference_flops": one.cost, **_interval(one.estimate)}
                for one in top.curves
            ],
        },
        "compared": [
            {
                "model": one.model,
                "first": one.first,
                "second": one.second,
                "second_less_first": _interval(one.difference),
            }
            for one in found.compared
        ],
        "budgets": _budgets(found),
        "iso_accuracy": [_finite(asdict(one)) for one in found.contours],
        "exchanges": [_finite(asdict(one)) for one in found.exchanges],
        "n_unasked": found.n_unasked,
    }


def _budgets(found: ThinkingOnLadder) -> dict[str, Any]:
    """Samples shared by difficulty against evenly, for each mean number of samples."""
    return {
        "model": found.budget_model,
        "probes": N_PROBES,
        "by_difficulty_less_evenly": [
            {
                "per_item": one.per_item,
                "by_difficulty": _interval(one.by_difficulty),
                "evenly": _interval(one.uniform),
                "difference": _interval(one.difference),
            }
            for one in found.budgets
        ],
    }


def _finite(held: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: null is an end that lies beyond what was tried."""
    return {name: None if value == math.inf else value for name, value in held.items()}


def _interval(found: Estimate) -> dict[str, float | int | None]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _change(found: BeforeAfter) -> dict[str, Any]:
    moments = {name: _interval(getattr(found, name)) for name in ("before", "after", "difference")}
    return {"name": found.name, **moments}


def _rungs(lab: Lab, table: pl.DataFrame) -> list[dict[str, Any]]:
    losses = table.filter(task="language", metric="loss_nats", stratum="all").sort("n_params", "seed", "n_tokens")
    columns = ("n_params", "n_params_total", "n_tokens", "train_flops", "seed")
    return [
        {
            "name": row["run"],
            **{name: row[name] for name in columns},
            "loss_nats": row["value"],
            "checkpoint": str(lab.runs / row["model"]) if row["value"] is not None else None,
        }
        for row in losses.iter_rows(named=True)
    ]


def _missing(table: pl.DataFrame) -> list[dict[str, Any]]:
    columns = ["model", "task", "stratum", "metric", "missing"]
    return table.filter(pl.col("missing").is_not_null()).select(columns).sort(columns).to_dicts()
