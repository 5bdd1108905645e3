"""`skillscale mix score`: what programs rely on, what a reader is told, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from skillscale.cli.skill_mix_scores import score
from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.grading import Grading
from tests.laws.skill_mix.gradings import graded, simulated

METRICS = ("full_marks", "all_skills", "skill_fraction")


def line(one: Grading, **changed: Any) -> str:
    names = ("combination", "k", "topic", "skills", "model", "grader", "generation", "grading", "text", "public")
    fields = {name: getattr(one, name) for name in names} | {"on_topic": one.on_topic, "makes_sense": one.makes_sense}
    points = dict(zip(one.skills, one.points, strict=True))
    return json.dumps({name: v for name, v in (fields | {"points": points} | changed).items() if v is not None})


def written(path: Path, lines: list[str], name: str = "gradings.jsonl") -> str:
    (path / name).write_text("\n".join(lines))
    return str(path / name)


def ask(*words: str) -> str:
    done = CliRunner().invoke(score, words, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two models at k = 2 and 3, two graders, public and private combinations; people reviewed 20 combinations of each."""
    folder = tmp_path_factory.mktemp("study")
    gradings: list[str] = []
    labels: list[str] = []
    for k in (2, 3):
        for model in ("acme/m", "other/n\x1b[31m"):
            for grader in ("acme/g", "other/h"):
                own, _ = simulated(np.random.default_rng(k), n=30, k=k, n_gradings=3, model=model, grader=grader)
                named = {"public": True}
                gradings += [
                    line(
                        one,
                        combination=f"k{k}-{one.combination}",
                        **(named if one.combination < "c015" else {"public": False}),
                    )
                    for one in own
                ]
            people = [one for one in own if (one.generation, one.grading) == (0, 0) and one.combination < "c020"]
            labels += [
                line(
                    one,
                    combination=f"k{k}-{one.combination}",
                    grader=None,
                    grading=None,
                    text=None,
                    person="ann",
                    public=one.combination < "c015",
                )
                for one in people
            ]
    return written(folder, gradings), written(folder, labels, "labels.jsonl")


def test_what_programs_rely_on(study: tuple[str, str]) -> None:
    found = json.loads(ask(study[0], "--json"), parse_constant=lambda name: pytest.fail(f"{name} is no number"))
    assert [(row["model"], row["k"]) for row in found["scores"][:2]] == [("acme/m", 2), ("acme/m", 3)]
    assert len(found["scores"]) == 8 and found["level"] == 0.9
    for row in found["scores"]:
        assert row["n"] == 30 and row["n_texts"] == 90 and row["missing"] == 0
        for part in (row, row["strict"]):
            for metric in METRICS:
                for of in ("mean", "best"):
                    one = part[metric][of]
                    assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1 and one["n"] == 30
        assert row["full_marks"]["best"]["value"] > row["full_marks"]["mean"]["value"]
    assert len(found["saturation"]) == 16 and len(found["comparisons"]) == 2 * 2 * 6
    assert [one["ks"] for one in found["cramming"]] == [[2, 3]] * 4 and len(found["family_bias"]) == 2
    assert found["corrected"] == []
    assert ask(study[0], "--json") == ask(study[0], "--json", "--seed", "0") != ask(study[0], "--json", "--seed", "1")


def test_people_correct_the_scores(study: tuple[str, str]) -> None:
    found = json.loads(ask(study[0], "--people", study[1], "--json"))
    assert len(found["corrected"]) == 8 * 3
    assert {one["n_reviewed"] for one in found["corrected"]} == {20}
    assert all(
        one["corrected"]["low"] <= one["corrected"]["value"] <= one["corrected"]["high"] for one in found["corrected"]
    )
    assert "people and acme/g" in {one["between"] for one in found["agreement"]}


def test_a_reader_sees_tables_and_no_control_characters(study: tuple[str, str]) -> None:
    said = ask(study[0], "--people", study[1])
    assert "acme/m, graded by other/h" in said and "best 3" in said and "Full Marks" in said
    assert "other/n\\x1b[31m" in said and "\x1b" not in said
    for words in ("α", "on public less private skills", "to its own family acme", "corrected by people", "up to k = 3"):
        assert words in said


def test_a_model_without_any_success_is_said_to_have_none(tmp_path: Path) -> None:
    lines = [line(graded("01111")), line(graded("01111", combination="c1"))]
    said = ask(written(tmp_path, lines))
    assert said.count("acme/m, graded by acme/g: no text has Full Marks") == 1 and "5 %" not in said


def test_missing_gradings_are_told_with_their_reason(tmp_path: Path) -> None:
    gone = {"points": None, "on_topic": None, "makes_sense": None, "missing": "no\nJSON"}
    lines = [line(graded("11111")), line(graded("11111", combination="c1"), **gone)]
    said = ask(written(tmp_path, lines))
    assert "1 of 2 gradings are missing: no\\nJSON" in said and "2, 1 of 2" in said
    (row,) = json.loads(ask(written(tmp_path, lines), "--json"))["scores"]
    assert row["full_marks"]["mean"] == {"value": 1.0, "low": row["full_marks"]["mean"]["low"], "high": 1.0, "n": 1}
    assert row["gradings_missing"] == {"no\nJSON": 1}
    none = ask(written(tmp_path, lines[1:]))
    assert "missing" in none and "no k has a verdict" in none


def test_aliases_and_frequencies_make_the_scores_stricter(tmp_path: Path) -> None:
    skills = tmp_path / "skills.yaml"
    entry = "- name: {}\n  aliases: [{}]\n  category: literary\n  definition: It is so.\n  example: So it is.\n"
    skills.write_text(entry.format("metaphor", "trope") + entry.format("red herring", "decoy"))
    lines = [
        line(graded("11111", text="A trope.")),
        line(graded("11111", combination="c1", skills=("irony", "litotes"))),
    ]
    file = written(tmp_path, lines)
    (row,) = json.loads(ask(file, "--skills", str(skills), "--json"))["scores"]
    assert row["strict"]["skill_fraction"]["mean"]["value"] == 0.75 and row["strict"]["n_dropped"] == 0
    frequencies = tmp_path / "frequencies.json"
    frequencies.write_text('{"irony": 0.06, "metaphor": 0.01}')
    found = json.loads(ask(file, "--frequencies", str(frequencies), "--json"))
    assert found["frequent_skills"] == ["irony"] and found["scores"][0]["strict"]["n_dropped"] == 1


def test_strict_scores_of_code_rest_on_every_text(tmp_path: Path) -> None:
    """Also on those that sentences would count otherwise than statements."""
    skills = ("recursion", "closure")
    texts = ("recursive = 1", "x = 1.\n\nY. Z. A b. C d.")
    lines = [
        line(graded("11111", combination=f"c{i}", skills=skills, text=text), kind="code", short_enough=1)
        for i, text in enumerate(texts)
    ]
    (row,) = json.loads(ask(written(tmp_path, lines), "--json"))["scores"]
    assert row["strict"]["missing"] == 0 and row["strict"]["full_marks"]["mean"]["value"] == 0.5


def test_one_model_on_public_and_private_skills_and_two_models_are_compared_across_files(tmp_path: Path) -> None:
    for name, other in (("a", {"public": True}), ("b", {"public": False}), ("c", {"public": True, "model": "other/n"})):
        (tmp_path / name).mkdir()
        own, _ = simulated(np.random.default_rng(0), n=6, n_gradings=1)
        lines = [line(one, **{"combination": f"{other['public']}-{one.combination}"} | other) for one in own]
        written(tmp_path / name, lines)
    found = json.loads(ask(*(str(tmp_path / name) for name in "abc"), "--json"))
    assert [one["model"] for one in found["cramming"]] == ["acme/m"]
    assert found["cramming"][0]["difference"]["value"] == pytest.approx(0) and len(found["comparisons"]) == 6


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--level", "1"), "level 1"),
        (("--level", "nan"), "level nan"),
        (("--seed", "-1"), "seed was given as -1"),
        (("--people", "none.jsonl"), "There is no file none.jsonl"),
        (("--frequencies", "none.json"), "There is no file none.json"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence):
        ask(written(tmp_path, [line(graded("11111"))]), *words)


def test_the_documented_gradings_are_read(tmp_path: Path) -> None:
    """The lines of docs/skill-mix-scores.md."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "skill-mix-scores.md").read_text()
    (block,) = page.split("```json\n")[1:]
    grading, unread, label = block.split("```")[0].strip().splitlines()
    file, people = written(tmp_path, [grading, unread]), written(tmp_path, [label], "labels.jsonl")
    (row,) = json.loads(ask(file, "--people", people, "--json"))["scores"]
    assert row["n_gradings"] == 2 and sum(row["gradings_missing"].values()) == 1
