"""`skillscale mix review`: from gradings to a sheet, from answers to labels, from labels to corrected scores."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from skillscale.cli.skill_mix_review import key_beside, review
from skillscale.cli.skill_mix_scores import score
from skillscale.errors import SkillscaleError
from tests.cli.test_skill_mix_scores import line
from tests.laws.skill_mix.gradings import graded, simulated

N, K = 100, 2
GENEROUS = 0.35  # how often the grader grants a point that is not there


def ask(command: Any, *words: str) -> str:
    done = CliRunner().invoke(command, words, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def study(folder: Path, rng: np.random.Generator) -> np.ndarray:
    """A run with a generous grader. Returns the true points (combination, generation, point)."""
    gradings, truth = simulated(rng, n=N, k=K, n_gradings=1, error=0.0, grader="acme/g", text="One sentence.")
    lines: list[str] = []
    for one in gradings:
        points = tuple(max(p or 0, int(rng.random() < GENEROUS)) for p in one.judged)
        lines.append(line(replace(one, points=points[:K], on_topic=points[K], makes_sense=points[K + 1])))
    (folder / "run").mkdir()
    (folder / "run" / "gradings.jsonl").write_text("\n".join(lines))
    truth[..., -1] = True  # one sentence is short enough
    return truth


def answer(folder: Path, truth: np.ndarray, rng: np.random.Generator) -> None:
    """Ann saves the page, Bob fills in the CSV with 5 % slips of the finger."""
    key = json.loads((folder / "sheet.key.json").read_text())
    true = {id: truth[int(one["combination"][1:]), one["generation"], : K + 2] for id, one in key["texts"].items()}
    names = [*(str(i + 1) for i in range(K)), "topic", "sense"]
    answers = {id: dict(zip(names, map(int, own), strict=True)) for id, own in true.items()}
    saved = {"sheet": key["sheet"], "person": "ann", "answers": answers}
    (folder / "sheet" / "ann.json").write_text(json.dumps(saved))
    rows = list(csv.reader(io.StringIO((folder / "sheet" / "bob.csv").read_text("utf-8-sig"), newline="")))
    for row in rows[1:]:
        row[2] = str(answers[row[0]][row[1]] ^ int(rng.random() < 0.05))
    with (folder / "sheet" / "bob.csv").open("w", newline="") as out:
        csv.writer(out, delimiter=";").writerows(rows)


def test_from_a_run_to_corrected_scores(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    truth = study(tmp_path, rng)
    drawn = json.loads(ask(review, "run", "--texts", "60", "--person", "ann", "--person", "bob", "--json"))
    assert drawn["n_texts"] == drawn["n_combinations"] == 60 and drawn["n_points"] == 60 * (K + 2)
    assert [Path(name).name for name in drawn["files"]] == ["ann.html", "ann.csv", "bob.html", "bob.csv"]
    answer(tmp_path, truth, rng)
    said = ask(review, "--read", "sheet/ann.json", "--read", "sheet/bob.csv", "--out", "labels.jsonl")
    assert "ann: 60 of 60 texts, 0 of 240 points missing" in said and "--people labels.jsonl" in said

    found = json.loads(ask(score, "run/gradings.jsonl", "--people", "labels.jsonl", "--json"))
    (own,) = [one for one in found["corrected"] if one["metric"] == "full_marks"]
    true = truth.all(-1).mean()
    assert own["n_reviewed"] == 60
    assert own["automatic"]["low"] > true + 0.05  # the grader is generous
    assert own["corrected"]["low"] < true < own["corrected"]["high"]
    assert own["reviews_to_halve"] is None or own["reviews_to_halve"] > 60
    alpha = {one["between"]: one["alpha"]["value"] for one in found["agreement"]}
    assert alpha["people"] > 0.8 > alpha["people and acme/g"]
    told = ask(score, "run/gradings.jsonl", "--people", "labels.jsonl")
    for words in (
        "agreement of people:",
        "agreement of people and acme/g",
        "corrected by people",
        "for half the interval",
    ):
        assert words in told


def test_a_sheet_in_use_is_not_overwritten(tmp_path: Path) -> None:
    study(tmp_path, np.random.default_rng(0))
    first = ask(review, "run", "--texts", "10", "--person", "ann")
    assert "keep sheet.key.json from the reviewers" in first
    ask(review, "run", "--texts", "10", "--person", "bob")
    assert list(json.loads((tmp_path / "sheet.key.json").read_text())["people"]) == ["ann", "bob"]
    with pytest.raises(SkillscaleError, match="key of another sheet"):
        ask(review, "run", "--texts", "10", "--seed", "1", "--person", "bob")


def test_answers_are_read_from_within_the_sheets_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare file name: the key lies beside the folder in which we stand."""
    rng = np.random.default_rng(5)
    truth = study(tmp_path, rng)
    ask(review, "run", "--texts", "10", "--person", "ann", "--person", "bob")
    answer(tmp_path, truth, rng)
    monkeypatch.chdir(tmp_path / "sheet")
    assert "bob: 10 of 10 texts" in ask(review, "--read", "bob.csv", "--out", "../labels.jsonl")
    assert len((tmp_path / "labels.jsonl").read_text().splitlines()) == 10
    Path("bin.bin").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(SkillscaleError, match=r"bin\.bin (is not CSV|has no single column)"):
        ask(review, "--read", "bin.bin", "--person", "ann")
    assert key_beside(Path("..")) == tmp_path.with_name(f"{tmp_path.name}.key.json")
    with pytest.raises(SkillscaleError, match="give --key"):
        key_beside(Path("/"))


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").write_text(line(graded("11111")))
    (tmp_path / "file").write_text("a file is no folder")
    ask(review, "g.jsonl", "--person", "ann")
    key = json.loads((tmp_path / "sheet.key.json").read_text())
    saved = {"sheet": key["sheet"], "person": "ann", "answers": {id: {"topic": 1} for id in key["texts"]}}
    (tmp_path / "sheet" / "ann.json").write_text(json.dumps(saved))
    for words in (("g.jsonl", "--out", "file/x"), ("--read", "sheet/ann.json", "--out", "file/labels.jsonl")):
        with pytest.raises(SkillscaleError, match=r"^file/\S+ could not be written \(Not a directory\)") as found:
            ask(review, *words)
        assert str(found.value).endswith("run the same command again.")


def test_code_is_reviewed_with_its_own_definitions(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    file = tmp_path / "run" / "gradings.jsonl"
    file.write_text(line(graded("11111"), text=None, short_enough=1))
    with pytest.raises(SkillscaleError, match="nothing to review"):
        ask(review, "run")
    code = graded("1111", skills=("recursion",), text="def f():\n    return 1")
    file.write_text(line(code, kind="code", short_enough=1))
    assert "1 texts of 1 combinations" in ask(review, "run")
    page = (tmp_path / "sheet" / "ann.html").read_text()
    assert "def f():" in page and "A function calls itself" in page


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    gone = line(
        graded("11111", combination="c1", text=None), points=None, on_topic=None, makes_sense=None, missing="lost"
    )
    (tmp_path / "g.jsonl").write_text("\n".join([line(graded("11111", skills=("metaphor", "own, and odd"))), gone]))
    said = ask(review, "g.jsonl", "--person", "ann")
    assert "1 texts are missing in the gradings" in said and "'own, and odd' are not in the library" in said


def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").write_text(line(graded("11111")))
    ask(review, "g.jsonl", "--person", "ann", "--person", "bob")
    (tmp_path / "mine.csv").write_text("id,point,answer\n")
    for words, sentence in (
        ((), "Give either GRADINGS"),
        (("g.jsonl", "--read", "x.json"), "Give either GRADINGS"),
        (("g.jsonl", "--texts", "0"), "0 texts were asked for"),
        (("--read", "sheet/none.json"), "There is no file sheet/none.json"),
        (("--read", "mine.csv", "--key", "none.json"), "There is no file none.json"),
        (("--read", "mine.csv", "--key", "sheet.key.json"), "does not say whose answers"),
        (("--read", "mine.csv", "--key", "sheet.key.json", "--person", "ann"), "nothing is answered"),
    ):
        with pytest.raises(SkillscaleError, match=sentence):
            ask(review, *words)
