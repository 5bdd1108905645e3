"""The pocket Skill-Mix: what is asked, what the training text holds of it, and how texts become scores."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.corpora.world.lexicon import EOS, vocabulary, words
from skillscale.corpora.world.pieces.constructions import longest_piece
from skillscale.corpora.world.pieces.reading import LONGEST_TEXT, text_key
from skillscale.experiments.evaluate import Identity
from skillscale.experiments.skill_mix.pocket import GENERATIONS, measure_pocket_skill_mix, scored
from skillscale.experiments.skill_mix.pocket_asked import PocketMix, has_pieces, pocket_mix
from skillscale.models.local import LocalModel
from skillscale.models.sampling import Sample
from skillscale.observations.observation import Observation
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import write_tiny_corpus

IDENTITY: Identity = {"family": "f", "run": "d16-s0-0", "model": "d16-s0-0/tokens-1"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    folder = tmp_path_factory.mktemp("world")
    return build_world_corpus(
        WorldConfig(seed=3), folder, n_tokens=300_000, context=64, n_held_out=20, n_clozes=2, seen_within=20_000
    )


@pytest.fixture(scope="module")
def mix(corpus: PackedCorpus) -> PocketMix:
    return pocket_mix(corpus.folder)


@pytest.fixture(scope="module")
def written(corpus: PackedCorpus) -> list[list[str]]:
    """The pieces of the training text, read document by document."""
    text = " ".join(words()[int(token)] for token in corpus.rows.ravel())
    return [part.split() for part in text.split(EOS) if part.split()[:1] == ["piece"]]


def test_what_stands_in_the_training_text_is_found_by_look_up(mix: PocketMix, written: list[list[str]]) -> None:
    held: set[tuple[str, frozenset[str]]] = set()
    for document in written:
        topic, skills, text = document[2], document[3 : document.index(":")], document[document.index(":") + 1 :]
        held |= {(topic, frozenset(some)) for k in range(1, len(skills) + 1) for some in combinations(skills, k)}
        assert mix.text.has_text(tuple(vocabulary()[word] for word in text))
    assert len(mix.text.combinations) == len(held) and 900 < len(mix.text.texts) <= len(written)
    for one in mix.asked:
        assert one.in_text == ((one.topic, frozenset(one.skills)) in held)
        assert one.set_in_text == any(set(one.skills) <= some for _, some in held)
    assert not mix.text.has_text(tuple(vocabulary()[word] for word in [*written[0][7:], "."]))
    assert text_key((5,) * LONGEST_TEXT) != text_key((5,) * (LONGEST_TEXT + 1))


def test_unseen_combinations_hold_a_pair_that_never_meets_and_seen_ones_stand_in_the_text(mix: PocketMix) -> None:
    facts = mix.truths.facts
    by_k = {(one.stratum, one.k): [other for other in mix.asked if (other.stratum, other.k) == (one.stratum, one.k)] for one in mix.asked}  # fmt: skip
    assert set(by_k) == {*(("seen", k) for k in range(1, 5)), *(("unseen", k) for k in range(2, 9))}
    for (stratum, k), some in by_k.items():
        assert len(some) == 72 == len({one.combination for one in some})
        for one in some:
            assert len(set(one.skills)) == k and one.prompt.split()[3:-1] == list(one.skills)
            assert facts.held_out(one.skills) == (stratum == "unseen")
            assert one.in_text == (stratum == "seen") or k == 1
            assert one.set_in_text == (stratum == "seen")
    for stratum, first, last in (("unseen", 2, 8), ("seen", 2, 4)):
        for k in range(first, last):
            for one, more in zip(by_k[stratum, k], by_k[stratum, k + 1], strict=True):
                assert (more.topic, more.skills[:k], more.combination) == (one.topic, one.skills, one.combination)
    asked = Counter(skill for one in by_k["unseen", 2] for skill in one.skills)
    assert len(asked) == 28 and max(asked.values()) - min(asked.values()) <= 4
    topics = Counter(one.topic for one in by_k["unseen", 2])
    assert len(topics) == 24 and max(topics.values()) <= 5


class Writer:
    """Stands for a checkpoint: says a given text after each prompt."""

    def __init__(self, corpus: PackedCorpus, say: Any) -> None:
        self.tokenizer, self.context, self.say = corpus.tokenizer, 64, say

    def sample(self, prompts: list[str], *, n: int, **_: Any) -> list[list[Sample]]:
        return [[self.say(prompt, i) for i in range(n)] for prompt in prompts]


def said(text: str) -> Sample:
    return Sample(text=text, tokens=tuple(vocabulary()[word] for word in text.split()), logprob=-1.0, ended=True)


def by_metric(rows: tuple[Observation, ...]) -> dict[tuple[str, int | None, str], Observation]:
    return {(row.stratum, row.k, row.metric): row for row in rows}


def test_a_writer_that_repeats_the_training_text_has_full_marks_and_is_found_out(
    corpus: PackedCorpus, mix: PocketMix, written: list[list[str]], tmp_path: Path
) -> None:
    """It knows one text for each single skill and topic; where it knows none, it says something else."""
    known = {" ".join(document[: document.index(":") + 1]): " ".join(document[document.index(":") + 1 :]) for document in written}  # fmt: skip
    copies = Writer(corpus, lambda prompt, _: said(known.get(prompt, "odd one")))
    rows = by_metric(measure_pocket_skill_mix(copies, corpus, identity=IDENTITY, folder=tmp_path))  # type: ignore[arg-type]
    n_known = sum(one.prompt in known for one in mix.asked if one.k == 1)
    assert n_known > 20
    assert rows["seen", 1, "full_marks"].value == pytest.approx(n_known / 72)
    assert rows["seen", 1, "copied"].value == rows["seen", 1, "full_marks"].value
    assert rows["seen", 1, "copied"].n_items == GENERATIONS * 72
    assert rows["unseen", 3, "full_marks"].value == rows["unseen", 3, "copied"].value == 0.0
    texts = pl.read_parquet(tmp_path / "skill-mix.parquet")
    assert len(texts) == GENERATIONS * len(mix.asked)
    right = texts.filter(pl.col("points").list.min() == 1)
    assert right["text_in_training_text"].all() and (right["reasons"].list.len() == 0).all()
    assert texts.filter(text="odd one")["reasons"].list.len().min() > 0  # type: ignore[operator]


def texts_of(points: list[list[list[int] | None]]) -> pl.DataFrame:
    """Points by combination and generation."""
    k = len(next(one for some in points for one in some if one)) - 3
    return pl.DataFrame(
        {
            "stratum": "unseen",
            "k": k,
            "combination": [str(c) for c, some in enumerate(points) for _ in some],
            "points": [one for some in points for one in some],
            "missing": [None if one else "not finite" for some in points for one in some],
            "text_in_training_text": [None if one is None else False for some in points for one in some],
        }
    )


def test_scores_are_means_of_one_generation_and_of_the_best() -> None:
    full, all_but_length, half, off = [1, 1, 1, 1, 1], [1, 1, 1, 1, 0], [1, 0, 1, 1, 1], [1, 0, 0, 1, 1]
    rows = by_metric(scored(texts_of([[full, half, off], [all_but_length, half, half], [off, off, off]]), IDENTITY))
    value = {name: row.value for (_, _, name), row in rows.items()}
    assert value["full_marks"] == pytest.approx(1 / 9) and value["full_marks_best"] == pytest.approx(1 / 3)
    assert value["all_skills"] == pytest.approx(2 / 9) and value["all_skills_best"] == pytest.approx(2 / 3)
    assert value["skill_fraction"] == pytest.approx((1.5 + 1.0 + 0) / 9)
    assert value["skill_fraction_best"] == pytest.approx((1 + 0.5 + 0) / 3)
    by_combination = [1 / 3, 0, 0]
    assert rows["unseen", 2, "full_marks"].stderr == pytest.approx(np.std(by_combination, ddof=1) / 3**0.5)
    assert rows["unseen", 2, "full_marks"].n_items == 3 and rows["unseen", 2, "full_marks"].direction == "up"


def test_a_text_that_is_missing_is_no_zero() -> None:
    full, off = [1, 1, 1, 1], [0, 1, 1, 1]
    rows = by_metric(scored(texts_of([[full, None, full], [off, off, full], [None, None, None]]), IDENTITY))
    assert rows["unseen", 1, "full_marks"].value == pytest.approx((1 + 1 / 3) / 2)
    assert rows["unseen", 1, "full_marks"].n_items == 2
    assert rows["unseen", 1, "full_marks_best"].value == 1.0 and rows["unseen", 1, "full_marks_best"].n_items == 1
    nothing = by_metric(scored(texts_of([[full, None, full], [None] * 3]).filter(combination="1"), IDENTITY))
    assert {row.missing for row in nothing.values()} == {"not finite"}


def test_what_a_model_cannot_write_to_its_end_is_missing(corpus: PackedCorpus) -> None:
    short = Writer(corpus, lambda prompt, _: said("odd one"))
    short.context = 48
    rows = by_metric(measure_pocket_skill_mix(short, corpus, identity=IDENTITY))  # type: ignore[arg-type]
    assert rows["unseen", 5, "full_marks"].value == 0.0
    missing = {k for (_, k, name), row in rows.items() if name == "full_marks" and row.missing}
    assert missing == {k for k in range(1, 9) if longest_piece(k) > 48} == {6, 7, 8}


def test_a_checkpoint_writes_three_texts_for_each_prompt(corpus: PackedCorpus, mix: PocketMix, tmp_path: Path) -> None:
    model = LocalModel(write_tiny_checkpoint(tmp_path / "model", corpus.tokenizer, context=64, spread=0.02))
    rows = measure_pocket_skill_mix(model, corpus, identity=IDENTITY, folder=tmp_path)
    texts = pl.read_parquet(tmp_path / "skill-mix.parquet")
    assert len(texts) == GENERATIONS * len(mix.asked) and texts["missing"].null_count() == len(texts)
    assert (texts["points"].list.len() == texts["k"] + 3).all()
    assert {row.task for row in rows} == {"skill-mix"} and all(row.value == 0 for row in rows if "full" in row.metric)


def test_nothing_is_measured_where_there_are_no_pieces(corpus: PackedCorpus, tmp_path: Path) -> None:
    tiny = write_tiny_corpus(tmp_path / "tiny")
    assert not has_pieces(tiny) and has_pieces(corpus)
    other = SimpleNamespace(tokenizer=tiny.tokenizer)
    assert measure_pocket_skill_mix(other, tiny, identity=IDENTITY) == ()  # type: ignore[arg-type]
    assert measure_pocket_skill_mix(other, corpus, identity=IDENTITY) == ()  # type: ignore[arg-type]
