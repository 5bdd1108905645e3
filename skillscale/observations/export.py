"""The table for other programs: parquet, CSV or JSON lines, by the file's ending."""

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from skillscale.errors import SkillscaleError

WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".jsonl": lambda frame, path: frame.write_ndjson(path),
    ".parquet": lambda frame, path: frame.write_parquet(path),
}


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write `frame` to `path`, whole or not at all. In CSV an unknown value is an empty field.

    Raises SkillscaleError for an ending not in `WRITERS` and where the file cannot be written.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        known = ", ".join(sorted(WRITERS))
        raise SkillscaleError(
            f"The ending of {path.name!r} does not say in which format to export. Name a file ending in one of {known}."
        )
    if path.is_dir():
        raise SkillscaleError(f"{path} is a folder, so no table can be written there. Name a file.")
    if not path.parent.is_dir():
        raise SkillscaleError(
            f"{path} lies in the folder {path.parent}, which does not exist. Make it, or name another."
        )
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(frame, partial)
        partial.replace(path)
    except OSError as error:
        raise SkillscaleError(
            f"{path} cannot be written ({error.strerror or error}). Name a file in a folder that you may write."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
