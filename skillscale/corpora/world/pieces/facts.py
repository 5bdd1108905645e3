"""What is true of the things that pieces speak of: where they are kept, which is larger, which skills never meet.

t topics, w words of a topic, s skills, a adjectives
"""

from dataclasses import dataclass

import numpy as np

from skillscale.corpora.world.draft import Ids, Mask, ids_of
from skillscale.corpora.world.lexicon import CATEGORIES, PIECE_SKILLS, ROOMS, TOPICS
from skillscale.corpora.world.strands.customs import Customs
from skillscale.corpora.world.strands.knowledge import Knowledge
from skillscale.corpora.world.strands.translation import Translation

N_WORDS = 4  # of a topic
N_TOGETHER = 12  # with how many other skills each skill may share a text; with the other 15 it never does
N_PEOPLE, N_CUSTOMS = 32, 16  # the commonest, whom a piece may mention
WOMEN = frozenset(("Mia", "Ada", "Eva"))

# Adjectives of one group deny each other: what is red is not green.
EXCLUSIVE = (
    ("red", "green", "blue", "grey", "white", "black"),
    ("old", "young"),
    ("small", "tall"),
    ("wild", "quiet"),
    ("happy", "tired"),
    ("brave",),
    ("round",),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PieceFacts:
    """The facts of one world, by index: `home_tw` the room, `kind_tw` the category, `size_tw` the rank of size among all things
    (0 is the largest). `together_ss` says which two skills may stand in one training text."""

    home_tw: Ids
    kind_tw: Ids
    size_tw: Ids
    together_ss: Mask
    knowledge: Knowledge
    translation: Translation
    customs: Customs

    @property
    def thing_tw(self) -> Ids:
        """Token ids of the topics' words."""
        return np.stack([ids_of(things) for things in TOPICS.values()])

    def held_out(self, skills: tuple[str, ...]) -> bool:
        """Does no training text show all of these skills, on any topic, alone or with others?

        So it is where two of them never meet. A single skill is never held out.
        """
        at = [PIECE_SKILLS.index(skill) for skill in skills]
        return not all(self.together_ss[a, b] for i, a in enumerate(at) for b in at[:i])


def draw_facts(
    rng: np.random.Generator, knowledge: Knowledge, translation: Translation, customs: Customs
) -> PieceFacts:
    """The facts that `rng` decides, and those that other strands tell."""
    n_topics = len(TOPICS)
    home_tw = np.stack([rng.choice(len(ROOMS), N_WORDS, replace=False) for _ in range(n_topics)])
    size_tw = rng.permutation(n_topics * N_WORDS).reshape(n_topics, N_WORDS)
    kinds = {word: i for i, group in enumerate(CATEGORIES.values()) for word in group}
    return PieceFacts(
        home_tw=home_tw,
        kind_tw=np.array([[kinds[word] for word in things] for things in TOPICS.values()]),
        size_tw=size_tw,
        together_ss=draw_meetings(rng, len(PIECE_SKILLS), N_TOGETHER),
        knowledge=knowledge,
        translation=translation,
        customs=customs,
    )


def draw_meetings(rng: np.random.Generator, n: int, n_together: int) -> Mask:
    """Which of n things (an even number) may meet, (n, n): each meets exactly `n_together` others.

    All pairs fall into n − 1 rounds of a tournament in which each plays once (the circle method); `rng` takes some rounds
    and shuffles the names, so that no skill is rarer than another.
    """
    met = np.zeros((n, n), np.bool_)
    circle = n - 1
    for day in rng.choice(circle, n_together, replace=False):
        one = np.arange(circle)
        other = (day - one) % circle
        other[one == other] = circle  # who would play himself plays the last
        met[one, other] = met[other, one] = True
    names = rng.permutation(n)
    return met[np.ix_(names, names)]


def completions(together_ss: Mask, k: int) -> list[np.ndarray]:
    """`completions(m, k)[j][s1, …, sj]`: in how many ways j skills in order can be made k that may all meet; j = 0 … k."""
    n = len(together_ss)
    counts = [np.ones((n,) * k)]
    for i in range(k):
        for j in range(i):
            counts[0] = counts[0] * together_ss.reshape([n if axis in (i, j) else 1 for axis in range(k)])
    for _ in range(k):
        counts.insert(0, counts[0].sum(axis=-1))
    return counts
