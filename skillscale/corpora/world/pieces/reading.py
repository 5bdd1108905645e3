"""What the training text holds of pieces: which sets of skills on which topics, which texts, word for word, and how often each skill and topic.

n pieces, k skills, r rows, t tokens
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world.draft import Ids, ids_of
from skillscale.corpora.world.lexicon import COUNTS, EOS, PIECE_SKILLS, TOPICS, vocabulary
from skillscale.corpora.world.strands.pieces import MAX_K

READ_ROWS = 200_000  # of the packed corpus at a time
LONGEST_TEXT = 64  # tokens
TOPIC_BITS = np.uint64(8)
Codes = NDArray[np.uint64]

# A text's key is Σ token · multiplier of its place, modulo 2^64: of a million texts two agree by chance once in 37 million worlds.
_MULTIPLIERS = np.random.default_rng(20261121).integers(1, 2**63, LONGEST_TEXT, dtype=np.uint64) * np.uint64(
    2
) + np.uint64(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceCounts:
    """How many of all `n` pieces of a text show a skill, are on a topic, and show k skills; `standing`: how many different combinations of k skills and a topic."""

    n: int
    skills: Mapping[str, int]
    topics: Mapping[str, int]
    sizes: Mapping[int, int]
    standing: Mapping[int, int]

    @property
    def skill_frequency(self) -> float:
        """Of the most frequent skill, as a share of pieces. Zero pieces have no shares."""
        return max(self.skills.values()) / self.n

    @property
    def topic_frequency(self) -> float:
        """Of the most frequent topic."""
        return max(self.topics.values()) / self.n

    def n_combinations(self, k: int) -> int:
        """How many combinations of k skills and a topic there are, in the text or not."""
        return comb(len(self.skills), k) * len(self.topics)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PieceText:
    """In rising order. `combinations`: codes of all (set of skills, topic) that stand in the text, whole or within a larger set; `texts`: keys."""

    combinations: Codes
    texts: Codes
    counts: PieceCounts

    def holds(self, skills: tuple[str, ...], topic: str) -> bool:
        """Does a training text show all of these skills on that topic?"""
        return _stands_in(self.combinations, combination_code(skills, topic))

    def holds_set(self, skills: tuple[str, ...]) -> bool:
        """Does a training text show all of these skills on any topic?"""
        return any(self.holds(skills, topic) for topic in TOPICS)

    def has_text(self, tokens: tuple[int, ...]) -> bool:
        """Does this very text stand there as a whole piece, whatever skills it was announced with?"""
        return _stands_in(self.texts, text_key(tokens))

    def of_size(self, k: int) -> list[tuple[tuple[str, ...], str]]:
        """The combinations of k skills, in a fixed order."""
        sets = self.combinations >> TOPIC_BITS
        found = self.combinations[np.bitwise_count(sets) == k]
        return [_decoded(int(code)) for code in found]


def _stands_in(rising: Codes, code: np.uint64) -> bool:
    at = int(np.searchsorted(rising, code))
    return at < len(rising) and bool(rising[at] == code)


def combination_code(skills: tuple[str, ...], topic: str) -> np.uint64:
    """One number for a set of skills on a topic."""
    bits = sum(1 << PIECE_SKILLS.index(skill) for skill in skills)
    return np.uint64((bits << int(TOPIC_BITS)) | tuple(TOPICS).index(topic))


def _decoded(code: int) -> tuple[tuple[str, ...], str]:
    bits = code >> int(TOPIC_BITS)
    skills = tuple(skill for i, skill in enumerate(PIECE_SKILLS) if bits >> i & 1)
    return skills, tuple(TOPICS)[code & ((1 << int(TOPIC_BITS)) - 1)]


def text_key(tokens: tuple[int, ...]) -> np.uint64:
    """The key of a text by its tokens; one that is too long for any training text gets that of its beginning and its length."""
    padded = np.zeros(LONGEST_TEXT, np.uint64)
    padded[: len(tokens)] = tokens[:LONGEST_TEXT]
    padded[-1] += np.uint64(max(0, len(tokens) - LONGEST_TEXT))
    return (padded * _MULTIPLIERS).sum(dtype=np.uint64)


def read_pieces(corpus: PackedCorpus) -> PieceText:
    """Exact: every training row is read."""
    found = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    shown_s, on_t, sizes_k = (np.zeros(n, np.int64) for n in (len(PIECE_SKILLS), len(TOPICS), MAX_K + 1))
    for start in range(0, corpus.card.n_rows, READ_ROWS):
        some = _of_rows(np.asarray(corpus.rows[start : start + READ_ROWS]))
        for codes, kind in zip((_subset_codes(some), some.keys_n), found, strict=True):
            kind.append(np.unique(codes))
        shown_s += np.bincount(some.skill_nk[np.arange(MAX_K) < some.k_n[:, None]], minlength=len(shown_s))
        on_t += np.bincount(some.topic_n, minlength=len(on_t))
        sizes_k += np.bincount(some.k_n, minlength=len(sizes_k))
    combined, texts = (np.unique(np.concatenate(kind)) for kind in found)
    standing_k = np.bincount(np.bitwise_count(combined >> TOPIC_BITS), minlength=MAX_K + 1)
    counts = PieceCounts(
        n=int(sizes_k.sum()),
        skills=dict(zip(PIECE_SKILLS, shown_s.tolist(), strict=True)),
        topics=dict(zip(TOPICS, on_t.tolist(), strict=True)),
        sizes={k: int(sizes_k[k]) for k in range(1, MAX_K + 1)},
        standing={k: int(standing_k[k]) for k in range(1, MAX_K + 1)},
    )
    return PieceText(combinations=combined, texts=texts, counts=counts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pieces:
    """Pieces by index: skills in order (what stands after the last is no skill), how many, the topic, and keys of texts."""

    skill_nk: Ids
    k_n: Ids
    topic_n: Ids
    keys_n: Codes


def _of_rows(row_rt: np.ndarray) -> _Pieces:
    """All pieces in these rows; documents are whole in a row."""
    words = vocabulary()
    at_r, at_t = np.nonzero(row_rt == words["piece"])
    width = 4 + MAX_K + LONGEST_TEXT
    padded_rt = np.pad(row_rt, ((0, 0), (0, width)), constant_values=words[EOS])
    piece_nt = padded_rt[at_r[:, None], at_t[:, None] + np.arange(width)].astype(np.int64)
    place_of = np.full(len(words), -1)
    for options in (ids_of(COUNTS), ids_of(tuple(TOPICS)), ids_of(PIECE_SKILLS)):
        place_of[options] = np.arange(len(options))
    k_n = 1 + place_of[piece_nt[:, 1]]
    text_nt = piece_nt[np.arange(len(k_n))[:, None], (4 + k_n)[:, None] + np.arange(LONGEST_TEXT)]
    inside_nt = np.cumsum(text_nt == words[EOS], axis=1) == 0
    return _Pieces(
        skill_nk=place_of[piece_nt[:, 3 : 3 + MAX_K]],
        k_n=k_n,
        topic_n=place_of[piece_nt[:, 2]],
        keys_n=(np.where(inside_nt, text_nt, 0).astype(np.uint64) * _MULTIPLIERS).sum(axis=1, dtype=np.uint64),
    )


def _subset_codes(pieces: _Pieces) -> Codes:
    """Of every piece the code of each set of one or more of its skills."""
    bits_nk = np.uint64(1) << np.maximum(pieces.skill_nk, 0).astype(np.uint64)
    found: list[Codes] = []
    for size in range(1, MAX_K + 1):
        for places in combinations(range(MAX_K), size):
            rows = pieces.k_n > places[-1]
            bits_r = bits_nk[rows][:, list(places)].sum(axis=1, dtype=np.uint64)
            found.append(np.unique((bits_r << TOPIC_BITS) | pieces.topic_n[rows].astype(np.uint64)))
    return np.concatenate(found)
