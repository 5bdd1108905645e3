"""Tables of what was tried: CSV, Parquet or JSON lines with a row for each problem, or for each k, of one or more series; and a run's samples."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.experiments.importers.columns import read_table
from skillscale.laws.test_time.tries import PassCurve, Tries

# What a column is called here, and elsewhere; names are compared in lower case without spaces, dots and underscores.
NAMES: dict[str, tuple[str, ...]] = {
    "problem": ("problem", "problemidx", "problemid", "item", "itemid", "taskid", "question"),
    "n": ("n", "nsamples", "numsamples", "numsamplestotal", "samples"),
    "correct": ("correct", "ncorrect", "numsamplescorrect", "c"),
    "k": ("k", "scalingparameter"),
    "pass_at_k": ("passatk", "pass@k", "score", "coverage"),
    "n_problems": ("nproblems", "problems", "nitems"),
}
SERIES = ("model", "benchmark", "task", "series", "dataset")
SAMPLES = ("problem", "way", "sample", "valid")  # of `samples.jsonl`, which `skillscale think run` writes
PLACE = "place of the row"  # a column of ours: where each row stands in its file
_FORMATS = (
    "give the columns problem, n, correct (a row for each problem), or k, pass_at_k (a row for each k), and, for several series,"
    " model and task"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """One model on one task: its name, made of the columns that tell series apart, and what was seen."""

    name: str
    seen: Tries | PassCurve


def read_tries(file: Path) -> tuple[Series, ...]:
    """Every series in `file`, in its order. Counts are taken before a curve where a table has both. Raises SkillscaleError for what is neither."""
    frame = read_table(file)
    places = _places(file, frame.height)
    if set(SAMPLES) <= set(frame.columns) and frame["valid"].dtype == pl.Boolean:
        frame = _counted(frame)
        places = [f"problem {one}" for one in frame["problem"]]
    found = _renamed(frame, file.name)
    keys = [name for name in found.columns if name in SERIES]
    if not {"n", "correct"} <= set(found.columns) and not {"k", "pass_at_k"} <= set(found.columns):
        raise SkillscaleError(f"{file.name} has the columns {', '.join(frame.columns[:12])}; {_FORMATS}.")
    if found.height == 0:
        raise SkillscaleError(f"{file.name} has no rows; {_FORMATS}.")
    found = found.with_columns(pl.Series(PLACE, places, pl.String))
    if not keys:
        return (Series(name=file.stem, seen=_seen(found, file.name)),)
    groups = found.group_by(keys, maintain_order=True)
    return tuple(Series(name=_named(key), seen=_seen(own, f"{file.name}, {_named(key)}")) for key, own in groups)


def _places(file: Path, n_rows: int) -> list[str]:
    """Where each row stands, for messages: its line where the file is text with a row on each line, else its number."""
    if file.suffix.lower() != ".parquet":
        n_head = 1 if file.suffix.lower() in (".csv", ".tsv") else 0
        with file.open("rb") as opened:
            lines = [(number, bool(line.strip())) for number, line in enumerate(opened, 1)][n_head:]
        for kept in ([number for number, _ in lines], [number for number, filled in lines if filled]):
            if len(kept) == n_rows:
                return [f"line {number}" for number in kept]
    return [f"row {number}" for number in range(1, n_rows + 1)]


def _counted(samples: pl.DataFrame) -> pl.DataFrame:
    """Samples by problem, each way a series. What is missing (`valid` null) was not drawn; a problem of which nothing came is left out."""
    known = samples.drop_nulls("valid").with_columns(right=pl.col("valid").cast(pl.Int64))
    grouped = known.group_by(pl.col("way").alias("series"), "problem", maintain_order=True)
    return grouped.agg(n=pl.len().cast(pl.Int64), correct=pl.col("right").sum())


def _named(key: tuple[object, ...]) -> str:
    return " ".join(str(part) for part in key)


def _renamed(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """Only the columns that are known, by the names used here."""
    plain = {name: "".join(name.lower().replace("_", "").replace(".", "").split()) for name in frame.columns}
    columns: dict[str, str] = {}
    for ours, theirs in NAMES.items():
        named = [name for name in frame.columns if plain[name] in theirs]
        if len(named) > 1:
            raise SkillscaleError(f"{file} has the columns {' and '.join(named)} for {ours}; leave one of them out.")
        if named:
            columns[ours] = named[0]
    series = {plain[name]: name for name in frame.columns if plain[name] in SERIES}
    return frame.select(
        **{ours: pl.col(name) for ours, name in columns.items()}, **{key: pl.col(name) for key, name in series.items()}
    )


def _seen(own: pl.DataFrame, where: str) -> Tries | PassCurve:
    if {"n", "correct"} <= set(own.columns):
        return _counts(own, where)
    return _curve(own, where)


def _counts(own: pl.DataFrame, where: str) -> Tries:
    """A row for each problem; a table by problem and k repeats its counts, which are then the same."""
    if "problem" in own.columns:
        own = own.unique(("problem", "n", "correct"), maintain_order=True)
        twice = own.filter(pl.col("problem").is_duplicated())
        if twice.height:
            raise SkillscaleError(
                f"{where}: problem {twice['problem'][0]} has rows with different counts; give one row for each problem."
            )
    n, correct = _numbers(own, "n", where), _numbers(own, "correct", where)
    bad = (n < 1) | (correct < 0) | (correct > n) | (n != np.floor(n)) | (correct != np.floor(correct))
    if bad.any():
        row = int(np.argmax(bad))
        raise SkillscaleError(
            f"{where}, {own[PLACE][row]}: {correct[row]:.12g} of {n[row]:.12g} samples are said to be correct; give whole numbers with 0 ≤ correct ≤ n and n ≥ 1."
        )
    try:
        return Tries(n_samples_i=n.astype(np.int64), n_correct_i=correct.astype(np.int64))
    except SkillscaleError as error:
        raise SkillscaleError(f"{where}: {error}") from error


def _curve(own: pl.DataFrame, where: str) -> PassCurve:
    k, share = _numbers(own, "k", where), _numbers(own, "pass_at_k", where)
    n_problems = _n_problems(own, where)
    values_ki = None
    ks = np.unique(k)
    if "problem" in own.columns:
        problems = own["problem"].unique().len()
        if problems * len(ks) != own.height:
            raise SkillscaleError(
                f"{where}: {own.height} rows for {problems} problems and {len(ks)} values of k; give each problem each k once."
            )
        place = own.select(pl.col("problem").rank("dense"))["problem"].to_numpy().astype(int) - 1
        values_ki = np.empty((len(ks), problems))
        values_ki[np.searchsorted(ks, k), place] = share
        n_problems, share = problems, values_ki.mean(1)
    else:
        if len(ks) != len(k):
            raise SkillscaleError(
                f"{where}: some k stands in several rows; give a column problem, or one row for each k."
            )
        share = share[np.argsort(k)]
    try:
        return PassCurve(k_k=ks, pass_k=share, n_problems=n_problems, values_ki=values_ki)
    except SkillscaleError as error:
        raise SkillscaleError(f"{where}: {error}") from error


def _n_problems(own: pl.DataFrame, where: str) -> int | None:
    if "n_problems" not in own.columns:
        return None
    values = np.unique(_numbers(own, "n_problems", where))
    if len(values) > 1 or values[0] < 1 or values[0] != np.floor(values[0]):
        raise SkillscaleError(f"{where}: n_problems must be one whole number from 1 on for a series; mend the column.")
    return int(values[0])


def _numbers(own: pl.DataFrame, column: str, where: str) -> np.ndarray:
    """A column as finite numbers; a cell that is none is refused, never read as 0."""
    cast = own[column].cast(pl.Float64, strict=False)
    bad = cast.is_null() | cast.is_nan() | cast.is_infinite()
    if bad.any():
        row = int(bad.arg_true()[0])
        raise SkillscaleError(
            f"{where}, {own[PLACE][row]}: {own[column][row]!r} stands there for {column}, which is no number; leave the row out or mend it."
        )
    return cast.to_numpy()
