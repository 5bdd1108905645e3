"""How often skills and topics stand in a training text: counted by hand, and by reading every document."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.corpora.world.lexicon import EOS, PIECE_SKILLS, TOPICS, vocabulary, words
from skillscale.corpora.world.pieces import reading
from skillscale.corpora.world.pieces.reading import read_pieces

ROWS = (
    f"piece two garden classify own : rake is tools and apple belongs to Mia . {EOS} piece one school own : desk belongs to Mia . {EOS}",
    f"dogs bark {EOS} piece two garden own classify : apple belongs to Tom and rake is tools . {EOS}",
    f"piece three garden own classify tally : apple belongs to Tom and rake is tools . boot boot makes two . {EOS}",
)


def by_hand(rows: tuple[str, ...]) -> Any:
    """Stands for a packed corpus with these rows."""
    tokens = [[vocabulary()[word] for word in row.split()] for row in rows]
    width = max(map(len, tokens))
    filled = np.array([row + [vocabulary()[EOS]] * (width - len(row)) for row in tokens], np.uint16)
    return SimpleNamespace(card=SimpleNamespace(n_rows=len(rows)), rows=filled)


@pytest.mark.parametrize("at_a_time", [1, 2, 200])
def test_four_pieces_counted_by_hand(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_ROWS", at_a_time)
    counts = read_pieces(by_hand(ROWS)).counts
    assert counts.n == 4
    assert {name: n for name, n in counts.skills.items() if n} == {"own": 4, "classify": 3, "tally": 1}
    assert {name: n for name, n in counts.topics.items() if n} == {"garden": 3, "school": 1}
    assert counts.sizes == {1: 1, 2: 2, 3: 1, 4: 0}
    # one: own, classify, tally in the garden, own at school; two: three pairs; three: one
    assert counts.standing == {1: 4, 2: 3, 3: 1, 4: 0}
    assert (counts.skill_frequency, counts.topic_frequency) == (1.0, 0.75)
    assert counts.n_combinations(2) == 28 * 27 // 2 * 24


def test_a_text_without_pieces_has_none() -> None:
    counts = read_pieces(by_hand((f"dogs bark {EOS}",))).counts
    assert counts.n == 0 and set(counts.skills.values()) == {0} and set(counts.standing.values()) == {0}


def test_all_pieces_of_a_world_are_counted(tmp_path: Path) -> None:
    """Read document by document, as text."""
    config = WorldConfig(seed=3)
    corpus = build_world_corpus(
        config, tmp_path, n_tokens=60_000, context=64, n_held_out=20, n_clozes=2, seen_within=20_000
    )
    text = " ".join(words()[int(token)] for token in corpus.rows.ravel())
    documents = [part.split() for part in text.split(EOS) if part.split()[:1] == ["piece"]]
    counts = read_pieces(corpus).counts
    shown = [tuple(one[3 : one.index(":")]) for one in documents]
    assert counts.n == len(documents) > 100
    assert counts.skills == {name: Counter(skill for some in shown for skill in some)[name] for name in PIECE_SKILLS}
    assert counts.topics == {name: Counter(one[2] for one in documents)[name] for name in TOPICS}
    assert counts.sizes == {k: sum(len(some) == k for some in shown) for k in range(1, 5)}
    for k, n in counts.standing.items():
        held = {
            (one[2], frozenset(s)) for one, some in zip(documents, shown, strict=True) for s in combinations(some, k)
        }
        assert n == len(held)
