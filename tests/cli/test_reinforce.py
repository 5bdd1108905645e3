"""`skillscale reinforce` says in one sentence what will not do, and prints what programs rely on."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands
from skillscale.errors import SkillscaleError
from tests.studies.test_reinforcement import pretend, small_lab
from tests.tiny_corpus import write_tiny_corpus


def ask(*words: str) -> str:
    """What the command prints on standard output. A user's mistake is raised."""
    done = CliRunner().invoke(commands, ["reinforce", *words])
    if isinstance(done.exception, SkillscaleError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_programs_rely_on_and_what_people_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    lab = small_lab(tmp_path / "lab")
    asked = ("--task", "chains-worked", "--dir", str(lab.folder), "--seeds", "0,3", "--steps", "2")
    found = json.loads(ask(*asked, "--json"))
    assert found["model"] == "d16-s0-0/tokens-100" and found["single_try"] == 0.3 and found["failed"] == {}
    assert found["base_train_flops"] == 1e9
    assert [one["seed"] for one in found["seeds"]] == [0, 3]
    for one in found["seeds"]:
        assert set(one["pass_at_1"]) == {"before", "after", "difference"}
        assert set(one["pass_at_1"]["before"]) == {"value", "low", "high", "n"}
        assert one["rl_flops"] > 0 and (Path(one["checkpoint"]) / "config.json").is_file()
    assert set(found["pass_at_1"]["difference"]) == {"value", "low", "high", "n"}
    assert [one["k"] for one in found["coverage"]] == [1, 2, 4, 8]
    assert {(one["part"], one["k"]) for one in found["parts"]} == {
        *(("seen", k) for k in (2, 3, 4)), *(("unseen", k) for k in (2, 3, 4)), ("longer", 6), ("longer", 8)
    }  # fmt: skip
    said = ask(*asked)
    assert "2 seeds" in said and "pass@8" in said and found["learned"] in said
    assert "chains-worked, 1 seed, right results" in ask(*asked[:4], "--seeds", "0", "--steps", "2")


def test_a_folder_without_a_lab_is_named(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="is no lab: it is no folder"):
        ask("--dir", str(tmp_path / "none"))


def test_a_lab_of_other_text_is_refused(tmp_path: Path) -> None:
    lab = small_lab(tmp_path / "lab", write_tiny_corpus(tmp_path / "lab" / "corpus" / "own"))
    with pytest.raises(SkillscaleError, match="tiny is no pocket world with customs"):
        ask("--dir", str(lab.folder))


def test_seeds_are_numbers(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="write whole numbers such as 0,1,2"):
        ask("--dir", str(tmp_path), "--seeds", "a,b")
