import json
from pathlib import Path

import pytest

from skillscale.corpora.text.own_clozes import read_clozes
from skillscale.corpora.text.tokenizer import train_tokenizer
from skillscale.errors import SkillscaleError
from tests.corpora.text.writing import paragraphs

TOKENIZER = train_tokenizer([paragraphs(20_000, seed=0)], 400)
GOOD = {"task": "mine", "prefix": "The old", "choices": [" baker", " river"], "answer": " river"}


def written(path: Path, *records: object) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n\n")
    return path


def test_own_clozes_are_read(tmp_path: Path):
    free = {"task": "free", "prefix": "The ", "answer": "old river", "stratum": "hard"}
    mine, said = read_clozes(written(tmp_path / "c.jsonl", GOOD, free), TOKENIZER, 64)
    assert (mine.task, mine.stratum, mine.prefix, mine.answer, mine.distractors) == (
        "mine",
        "all",
        "The old",
        " river",
        (" baker",),
    )
    # The space before the word goes with the word.
    assert (said.prefix, said.answer, said.distractors, said.stratum) == ("The", " old river", (), "hard")


def test_a_long_prefix_loses_its_beginning(tmp_path: Path):
    long = paragraphs(2_000, seed=1).strip()
    (cloze,) = read_clozes(written(tmp_path / "c.jsonl", {**GOOD, "prefix": long}), TOKENIZER, 64)
    assert long.endswith(cloze.prefix)
    assert cloze.prefix[0].isspace()
    longest = max(len(TOKENIZER.encode(cloze.prefix + choice).ids) for choice in (cloze.answer, *cloze.distractors))
    assert 50 < longest <= 63


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"task": ""}, "'task' is ''"),
        ({"task": "number"}, "the task 'number' exists already"),
        ({"task": "\x1b[31mred"}, "holds a control character"),
        ({"task": "a\x00"}, "holds a control character"),
        ({"prefix": 3}, "'prefix' is 3"),
        ({"answer": None}, "'answer' is None"),
        ({"answer": " wolf"}, "the answer ' wolf' is not among the choices"),
        ({"choices": [" river"]}, "at least two, all different"),
        ({"choices": [" river", " river"]}, "at least two, all different"),
        ({"choices": " river"}, "it must be a list"),
        ({"choices": [" river", " " + "x" * 300]}, "must fit 64"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, change: dict[str, object], expected: str):
    path = written(tmp_path / "c.jsonl", GOOD, {**GOOD, **change})
    with pytest.raises(SkillscaleError) as caught:
        read_clozes(path, TOKENIZER, 64)
    assert "line 2" in str(caught.value)
    assert expected in str(caught.value)


def test_files_that_are_no_jsonl_are_refused(tmp_path: Path):
    path = tmp_path / "c.jsonl"
    for content, expected in (
        (b"", "is empty"),
        (b"{", "line 1 is not JSON"),
        (b"[1]", "object"),
        (b"\xff", "UTF-8"),
        (b"[" * 200_000, "line 1 is not JSON"),
    ):
        path.write_bytes(content)
        with pytest.raises(SkillscaleError, match=expected):
            read_clozes(path, TOKENIZER, 64)
    with pytest.raises(SkillscaleError, match="cannot be read"):
        read_clozes(tmp_path / "nowhere.jsonl", TOKENIZER, 64)
