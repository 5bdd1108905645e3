"""Single questions to a lab's table: fit, forecast, classify, and how it stands."""

from pathlib import Path
from typing import Any

import polars as pl

from skillscale import laboratory
from skillscale.errors import SkillscaleError
from skillscale.laws import fit, forecast, hold_out, law_named
from skillscale.laws.conclusions import answered_tasks, classify_answers, rows_for
from skillscale.observations import Lab
from skillscale.summary import class_json, fit_json, forecast_json


def _rows(folder: Path, family: str | None) -> pl.DataFrame:
    lab = Lab(folder)
    return laboratory.rows_of(lab, laboratory.ladder_of(lab, family))


def _refuse_unknown_task(rows: pl.DataFrame, task: str) -> None:
    known = rows["task"].unique().sort().to_list()
    if task not in known:
        raise SkillscaleError(f"No task {task!r} was measured; there are {', '.join(known)}.")


def fit_lab(*, folder: Path, family: str | None, law: str, task: str, metric: str) -> dict[str, Any]:
    """What `skillscale fit --json` prints."""
    asked, rows = law_named(law), _rows(folder, family)
    _refuse_unknown_task(rows, task)
    return fit_json(fit(asked, rows_for(asked, rows), metric=metric, task=task))


def forecast_lab(
    *, folder: Path, family: str | None, law: str, task: str, metric: str, below: float | None
) -> dict[str, Any]:
    """What `skillscale forecast --json` prints."""
    asked, rows = law_named(law), _rows(folder, family)
    _refuse_unknown_task(rows, task)
    split = hold_out(rows_for(asked, rows), below=below)
    if split.known.is_empty() or split.held_out.is_empty():
        side = "below" if split.known.is_empty() else "at or above"
        raise SkillscaleError(f"No rung has {side} {below:g} parameters; choose a number between two rungs.")
    return forecast_json(forecast(asked, split, metric=metric, task=task))


def classify_lab(*, folder: Path, family: str | None, task: str | None) -> list[dict[str, Any]]:
    """What `skillscale classify --json` prints."""
    rows = _rows(folder, family)
    known = dict(answered_tasks(rows))
    if task is not None and task not in known:
        raise SkillscaleError(f"No task {task!r} has answers in {folder}; there are {', '.join(known)}.")
    return [class_json(found) for found in classify_answers(rows) if task in (None, found.task)]


def status_of(folder: Path) -> dict[str, Any]:
    """How a lab stands: its ladders, with the runs that are done, and its missing values by reason."""
    lab = Lab(folder)
    table = lab.observations()
    losses = table.filter(task="language", metric="loss_nats", stratum="all").drop_nulls("value")
    measured = dict(losses.group_by("run").agg(pl.col("n_tokens").n_unique()).rows())
    missing = table.drop_nulls("missing").group_by("missing").len().sort("missing").rows()
    return {
        "folder": str(folder),
        "n_observations": table.height,
        "ladders": [
            {
                "family": ladder.family,
                "runs_done": [run for run in ladder.runs if measured.get(run, 0) == ladder.n_marks],
                "runs_not_done": [run for run in ladder.runs if measured.get(run, 0) != ladder.n_marks],
                "failed": ladder.failed,
            }
            for ladder in laboratory.read_ladders(lab)
        ],
        "missing": dict(missing),
        "report": str(lab.report) if lab.report.is_file() else None,
    }


def status_text(status: dict[str, Any]) -> str:
    lines = [f"{status['folder']}: {status['n_observations']:,} observations"]
    for ladder in status["ladders"]:
        n_runs = len(ladder["runs_done"]) + len(ladder["runs_not_done"])
        lines.append(f"ladder {ladder['family']}: {len(ladder['runs_done'])} of {n_runs} runs done")
        lines += [f"  {run}: {reason}" for run, reason in ladder["failed"].items()]
    lines += [f"missing, {count} times: {reason}" for reason, count in status["missing"].items()]
    return "\n".join([*lines, f"report: {status['report'] or 'none yet'}"])
