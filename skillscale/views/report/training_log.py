"""Loss curves of the runs, from `log.jsonl`."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.views.report.source import damaged
from skillscale.views.wording import rung_label

MOST_POINTS = 150  # a run; more cannot be seen on a chart, and would make the page heavy
_SCHEMA = {
    "run": pl.String,
    "rung": pl.String,
    "n_params": pl.Int64,
    "branch": pl.String,
    "n_tokens": pl.Int64,
    "loss_nats": pl.Float64,
}


def read_training_logs(runs: Path, table: pl.DataFrame) -> pl.DataFrame:
    """Columns `run`, `rung`, `n_params`, `branch`, `n_tokens`, `loss_nats`, at most `MOST_POINTS` rows a run.

    `branch` is `trunk`, or the token count that a decay leads to.

    Raises SkillscaleError where a log is damaged: not text, or its numbers are none.
    Lines that are cut off (a kill while writing) or lack one of the numbers are skipped. Empty where no log is.
    """
    sizes = dict(table.filter(pl.col("n_params").is_not_null()).select("run", "n_params").unique().iter_rows())
    rows = [
        {"run": run, "rung": rung_label(run), "n_params": size, **point}
        for run, size in sizes.items()
        for point in _thinned(_lines(runs / run / "log.jsonl"))
    ]
    return pl.DataFrame(rows, schema=_SCHEMA).sort("n_params", "run", "branch", "n_tokens")


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (ValueError, OSError) as error:
        raise damaged(path, "cannot be read as text", path.parent) from error
    points: list[dict[str, Any]] = []
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("tokens") and found.get("loss_nats") is not None:
            if not all(isinstance(found[name], int | float) for name in ("tokens", "loss_nats")):
                raise damaged(path, f"has a line without numbers ({line[:80]})", path.parent)
            branch = "trunk" if found.get("mark") is None else str(found["mark"])
            points.append({"branch": branch, "n_tokens": int(found["tokens"]), "loss_nats": float(found["loss_nats"])})
    return points


def _thinned(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    step = max(1, -(-len(points) // MOST_POINTS))
    return [*points[:-1:step], *points[-1:]]
