"""The skill graph on a checkpoint: the pieces are the world's own text, and answers become the shares they say."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import torch
from numpy.typing import NDArray

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.corpora.world.lexicon import words, world_tokenizer
from skillscale.experiments.evaluate import Identity
from skillscale.experiments.skill_graph import MASTERED, ask_pieces, measure_skill_graph
from skillscale.experiments.skill_graph_pieces import (
    SkillPieces,
    has_customs,
    piece_tokens,
    skill_pieces,
    tuple_codes,
    tuples_in_rows,
)
from skillscale.models.local import LocalModel
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import write_tiny_corpus

IDENTITY: Identity = {"family": "f", "run": "d16-s0-0", "model": "d16-s0-0/tokens-1"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    folder = tmp_path_factory.mktemp("world")
    return build_world_corpus(
        WorldConfig(seed=3), folder, n_tokens=200_000, context=64, n_held_out=20, n_clozes=2, seen_within=20_000
    )


@pytest.fixture(scope="module")
def pieces(corpus: PackedCorpus) -> SkillPieces:
    return skill_pieces(corpus.folder)


def text_of(token_t: NDArray[np.int64]) -> str:
    return " ".join(words()[int(token)] for token in token_t)


def test_pieces_are_read_as_the_world_writes_them(corpus: PackedCorpus, pieces: SkillPieces) -> None:
    """A tuple that the training text has, with the symbol it has it with, is a beginning of the training text."""
    text = " ".join(text_of(row.astype(np.int64)) for row in corpus.rows)
    single = next(part for part in pieces.sets if part.k == 1)
    found = 0
    for n in range(64):
        said = text_of(piece_tokens(single, pieces.customs, corpus.card.eos_id)[n])
        found += f"{said} {words()[int(pieces.customs.symbols[single.value_nk[n, 0]])]}" in text
    assert found > 16  # 32 symbols of the two commonest customs
    chain = next(part for part in pieces.sets if part.k == 4)
    tokens = piece_tokens(chain, pieces.customs, corpus.card.eos_id)
    assert tokens.shape == (len(chain.symbol_n), 2 * 4 + 3)
    said = text_of(tokens[0]).split()
    assert said[:2] == ["<eos>", "four"] and said[7] == ":" and len(said) == 11


def test_values_are_those_of_the_customs(pieces: SkillPieces) -> None:
    for part in pieces.sets:
        before = np.concatenate([part.symbol_n[:, None], part.value_nk[:, :-1]], axis=1)
        assert np.array_equal(part.value_nk, pieces.customs.table_fs[part.skill_nk, before])


def test_a_held_out_tuple_is_never_called_seen(pieces: SkillPieces) -> None:
    checked = 0
    for part in pieces.sets:
        if part.k == 1:
            continue
        for skills, seen in zip(part.skill_nk[::64], part.seen_n[::64], strict=True):
            held_out = pieces.customs.held_out(tuple(str(pieces.customs.names[s]) for s in skills))
            assert not (held_out and seen)
            checked += held_out
    assert checked > 20


def test_tuples_of_the_text_are_counted_as_a_plain_reading_counts_them(
    corpus: PackedCorpus, pieces: SkillPieces
) -> None:
    rank = {int(token): rank for rank, token in enumerate(pieces.customs.customs)}
    runs: set[tuple[int, ...]] = set()
    for row in corpus.rows[:400]:
        ranks = [rank.get(int(token)) for token in row]
        runs |= {tuple(r for r in ranks[t : t + 3] if r is not None) for t in range(len(ranks) - 2)}
    runs = {run for run in runs if len(run) == 3}
    found = tuples_in_rows(corpus, pieces.customs, 3)
    codes = tuple_codes(np.array(sorted(runs)))
    assert len(codes) > 50 and np.isin(codes, found).all()
    singles = tuples_in_rows(corpus, pieces.customs, 1)
    assert np.isin(np.unique(found % np.uint64(256)), singles).all()


class Oracle:
    """Knows every custom of a rank below `knows`, and says the first symbol to others."""

    device, start_id, batch_tokens = "cpu", 1, 1536

    def __init__(self, pieces: SkillPieces, knows: int) -> None:
        self.customs, self.knows = pieces.customs, knows
        self.tokenizer = world_tokenizer()

    def model(self, *, input_ids: torch.Tensor, use_cache: bool, logits_to_keep: int) -> SimpleNamespace:
        k = logits_to_keep
        token_nt = input_ids.numpy()
        rank = {int(token): rank for rank, token in enumerate(self.customs.customs)}
        number = {int(token): number for number, token in enumerate(self.customs.symbols)}
        logits = torch.zeros(len(token_nt), k, len(words()))
        for n, token_t in enumerate(token_nt):
            before = [number[int(t)] for t in (token_t[2 + k], *token_t[4 + k :])]
            for step, skill in enumerate(rank[int(t)] for t in token_t[2 : 2 + k]):
                value = self.customs.table_fs[skill, before[step]] if skill < self.knows else 0
                logits[n, step, int(self.customs.symbols[value])] = 9.0
        return SimpleNamespace(logits=logits)


def test_a_model_that_knows_common_customs_fails_the_pieces_with_others(
    corpus: PackedCorpus, pieces: SkillPieces, tmp_path: Path
) -> None:
    oracle: LocalModel = Oracle(pieces, knows=32)  # type: ignore[assignment]
    rows = measure_skill_graph(oracle, corpus, identity=IDENTITY, folder=tmp_path)
    of = {(row.metric, row.stratum, row.k): row.value for row in rows if row.skill is None}
    assert of["competence", "common", 8] == of["mastered", "common unseen", 8] == 1.0
    known = pieces.customs.weights_f[:32].sum()
    theta = of["piece_error", "pieces", 4]
    # what it guesses of others is right now and then
    assert theta is not None and 0.7 * (1 - known**4) < theta < 1 - known**4 + 0.03
    single = of["mastered", "tuples", 1]
    assert single is not None and single == pytest.approx(known, abs=0.02)
    best = [row for row in rows if row.skill == f"custom {pieces.customs.names[0]}"]
    assert len(best) == 1 and best[0].k == 8 and best[0].n_items is not None and best[0].n_items > 4096
    table = pl.read_parquet(tmp_path / "skill-graph.parquet")
    asked = table.filter(set="common", k=8)
    assert asked["right"].list.all().all() and asked["nats"].list.max().max() < 0.15  # type: ignore[operator]
    assert 0.5 < MASTERED <= 1


def test_an_untrained_model_masters_nothing(corpus: PackedCorpus, pieces: SkillPieces, tmp_path: Path) -> None:
    model = LocalModel(write_tiny_checkpoint(tmp_path, world_tokenizer(), context=64))
    part = next(part for part in pieces.sets if part.kind == "pieces" and part.k == 8)
    right_nk, nats_nk = ask_pieces(model, piece_tokens(part, pieces.customs, model.start_id), part, pieces)
    assert right_nk.shape == nats_nk.shape == (4096, 8)
    assert right_nk.mean() < 0.05 and 4 < nats_nk.mean() < 9  # ln of the vocabulary is 6.2


def test_steps_are_scored_as_reading_the_whole_text_scores_them(
    corpus: PackedCorpus, pieces: SkillPieces, tmp_path: Path
) -> None:
    model = LocalModel(write_tiny_checkpoint(tmp_path, world_tokenizer(), context=64))
    part = next(part for part in pieces.sets if part.kind == "common" and part.k == 2)
    token_nt = piece_tokens(part, pieces.customs, model.start_id)
    _, nats_nk = ask_pieces(model, token_nt, part, pieces)
    last_n = pieces.customs.symbols[part.value_nk[:, -1:]]
    whole = model.token_logprobs(np.concatenate([token_nt, last_n], axis=1)[:8].tolist())
    assert np.allclose(nats_nk[:8], [-row[-2:] for row in whole], atol=1e-4)


def test_nothing_is_measured_where_no_skills_are_known(tmp_path: Path) -> None:
    tiny = write_tiny_corpus(tmp_path / "corpus")
    model = LocalModel(write_tiny_checkpoint(tmp_path / "model", tiny.tokenizer))
    assert not has_customs(tiny)
    assert measure_skill_graph(model, tiny, identity=IDENTITY, folder=tmp_path) == []
    assert not (tmp_path / "skill-graph.parquet").exists()
