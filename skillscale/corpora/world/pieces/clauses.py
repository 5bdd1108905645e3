"""Writes one clause of each skill, word by word, each choice with its exact probability given all that the text told before.

r rows (texts that write this clause now), w words of a topic, m options
"""

from collections.abc import Callable, Mapping

import numpy as np

from skillscale.corpora.world.draft import Ids, ids_of
from skillscale.corpora.world.lexicon import (
    ACTORS,
    ADJECTIVES,
    BLAME,
    CATEGORIES,
    CITIES,
    COUNTS,
    NOUNS,
    PLURALS,
    PRAISE,
    PREPOSITIONS,
    VERBS_PLURAL,
    VERBS_SINGULAR,
    vocabulary,
)
from skillscale.corpora.world.pieces.facts import N_CUSTOMS, N_PEOPLE, N_WORDS, WOMEN
from skillscale.corpora.world.pieces.telling import Telling

MOST_ADDED = 4  # of each term, so that the sum has a word
_COUNTS, _KINDS, _LOOKS = ids_of(COUNTS), ids_of(tuple(CATEGORIES)), ids_of(ADJECTIVES)
_JUDGED, _NOUNS, _NEAR = ids_of(PRAISE + BLAME), ids_of(NOUNS + PLURALS), ids_of(PREPOSITIONS)
_VERBS, _CITIES = ids_of(VERBS_SINGULAR + VERBS_PLURAL), ids_of(CITIES)


def write_tally(t: Telling, rows: Ids) -> None:
    thing_r = t.thing(rows)
    t.name(rows, thing_r)
    more = t.rng.random(len(rows)) < 0.5
    t.draft.say(t.thing_nw[rows[more], thing_r[more]], rows[more], float(np.log(0.5)))
    t.draft.say(vocabulary()["makes"], rows[~more], float(np.log(0.5)))
    t.word(rows[more], "makes")
    t.draft.say(_COUNTS[1 + more], rows)


def write_classify(t: Telling, rows: Ids) -> None:
    thing_r = t.thing(rows)
    t.word(rows, "is")
    t.draft.say(_KINDS[t.kind_nw[rows, thing_r]], rows)


def write_exclude(t: Telling, rows: Ids) -> None:
    thing_r = t.thing(rows)
    t.word(rows, "is not")
    weights_rm = np.ones((len(rows), len(_KINDS)))
    weights_rm[np.arange(len(rows)), t.kind_nw[rows, thing_r]] = 0
    t.choose(rows, _KINDS, weights_rm / weights_rm.sum(axis=1, keepdims=True))


def write_syllogism(t: Telling, rows: Ids) -> None:
    """The things of a topic are of different categories: the one that is named stands for one of them."""
    thing_r = t.rng.integers(0, N_WORDS, len(rows))
    t.draft.say(_KINDS[t.kind_nw[rows, thing_r]], rows, -float(np.log(N_WORDS)))
    allowed_ra = t.look_allowed(rows, thing_r).astype(float)
    look_r = t.choose(rows, _LOOKS, allowed_ra / allowed_ra.sum(axis=1, keepdims=True))
    t.word(rows, "so")
    t.name(rows, thing_r)
    t.draft.say(_LOOKS[look_r], rows)
    t.show_look(rows, thing_r, look_r)


def _larger_and_smaller(t: Telling, rows: Ids, between: str, before_last: str = "") -> None:
    """Each of the six pairs of a topic is as likely."""
    order_rw = t.order_nw[rows]
    smaller_rw = np.empty_like(order_rw)
    np.put_along_axis(smaller_rw, order_rw, np.arange(N_WORDS)[::-1][None], axis=1)  # how many things are smaller
    larger_r = t.weighted_thing(rows, smaller_rw.astype(float))
    t.word(rows, between)
    t.thing(rows, smaller_rw < smaller_rw[np.arange(len(rows)), larger_r][:, None])
    t.word(rows, before_last)


def write_compare(t: Telling, rows: Ids) -> None:
    _larger_and_smaller(t, rows, "larger than")


def write_converse(t: Telling, rows: Ids) -> None:
    _larger_and_smaller(t, rows, "larger so", "smaller")


def write_rank(t: Telling, rows: Ids) -> None:
    """Each three of the four things is as likely, in their one order."""
    order_rw = t.order_nw[rows]
    place_rw = np.argsort(order_rw, axis=1)
    at = np.full(len(rows), -1)
    for left in (3, 2, 1):  # with j smaller things there are C(j, left − 1) ways to go on
        ways = {3: [3, 1, 0, 0], 2: [0, 2, 1, 0], 1: [1, 1, 1, 1]}[left]
        weights_rw = np.array(ways, float)[place_rw] * (place_rw > at[:, None])
        thing_r = t.weighted_thing(rows, weights_rw)
        at = place_rw[np.arange(len(rows)), thing_r]
        if left > 1:
            t.word(rows, "over")


def write_extreme(t: Telling, rows: Ids) -> None:
    t.word(rows, "among")
    one_r = t.thing(rows)
    two_r = t.another(rows, one_r)
    three_r = t.another(rows, one_r, two_r)
    told_r3 = np.stack([one_r, two_r, three_r], axis=1)
    size_r3 = np.take_along_axis(np.argsort(t.order_nw[rows], axis=1), told_r3, axis=1)
    t.name(rows, told_r3[np.arange(len(rows)), size_r3.argmin(axis=1)])


def write_gloss(t: Telling, rows: Ids) -> None:
    look_r = t.choose(rows, _LOOKS)
    t.word(rows, "alias")
    t.draft.say(t.facts.translation.foreign_adjectives[look_r], rows)
    every = np.stack([t.look_allowed(rows, np.full(len(rows), w)) for w in range(N_WORDS)], axis=1)
    thing_r = t.thing(rows, every[np.arange(len(rows)), :, look_r])
    t.show_look(rows, thing_r, look_r)


def write_recall(t: Telling, rows: Ids) -> None:
    """One of the people most often met; the first name has the probability of all who bear it."""
    known = t.facts.knowledge
    weights_p = known.weights_p[:N_PEOPLE] / known.weights_p[:N_PEOPLE].sum()
    names_p2 = known.names_p2[:N_PEOPLE]
    first_p = np.bincount(names_p2[:, 0], weights_p, len(known.first))
    person_r = t.rng.choice(len(weights_p), len(rows), p=weights_p)
    first_r, last_r = names_p2[person_r].T
    t.draft.say(known.first[first_r], rows, np.log(first_p[first_r]))
    t.draft.say(known.last[last_r], rows, np.log(weights_p[person_r] / first_p[first_r]))
    t.word(rows, "of")
    t.draft.say(_CITIES[known.facts_p3[person_r, 0]], rows)
    t.word(rows, "likes")
    t.thing(rows)


def write_custom(t: Telling, rows: Ids) -> None:
    customs = t.facts.customs
    weights_f = customs.weights_f[:N_CUSTOMS] / customs.weights_f[:N_CUSTOMS].sum()
    t.thing(rows)
    custom_r = t.choose(rows, customs.customs[:N_CUSTOMS], weights_f)
    symbol_r = t.choose(rows, customs.symbols)
    t.word(rows, "=")
    t.draft.say(customs.symbols[customs.table_fs[custom_r, symbol_r]], rows)


def write_follow(t: Telling, rows: Ids) -> None:
    mover_r = t.thing(rows)
    t.word(rows, "follows")
    leader_r = t.another(rows, mover_r)
    t.word(rows, "to")
    room_r = t.room_nw[rows, leader_r]
    t.draft.say(t.rooms[room_r], rows)
    t.room_nw[rows, mover_r] = room_r


def write_place(t: Telling, rows: Ids) -> None:
    thing_r = t.thing(rows)
    t.word(rows, "stays in")
    t.draft.say(t.rooms[t.room_nw[rows, thing_r]], rows)


def write_believe(t: Telling, rows: Ids) -> None:
    t.actor(rows)
    t.word(rows, "seeks")
    thing_r = t.thing(rows)
    t.word(rows, "in")
    t.draft.say(t.rooms[t.facts.home_tw[t.topic_n[rows], thing_r]], rows)


def _judge(t: Telling, rows: Ids, *, denied: bool) -> None:
    """A thing that was judged before is judged the same."""
    thing_r = t.thing(rows)
    t.word(rows, "not" if denied else "")
    praised = (np.arange(len(_JUDGED)) < len(PRAISE)) != denied
    told_r = t.verdict_nw[rows, thing_r]
    weights_rm = ((told_r[:, None] < 0) | (told_r[:, None] == praised)).astype(float)
    which_r = t.choose(rows, _JUDGED, weights_rm / weights_rm.sum(axis=1, keepdims=True))
    t.word(rows, "so")
    t.draft.say(np.where(praised[which_r], vocabulary()["good"], vocabulary()["bad"]), rows)
    t.verdict_nw[rows, thing_r] = praised[which_r]


def write_appraise(t: Telling, rows: Ids) -> None:
    _judge(t, rows, denied=False)


def write_negate(t: Telling, rows: Ids) -> None:
    _judge(t, rows, denied=True)


def write_addition(t: Telling, rows: Ids) -> None:
    one_r = t.choose(rows, _COUNTS[:MOST_ADDED])
    t.thing(rows)
    t.word(rows, "add")
    two_r = t.choose(rows, _COUNTS[:MOST_ADDED])
    t.draft.say(_COUNTS[one_r + two_r + 1], rows)


def write_subtraction(t: Telling, rows: Ids) -> None:
    """From two…eight; something is left."""
    from_r = 1 + t.choose(rows, _COUNTS[1:])
    t.thing(rows)
    t.word(rows, "take")
    weights_rm = (np.arange(len(_COUNTS)) < from_r[:, None]) / from_r[:, None]
    taken_r = t.choose(rows, _COUNTS, weights_rm)
    t.draft.say(_COUNTS[from_r - taken_r - 1], rows)


def write_agreement(t: Telling, rows: Ids) -> None:
    t.word(rows, "the")
    noun_r = t.choose(rows, _NOUNS)
    t.choose(rows, _NEAR)
    t.thing(rows)
    t.draft.say(_VERBS[noun_r], rows)


def write_outlier(t: Telling, rows: Ids) -> None:
    """Two are alike and one is not; each place of it is as likely."""
    one_r = t.thing(rows)
    like_rw = np.arange(N_WORDS) == one_r[:, None]
    two_r = t.weighted_thing(rows, np.where(like_rw, 1 / 3, 2 / 3 / (N_WORDS - 1)))
    same = one_r == two_r
    also_rw = like_rw | (np.arange(N_WORDS) == two_r[:, None])
    three_r = t.thing(rows, np.where(same[:, None], ~like_rw, also_rw))
    t.word(rows, "odd")
    t.name(rows, np.where(same, three_r, np.where(three_r == one_r, two_r, one_r)))


def write_palindrome(t: Telling, rows: Ids) -> None:
    one_r = t.thing(rows)
    two_r = t.another(rows, one_r)
    t.another(rows, two_r)
    t.name(rows, two_r)
    t.name(rows, one_r)


def write_reversal(t: Telling, rows: Ids) -> None:
    one_r = t.thing(rows)
    two_r = t.another(rows, one_r)
    t.word(rows, "back")
    t.name(rows, two_r)
    t.name(rows, one_r)


def write_own(t: Telling, rows: Ids) -> None:
    thing_r = t.thing(rows)
    t.word(rows, "belongs to")
    t.owner_nw[rows, thing_r] = t.actor(rows, known_r=t.owner_nw[rows, thing_r])


def write_transfer(t: Telling, rows: Ids) -> None:
    thing_r = t.thing(rows)
    t.word(rows, "goes")
    giver_r = t.actor(rows, known_r=t.owner_nw[rows, thing_r])
    t.owner_nw[rows, thing_r] = t.actor(rows, but_r=giver_r)


def write_precede(t: Telling, rows: Ids) -> None:
    first_r = t.thing(rows)
    t.word(rows, "before")
    second_r = t.another(rows, first_r, allowed_rw=~t.before_nww[rows, :, first_r])
    t.before_nww[rows, first_r, second_r] = True


def write_succeed(t: Telling, rows: Ids) -> None:
    second_r = t.thing(rows)
    t.word(rows, "after")
    first_r = t.another(rows, second_r, allowed_rw=~t.before_nww[rows, second_r])
    t.before_nww[rows, first_r, second_r] = True


def write_disjunction(t: Telling, rows: Ids) -> None:
    one_r = t.thing(rows)
    t.word(rows, "or")
    two_r = t.another(rows, one_r)
    t.word(rows, "not")
    either_rw = (np.arange(N_WORDS) == one_r[:, None]) | (np.arange(N_WORDS) == two_r[:, None])
    excluded_r = t.thing(rows, either_rw)
    t.name(rows, np.where(excluded_r == one_r, two_r, one_r))


def write_pronoun(t: Telling, rows: Ids) -> None:
    actor_r = t.actor(rows)
    t.word(rows, "says")
    is_she = np.array([name in WOMEN for name in ACTORS])[actor_r]
    t.draft.say(np.where(is_she, vocabulary()["she"], vocabulary()["he"]), rows)
    t.word(rows, "likes")
    t.thing(rows)


WRITERS: Mapping[str, Callable[[Telling, Ids], None]] = {
    "addition": write_addition,
    "agreement": write_agreement,
    "appraise": write_appraise,
    "believe": write_believe,
    "classify": write_classify,
    "compare": write_compare,
    "converse": write_converse,
    "custom": write_custom,
    "disjunction": write_disjunction,
    "exclude": write_exclude,
    "extreme": write_extreme,
    "follow": write_follow,
    "gloss": write_gloss,
    "negate": write_negate,
    "outlier": write_outlier,
    "own": write_own,
    "palindrome": write_palindrome,
    "place": write_place,
    "precede": write_precede,
    "pronoun": write_pronoun,
    "rank": write_rank,
    "recall": write_recall,
    "reversal": write_reversal,
    "subtraction": write_subtraction,
    "succeed": write_succeed,
    "syllogism": write_syllogism,
    "tally": write_tally,
    "transfer": write_transfer,
}
