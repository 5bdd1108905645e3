"""Pieces: a set of skills shown on a topic. `piece two garden classify own : rake is tools and apple belongs to Mia .`

Two skills stand in one training text only if they may meet: `PieceFacts.held_out(set)` says which sets no training text
shows, on any topic, neither as the whole of it nor among other skills.
"""

from typing import TYPE_CHECKING

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Ids, ids_of
from skillscale.corpora.world.lexicon import COUNTS, PIECE_SKILLS, TOPICS
from skillscale.corpora.world.pieces.clauses import WRITERS
from skillscale.corpora.world.pieces.facts import PieceFacts, completions
from skillscale.corpora.world.pieces.telling import Telling, draw_in_proportion
from skillscale.corpora.world.strand import Strand

if TYPE_CHECKING:
    from skillscale.corpora.world.world import World

KS = np.array([0.3, 0.3, 0.25, 0.15])  # probability of k = 1…4 skills in a training text
MAX_K = len(KS)
LONGEST_CLAUSES = (6, 6, 5, 5)  # words of the longest clauses of four different skills


class Pieces(Strand):
    """Every topic and every set of skills that may meet is as likely; its order is drawn too."""

    name = "pieces"

    def __init__(self, facts: PieceFacts) -> None:
        self.facts = facts
        self.skills_s, self.topics_t = ids_of(PIECE_SKILLS), ids_of(tuple(TOPICS))
        self.completions_kj = {k: completions(facts.together_ss, k) for k in range(1, MAX_K + 1)}

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 4 + MAX_K + sum(LONGEST_CLAUSES) + MAX_K)
        draft.say_word("piece")
        k_n = 1 + draft.choose(rng, ids_of(COUNTS[:MAX_K]), weights=KS)
        topic_n = draft.choose(rng, self.topics_t)
        skill_nk = self._skills(draft, rng, k_n)
        draft.say_word(":")
        draft.plan = {"k": k_n, "topic": topic_n, "skills": skill_nk}
        telling = Telling(self.facts, draft, rng, topic_n)
        for place in range(MAX_K):
            for skill, name in enumerate(PIECE_SKILLS):
                rows = np.flatnonzero(skill_nk[:, place] == skill)
                if len(rows):
                    WRITERS[name](telling, rows)
            rows = np.flatnonzero(place < k_n)
            joined = (place == 0) & (k_n[rows] > 1)
            telling.word(rows[joined], "and")
            telling.word(rows[~joined], ".")
        return draft

    def _skills(self, draft: Draft, rng: np.random.Generator, k_n: Ids) -> Ids:
        """Skills in order, (n, MAX_K), -1 after the last: each given those before it, among what can still be completed."""
        skill_nk = np.full((len(k_n), MAX_K), -1)
        for k, counts in self.completions_kj.items():
            rows = np.flatnonzero(k_n == k)
            for place in range(k):
                ways_rs = counts[place + 1][tuple(skill_nk[rows, j] for j in range(place))]
                ways_rs = np.broadcast_to(ways_rs, (len(rows), len(self.skills_s)))
                skill_r, logprob_r = draw_in_proportion(rng, ways_rs)
                draft.say(self.skills_s[skill_r], rows, logprob_r)
                skill_nk[rows, place] = skill_r
        return skill_nk

    def skill_names(self, draft: Draft, row: int) -> tuple[str, ...]:
        """The skills that one document shows, in order."""
        return tuple(PIECE_SKILLS[skill] for skill in draft.plan["skills"][row] if skill >= 0)

    def stratum(self, draft: Draft, row: int) -> str:
        return f"k={int(draft.plan['k'][row])}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        topic = tuple(TOPICS)[int(draft.plan["topic"][row])]
        return (f"topic {topic}", *(f"piece {name}" for name in self.skill_names(draft, row)))

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """None: a model is asked to write pieces of its own, and they are verified (`skillscale mix check`)."""
        return ()


def pieces_of(world: "World") -> Pieces:
    """The world's strand of pieces, which its shares must not leave out."""
    strand = world.strands["pieces"]
    assert isinstance(strand, Pieces)
    return strand
