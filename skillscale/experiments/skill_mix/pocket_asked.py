"""What the pocket Skill-Mix asks: combinations of skills and topics, some that the training text has and others that it cannot have."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import World, WorldConfig
from skillscale.corpora.world.lexicon import COUNTS, TOPICS
from skillscale.corpora.world.pieces.constructions import SKILLS
from skillscale.corpora.world.pieces.reading import PieceText, read_pieces
from skillscale.corpora.world.pieces.truth import Truths, truths_of
from skillscale.corpora.world.strands.pieces import MAX_K, Pieces, pieces_of
from skillscale.tasks.skill_mix.draw import Combination, draw
from skillscale.tasks.skill_mix.library import Library, Skill, Topic

Stratum = Literal["seen", "unseen"]
STREAM = 1_000_033  # spawn key: no stream of the world's text has it
MOST_K = 8
N_COMBINATIONS = 72  # at each k; three to a topic
N_DRAWN = 10 * 24  # a good half of them have two first skills that never meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One prompt. `combination` is the same at every k of its stratum: the skills at k are a prefix of those at k + 1.

    `in_text`: does a training text show these skills on this topic? `set_in_text`: on any topic?
    """

    stratum: Stratum
    k: int
    combination: str
    topic: str
    skills: tuple[str, ...]
    in_text: bool
    set_in_text: bool

    @property
    def prompt(self) -> str:
        """As the training text announces a piece."""
        return f"piece {COUNTS[self.k - 1]} {self.topic} {' '.join(self.skills)} :"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PocketMix:
    """All that is asked of the checkpoints of one corpus, and what their answers are held against."""

    truths: Truths
    text: PieceText
    asked: tuple[Asked, ...]


def has_pieces(corpus: PackedCorpus) -> bool:
    """Is this text of the pocket world, with pieces in it?"""
    return corpus.card.kind == "world" and corpus.card.settings.get("shares", {}).get("pieces", 0) > 0


def pocket_library() -> Library:
    """Skills and topics of the pocket world, for the common draw."""
    return Library(
        skills=tuple(
            Skill(name=one.name, aliases=(), category="pocket world", definition=one.about, example=one.example)
            for one in SKILLS.values()
        ),
        topics=tuple(Topic(name=name) for name in TOPICS),
    )


@lru_cache(maxsize=1)
def pocket_mix(folder: Path) -> PocketMix:
    """What is asked about the corpus in `folder`, the same of every checkpoint. Reads its training rows once.

    `unseen`, k = 2 … 8: the first two skills never meet in a training text, on any topic. `seen`, k = 1 … 4: the training text
    shows these skills together on this topic.
    """
    corpus = PackedCorpus(folder)
    world = World(WorldConfig(**corpus.card.settings))
    strand, text = pieces_of(world), read_pieces(corpus)
    rng = np.random.default_rng(np.random.SeedSequence(world.config.seed, spawn_key=(STREAM,)))
    unseen, seen = _unseen(strand), _seen(text, rng)
    asked = [_asked(text, "seen", f"{i:02d}", topic, skills[:1]) for i, (topic, skills) in enumerate(unseen)]
    for k in range(2, MAX_K + 1):
        asked += [_asked(text, "seen", f"{i:02d}", topic, s[:k]) for i, (topic, s) in enumerate(seen)]
    for k in range(2, MOST_K + 1):
        asked += [_asked(text, "unseen", f"{i:02d}", topic, skills[:k]) for i, (topic, skills) in enumerate(unseen)]
    return PocketMix(truths=truths_of(strand.facts), text=text, asked=tuple(asked))


def _asked(text: PieceText, stratum: Stratum, name: str, topic: str, skills: tuple[str, ...]) -> Asked:
    return Asked(
        stratum=stratum,
        k=len(skills),
        combination=f"{stratum}-{name}",
        topic=topic,
        skills=skills,
        in_text=text.holds(skills, topic),
        set_in_text=text.holds_set(skills),
    )


def _unseen(strand: Pieces) -> list[tuple[str, tuple[str, ...]]]:
    """Topics and eight skills each, of the common draw, the first two of which never meet: as many to each topic, and of
    those the ones whose first two skills were taken least often so far."""
    drawn = draw(pocket_library(), seed=0, ks=range(1, MOST_K + 1), combinations=N_DRAWN)
    left = [one for one in drawn.combinations if strand.facts.held_out(one.skills[:2])]
    taken = Counter[str]()
    found: list[Combination] = []
    while left and len(found) < N_COMBINATIONS:
        one = min(left, key=lambda one: (taken[one.topic], sum(taken[skill] for skill in one.skills[:2])))
        left.remove(one)
        found.append(one)
        taken.update((one.topic, *one.skills[:2]))
    return [(one.topic, one.skills) for one in found]


def _seen(text: PieceText, rng: np.random.Generator) -> list[tuple[str, tuple[str, ...]]]:
    """Topics and four skills each that a training text shows together, and so all prefixes of them."""
    there = text.of_size(MAX_K)
    chosen = rng.choice(len(there), min(N_COMBINATIONS, len(there)), replace=False)
    return [(there[i][1], tuple(there[i][0][j] for j in rng.permutation(MAX_K))) for i in chosen]
