import json
from pathlib import Path

import pytest

from skillscale.corpora.text import survey as surveying
from skillscale.corpora.text.progress import silent
from skillscale.corpora.text.sources import find_sources
from skillscale.corpora.text.survey import Survey, content_key, read_survey, survey, write_survey
from skillscale.errors import SkillscaleError
from tests.corpora.text.writing import paragraphs


def records(path: Path, texts: list[str]) -> str:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return str(path)


def read(*specs: str, seed: int = 0) -> Survey:
    return survey(find_sources(list(specs)), text_column="text", seed=seed, on_progress=silent)


@pytest.fixture
def documents() -> list[str]:
    return paragraphs(200_000, seed=1).split("\n\n")[:-1]


def held(found: Survey) -> set[str]:
    return {passage.text for passage in found.held_out}


def test_the_split_does_not_depend_on_order_and_changes_with_the_seed(tmp_path: Path, documents: list[str]):
    forward = read(records(tmp_path / "a.jsonl", documents))
    backward = read(records(tmp_path / "b.jsonl", documents[::-1]))
    assert held(forward) == held(backward)
    assert forward.held_out_keys == backward.held_out_keys
    assert held(read(str(tmp_path / "a.jsonl"), seed=1)) != held(forward)


def test_five_per_cent_is_held_out_and_at_most_the_limit(
    tmp_path: Path, documents: list[str], monkeypatch: pytest.MonkeyPatch
):
    path = records(tmp_path / "a.jsonl", documents)
    n_bytes = sum(len(text.encode()) for text in held(read(path)))
    assert 0.045 * 200_000 < n_bytes <= 0.05 * 200_500
    monkeypatch.setattr(surveying, "HELD_OUT_BYTES", 3_000)
    found = read(path)
    assert 2_500 < sum(len(text.encode()) for text in held(found)) <= 3_000
    assert not found.held_out[-1].ends  # cut to fit


def test_copies_are_never_on_both_sides(tmp_path: Path, documents: list[str]):
    copied = documents + [f"  {text}\n" for text in documents]
    found = read(records(tmp_path / "a.jsonl", copied))
    outside = {content_key(p.text, 0) for p in found.sample}
    assert not outside & found.held_out_keys
    # Each distinct document is sampled once.
    assert len(outside) == len(found.sample)
    assert len(outside | found.held_out_keys) == len({content_key(text, 0) for text in documents})


def test_held_out_text_has_the_shares_of_the_mixture(tmp_path: Path, documents: list[str]):
    a = records(tmp_path / "a.jsonl", documents)
    b = records(tmp_path / "b.jsonl", paragraphs(100_000, seed=2).split("\n\n")[:-1])
    found = read(f"{a}=1", f"{b}=3")
    size = {name: sum(len(p.text.encode()) for p in found.held_out if p.strand == name) for name in "ab"}
    assert size["b"] / size["a"] == pytest.approx(3, rel=0.1)
    assert found.mixture_bytes == pytest.approx(133_333, rel=0.02)  # b is the scarce one
    assert found.n_bytes == pytest.approx(300_000, rel=0.02)


def test_the_sample_is_bounded(tmp_path: Path, documents: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(surveying, "SAMPLE_BYTES", 20_000)
    found = read(records(tmp_path / "a.jsonl", documents))
    assert 20_000 <= sum(len(p.text.encode()) for p in found.sample) < 21_000


def test_a_source_with_one_document_is_not_held_out(tmp_path: Path, documents: list[str]):
    (tmp_path / "one.txt").write_text("Only this.")
    found = read(records(tmp_path / "a.jsonl", documents), str(tmp_path / "one.txt"))
    assert {p.strand for p in found.held_out} == {"a"}
    assert "Only this." in {p.text for p in found.sample}


def test_too_little_or_no_text_is_refused(tmp_path: Path, documents: list[str]):
    with pytest.raises(SkillscaleError, match=r"10,[0-9]{3} bytes, too few"):
        (tmp_path / "small.txt").write_text(paragraphs(10_000, seed=0))
        read(str(tmp_path / "small.txt"))
    (tmp_path / "empty.txt").write_text(" \n")
    with pytest.raises(SkillscaleError, match=r"empty\.txt holds no text"):
        read(records(tmp_path / "a.jsonl", documents), str(tmp_path / "empty.txt"))


def test_many_files_make_one_strand(tmp_path: Path, documents: list[str]):
    specs = [records(tmp_path / f"{i}.jsonl", documents[i::13]) for i in range(13)]
    assert {p.strand for p in read(*specs).held_out} == {"text"}


def test_a_survey_survives_the_disk(tmp_path: Path, documents: list[str]):
    found = read(records(tmp_path / "a.jsonl", documents))
    write_survey(tmp_path / "survey.json", found)
    assert read_survey(tmp_path / "survey.json") == found
