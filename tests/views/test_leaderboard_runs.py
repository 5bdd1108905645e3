"""Runs and checkpoints read from a lab's folder: what stands there, what it cost, and whether the draw can be verified."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.commitment import commit
from skillscale.tasks.skill_mix.commitment_files import write_commitment
from skillscale.tasks.skill_mix.draw import Draw, draw
from skillscale.tasks.skill_mix.grading_line import grading_line
from skillscale.tasks.skill_mix.library import read_library
from skillscale.views.report.leaderboard import board_of
from skillscale.views.report.leaderboard_runs import VERIFIER, mix_runs, read_run
from tests.laws.skill_mix.gradings import graded

LIBRARY = read_library()
SALT = "ab" * 32


@pytest.fixture
def drawn() -> Draw:
    return draw(LIBRARY, seed=3, ks=(2,), combinations=4)


def run_folder(folder: Path, drawn: Draw, *, committed: str | None = None, **settings: Any) -> Path:
    """As `skillscale mix run` leaves it: one text a combination, graded once, each call for a cent."""
    folder.mkdir(parents=True)
    held = {"kind": "text", "library": LIBRARY.digest, "draw": committed or "f" * 64}
    held |= {"commitment": None if committed is None else {"commitment": committed}} | settings
    (folder / "run.json").write_text(json.dumps(held))
    gradings: list[str] = []
    texts: list[str] = []
    for i, one in enumerate(drawn.combinations):
        own = graded(
            "11111", combination=f"s3-k2-{i}", topic=one.topic, skills=one.at(2), model="acme/m", text=f"Text {i}."
        )
        aside = {"reasons": {"skill_1": "there it is"}, "input_tokens": 10, "output_tokens": 5, "cost_usd": 0.01}
        gradings.append(json.dumps(grading_line(own) | aside))
        turns = [
            {"text": "said", "missing": None, "cost_usd": 0.01},
            {"text": None, "missing": "hung up", "cost_usd": None},
        ]
        line = {
            "combination": own.combination,
            "k": 2,
            "model": "acme/m",
            "generation": 0,
            "text": own.text,
            "turns": turns,
        }
        texts.append(json.dumps(line))
    (folder / "gradings.jsonl").write_text("\n".join(gradings))
    (folder / "generations.jsonl").write_text("\n".join(texts))
    return folder


def test_a_run_is_read_with_its_cost_reasons_and_definitions(tmp_path: Path, drawn: Draw) -> None:
    run = read_run(run_folder(tmp_path / "lab" / "mix" / "a", drawn))
    assert run.cost_usd == pytest.approx(0.08) and run.standing == "not verifiable" and len(run.gradings) == 4
    assert run.definitions[drawn.combinations[0].skills[0]] and run.gradings[2].text == "Text 2."
    (row,) = board_of([run]).rows
    assert row.texts[0].points[0].reasons == ("there it is",) and row.score.k == 2
    private = read_run(run_folder(tmp_path / "lab" / "mix" / "b", drawn, library="0" * 64))
    assert private.definitions == {}
    assert [one.key for one in mix_runs(tmp_path / "lab", {})] == ["a", "b"]


def test_a_cost_that_is_not_told_makes_the_whole_unknown(tmp_path: Path, drawn: Draw) -> None:
    folder = run_folder(tmp_path / "a", drawn)
    file = folder / "gradings.jsonl"
    file.write_text(file.read_text().replace(', "cost_usd": 0.01', "", 1))
    assert read_run(folder).cost_usd is None


def test_code_has_its_own_length_and_aliases_count_in_strict_scores(tmp_path: Path, drawn: Draw) -> None:
    first = drawn.combinations[0].skills[0]
    folder = run_folder(tmp_path / "a", drawn, aliases={first: ["text"]})
    lines = [json.loads(line) for line in (folder / "gradings.jsonl").read_text().splitlines()]
    lines = [line | {"kind": "code", "short_enough": 1} for line in lines]
    (folder / "gradings.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (row,) = board_of([read_run(folder)]).rows
    assert row.texts[0].points[-1].name == "at most 11 statements before the tests, counted"
    plain, strict = (scores.estimates["full_marks"]["mean"].value for scores in (row.score.plain, row.score.strict))
    assert plain == 1 and strict is not None and strict < 1


def test_a_damaged_line_is_named_with_its_run(tmp_path: Path, drawn: Draw) -> None:
    for name, what in (("gradings.jsonl", "this is not one JSON object"), ("generations.jsonl", "this is not JSON")):
        folder = run_folder(tmp_path / "lab" / "mix" / name, drawn)
        (folder / name).write_text("{damaged")
        with pytest.raises(SkillscaleError, match=f"^{re.escape(str(folder / name))}, line 1: {what}"):
            mix_runs(tmp_path / "lab", {})
        (folder / "gradings.jsonl").unlink()


def test_whether_a_draw_can_be_verified(tmp_path: Path, drawn: Draw) -> None:
    commitment, reveal = commit(drawn, salt=SALT)
    folder = run_folder(tmp_path / "a", drawn, committed=commitment.digest)
    assert read_run(folder).standing == "committed"
    write_commitment(folder / "draw.json", commitment, reveal)
    assert read_run(folder).standing == "verified"

    other = run_folder(tmp_path / "b", draw(LIBRARY, seed=4, ks=(2,), combinations=4), committed=commitment.digest)
    write_commitment(other / "draw.json", commitment, reveal)
    assert read_run(other).standing == "broken"  # other combinations were graded
    fewer = run_folder(tmp_path / "d", drawn, committed=commitment.digest)
    write_commitment(fewer / "draw.json", commitment, reveal)
    lines = (fewer / "gradings.jsonl").read_text().splitlines()
    (fewer / "gradings.jsonl").write_text("\n".join(lines[1:]))
    assert read_run(fewer).standing == "broken"  # one of those drawn was left out
    late = run_folder(tmp_path / "c", drawn, committed="0" * 64)
    write_commitment(late / "draw.json", commitment, replace(reveal, salt="cd" * 32))
    assert read_run(late).standing == "broken"  # the reveal opens another commitment


def pocket(path: Path) -> Path:
    row = {
        "stratum": "unseen",
        "k": 2,
        "combination": "unseen-00",
        "topic": "garden",
        "skills": ["compare", "count"],
        "generation": 0,
    }
    row |= {
        "text": "the rose is red .",
        "points": [1, 0, 1, 1, 1],
        "reasons": ["count: no clause counts"],
        "missing": None,
    }
    lost = row | {"generation": 1, "text": None, "points": None, "reasons": None, "missing": "not finite"}
    seen = row | {"stratum": "seen", "points": [1, 1, 1, 1, 1], "reasons": []}
    path.parent.mkdir(parents=True)
    pl.DataFrame(
        [row, lost, seen, row | {"k": 3, "skills": ["compare", "count", "follow"], "points": [0] * 6, "reasons": []}]
    ).write_parquet(path)
    return path


def test_checkpoints_of_the_pocket_world(tmp_path: Path) -> None:
    path = pocket(tmp_path / "runs" / "d8-s0-aa" / "tokens-9" / "skill-mix.parquet")
    runs = mix_runs(tmp_path, {"d8-s0-aa/tokens-9": ("d8", 1500), "d9-s0-bb/tokens-9": ("d9", 1600)})
    assert [(run.stratum, run.standing, run.n_params) for run in runs] == [
        ("unseen", "exact", 1500),
        ("seen", "exact", 1500),
    ]
    rows = {(row.name, row.score.k): row for row in board_of(runs).rows}
    assert set(rows) == {("d8, unseen", 2), ("d8, unseen", 3), ("d8, seen", 2)}
    told = rows["d8, unseen", 2]
    assert (
        told.score.grader == VERIFIER
        and told.score.plain.missing == 1
        and told.score.gradings_missing == {"not finite": 1}
    )
    text = next(one for one in told.texts if one.text is not None)
    assert text.full is False and text.points[1].reasons == ("no clause counts",) and text.text == "the rose is red ."
    assert rows["d8, seen", 2].score.plain.estimates["full_marks"]["mean"].value == 1
    assert rows["d8, seen", 2].score.strict.estimates["full_marks"]["mean"].value is None
    path.write_bytes(b"no parquet")
    with pytest.raises(SkillscaleError, match="cannot be read"):
        mix_runs(tmp_path, {"d8-s0-aa/tokens-9": ("d8", 1500)})
    pl.DataFrame({"k": [1]}).write_parquet(path)
    with pytest.raises(SkillscaleError, match="lacks stratum"):
        mix_runs(tmp_path, {"d8-s0-aa/tokens-9": ("d8", 1500)})


@pytest.mark.parametrize(
    ("name", "content"), [("run.json", "{"), ("generations.jsonl", "{"), ("generations.jsonl", "{}")]
)
def test_damaged_files_are_named(tmp_path: Path, drawn: Draw, name: str, content: str) -> None:
    folder = run_folder(tmp_path / "a", drawn)
    (folder / name).write_text(content)
    with pytest.raises(SkillscaleError, match=name):
        read_run(folder)
