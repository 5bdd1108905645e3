"""What the texts of a draft have told so far, and the words they go on with: the state that clauses share.

n texts, w words of a topic, r rows (texts that write now), m options
"""

import numpy as np

from skillscale.corpora.world.draft import Draft, Floats, Ids, Mask, ids_of
from skillscale.corpora.world.lexicon import ACTORS, ADJECTIVES, ROOMS, vocabulary
from skillscale.corpora.world.pieces.facts import EXCLUSIVE, N_WORDS, PieceFacts

GROUP_A = np.array([next(g for g, group in enumerate(EXCLUSIVE) if look in group) for look in ADJECTIVES])


class Telling:
    """Texts in the making, each on a topic. Things are told by their place among the topic's words; -1 is not yet told."""

    def __init__(self, facts: PieceFacts, draft: Draft, rng: np.random.Generator, topic_n: Ids) -> None:
        self.facts, self.draft, self.rng, self.topic_n = facts, draft, rng, topic_n
        n = len(topic_n)
        self.thing_nw = facts.thing_tw[topic_n]
        self.kind_nw = facts.kind_tw[topic_n]
        self.room_nw = facts.home_tw[topic_n]  # where things are now: moves change it
        self.owner_nw = np.full((n, N_WORDS), -1)
        self.verdict_nw = np.full((n, N_WORDS), -1)  # 1 good, 0 bad
        self.look_nwg = np.full((n, N_WORDS, len(EXCLUSIVE)), -1)
        self.before_nww = np.zeros((n, N_WORDS, N_WORDS), np.bool_)
        self.order_nw = np.argsort(facts.size_tw, axis=1)[topic_n]  # things from the largest to the smallest
        self.actors, self.rooms = ids_of(ACTORS), ids_of(ROOMS)

    def word(self, rows: Ids, text: str) -> None:
        """Words that follow of themselves."""
        for one in text.split():
            self.draft.say(vocabulary()[one], rows)

    def name(self, rows: Ids, thing_r: Ids) -> None:
        """Things that follow of themselves."""
        self.draft.say(self.thing_nw[rows, thing_r], rows)

    def thing(self, rows: Ids, allowed_rw: Mask | None = None) -> Ids:
        """One of the topic's things, each as likely among those allowed."""
        weights_rw = np.ones((len(rows), N_WORDS)) if allowed_rw is None else allowed_rw.astype(float)
        return self.weighted_thing(rows, weights_rw)

    def weighted_thing(self, rows: Ids, weights_rw: Floats) -> Ids:
        """One of the topic's things, with probabilities in proportion to the weights."""
        thing_r, logprob_r = draw_in_proportion(self.rng, weights_rw)
        self.draft.say(self.thing_nw[rows, thing_r], rows, logprob_r)
        return thing_r

    def another(self, rows: Ids, *told: Ids, allowed_rw: Mask | None = None) -> Ids:
        """A thing that is none of those told."""
        open_rw = np.ones((len(rows), N_WORDS), np.bool_) if allowed_rw is None else allowed_rw.copy()
        for thing_r in told:
            open_rw[np.arange(len(rows)), thing_r] = False
        return self.thing(rows, open_rw)

    def choose(self, rows: Ids, options: Ids, weights: Floats | None = None) -> Ids:
        """One of the options, uniformly or by weights that sum to 1."""
        return self.draft.choose(self.rng, options, rows, weights)

    def actor(self, rows: Ids, *, known_r: Ids | None = None, but_r: Ids | None = None) -> Ids:
        """A person: where `known_r` has one (not -1), that one; anyone else but `but_r`."""
        n = len(rows)
        weights_rm = np.ones((n, len(ACTORS)))
        if but_r is not None:
            weights_rm[np.arange(n), but_r] = 0
        if known_r is not None:
            known = known_r >= 0
            weights_rm[known] = 0
            weights_rm[known, known_r[known]] = 1
        actor_r, logprob_r = draw_in_proportion(self.rng, weights_rm)
        self.draft.say(self.actors[actor_r], rows, logprob_r)
        return actor_r

    def look_allowed(self, rows: Ids, thing_r: Ids) -> Mask:
        """Which adjectives (rows, adjectives) do not deny what was told of these things."""
        told_ra = self.look_nwg[rows[:, None], thing_r[:, None], GROUP_A]
        return (told_ra < 0) | (told_ra == np.arange(len(ADJECTIVES)))

    def show_look(self, rows: Ids, thing_r: Ids, look_r: Ids) -> None:
        """Things have that adjective from now on."""
        self.look_nwg[rows, thing_r, GROUP_A[look_r]] = look_r


def draw_in_proportion(rng: np.random.Generator, weights_rm: Floats) -> tuple[Ids, Floats]:
    """One option a row, and its log-probability."""
    cumulative_rm = np.cumsum(weights_rm, axis=1)
    total_r = cumulative_rm[:, -1]
    chosen_r = np.argmax(cumulative_rm > (rng.random(len(weights_rm)) * total_r)[:, None], axis=1)
    return chosen_r, np.log(weights_rm[np.arange(len(weights_rm)), chosen_r] / total_r)
