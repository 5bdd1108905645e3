"""A packed world: whole documents, padded rows, the same text as the world's own."""

from pathlib import Path

import numpy as np
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import Stream, World, WorldConfig, build_world_corpus
from skillscale.errors import SkillscaleError


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    return build_world_corpus(
        WorldConfig(seed=1),
        tmp_path_factory.mktemp("world"),
        n_tokens=150_000,
        context=64,
        n_held_out=300,
        n_clozes=5,
        seen_within=20_000,
    )


def test_rows_hold_the_training_text_in_order(corpus: PackedCorpus) -> None:
    rows, card = corpus.rows, corpus.card
    assert rows.shape == (card.n_rows, 64) and (rows[:, 0] == card.eos_id).all()
    predicted = rows[:, 1:]
    assert int((predicted != card.pad_id).sum()) == card.n_tokens >= 150_000
    text = World(WorldConfig(seed=1)).chunk(Stream.TRAINING, 0).tokens_t
    packed = predicted[predicted != card.pad_id]
    assert (packed[: len(text)] == text).all()


def test_no_document_is_cut(corpus: PackedCorpus) -> None:
    lengths = (corpus.rows != corpus.card.pad_id).sum(axis=1)
    last = corpus.rows[np.arange(len(lengths)), lengths - 1]
    assert (last == corpus.card.eos_id).all()


def test_held_out_documents_come_back_as_written(corpus: PackedCorpus) -> None:
    written = World(WorldConfig(seed=1)).documents(Stream.HELD_OUT, with_clozes=False)
    for document in corpus.held_out:
        assert document == next(written)
    assert corpus.card.held_out_tokens == sum(len(document.tokens) + 1 for document in corpus.held_out)


def test_a_context_too_short_for_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="at least 36"):
        build_world_corpus(WorldConfig(), tmp_path, n_tokens=1, context=16, n_held_out=1, n_clozes=1, seen_within=1)
