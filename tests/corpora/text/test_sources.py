import os
from pathlib import Path

import pytest

from skillscale.corpora.text.sources import find_sources
from skillscale.errors import SkillscaleError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("books/a.txt", "books/deep/b.jsonl", "books/.hidden/c.txt", "books/notes.md", "k=2.txt", "x.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text")
    return tmp_path


def names(spec: str) -> list[str]:
    return [file.name for file in find_sources([spec])[0].files]


def refusal(*specs: str) -> str:
    with pytest.raises(SkillscaleError) as caught:
        find_sources(list(specs))
    return str(caught.value)


def test_files_folders_and_globs(folder: Path):
    assert names(f"{folder}/x.txt") == ["x.txt"]
    assert names(f"{folder}/books") == ["a.txt", "b.jsonl"]
    assert names(f"{folder}/**/*.txt") == ["a.txt", "k=2.txt", "x.txt"]
    assert [source.name for source in find_sources([f"{folder}/x.txt", f"{folder}/books/"])] == ["x", "books"]


def test_the_last_number_after_an_equals_sign_is_the_weight(folder: Path):
    sources = find_sources([f"{folder}/books=2.5", f"{folder}/k=2.txt", f"{folder}/x.txt=1e-1"])
    assert [source.weight for source in sources] == [2.5, 1.0, 0.1]


def test_a_file_whose_name_ends_like_a_weight_is_a_file(folder: Path):
    (folder / "run=3").mkdir()
    (folder / "run=3" / "a.txt").write_text("text")
    assert find_sources([f"{folder}/run=3"])[0].weight is None
    assert find_sources([f"{folder}/run=3=4"])[0].weight == 4


def test_without_any_weight_there_is_none(folder: Path):
    assert [s.weight for s in find_sources([f"{folder}/x.txt", f"{folder}/books"])] == [None, None]


def test_equal_names_are_told_apart(folder: Path):
    (folder / "books" / "x.txt").write_text("other")
    assert [s.name for s in find_sources([f"{folder}/x.txt", f"{folder}/books/x.txt"])] == ["x", "x-2"]


def test_mistakes_are_refused(folder: Path):
    assert "No text was found at nowhere.txt" in refusal("nowhere.txt")
    assert "No text was found at nowhere=2=two" in refusal("nowhere=2=two")
    assert "ends in '.md'" in refusal(f"{folder}/books/notes.md")
    assert "above 0" in refusal(f"{folder}/x.txt=-1")
    assert "above 0" in refusal(f"{folder}/x.txt=nan")
    assert "named twice" in refusal(f"{folder}/books", f"{folder}/books/a.txt")
    (folder / "empty").mkdir()
    assert "holds no text" in refusal(f"{folder}/empty")
    assert "at least one" in refusal()
    assert "names no file" in refusal("")
    assert "names no file" in refusal(f"{folder}/x.txt", " ")
    assert "cannot be looked up" in refusal("~no-such-user-here/x.txt")
    assert "cannot be looked up" in refusal(f"{folder}/{'x' * 300}.txt")


def test_a_weight_that_is_no_number_is_told_as_such(folder: Path):
    assert f"gives {folder}/x.txt the weight 'abc', which is no number" in refusal(f"{folder}/x.txt=abc")
    assert f"gives {folder}/x.txt the weight ''" in refusal(f"{folder}/x.txt=")


def test_a_pipe_is_refused_and_not_waited_for(folder: Path):
    os.mkfifo(folder / "pipe.txt")
    assert "pipe.txt is no regular file" in refusal(f"{folder}/pipe.txt")
    assert "pipe.txt is no regular file" in refusal(f"{folder}/*.txt")
    assert names(str(folder)) == ["a.txt", "b.jsonl", "k=2.txt", "x.txt"]
