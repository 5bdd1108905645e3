"""Logs of Inspect: `.eval` (a zip archive) and its JSON form. Only the header is read, never the samples."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.experiments.importers.importer import (
    MAX_JSON_BYTES,
    Source,
    files_named,
    object_of,
    read_json,
    table_of,
)

OF_SPREAD = ("stderr", "bootstrap_stderr", "std", "var")
TYPES: dict[str, type[pl.DataType]] = {"value": pl.Float64, "stderr": pl.Float64, "n_items": pl.Int64}
UNFINISHED = "an evaluation that did not finish"


class InspectLog:
    """A row for each metric of each scorer. With several scorers a metric is called `accuracy,<scorer>`."""

    name = "inspect"
    about = "Inspect's logs: .eval files, or their JSON form"

    def files(self, path: Path) -> list[Path]:
        return sorted([*files_named(path, "*.eval"), *filter(_is_json_log, files_named(path, "*.json"))])

    def read(self, file: Path, shown: str) -> Source:
        header = read_json(file) if file.suffix == ".json" else _header(file)
        if header is None or header.get("status") != "success" or not isinstance(header.get("results"), dict):
            return Source(frame=pl.DataFrame(), file=shown, skipped={UNFINISHED: 1})
        rows = list(_rows(header))
        return Source(frame=table_of(rows, TYPES) if rows else pl.DataFrame(), file=shown)


def _header(file: Path) -> dict[str, Any] | None:
    """`header.json` of the archive, at most `MAX_JSON_BYTES` of it; None where the evaluation was cut off before it was written."""
    with suppress(ImportError):
        import zipfile_zstd  # noqa: F401  # pyright: ignore  # comes with the extra `hosted`, and teaches zipfile this compression
    try:
        with zipfile.ZipFile(file) as archive:
            if "header.json" not in archive.namelist():
                return None
            with archive.open("header.json") as opened:
                content = opened.read(MAX_JSON_BYTES + 1)  # a size in the archive's directory may lie
    except NotImplementedError as error:
        raise SkillscaleError(
            f"{file.name} is compressed in a way that this Python cannot read ({error}). Install skillscale[hosted], or run "
            "`inspect log convert --to json --output-dir DIR` on it and import that folder."
        ) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
        raise SkillscaleError(f"{file.name} is no log of Inspect, or damaged ({error}). Copy it again.") from error
    if len(content) > MAX_JSON_BYTES:
        raise SkillscaleError(
            f"The header of {file.name} has more than {MAX_JSON_BYTES // 2**20} MiB, which no log has."
        )
    return object_of(content, f"header.json of {file.name}")


def _is_json_log(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(2048)
    return b'"status"' in start and b'"eval"' in start


def _rows(header: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    done, results = header.get("eval"), header["results"]
    done = done if isinstance(done, dict) else {}
    scores = [
        one for one in results.get("scores") or () if isinstance(one, dict) and isinstance(one.get("metrics"), dict)
    ]
    for score in scores:
        metrics = {name: _value(found) for name, found in score["metrics"].items()}
        for name, value in metrics.items():
            if name in OF_SPREAD:
                continue
            yield {
                "run": str(done.get("model")),
                "model": str(done.get("model")),
                "task": str(done.get("task")),
                "metric": name if len(scores) == 1 else f"{name},{score.get('name')}",
                "value": value,
                "stderr": next((metrics[error] for error in OF_SPREAD[:2] if error in metrics), None),
                "n_items": results.get("completed_samples"),
            }


def _value(found: object) -> float | None:
    value = found.get("value") if isinstance(found, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
