"""The file of gradings: what is read, and what is refused with a sentence that names its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.frequencies import frequent_skills, read_frequencies
from skillscale.tasks.skill_mix.grading import aligned, read_gradings, read_labels

LINE: dict[str, Any] = {
    "combination": "c0",
    "k": 2,
    "topic": "Knots",
    "skills": ["metaphor", "red herring, or diversion"],
    "model": "acme/m",
    "grader": "acme/g",
    "generation": 0,
    "grading": 0,
    "points": {"metaphor": 1, "red herring, or diversion": 0},
    "on_topic": 1,
    "makes_sense": 1,
    "text": "The rope is a river. It runs.",
}
GONE = ("points", "on_topic", "makes_sense")


def written(path: Path, *lines: Any) -> Path:
    file = path / "gradings.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return file


def test_a_grading_is_read_and_its_length_counted(tmp_path: Path) -> None:
    one, other = read_gradings(written(tmp_path, LINE, "", LINE | {"grading": 1, "text": LINE["text"]}))
    assert one.points == (1, 0) and one.judged == (1, 0, 1, 1) and one.missing is None
    assert one.short_enough == 0  # two sentences, and one is allowed for k = 2
    assert other.grading == 1


def test_a_name_with_a_comma_is_one_name(tmp_path: Path) -> None:
    """Defect 4 of the public code: its parser splits names at commas."""
    (one,) = read_gradings(written(tmp_path, LINE))
    assert one.skills == ("metaphor", "red herring, or diversion") and len(one.points) == one.k


def test_what_could_not_be_read_is_missing_with_its_reason(tmp_path: Path) -> None:
    """Defect 2: there, an unreadable grading becomes zeros."""
    unread = {name: value for name, value in LINE.items() if name not in GONE} | {"missing": "no JSON"}
    half = LINE | {"grading": 1, "on_topic": None, "missing": "no verdict on the topic"}
    one, other = read_gradings(written(tmp_path, unread, half))
    assert one.judged == (None, None, None, None) and one.missing == "no JSON" and one.short_enough == 0
    assert other.judged == (1, 0, None, 1)


def test_points_follow_their_skills_in_any_order(tmp_path: Path) -> None:
    turned = LINE | {"skills": LINE["skills"][::-1], "grading": 1}
    one, other = read_gradings(written(tmp_path, LINE, turned))
    assert one.skills == other.skills and one.points == other.points


def test_peoples_labels_are_put_in_the_graders_order(tmp_path: Path) -> None:
    gradings = read_gradings(written(tmp_path, LINE))
    label = {n: v for n, v in LINE.items() if n not in ("grader", "grading", "text")} | {"person": "ann"}
    turned = label | {"skills": LINE["skills"][::-1]}
    (one,) = aligned(read_labels(written(tmp_path, turned)), gradings)
    assert one.grader == "ann" and one.points == (1, 0) and one.short_enough is None
    assert len(aligned(read_labels(written(tmp_path, label, label | {"combination": "c9"})), gradings)) == 1
    with pytest.raises(SkillscaleError, match="None of the 1 labels"):
        aligned(read_labels(written(tmp_path, label | {"combination": "c9"})), gradings)
    other = label | {"skills": ["metaphor", "simile"], "points": {"metaphor": 1, "simile": 0}}
    with pytest.raises(SkillscaleError, match="ann was asked for other skills in c0"):
        aligned(read_labels(written(tmp_path, other)), gradings)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"points": {"metaphor": 2, "red herring, or diversion": 0}}, "metaphor has 2; a point is 0, 1 or null"),
        ({"points": {"metaphor": True, "red herring, or diversion": 0}}, "a point is 0, 1 or null"),
        ({"points": {"metaphor": "1", "red herring, or diversion": 0}}, "a point is 0, 1 or null"),
        ({"points": {"metaphor": 1.0, "red herring, or diversion": 0}}, "a point is 0, 1 or null"),
        ({"points": {"metaphor": 1}}, "gives each skill"),
        ({"points": [1, 0]}, "gives each skill"),
        ({"on_topic": "yes"}, 'on_topic has "yes"'),
        ({"on_topic": None}, "1 points are null and missing is null"),
        ({"missing": "no JSON"}, "0 points are null"),
        ({"k": 3}, "k is 3, and 2 different skills"),
        ({"k": True}, "k is true"),
        ({"k": 0}, "k is 0"),
        ({"skills": ["metaphor", "metaphor"]}, "1 different skills"),
        ({"skills": "metaphor"}, "it is a list of 2 names"),
        ({"skills": ["metaphor", 3]}, "a skill is 3"),
        ({"generation": -1}, "generation is -1"),
        ({"grading": 0.5}, "grading is 0.5"),
        ({"model": " "}, "model is"),
        ({"topic": 7}, "topic is 7"),
        ({"text": 7}, "text is 7"),
        ({"text": None}, "neither text nor short_enough"),
        ({"short_enough": 1}, "both text and short_enough"),
        ({"public": "yes"}, "it is true or false"),
        ({"model_family": ""}, "model_family is"),
        ({"score": 1}, "there is no field score"),
        ({"sc\x1b[31more": 1}, r"there is no field sc\\x1b\[31more"),
    ],
)
def test_a_damaged_grading_is_told_with_its_line(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    file = written(tmp_path, LINE | {"grading": 9}, LINE | change)
    with pytest.raises(SkillscaleError, match=rf"gradings.jsonl, line 2: .*{sentence}"):
        read_gradings(file)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "not one JSON object"),
        ("[" * 100_000, "not one JSON object"),
        ("[]", "a grading is a JSON object"),
        ('{"k": 1, "k": 2}', "k stands there twice"),
        (json.dumps({"k": 2}), "is not given"),
        ("x" * 1_000_001, "1,000,001 characters"),
        (LINE, "stands in .*gradings.jsonl, line 1 already"),
        (LINE | {"grading": 1, "topic": "Sewing"}, "another topic"),
        (LINE | {"grading": 1, "public": True}, "library"),
        (LINE | {"grading": 1, "text": "Another."}, "the text of c0, acme/m, generation 0 is another"),
    ],
)
def test_a_line_that_cannot_stand_there(tmp_path: Path, line: Any, sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=f"line 2: .*{sentence}"):
        read_gradings(written(tmp_path, LINE, line))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="There is no file"):
        read_gradings(tmp_path / "none.jsonl")
    with pytest.raises(SkillscaleError, match="holds no grading"):
        read_gradings(written(tmp_path, ""))


def test_frequencies(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    file.write_text('{"metaphor": 0.05, "modus ponens": 0.049}')
    assert frequent_skills(read_frequencies(file)) == {"metaphor"}
    for text, sentence in (("{", "not JSON"), ("[]", "no table"), ('{"a": 2}', "a share"), ('{"a": NaN}', "a share")):
        file.write_text(text)
        with pytest.raises(SkillscaleError, match=sentence):
            read_frequencies(file)
    with pytest.raises(SkillscaleError, match="no file"):
        read_frequencies(tmp_path / "none.json")


def test_several_files_and_folders_are_read_together(tmp_path: Path) -> None:
    """And what one says twice, or says otherwise than another, is told with both places."""
    for name, line in (
        ("a", LINE),
        ("b", LINE | {"model": "other/n"}),
        ("c", LINE),
        ("d", LINE | {"topic": "Sails", "model": "third/l"}),
    ):
        (tmp_path / name).mkdir()
        written(tmp_path / name, line)
    assert [one.model for one in read_gradings(tmp_path / "a" / "gradings.jsonl", tmp_path / "b")] == [
        LINE["model"],
        "other/n",
    ]
    for name, sentence in (
        ("c", "c/gradings.jsonl, line 1: .* stands in .*a/gradings.jsonl, line 1 already"),
        ("d", "than in .*a/gradings.jsonl, line 1"),
    ):
        with pytest.raises(SkillscaleError, match=sentence):
            read_gradings(tmp_path / "a", tmp_path / name)


def test_code_has_its_text_and_a_length_of_its_own(tmp_path: Path) -> None:
    code = LINE | {"kind": "code", "short_enough": 1}
    (one,) = read_gradings(written(tmp_path, code))
    assert one.kind == "code" and one.text == LINE["text"] and one.short_enough == 1
    for wrong, sentence in (
        (code | {"kind": "verse"}, "kind is"),
        (LINE | {"kind": "code"}, "neither text nor short_enough"),
    ):
        with pytest.raises(SkillscaleError, match=sentence):
            read_gradings(written(tmp_path, wrong))
