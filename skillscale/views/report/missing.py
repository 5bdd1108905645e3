"""What could not be measured, and why."""

import polars as pl


def missing_rows(table: pl.DataFrame) -> pl.DataFrame:
    """A row for each run, task and reason: `run`, `task`, `reason`, `metrics`, `n_values`; most values first."""
    return (
        table.filter(pl.col("missing").is_not_null())
        .group_by("run", "task", pl.col("missing").alias("reason"))
        .agg(pl.col("metric").unique().sort().str.join(", ").alias("metrics"), pl.len().alias("n_values"))
        .sort(["n_values", "run", "task"], descending=[True, False, False])
    )


def missing_sentence(table: pl.DataFrame) -> str:
    rows = missing_rows(table)
    if rows.is_empty():
        return f"Nothing is missing: all {table.height:,} values were measured."
    n_values, n_runs = int(rows["n_values"].sum()), rows["run"].n_unique()
    return (
        f"{n_values:,} of {table.height:,} values are missing, in {n_runs} {'run' if n_runs == 1 else 'runs'}; they are "
        "left out of every figure, never counted as 0."
    )
