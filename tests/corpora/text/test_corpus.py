import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.text import build_text_corpus
from skillscale.corpora.text import corpus as building
from skillscale.corpora.text.readers import READERS
from skillscale.errors import SkillscaleError
from tests.corpora.text.writing import NOUNS, paragraphs

CONTEXT = 64


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("text") / "notes.txt"
    path.write_text(paragraphs(150_000, seed=5))
    return str(path)


@pytest.fixture(scope="module")
def corpus(notes: str, tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    return build(notes, folder=tmp_path_factory.mktemp("lab"))


def build(*specs: str, folder: Path, **changes: Any) -> PackedCorpus:
    return build_text_corpus(list(specs), folder, **{"context": CONTEXT, "seed": 0, "n_clozes": 20, **changes})


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def stream_of(corpus: PackedCorpus) -> str:
    """The training text, its rows put in order again by the token in which they overlap and what follows."""
    return corpus.tokenizer.decode(corpus.rows[:, 1:].ravel().tolist(), skip_special_tokens=False)


def test_rows_hold_every_training_token_once(corpus: PackedCorpus, notes: str):
    rows = np.asarray(corpus.rows)
    assert rows.dtype == np.uint16
    assert rows.shape == (corpus.card.n_rows, CONTEXT)
    assert corpus.card.n_tokens == corpus.card.n_rows * (CONTEXT - 1)
    # As many predictions of each word as the text holds, held-out passages and the last part of a row aside.
    held_out = "".join(document.text for document in corpus.held_out)
    for word in ("Gustav", NOUNS[0], "painted"):
        n_training = Path(notes).read_text().count(word) - held_out.count(word)
        assert stream_of(corpus).count(word) == pytest.approx(n_training, abs=0.03 * n_training + 10)
    assert corpus.card.pad_id not in rows
    # The end token stands before the first passage and after each, so it is seen as often as there are passages.
    n_passages = Path(notes).stat().st_size / 2_300
    assert (rows[:, 1:] == corpus.card.eos_id).sum() == pytest.approx(n_passages, rel=0.15)


def test_rows_overlap_by_one_token(corpus: PackedCorpus):
    firsts, lasts = sorted(corpus.rows[:, 0].tolist()), sorted(corpus.rows[:, -1].tolist())
    # Each row's last token is the next row's first; only the very first and the very last have no partner.
    firsts.remove(corpus.card.eos_id)
    for token in firsts:
        lasts.remove(token)
    assert len(lasts) == 1


def test_held_out_text_is_not_in_the_training_text(corpus: PackedCorpus, notes: str):
    training = re.sub(r"\s+", " ", stream_of(corpus))
    text = Path(notes).read_text()
    sentences = [s for d in corpus.held_out for s in re.findall(r"Then [^.]*\.", d.text) if text.count(s) == 1]
    assert len(sentences) > 20
    assert sum(sentence in training for sentence in sentences) == 0


def test_the_card_counts_what_is_predicted(corpus: PackedCorpus):
    card = corpus.card
    assert card.held_out_bytes == sum(len(document.text.encode()) for document in corpus.held_out)
    assert card.held_out_tokens == sum(len(d.tokens) + (1 if d.ends else 0) for d in corpus.held_out)
    assert 0.04 * 150_000 < card.held_out_bytes <= 0.05 * 151_000
    assert (card.kind, card.name, card.entropy) == ("text", "notes", None)
    assert 400 < card.vocab_size < 704  # asked for: so regular a language has not enough pairs to merge
    assert card.settings["text_bytes"] == pytest.approx(150_000, rel=0.01)
    assert {cloze.task for cloze in corpus.clozes} >= {"capitalised-name", "number", "punctuation"}


def test_the_same_text_and_settings_are_packed_once(notes: str, corpus: PackedCorpus, tmp_path: Path):
    moved = tmp_path / "notes.txt"
    moved.write_bytes(Path(notes).read_bytes())
    said: list[str] = []
    again = build(str(moved), folder=corpus.folder.parent, on_progress=lambda what, share: said.append(what))
    assert again.folder == corpus.folder
    assert len(said) == 1
    elsewhere = build(str(moved), folder=tmp_path / "lab")
    assert {**contents(elsewhere.folder), "corpus.json": b""} == {**contents(corpus.folder), "corpus.json": b""}


def test_another_text_or_setting_is_packed_anew(notes: str, corpus: PackedCorpus, tmp_path: Path):
    changed = tmp_path / "notes.txt"
    changed.write_text(Path(notes).read_text().replace("Gustav", "Gustaf", 1))
    assert build(str(changed), folder=tmp_path).folder.name != corpus.folder.name
    assert build(notes, folder=tmp_path, seed=1).folder.name != corpus.folder.name
    assert build(notes, folder=tmp_path, vocab_size=450).card.vocab_size == 450


def test_a_killed_build_goes_on_and_ends_the_same(notes: str, tmp_path: Path):
    class Killed(BaseException):
        pass

    second = tmp_path / "more.txt"
    second.write_text(paragraphs(120_000, seed=9))
    whole = build(notes, str(second), folder=tmp_path / "whole")

    stages: list[str] = []
    for n_calls in range(40):
        calls = iter(range(n_calls))

        def interrupt(what: str, share: float, calls: Iterator[int] = calls) -> None:
            if next(calls, None) is None:
                stages.append(what)
                raise Killed

        with contextlib.suppress(Killed):
            build(notes, str(second), folder=tmp_path / "killed", on_progress=interrupt)
            break
        assert not list((tmp_path / "killed").glob("????????????????"))
    assert len(set(stages)) == 5  # it was killed in each stage
    resumed = build(notes, str(second), folder=tmp_path / "killed")
    assert contents(resumed.folder) == contents(whole.folder)
    assert [path.name for path in (tmp_path / "killed").iterdir() if path.is_dir()] == [resumed.folder.name]


def test_weights_are_shares_of_the_training_tokens(tmp_path: Path):
    (tmp_path / "words.txt").write_text(paragraphs(120_000, seed=1))
    (tmp_path / "digits.txt").write_text(re.sub("[A-Za-z]", "7", paragraphs(120_000, seed=2)))
    corpus = build(f"{tmp_path}/words.txt=1", f"{tmp_path}/digits.txt=3", folder=tmp_path / "lab")
    texts = corpus.tokenizer.decode_batch(np.asarray(corpus.rows).tolist())
    n_digits = sum("777" in text for text in texts)
    assert n_digits / len(texts) == pytest.approx(0.75, abs=1.5 / len(texts))
    # Rows are mixed: the first half of them has the same shares.
    half = texts[: len(texts) // 2]
    assert sum("777" in text for text in half) / len(half) == pytest.approx(0.75, abs=0.08)
    assert {document.strand for document in corpus.held_out} == {"words", "digits"}


def test_a_given_tokenizer_and_own_clozes_are_used(notes: str, corpus: PackedCorpus, tmp_path: Path):
    own = {"task": "mine", "prefix": "Then the", "choices": [" old", " new"], "answer": " old"}
    (tmp_path / "c.jsonl").write_text(json.dumps(own))
    given = corpus.folder / "tokenizer.json"
    again = build(notes, folder=tmp_path, tokenizer=given, cloze_file=tmp_path / "c.jsonl")
    assert (again.folder / "tokenizer.json").read_bytes() == given.read_bytes()
    assert again.clozes[-1].task == "mine"
    assert again.clozes[:-1] == corpus.clozes


def test_what_cannot_work_is_refused(notes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SkillscaleError, match="at least 16"):
        build(notes, folder=tmp_path, context=8)
    with pytest.raises(SkillscaleError, match="give one of them"):
        build(notes, folder=tmp_path, vocab_size=600, tokenizer=tmp_path / "t.json")
    for size in (-5, 0, 299, 262_145):
        with pytest.raises(SkillscaleError, match="from 300 to 262,144"):
            build(notes, folder=tmp_path / "new", vocab_size=size)
    (tmp_path / "clozes.jsonl").write_text("{}")
    with monkeypatch.context() as patch:
        patch.setattr(building, "_digest", None)  # no text is read before
        with pytest.raises(SkillscaleError, match="line 1: 'task'"):
            build(notes, folder=tmp_path / "new", cloze_file=tmp_path / "clozes.jsonl")
    assert not (tmp_path / "new").exists()
    with pytest.raises(SkillscaleError, match=r"t\.json cannot be read"):
        build(notes, folder=tmp_path, tokenizer=tmp_path / "t.json")
    with pytest.raises(SkillscaleError, match="rows of 8192 tokens, too few"):
        build(notes, folder=tmp_path, context=8192)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building, "write_tokens", full)
    with pytest.raises(SkillscaleError, match="No space left"):
        build(notes, folder=tmp_path)


def test_the_page_on_adding_a_corpus_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    page = Path(__file__).parents[3] / "docs" / "adding-a-corpus.md"
    from_python, new_reader = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    Path("notes.txt").write_text(paragraphs(110_000, seed=3))
    names: dict[str, Any] = {}
    exec(from_python, names)  # noqa: S102
    assert names["corpus"].rows.shape[1] == 64
    monkeypatch.setitem(READERS, ".csv", READERS[".txt"])
    exec(new_reader, {})  # noqa: S102
    lines = "".join(f'"{line}"\n' for line in paragraphs(110_000, seed=4).splitlines() if line)
    Path("table.csv").write_text("text\n" + lines)
    built = build("table.csv", folder=tmp_path / "csv")
    assert built.card.settings["text_bytes"] == pytest.approx(110_000, rel=0.02)


def test_published_texts_give_clozes_of_every_kind(shared: Path, tmp_path: Path):
    corpus = build(str(shared / "data/text/wikitext2_valid.txt"), folder=tmp_path, context=256, n_clozes=50)
    assert {cloze.task for cloze in corpus.clozes} == {
        "capitalised-name",
        "function-word",
        "number",
        "other-word",
        "punctuation",
    }
    assert not any("<unk>" in choice for cloze in corpus.clozes for choice in (cloze.answer, *cloze.distractors))
    assert corpus.card.bytes_per_token == pytest.approx(2.82, abs=0.1)
    assert isinstance(corpus.tokenizer, Tokenizer)
