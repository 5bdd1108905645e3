"""A checkpoint thinks: every try is kept, the shares are those of the tries, and the costs are counted."""

import math
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.corpora.world.lexicon import world_tokenizer
from skillscale.corpora.world.world import Stream, World
from skillscale.experiments.evaluate import Identity
from skillscale.experiments.thinking import ladder_thinking
from skillscale.experiments.thinking.ladder_thinking import ASKED_ONCE, measure_thinking, verifier_scores
from skillscale.experiments.thinking.problems import chain_problems
from skillscale.experiments.thinking.ways import Try
from skillscale.models.local import LocalModel
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import write_tiny_corpus

IDENTITY: Identity = {"family": "f", "run": "d16-s0-0", "model": "d16-s0-0/tokens-1"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    folder = tmp_path_factory.mktemp("world")
    return build_world_corpus(
        WorldConfig(seed=3), folder, n_tokens=100_000, context=64, n_held_out=20, n_clozes=4, seen_within=100_000
    )


def test_problems_are_held_out_chains_with_their_true_steps(corpus: PackedCorpus) -> None:
    problems = chain_problems(corpus, n_per_k=3)
    assert sorted({one.k for one in problems}) == [2, 3, 4, 6] and len(problems) == 12
    clozes = {cloze.prefix: cloze for cloze in corpus.clozes if cloze.task == "chains-worked"}
    for one in problems:
        assert one.worked_document == one.worked + clozes[one.worked].answer
        assert clozes[one.worked].stratum == f"k={one.k} unseen"
        assert len(one.customs) == len(one.values) == one.k
    assert all(clozes[one.worked].stratum.endswith("seen") for one in chain_problems(corpus, seen=True))


def test_every_try_is_kept_with_its_cost_and_the_shares_are_theirs(
    corpus: PackedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder_thinking, "N_SAMPLES", 5)
    model = LocalModel(write_tiny_checkpoint(tmp_path / "checkpoint", world_tokenizer(), context=64))
    rows = measure_thinking(model, corpus, identity=IDENTITY, folder=tmp_path)
    tries = pl.read_parquet(tmp_path / "thinking.parquet")
    n = len(chain_problems(corpus))
    assert tries.filter(way="sampled").height == 5 * n
    assert tries.filter(way="forced").group_by("k").len().sort("k")["len"].to_list() == [8, 12, 16, 24]
    asked = tries.filter(pl.col("missing").is_null())
    assert asked["read_flops"].min() > 0  # type: ignore[operator]
    longer = asked.filter(way="sampled").filter(pl.col("n_later") > 0)
    assert (longer["said_flops"] > 0).all()
    scores = tries.filter(way="sampled")["verifier"].drop_nulls()
    assert scores.len() > 0 and scores.is_between(0, 1).all()
    assert {(row.stratum, row.k) for row in rows} == {(way, k) for way in ASKED_ONCE for k in (None, 2, 3, 4, 6)}
    for row in rows:
        own = tries.filter(way=row.stratum).filter(pl.col("k") == (row.k or pl.col("k")))
        assert row.n_items == own["right"].count()
        assert row.missing is not None if row.n_items == 0 else row.value == own["right"].mean()


def test_a_verifier_judges_step_by_step_as_the_worlds_text_does(corpus: PackedCorpus) -> None:
    (problem, *_), asked = chain_problems(corpus), list[str]()

    class Judge:
        def choice_logprobs(
            self, prefixes: list[str], choices: list[tuple[str, ...]]
        ) -> list[tuple[float, float] | None]:
            asked.extend(prefixes)
            assert set(choices) == {(" yes", " no")}
            return [None if text.endswith("z") else (0.0, math.log(3)) for text in prefixes]

    def said(way: str, text: str | None) -> Try:
        return Try(
            problem=0, way=way, sample=0, said=text, right=None, steps_right=None, logprob=0.0, n_read=1, n_later=0
        )

    tries = [said("sampled", text) for text in (" a b = b", None, " = b", " a z = z", " c")] + [
        said("worked", " a b = b")
    ]
    scores = verifier_scores(Judge(), [problem], tries)  # type: ignore[arg-type]
    question = f"check {problem.worked}"
    assert asked == [f"{question} a", f"{question} a yes b", f"{question} a yes z", f"{question} c"]
    assert scores == [pytest.approx(1 / 16), None, None, None, pytest.approx(1 / 4), None]


def test_the_words_of_a_verdict_are_the_worlds_own() -> None:
    world = World(WorldConfig(seed=3, shares={"verifying": 1.0, "customs": 1.0}))
    documents = [one.text for one in islice(world.documents(Stream.HELD_OUT), 400) if one.text.startswith("check two")]
    judged = [text.partition(" : ")[2].split() for text in documents if " : " in text]
    assert judged and all(set(words[1::2]) <= {"yes", "no"} for words in judged)


def test_nothing_is_asked_where_there_are_no_chains(tmp_path: Path) -> None:
    tiny = write_tiny_corpus(tmp_path / "tiny")
    model = LocalModel(write_tiny_checkpoint(tmp_path / "checkpoint", tiny.tokenizer))
    assert measure_thinking(model, tiny, identity=IDENTITY, folder=tmp_path) == []
    assert not (tmp_path / "thinking.parquet").exists()
