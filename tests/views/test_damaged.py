"""A file that something broke gives one sentence with what to do, and never a traceback."""

from pathlib import Path

import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.views.report.source import read_records
from skillscale.views.report.training_log import read_training_logs

TABLE = pl.DataFrame({"run": ["d8-s0-x"], "n_params": [1]})


@pytest.mark.parametrize("name", ["items", "held_out"])
@pytest.mark.parametrize("n_bytes", [0, 100, -10])
def test_records_that_were_cut_off(tmp_path: Path, name: str, n_bytes: int) -> None:
    path = tmp_path / f"{name}.parquet"
    pl.DataFrame({"document": range(1000)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(SkillscaleError) as raised:
        read_records(tmp_path, name)
    assert str(raised.value) == (
        f"{path} is damaged: it cannot be read; delete the folder {tmp_path} and run `skillscale lab` again."
    )


def test_records_without_what_the_report_needs(tmp_path: Path) -> None:
    pl.DataFrame({"document": [0]}).write_parquet(tmp_path / "held_out.parquet")
    with pytest.raises(SkillscaleError, match="is damaged: it lacks tokens, logprobs; delete the folder"):
        read_records(tmp_path, "held_out")


def test_records_that_are_not_there_are_no_damage(tmp_path: Path) -> None:
    assert read_records(tmp_path, "items") is None


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (b"\xff\xfe\x00\x81", "cannot be read as text"),
        (b'{"mark": null, "tokens": "many", "loss_nats": 3.0}', "has a line without numbers"),
    ],
)
def test_a_log_that_is_none(tmp_path: Path, log: bytes, found: str) -> None:
    run = tmp_path / "d8-s0-x"
    run.mkdir()
    (run / "log.jsonl").write_bytes(log)
    with pytest.raises(
        SkillscaleError, match=f"log.jsonl is damaged: it {found}.*; delete the folder .*d8-s0-x and run"
    ):
        read_training_logs(tmp_path, TABLE)
