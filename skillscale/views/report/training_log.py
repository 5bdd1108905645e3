"""Loss curves of the runs, from `log.jsonl`."""

import json
from pathlib import Path

import polars as pl

from skillscale.views.wording import rung_label

MOST_POINTS = 150  # a run; more cannot be seen on a chart, and would make the page heavy
_SCHEMA = {
    "run": pl.String,
    "rung": pl.String,
    "n_params": pl.Int64,
    "n_tokens": pl.Int64,
    "loss_nats": pl.Float64,
}


def read_training_logs(runs: Path, table: pl.DataFrame) -> pl.DataFrame:
    """Columns `run`, `rung`, `n_params`, `n_tokens`, `loss_nats`, at most `MOST_POINTS` rows a run.

    Lines that are cut off (a kill while writing) or lack one of the numbers are skipped. Empty where no log is.
    """
    sizes = dict(table.filter(pl.col("n_params").is_not_null()).select("run", "n_params").unique().iter_rows())
    rows = [
        {"run": run, "rung": rung_label(run), "n_params": size, "n_tokens": n_tokens, "loss_nats": loss}
        for run, size in sizes.items()
        for n_tokens, loss in _thinned(_lines(runs / run / "log.jsonl"))
    ]
    return pl.DataFrame(rows, schema=_SCHEMA).sort("n_params", "run", "n_tokens")


def _lines(path: Path) -> list[tuple[int, float]]:
    if not path.is_file():
        return []
    points: list[tuple[int, float]] = []
    for line in path.read_text().splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("n_tokens") and found.get("loss_nats") is not None:
            points.append((int(found["n_tokens"]), float(found["loss_nats"])))
    return points


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    step = max(1, -(-len(points) // MOST_POINTS))
    return [*points[:-1:step], *points[-1:]]
