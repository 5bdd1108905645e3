"""Many documents of one kind, written at once, left to right, with the log-probability of each token.

n documents, m options, c capacity (longest document)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skillscale.corpora.world.lexicon import EOS, vocabulary, words

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def ids_of(words: Sequence[str]) -> Ids:
    """Token ids of words, shape (len(words),)."""
    table = vocabulary()
    return np.array([table[word] for word in words], dtype=np.int64)


class Draft:
    """`n` documents in the making. `plan` keeps what was chosen, one array of n values a name."""

    def __init__(self, n: int, capacity: int) -> None:
        self.tokens_nc = np.zeros((n, capacity + 1), dtype=np.int32)  # and the closing eos
        self.logprobs_nc = np.zeros((n, capacity + 1), dtype=np.float32)
        self.lengths_n = np.zeros(n, dtype=np.int64)
        self.everyone = np.arange(n)
        self.plan: dict[str, npt.NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self.lengths_n)

    def say(self, ids: Ids | int, rows: Ids | None = None, logprob: Floats | float = 0.0) -> None:
        """Write one token in each of `rows` (all by default); `logprob` is that of the choice behind it, in nats."""
        rows = self.everyone if rows is None else rows
        columns = self.lengths_n[rows]
        self.tokens_nc[rows, columns] = ids
        self.logprobs_nc[rows, columns] = logprob
        self.lengths_n[rows] = columns + 1

    def say_word(self, word: str, rows: Ids | None = None) -> None:
        self.say(vocabulary()[word], rows)

    def words(self, row: int) -> list[str]:
        """The text of one document, without its closing eos."""
        text = [words()[i] for i in self.tokens_nc[row, : self.lengths_n[row]]]
        return text[:-1] if text[-1] == EOS else text

    def choose(
        self, rng: np.random.Generator, options: Ids, rows: Ids | None = None, weights: Floats | None = None
    ) -> Ids:
        """Draw one of `options` (m,) for each row, write it, return which (index into options).

        `weights` sum to 1: (m,), or (len(rows), m) where each row has its own; uniform by default.
        """
        n = len(self.everyone if rows is None else rows)
        index_n, logprob = draw(rng, n, len(options), weights)
        self.say(options[index_n], rows, logprob)
        return index_n


def draw(rng: np.random.Generator, n: int, m: int, weights: Floats | None = None) -> tuple[Ids, Floats | float]:
    """n draws from m options, and the log-probability of each draw."""
    if weights is None:
        return rng.integers(0, m, n), -float(np.log(m))
    if weights.ndim == 1:
        index_n = np.minimum(np.searchsorted(np.cumsum(weights), rng.random(n), side="right"), m - 1)
        # float round-off at the upper end must not draw an option of weight 0
        index_n = np.where(weights[index_n] > 0, index_n, np.flatnonzero(weights)[-1])
        with np.errstate(divide="ignore"):  # of options that are never drawn
            return index_n, np.log(weights)[index_n]
    cumulative_nm = np.cumsum(weights, axis=1)
    target_n1 = rng.random((n, 1)) * cumulative_nm[:, -1:]
    index_n = np.argmax(cumulative_nm > target_n1, axis=1)
    return index_n, np.log(weights[np.arange(n), index_n])


def zipf(n: int, exponent: float) -> Floats:
    """Probabilities of ranks 1…n, falling as rank^-exponent."""
    weights = np.arange(1, n + 1, dtype=np.float64) ** -exponent
    return weights / weights.sum()
