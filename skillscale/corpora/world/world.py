"""The pocket world: its facts, its text and its true entropy, all from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from skillscale.corpora.document import Cloze, Document
from skillscale.corpora.packed import Entropy
from skillscale.corpora.world.draft import Draft, Ids
from skillscale.corpora.world.lexicon import EOS, vocabulary, words
from skillscale.corpora.world.pieces.facts import draw_facts
from skillscale.corpora.world.strand import Strand
from skillscale.corpora.world.strands.arithmetic import Arithmetic
from skillscale.corpora.world.strands.customs import Customs
from skillscale.corpora.world.strands.grammar import Grammar
from skillscale.corpora.world.strands.knowledge import Knowledge
from skillscale.corpora.world.strands.lexical import Lexical
from skillscale.corpora.world.strands.pieces import Pieces
from skillscale.corpora.world.strands.sentiment import Sentiment
from skillscale.corpora.world.strands.spatial import Spatial
from skillscale.corpora.world.strands.translation import Translation
from skillscale.corpora.world.strands.verifying import Verifying
from skillscale.errors import SkillscaleError

CHUNK = 8192  # documents that share a random stream

# Shares of documents, in proportion. Customs have three tenths of the tokens: chains need their single steps to be known.
SHARES = {
    "arithmetic": 0.08,
    "customs": 0.47,
    "grammar": 0.06,
    "knowledge": 0.14,
    "lexical": 0.06,
    "pieces": 0.12,
    "sentiment": 0.06,
    "spatial": 0.08,
    "translation": 0.05,
    "verifying": 0.08,
}


class Stream(IntEnum):
    """Documents of different streams never share random numbers."""

    FACTS = 0
    TRAINING = 1
    HELD_OUT = 2
    CLOZES = 3
    UNSEEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """What decides a world. `shares` are of documents, by strand; `held_out` is the share of combinations that the
    training text never has."""

    seed: int = 0
    shares: dict[str, float] = field(default_factory=lambda: dict(SHARES))
    n_people: int = 2048
    n_customs: int = 256
    people_exponent: float = 1.0
    customs_exponent: float = 1.2
    words_exponent: float = 0.7
    majority: float = 0.4
    held_out: float = 0.2

    def __post_init__(self) -> None:
        unknown = sorted(set(self.shares) - set(SHARES))
        if unknown:
            raise SkillscaleError(f"No strand is called {', '.join(unknown)}; the strands are {', '.join(SHARES)}.")
        shares = self.shares.values()
        if not all(0 <= share < float("inf") for share in shares) or sum(shares) <= 0:
            raise SkillscaleError(f"Shares must be finite and at least 0, and one above it; found {self.shares}.")
        if not 1 <= self.n_people <= 2304 or not 64 <= self.n_customs <= 256:
            raise SkillscaleError(
                f"A world has 1-2304 people and 64-256 customs; asked were {self.n_people} and {self.n_customs}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """CHUNK documents, end to end. `tokens_t` and `logprobs_t` include the closing eos of each; document i fills
    [starts_n[i], starts_n[i + 1])."""

    tokens_t: Ids
    logprobs_t: np.ndarray
    starts_n: Ids
    strand_n: Ids
    drafts: dict[str, Draft]


class World:
    """A pocket world. The same config always writes the same text, whatever part of it is asked for."""

    def __init__(self, config: WorldConfig) -> None:
        self.config = config
        rng = self.rng(Stream.FACTS)
        for_knowledge, for_translation, for_customs, for_pieces = rng.spawn(4)
        customs = Customs(for_customs, config.n_customs, config.customs_exponent, config.majority, config.held_out)
        knowledge = Knowledge(for_knowledge, config.n_people, config.people_exponent, config.held_out)
        translation = Translation(for_translation, config.words_exponent, config.held_out)
        strands: list[Strand] = [
            Arithmetic(),
            customs,
            Grammar(),
            knowledge,
            Lexical(),
            Pieces(draw_facts(for_pieces, knowledge, translation, customs)),
            Sentiment(),
            Spatial(),
            translation,
            Verifying(customs),
        ]
        total = sum(config.shares.values())
        self.shares = {name: share / total for name, share in sorted(config.shares.items()) if share > 0}
        self.strands = {strand.name: strand for strand in strands if strand.name in self.shares}

    def rng(self, stream: Stream, part: int = 0) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.config.seed, spawn_key=(stream, part)))

    def chunk(self, stream: Stream, index: int) -> Chunk:
        """Documents index·CHUNK … of a stream."""
        rng = self.rng(stream, index)
        names = list(self.shares)
        strand_n = rng.choice(len(names), CHUNK, p=list(self.shares.values()))
        drafts: dict[str, Draft] = {}
        lengths_n = np.zeros(CHUNK, dtype=np.int64)
        for which, name in enumerate(names):
            rows = np.flatnonzero(strand_n == which)
            draft = self.strands[name].compose(rng, len(rows))
            draft.logprobs_nc[:, 0] += np.log(self.shares[name])
            draft.say(vocabulary()[EOS], np.flatnonzero(~ended(draft)))
            lengths_n[rows] = draft.lengths_n
            drafts[name] = draft
        starts_n = np.concatenate([[0], np.cumsum(lengths_n)])
        tokens_t = np.zeros(starts_n[-1], dtype=np.int64)
        logprobs_t = np.zeros(starts_n[-1], dtype=np.float64)
        for which, name in enumerate(names):
            draft = drafts[name]
            columns = np.arange(draft.tokens_nc.shape[1])
            written = columns < draft.lengths_n[:, None]
            at = (starts_n[:-1][strand_n == which][:, None] + columns)[written]
            tokens_t[at] = draft.tokens_nc[written]
            logprobs_t[at] = draft.logprobs_nc[written]
        return Chunk(tokens_t=tokens_t, logprobs_t=logprobs_t, starts_n=starts_n, strand_n=strand_n, drafts=drafts)

    def documents(self, stream: Stream, *, with_clozes: bool = True) -> Iterator[Document]:
        """All documents of a stream, without end."""
        names = list(self.shares)
        index = 0
        while True:
            chunk = self.chunk(stream, index)
            rng = self.rng(stream, index).spawn(1)[0]
            seen = dict.fromkeys(names, 0)
            for i, which in enumerate(chunk.strand_n):
                name = names[which]
                row, seen[name] = seen[name], seen[name] + 1
                part = slice(chunk.starts_n[i], chunk.starts_n[i + 1] - 1)
                tokens = tuple(int(token) for token in chunk.tokens_t[part])
                strand, draft = self.strands[name], chunk.drafts[name]
                yield Document(
                    text=" ".join(words()[token] for token in tokens),
                    tokens=tokens,
                    strand=name,
                    stratum=strand.stratum(draft, row),
                    skills=strand.skills(draft, row),
                    clozes=strand.clozes(draft, row, rng) if with_clozes else (),
                    logprobs=tuple(float(p) for p in chunk.logprobs_t[part.start : part.stop + 1]),
                )
            index += 1

    def clozes(self, n_per_stratum: int, seen_within: int) -> list[Cloze]:
        """At most n clozes for each task and stratum.

        They are of documents not trained on, of unseen combinations, and, new questions, of combinations that occur
        in the first `seen_within` tokens of the training text.
        """
        found: dict[tuple[str, str], list[Cloze]] = {}

        def keep(clozes: tuple[Cloze, ...]) -> None:
            for cloze in clozes:
                kept = found.setdefault((cloze.task, cloze.stratum), [])
                if len(kept) < n_per_stratum and (
                    len(cloze.distractors) != 1 or _keeps_balance(cloze, kept, n_per_stratum)
                ):
                    kept.append(cloze)

        for index in range(4):
            chunk, rng = self.chunk(Stream.CLOZES, index), self.rng(Stream.CLOZES, index).spawn(1)[0]
            for strand, draft, row in self._rows(chunk):
                keep(strand.clozes(draft, row, rng))
        index, n_tokens = 0, 0
        while n_tokens < seen_within:
            chunk, rng = self.chunk(Stream.TRAINING, index), self.rng(Stream.TRAINING, index).spawn(1)[0]
            for strand, draft, row in self._rows(chunk):
                keep(strand.retold(draft, row, rng))
            index, n_tokens = index + 1, n_tokens + len(chunk.tokens_t)
        for index, strand in enumerate(self.strands.values()):
            if strand.has_unseen:
                rng = self.rng(Stream.UNSEEN, index)
                draft = strand.compose(rng, 24 * n_per_stratum, unseen=True)
                for row in range(len(draft)):
                    keep(strand.clozes(draft, row, rng))
        return [cloze for key in sorted(found) for cloze in found[key]]

    def _rows(self, chunk: Chunk) -> Iterator[tuple[Strand, Draft, int]]:
        """Each document of a chunk, strand by strand."""
        for name, draft in chunk.drafts.items():
            for row in range(len(draft)):
                yield self.strands[name], draft, row

    def entropy(self, n_chunks: int = 4, stream: Stream = Stream.HELD_OUT) -> dict[str, Entropy]:
        """True entropy in nats per token, by strand and for "all", from the world's own log-probabilities.

        A ratio estimate over n_chunks × 8192 documents; the standard error is over documents. The closing eos of each
        document counts as a token, and the choice of the strand as part of its first.
        """
        chunks = [self.chunk(stream, index) for index in range(n_chunks)]
        nats_n = np.concatenate([-np.add.reduceat(chunk.logprobs_t, chunk.starts_n[:-1]) for chunk in chunks])
        lengths_n = np.concatenate([np.diff(chunk.starts_n) for chunk in chunks])
        strand_n = np.concatenate([chunk.strand_n for chunk in chunks])
        every = {name: strand_n == which for which, name in enumerate(self.shares)}
        every["all"] = np.ones(len(strand_n), dtype=np.bool_)
        return {name: _entropy(nats_n[of], lengths_n[of]) for name, of in every.items() if of.any()}


def _keeps_balance(cloze: Cloze, kept: list[Cloze], n: int) -> bool:
    """Of a question with two answers, each is right half of the time: always saying one of them scores chance."""
    return sum(other.answer == cloze.answer for other in kept) < n // 2


def ended(draft: Draft) -> np.ndarray:
    """Which documents have written their closing eos themselves, because it was a choice."""
    return draft.tokens_nc[draft.everyone, draft.lengths_n - 1] == vocabulary()[EOS]


def _entropy(nats_n: np.ndarray, lengths_n: np.ndarray) -> Entropy:
    mean = nats_n.sum() / lengths_n.sum()
    residual_n = nats_n - mean * lengths_n
    stderr = np.sqrt((residual_n**2).sum()) / lengths_n.sum()
    return Entropy(nats=float(mean), stderr=float(stderr), n_tokens=int(lengths_n.sum()))
