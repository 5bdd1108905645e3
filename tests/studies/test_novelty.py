"""From the rows of a lab and its training text to the bound beside look-up, as the report and `--json` tell it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.corpora.world.pieces.reading import read_pieces
from skillscale.laws.skill_mix.look_up import NoveltyOnLadder
from skillscale.studies.novelty import novelty_json, novelty_on_ladder
from tests.tiny_corpus import write_tiny_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    folder = tmp_path_factory.mktemp("world")
    return build_world_corpus(
        WorldConfig(seed=3), folder, n_tokens=300_000, context=64, n_held_out=20, n_clozes=2, seen_within=20_000
    )


def measured(**more: Any) -> dict[str, Any]:
    """One row of the table."""
    return {
        "run": "d16-s0-aa",
        "model": "d16-s0-aa/tokens-9",
        "n_params": 6000,
        "n_tokens": 9,
        "task": "skill-mix",
        "stratum": "unseen",
        "k": 2,
        "metric": "full_marks_best",
        "value": 0.5,
        "n_items": 72,
    } | more


def rows() -> pl.DataFrame:
    large = {"run": "d96-s0-bb", "model": "d96-s0-bb/tokens-9", "n_params": 220_000}
    return pl.DataFrame(
        [
            *(measured(stratum=stratum, k=k) for stratum in ("seen", "unseen") for k in (2, 3, 4)),
            *(measured(stratum=stratum, k=k, value=0.75, **large) for stratum in ("seen", "unseen") for k in (2, 4)),
            *(measured(k=k, value=one, **large) for k, one in ((5, 0.25), (6, 0.0), (7, None))),
            measured(model="d16-s0-aa/tokens-4", n_tokens=4, value=1.0),
            measured(metric="full_marks", value=1.0),
            measured(stratum="graded by acme", value=1.0),
            measured(stratum="seen", k=1, value=1.0),
        ]
    )


def test_the_longest_training_of_each_rung_is_held_against_its_text(corpus: PackedCorpus) -> None:
    found = novelty_on_ladder(rows(), corpus.folder)
    assert found is not None
    counts = read_pieces(corpus).counts
    assert found.counts == counts and [one.k for one in found.texts] == [2, 3, 4, 5, 6, 7, 8]
    assert [(rung.model, [one.k for one in rung.found]) for rung in found.rungs] == [
        ("d16-s0-aa/tokens-9", [2, 3, 4]),
        ("d96-s0-bb/tokens-9", [2, 4, 5, 6]),
    ]
    small, large = (rung.found for rung in found.rungs)
    assert small[0].unseen is not None and (small[0].unseen.successes, small[0].unseen.of) == (36, 72)
    for one, text in zip(small, found.texts, strict=False):  # as many successes on those that the text has as on others
        assert one.exact.value == pytest.approx(1 - counts.standing[text.k] / counts.n_combinations(text.k))
        assert one.success.value == pytest.approx(0.5)
    assert (large[2].exact.value, large[2].verdict, large[2].seen) == (1.0, "holds", None)
    assert (large[3].exact.value, large[3].verdict) == (None, "no success")


def test_programs_read_the_same(corpus: PackedCorpus) -> None:
    found = novelty_on_ladder(rows(), corpus.folder)
    assert found is not None
    held = json.loads(json.dumps(novelty_json(found), allow_nan=False))
    assert held["pieces"] == found.counts.n and len(held["skills"]) == 28 and len(held["topics"]) == 24
    assert sum(one["share"] for one in held["topics"].values()) == pytest.approx(1)
    (five,) = [one for one in held["novelty"] if one["k"] == 5]
    assert five["seen"] is None and five["unseen"] == {"successes": 18, "of": 72}
    assert 0.9 < five["unseen_share_at_least_low"] < five["unseen_share_at_least"] < 1
    assert five["unseen_share_by_look_up"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 72}
    (two,) = [one for one in held["in_text"] if one["k"] == 2]
    assert two["rate"] == two["standing"] / two["combinations"] <= two["rate_at_most"]


NOTHING: dict[str, Callable[[Path, Path], NoveltyOnLadder | None]] = {
    "no rows": lambda world, _: novelty_on_ladder(rows().filter(metric="full_marks"), world),
    "no text": lambda _, __: novelty_on_ladder(rows(), None),
    "no pieces": lambda _, tiny: novelty_on_ladder(rows(), tiny),
}


@pytest.mark.parametrize("what", NOTHING)
def test_nothing_is_told_without(what: str, corpus: PackedCorpus, tmp_path: Path) -> None:
    tiny = write_tiny_corpus(tmp_path / "tiny")
    assert NOTHING[what](corpus.folder, tiny.folder) is None
