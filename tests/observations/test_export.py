"""An exported file says what the table says."""

import json
from pathlib import Path

import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.observations.export import write_table
from skillscale.observations.lab import Lab
from skillscale.observations.store import SCHEMA
from tests.observations.conftest import Make


@pytest.fixture
def lab(tmp_path: Path, observed: Make) -> Lab:
    lab = Lab.create(tmp_path / "lab")
    lab.record([observed(thresholded=False, value=0.1), observed(k=2, missing='says "no", twice')])
    return lab


def test_parquet_is_the_table(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "table.parquet")
    assert pl.read_parquet(tmp_path / "table.parquet").equals(lab.observations())


def test_csv_keeps_what_is_unknown_empty(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "table.CSV")
    read = pl.read_csv(tmp_path / "table.CSV", schema=SCHEMA)
    # CSV has one sign for "unknown" and for an empty text
    assert read.fill_null("").equals(lab.observations().fill_null(""))
    assert read["value"].to_list() == [0.1, None]


def test_json_lines_keep_null(lab: Lab, tmp_path: Path) -> None:
    lab.export(tmp_path / "table.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "table.jsonl").read_text().splitlines()]
    assert rows == lab.observations().to_dicts()


def test_an_unknown_ending_is_refused(lab: Lab, tmp_path: Path) -> None:
    for name in ("table.xlsx", "table"):
        with pytest.raises(SkillscaleError, match=r"\.csv, \.jsonl, \.parquet"):
            lab.export(tmp_path / name)


def test_no_folder_is_made_and_none_is_replaced(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="does not exist"):
        lab.export(tmp_path / "nope" / "table.csv")
    assert not (tmp_path / "nope").exists()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "folder.csv")
    for name in ("folder.csv", "link.csv"):
        with pytest.raises(SkillscaleError, match="is a folder"):
            lab.export(tmp_path / name)
    assert (tmp_path / "link.csv").is_symlink()


def test_a_failed_write_leaves_the_old_file(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.export(tmp_path / "table.csv")
    before = (tmp_path / "table.csv").read_bytes()

    def fail(frame: pl.DataFrame, path: Path) -> None:
        path.write_text("half of")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(__import__("skillscale.observations.export", fromlist=["WRITERS"]).WRITERS, ".csv", fail)
    with pytest.raises(SkillscaleError, match="No space left"):
        write_table(lab.observations(), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == before
    assert list(tmp_path.glob(".*partial")) == []
