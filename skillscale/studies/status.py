"""How a lab stands."""

from pathlib import Path
from typing import Any

import polars as pl

from skillscale.observations import Lab
from skillscale.studies import laboratory


def status_of(folder: Path) -> dict[str, Any]:
    """How a lab stands: its ladders, with the runs that are done, what was imported, and its missing values by reason."""
    lab = Lab(folder)
    table = lab.observations()
    ladders = laboratory.read_ladders(lab)
    losses = table.filter(task="language", metric="loss_nats", stratum="all").drop_nulls("value")
    measured = dict(losses.group_by("run").agg(pl.col("n_tokens").n_unique()).rows())
    missing = table.drop_nulls("missing").group_by("missing").len().sort("missing").rows()
    imported = table.filter(~pl.col("family").is_in([ladder.family for ladder in ladders]))
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
            for ladder in ladders
        ],
        "other_families": dict(imported.group_by("family").len().sort("family").rows()),
        "missing": dict(missing),
        "report": str(lab.report) if lab.report.is_file() else None,
    }


def status_text(status: dict[str, Any]) -> str:
    lines = [f"{status['folder']}: {status['n_observations']:,} observations"]
    for ladder in status["ladders"]:
        n_runs = len(ladder["runs_done"]) + len(ladder["runs_not_done"])
        lines.append(f"ladder {ladder['family']}: {len(ladder['runs_done'])} of {n_runs} runs done")
        lines += [f"  {run}: {reason}" for run, reason in ladder["failed"].items()]
    lines += [f"{family}: {count:,} observations" for family, count in status["other_families"].items()]
    lines += [f"missing, {count} times: {reason}" for reason, count in status["missing"].items()]
    return "\n".join([*lines, f"report: {status['report'] or 'none yet'}"])
