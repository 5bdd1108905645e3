"""The command line is quick, documented, and prints documents that say what is known of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_up_to_date() -> None:
    """In a process of its own: click keeps the help option of a command that a test has run by itself."""
    code = "from skillscale.cli.reference import reference; print(reference(), end='')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ROOT / "docs" / "cli.md").read_text() == said.stdout, "run `make docs`"


def test_help_loads_no_heavy_library() -> None:
    code = "import sys; from skillscale.cli import main; print(*{'torch', 'transformers', 'altair', 'scipy', 'polars'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


def test_documents_as_text_and_as_objects() -> None:
    text = CliRunner().invoke(commands, ["corpus", "--documents", "5", "--seed", "7"])
    objects = CliRunner().invoke(commands, ["corpus", "--documents", "5", "--seed", "7", "--json"])
    assert text.exit_code == objects.exit_code == 0
    rows = [json.loads(line) for line in objects.output.splitlines()]
    assert [row["text"] for row in rows] == text.output.splitlines() and len(rows) == 5
    for row in rows:
        assert set(row) == {"text", "strand", "stratum", "skills", "cloze", "logprob_nats"}
        assert row["logprob_nats"] < 0 and row["skills"]


def test_entropy_as_an_object() -> None:
    said = CliRunner().invoke(commands, ["corpus", "--entropy", "--json"])
    found = json.loads(said.output)
    assert found["all"]["nats"] == pytest.approx(1.37, abs=0.03) and 0 < found["all"]["stderr"] < 0.01
    assert "customs" in found


def test_documents_are_written_to_a_file_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "texts.txt"
    CliRunner().invoke(commands, ["corpus", "--documents", "20", "--out", str(out)])
    assert len(out.read_text().splitlines()) == 20
    said = CliRunner().invoke(commands, ["corpus", "--out", str(tmp_path / "no" / "where.txt")])
    assert said.exit_code != 0 and not (tmp_path / "no").exists()
