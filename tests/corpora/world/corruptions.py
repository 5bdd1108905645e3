"""Texts of the pocket world, damaged in the ways in which models go wrong."""

from collections.abc import Sequence

import numpy as np

from skillscale.corpora.world.lexicon import SECTIONS, words

NEIGHBOURS: dict[str, list[str]] = {}
for some in SECTIONS.values():
    for word in some:
        NEIGHBOURS.setdefault(word, []).extend(some)


def corrupted(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    """One to three changes: a word by one of its kind or any other, swapped, dropped, doubled; clauses moved or of another text."""
    for _ in range(int(rng.integers(1, 4))):
        text = CHANGES[int(rng.integers(len(CHANGES)))](text, rng, pool)
    return text


def _like(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    tokens = text.split()
    at = int(rng.integers(len(tokens)))
    near = NEIGHBOURS.get(tokens[at], [tokens[at]])
    return " ".join((*tokens[:at], near[int(rng.integers(len(near)))], *tokens[at + 1 :]))


def _from_within(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    """A word by another of the same text: of the same topic."""
    tokens = text.split()
    at, other = rng.integers(len(tokens), size=2)
    return " ".join((*tokens[:at], tokens[other], *tokens[at + 1 :]))


def _any(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    tokens = text.split()
    at = int(rng.integers(len(tokens)))
    return " ".join((*tokens[:at], words()[int(rng.integers(len(words())))], *tokens[at + 1 :]))


def _swapped(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    tokens = text.split()
    a, b = rng.integers(len(tokens), size=2)
    tokens[a], tokens[b] = tokens[b], tokens[a]
    return " ".join(tokens)


def _dropped(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    tokens = text.split()
    at = int(rng.integers(len(tokens)))
    return " ".join((*tokens[:at], *tokens[at + 1 :])) or "."


def _doubled(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    tokens = text.split()
    at = int(rng.integers(len(tokens)))
    return " ".join((*tokens[: at + 1], *tokens[at:]))


def _sentences_moved(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    parts = [part.strip() for part in text.split(".") if part.strip()]
    return " ".join(f"{parts[i]} ." for i in rng.permutation(len(parts))) or "."


def _turned(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    """The two clauses of the first sentence, the other way round."""
    first, dot, rest = text.partition(" .")
    return " and ".join(first.split(" and ")[::-1]) + dot + rest


def _grafted(text: str, rng: np.random.Generator, pool: Sequence[str]) -> str:
    """A sentence of another text takes the place of one."""
    parts = [part.strip() for part in text.split(".") if part.strip()] or ["and"]
    other = [part.strip() for part in pool[int(rng.integers(len(pool)))].split(".") if part.strip()]
    parts[int(rng.integers(len(parts)))] = other[int(rng.integers(len(other)))]
    return " ".join(f"{part} ." for part in parts)


CHANGES = (
    _like,
    _like,
    _from_within,
    _from_within,
    _any,
    _swapped,
    _dropped,
    _doubled,
    _sentences_moved,
    _turned,
    _grafted,
)
