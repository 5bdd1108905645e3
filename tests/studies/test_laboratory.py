"""The main job end to end, as a user runs it, on the smallest ladder that still has every part."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skillscale import Lab
from skillscale.observations import Observation
from skillscale.tasks.catalogue import TASKS

SETTINGS = ("n_tokens=40k", "mark_shares=0.5,1", "items_per_stratum=6", "held_out_documents=150")
SMALL = ("--preset", "nano", *(part for setting in SETTINGS for part in ("--set", setting)))
OF_THEIR_OWN = ("skill-graph", "skill-mix", "prompting")  # measured apart from the items


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str


def skillscale(*arguments: str | Path) -> Said:
    command = [sys.executable, "-c", "from skillscale.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return Said(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture(scope="module")
def world_lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labs") / "world"
    said = skillscale("lab", *SMALL, "--dir", folder, "--json")
    assert said.code == 0, said.err
    (folder / "said.json").write_text(said.out.splitlines()[-1])
    return folder


@pytest.fixture(scope="module")
def summary(world_lab: Path) -> dict[str, Any]:
    return json.loads((world_lab / "said.json").read_text())


def test_the_last_line_is_what_programs_rely_on(world_lab: Path, summary: dict[str, Any]) -> None:
    assert Path(summary["report"]) == world_lab / "report.html"
    assert len(summary["rungs"]) == 5 * 2
    for rung in summary["rungs"]:
        assert {"name", "n_params", "n_params_total", "n_tokens", "train_flops", "loss_nats", "checkpoint"} <= set(rung)
        assert 1.2 < rung["loss_nats"] < 7 and Path(rung["checkpoint"]).is_dir()
        assert rung["train_flops"] > 6 * rung["n_params"] * rung["n_tokens"]
    assert summary["entropy_nats"]["value"] == pytest.approx(1.375, abs=0.03)
    assert 0 < summary["entropy_nats"]["stderr"] < 0.01
    forecast = summary["forecast"]
    assert forecast["low"] < forecast["predicted"] < forecast["high"] and forecast["level"] == 0.9
    top = max(summary["rungs"], key=lambda rung: (rung["n_params"], rung["n_tokens"]))
    assert forecast["measured"] == top["loss_nats"]
    assert summary["fit"]["law"] == "chinchilla" and set(summary["fit"]["intervals"]) == set(summary["fit"]["params"])
    assert {found["task"] for found in summary["classes"]} >= {"grammar", "spatial", "chains-worked", "knowledge"}
    assert all(0 <= found["probability"] <= 1 and found["class"] for found in summary["classes"])
    assert summary["missing"] == []
    mixed = summary["skill_mix"]
    assert mixed["pieces"] == sum(one["pieces"] for one in mixed["topics"].values()) > 100
    assert {one["verdict"] for one in mixed["novelty"]} <= {"no success", "empty", "within noise", "holds"}


def test_the_table_has_every_task_metric_and_checkpoint(world_lab: Path) -> None:
    table = Lab(world_lab).observations()
    assert table["model"].n_unique() == 10
    assert set(table["task"].unique()) == {
        *(name for name in TASKS if name in set(table["task"])),
        "language",
        *OF_THEIR_OWN,
    }
    accuracy = table.filter(pl.col("metric") == "accuracy")
    assert accuracy["stderr"].null_count() == 0 and accuracy["chance"].null_count() == 0
    assert (accuracy["stderr"] > 0).all()
    excess = table.filter(pl.col("metric") == "excess_nats", pl.col("stratum") == "all")
    loss = table.filter(pl.col("metric") == "loss_nats", pl.col("stratum") == "all")
    assert ((loss["value"] - excess["value"]) < 1.6).all() and (excess["value"] > 0).all()


def test_running_it_again_does_nothing_twice(world_lab: Path) -> None:
    before = Lab(world_lab).observations()
    stamps = {path: path.stat().st_mtime_ns for path in world_lab.glob("runs/*/*/model.safetensors")}
    said = skillscale("lab", *SMALL, "--dir", world_lab)
    assert said.code == 0 and "report:" in said.out
    assert Lab(world_lab).observations().equals(before)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_the_report_is_one_offline_file(world_lab: Path) -> None:
    html = (world_lab / "report.html").read_text()
    assert "<html" in html and len(html) > 100_000
    for reference in ('src="http', "src='http", 'href="http', "@import", 'src="//'):
        assert reference not in html
    assert len(list((world_lab / "figures").glob("*.png"))) >= 6


def test_questions_to_a_lab(world_lab: Path, tmp_path: Path) -> None:
    fit = json.loads(skillscale("fit", "--dir", world_lab, "--json").out)
    assert fit["law"] == "chinchilla" and fit["n_rows"] == 10
    forecast = json.loads(skillscale("forecast", "--dir", world_lab, "--json").out)
    assert forecast["measured"] is not None
    classes = json.loads(skillscale("classify", "--dir", world_lab, "--task", "grammar", "--json").out)
    assert [found["task"] for found in classes] == ["grammar"]
    status = json.loads(skillscale("status", "--dir", world_lab, "--json").out)
    assert len(status["ladders"][0]["runs_done"]) == 5 and status["ladders"][0]["runs_not_done"] == []
    out = tmp_path / "table.parquet"
    assert skillscale("export", "--dir", world_lab, "--out", out).code == 0
    assert pl.read_parquet(out).height == status["n_observations"]


def test_questions_that_a_lab_cannot_answer(world_lab: Path) -> None:
    for arguments, sentence in (
        (("classify", "--task", "poetry"), "No task 'poetry' has answers"),
        (("forecast", "--below", "10"), "below"),
        (("fit", "--metric", "beauty"), "No 'beauty' was measured"),
        (("fit", "--law", "none"), "There is no law 'none'"),
        (("report", "--family", "none"), "has no family 'none'"),
        (("export", "--out", "table.xlsx"), "xlsx"),
    ):
        said = skillscale(*arguments, "--dir", world_lab)
        assert said.code == 2 and sentence in said.err and "Traceback" not in said.err


def test_a_damaged_checkpoint_is_refused(world_lab: Path, summary: dict[str, Any], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(summary["rungs"][0]["checkpoint"], copy)
    (copy / "model.safetensors").write_bytes(b"no tensors here")
    said = skillscale("evaluate", copy, "--dir", world_lab)
    assert said.code == 2 and "copy" in said.err and "Traceback" not in said.err


def test_evaluate_measures_a_checkpoint_as_the_ladder_did(world_lab: Path, summary: dict[str, Any]) -> None:
    checkpoint = summary["rungs"][-1]["checkpoint"]
    rows = json.loads(skillscale("evaluate", checkpoint, "--items", "6", "--json").out)
    assert {"task", "stratum", "metric", "value", "stderr", "n_items", "chance"} <= set(rows[0])
    again = {(row["task"], row["stratum"], row["metric"]): row["value"] for row in rows}
    table = Lab(world_lab).observations().filter(pl.col("n_params") == pl.col("n_params").max())
    table = table.filter(pl.col("n_tokens") == pl.col("n_tokens").max(), ~pl.col("task").is_in(OF_THEIR_OWN))
    for row in table.iter_rows(named=True):
        assert again[row["task"], row["stratum"], row["metric"]] == pytest.approx(row["value"], abs=1e-5)


def test_own_text_gives_the_same_report(tmp_path: Path) -> None:
    """A made-up book: no entropy is known, so none is stated."""
    import numpy as np

    rng = np.random.default_rng(0)
    nouns, verbs = ("dog", "house", "river", "teacher", "window", "garden"), ("sees", "finds", "likes", "paints")
    names = ("Anna", "Boris", "Clara", "Dmitri", "Elena", "Felix", "Greta", "Henry")
    paragraphs = [
        " ".join(
            f"then {rng.choice(names)} {rng.choice(verbs)} the {rng.choice(nouns)} , and {rng.integers(2, 90)} of them left ."
            for _ in range(12)
        )
        for _ in range(600)
    ]
    book = tmp_path / "book.txt"
    book.write_text("\n\n".join(paragraphs))
    marks = ("--set", "mark_shares=0.25,0.4,0.63,1")  # a law needs more rows than three rungs have with two
    said = skillscale("lab", *SMALL, *marks, "--rungs", "8,12,16", "--text", book, "--dir", tmp_path / "lab", "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out.splitlines()[-1])
    assert found["entropy_nats"] is None and found["forecast"] is not None
    table = Lab(tmp_path / "lab").observations()
    assert {"capitalised-name", "function-word", "number", "other-word", "punctuation"} <= set(table["task"])
    bits = table.filter(pl.col("metric") == "bits_per_byte", pl.col("stratum") == "all")
    assert (bits["value"] > 0).all() and bits.height == 12
    assert (tmp_path / "lab" / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("lab", "--preset", "giant"), "There is no preset 'giant'"),
        (("lab", "--text", "nothing.txt"), "nothing.txt"),
        (("lab", "--rungs", "7"), "choose even ones of 4 to"),
        (("lab", "--rungs", "eight"), "widths=eight was asked for"),
        (("lab", "--set", "colour=red"), "no setting 'colour'"),
        (("lab", "--set", "n_tokens"), "FIELD=VALUE"),
        (("lab", "--vocab-size", "300"), "go with --text"),
        (("lab", "--share", "poetry=1"), "No strand is called poetry"),
        (("lab", "--share", "spatial"), "STRAND=WEIGHT"),
        (("lab", "--share", "spatial=inf"), "must be finite"),
        (("lab", "--set", "n_tokens=9999999999999999"), "GiB"),
        (("lab", "--seeds", "99999999999999999999"), "2,147,483,647"),
        (("lab", "--rungs", "8,10000000000000000000"), "65,536"),
        (("lab", "--set", "items_per_stratum=10M"), "100,000 items"),
        (("lab", "--rungs", "65000"), "GiB"),
        (("evaluate", "nowhere"), "nowhere is no folder"),
        (("fit", "--dir", "nowhere"), "nowhere is no lab"),
        (("status", "--dir", "nowhere"), "nowhere is no lab"),
        (("corpus", "--strand", "poetry"), "No strand is called poetry"),
        (("corpus", "--seed", "-1"), "seeds are 0 or more"),
        (("export",), "--out"),
        (("dance",), "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    said = skillscale(*arguments)
    assert said.code == 2 and sentence in said.err and "Traceback" not in said.err
    assert not (tmp_path / "lab" / "runs").exists()


def test_a_refused_lab_leaves_anothers_folder_alone(tmp_path: Path) -> None:
    """Another process holds the lab in a folder that we found new: our refusal must not delete it."""
    folder = tmp_path / "lab"
    with Lab.create(folder).training():
        said = skillscale("lab", "--rungs", "65000", "--dir", folder)
        assert said.code == 2 and (folder / "lab.db").is_file()


def test_a_module_in_the_current_folder_is_not_run(world_lab: Path, tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('stranger')")
    script = Path(sys.executable).with_name("skillscale")
    command = [str(script), "lab", *SMALL, "--rungs", "8", "--dir", "own", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["missing"] == []


def test_a_run_is_done_when_every_checkpoint_is_measured(world_lab: Path) -> None:
    from skillscale.studies.status import status_of

    ladder = status_of(world_lab)["ladders"][0]
    assert len(ladder["runs_done"]) == 5 and ladder["failed"] == {}
    table = Lab(world_lab).observations()
    half = Lab.create(world_lab.parent / "half")
    kept = table.filter(pl.col("n_tokens") < table["n_tokens"].max())
    half.record(Observation(**row) for row in kept.iter_rows(named=True))
    shutil.copytree(world_lab / "ladders", half.folder / "ladders")
    ladder = status_of(half.folder)["ladders"][0]
    assert ladder["runs_done"] == [] and len(ladder["runs_not_done"]) == 5


def test_a_corrupt_database_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "lab.db").write_bytes(b"this is no database" * 100)
    said = skillscale("status")
    assert said.code == 2 and "lab.db" in said.err and "Traceback" not in said.err
    assert (tmp_path / "lab" / "lab.db").read_bytes().startswith(b"this is no database")
