"""Is a clause right? By what is true in this world, and by what the text told before it.

It knows nothing of how clauses are written (clauses.py): the two are held against each other in the tests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from skillscale.corpora.world.lexicon import (
    ADJECTIVES,
    CATEGORIES,
    CITIES,
    COUNTS,
    FIRST_NAMES,
    LAST_NAMES,
    NOUNS,
    PLURALS,
    PRAISE,
    ROOMS,
    SYMBOLS,
    TOPICS,
    VERBS_PLURAL,
    VERBS_SINGULAR,
    words,
)
from skillscale.corpora.world.pieces.facts import EXCLUSIVE, WOMEN, PieceFacts

Clause = tuple[str, ...]

VERB_OF = dict(zip((*NOUNS, *PLURALS), (*VERBS_SINGULAR, *VERBS_PLURAL), strict=True))
NUMBER_OF = {word: n for n, word in enumerate(COUNTS, 1)}
GROUP_OF = {look: number for number, group in enumerate(EXCLUSIVE) for look in group}
KIND_OF = {thing: kind for kind, things in CATEGORIES.items() for thing in things}
TOPIC_OF = {thing: topic for topic, things in TOPICS.items() for thing in things}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truths:
    """The facts of a world in words. `size_of` is a rank, 0 the largest; `custom_of` maps (custom, symbol) to a symbol."""

    facts: PieceFacts
    home_of: Mapping[str, str]
    size_of: Mapping[str, int]
    foreign_of: Mapping[str, str]
    city_of: Mapping[tuple[str, str], str]
    custom_of: Mapping[tuple[str, str], str]


def truths_of(facts: PieceFacts) -> Truths:
    """The facts of a world by word, for the verifier."""
    things = [(t, w, thing) for t, some in enumerate(TOPICS.values()) for w, thing in enumerate(some)]
    people, customs = facts.knowledge, facts.customs
    return Truths(
        facts=facts,
        home_of={thing: ROOMS[facts.home_tw[t, w]] for t, w, thing in things},
        size_of={thing: int(facts.size_tw[t, w]) for t, w, thing in things},
        foreign_of={
            look: words()[foreign]
            for look, foreign in zip(ADJECTIVES, facts.translation.foreign_adjectives, strict=True)
        },
        city_of={
            (FIRST_NAMES[first], LAST_NAMES[last]): CITIES[city]
            for (first, last), city in zip(people.names_p2, people.facts_p3[:, 0], strict=True)
        },
        custom_of={
            (str(name), symbol): SYMBOLS[value]
            for name, table in zip(customs.names, customs.table_fs, strict=True)
            for symbol, value in zip(SYMBOLS, table, strict=True)
        },
    )


@dataclass(slots=True, kw_only=True)
class Told:
    """What a text has said so far, of right clauses only. `followers_of[a]`: all things that come after a, also by way of others."""

    truths: Truths
    room_of: dict[str, str] = field(default_factory=dict)
    owner_of: dict[str, str] = field(default_factory=dict)
    verdict_of: dict[str, str] = field(default_factory=dict)
    look_of: dict[tuple[str, int], str] = field(default_factory=dict)  # of a thing, or of a whole kind
    looks_within: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # of any thing of a kind
    followers_of: dict[str, set[str]] = field(default_factory=dict)

    def room(self, thing: str) -> str:
        """Where it is now."""
        return self.room_of.get(thing, self.truths.home_of[thing])

    def hear(self, skill: str, clause: Clause) -> str | None:
        """None where the clause, which has a form of that skill, is right; it is remembered then. Else the reason why not."""
        return CHECKS[skill](self, clause)

    def put_before(self, first: str, second: str) -> str | None:
        if first == second:
            return f"{first} cannot stand before itself"
        if first in self.followers_of.get(second, ()):
            return f"the text put {second} before {first}"
        if second not in self.followers_of.get(first, ()):
            later = {second, *self.followers_of.get(second, ())}
            for thing, followers in self.followers_of.items():
                if first in followers and thing != first:
                    followers |= later
            self.followers_of.setdefault(first, set()).update(later)
        return None

    def clash(self, look: str, whose: str, told: set[str]) -> str | None:
        """Two adjectives of one group deny each other."""
        others = sorted(told - {look})
        return f"the text said that {whose} is {others[0]}" if others else None


def _unless(right: bool, reason: str) -> str | None:
    return None if right else reason


def _tally(told: Told, clause: Clause) -> str | None:
    *things, _, count = clause
    if len(set(things)) > 1:
        return "it counts different things"
    return _unless(NUMBER_OF[count] == len(things), f"it counts {COUNTS[len(things) - 1]}")


def _classify(told: Told, clause: Clause) -> str | None:
    thing, _, kind = clause
    return _unless(KIND_OF[thing] == kind, f"{thing} is {KIND_OF[thing]}")


def _exclude(told: Told, clause: Clause) -> str | None:
    return _unless(KIND_OF[clause[0]] != clause[3], f"{clause[0]} is {clause[3]}")


def _syllogism(told: Told, clause: Clause) -> str | None:
    kind, look, _, thing, concluded = clause
    if KIND_OF[thing] != kind:
        return f"{thing} is {KIND_OF[thing]}, so it does not follow"
    if look != concluded:
        return f"from {look} it does not follow that {thing} is {concluded}"
    at = kind, GROUP_OF[look]
    clash = told.clash(look, kind, told.looks_within.get(at, set()))
    if clash is None:
        told.look_of[at] = look
        told.looks_within.setdefault(at, set()).add(look)
    return clash


def _compare(told: Told, clause: Clause) -> str | None:
    return _descending(told, clause[0], clause[3])


def _converse(told: Told, clause: Clause) -> str | None:
    return _descending(told, clause[0], clause[3])


def _rank(told: Told, clause: Clause) -> str | None:
    return _descending(told, clause[0], clause[2]) or _descending(told, clause[2], clause[4])


def _descending(told: Told, one: str, other: str) -> str | None:
    sizes = told.truths.size_of
    if one == other:
        return f"{one} cannot be larger than itself"
    return _unless(sizes[one] < sizes[other], f"{other} is larger than {one}")


def _extreme(told: Told, clause: Clause) -> str | None:
    _, *among, named = clause
    if len(set(among)) < len(among):
        return "it names a thing twice"
    largest = min(among, key=lambda thing: told.truths.size_of[thing])
    return _unless(named == largest, f"the largest of them is {largest}")


def _gloss(told: Told, clause: Clause) -> str | None:
    look, _, foreign, thing = clause
    right = told.truths.foreign_of[look]
    if foreign != right:
        return f"{look} is {right} in the other language"
    at, kind_at = (thing, GROUP_OF[look]), (KIND_OF[thing], GROUP_OF[look])
    known = {told.look_of[place] for place in (at, kind_at) if place in told.look_of}
    clash = told.clash(look, thing, known)
    if clash is None:
        told.look_of[at] = look
        told.looks_within.setdefault(kind_at, set()).add(look)
    return clash


def _recall(told: Told, clause: Clause) -> str | None:
    first, last, _, city, _, _ = clause
    lives = told.truths.city_of.get((first, last))
    if lives is None:
        return f"nobody in this world is called {first} {last}"
    return _unless(city == lives, f"{first} {last} lives in {lives}")


def _custom(told: Told, clause: Clause) -> str | None:
    _, custom, symbol, _, given = clause
    made = told.truths.custom_of.get((custom, symbol))
    if made is None:
        return f"this world has no custom {custom}"
    return _unless(given == made, f"{custom} makes a {symbol} a {made}")


def _follow(told: Told, clause: Clause) -> str | None:
    mover, _, leader, _, room = clause
    if mover == leader:
        return f"{mover} cannot follow itself"
    if room != told.room(leader):
        return f"{leader} is in the {told.room(leader)}"
    told.room_of[mover] = room
    return None


def _place(told: Told, clause: Clause) -> str | None:
    thing, _, _, room = clause
    return _unless(room == told.room(thing), f"{thing} is in the {told.room(thing)}")


def _believe(told: Told, clause: Clause) -> str | None:
    _, _, thing, _, room = clause
    home = told.truths.home_of[thing]
    return _unless(room == home, f"who saw no move seeks {thing} in the {home}")


def _appraise(told: Told, clause: Clause) -> str | None:
    return _judged(told, clause[0], clause[1] in PRAISE, clause[3])


def _negate(told: Told, clause: Clause) -> str | None:
    return _judged(told, clause[0], clause[2] not in PRAISE, clause[4])


def _judged(told: Told, thing: str, praised: bool, verdict: str) -> str | None:
    right = "good" if praised else "bad"
    if verdict != right:
        return f"the judgement is {right}"
    if told.verdict_of.setdefault(thing, verdict) != verdict:
        return f"the text called {thing} {told.verdict_of[thing]}"
    return None


def _addition(told: Told, clause: Clause) -> str | None:
    one, _, _, two, result = clause
    total = NUMBER_OF[one] + NUMBER_OF[two]
    return _unless(NUMBER_OF[result] == total, f"{one} and {two} make {total}")


def _subtraction(told: Told, clause: Clause) -> str | None:
    one, _, _, two, result = clause
    left = NUMBER_OF[one] - NUMBER_OF[two]
    return _unless(NUMBER_OF[result] == left, f"{one} less {two} is {left}")


def _agreement(told: Told, clause: Clause) -> str | None:
    _, noun, _, _, verb = clause
    return _unless(verb == VERB_OF[noun], f"the {noun} {VERB_OF[noun]}")


def _outlier(told: Told, clause: Clause) -> str | None:
    *three, _, named = clause
    odd = [thing for thing in three if three.count(thing) == 1]
    if len(odd) != 1:
        return "none of the three is the odd one"
    return _unless(named == odd[0], f"the odd one is {odd[0]}")


def _palindrome(told: Told, clause: Clause) -> str | None:
    if clause != clause[::-1]:
        return "it does not read the same from both ends"
    return _unless(clause[0] != clause[1] != clause[2], "it only repeats a thing")


def _reversal(told: Told, clause: Clause) -> str | None:
    one, two, _, *back = clause
    if one == two:
        return "it only repeats a thing"
    return _unless(back == [two, one], f"in reverse it is {two} {one}")


def _own(told: Told, clause: Clause) -> str | None:
    thing, _, _, actor = clause
    owner = told.owner_of.setdefault(thing, actor)
    return _unless(owner == actor, f"{thing} belongs to {owner}")


def _transfer(told: Told, clause: Clause) -> str | None:
    thing, _, giver, taker = clause
    if giver == taker:
        return f"{giver} cannot hand {thing} to the same person"
    owner = told.owner_of.get(thing, giver)
    if owner != giver:
        return f"{thing} belongs to {owner}"
    told.owner_of[thing] = taker
    return None


def _precede(told: Told, clause: Clause) -> str | None:
    return told.put_before(clause[0], clause[2])


def _succeed(told: Told, clause: Clause) -> str | None:
    return told.put_before(clause[2], clause[0])


def _disjunction(told: Told, clause: Clause) -> str | None:
    one, _, two, _, excluded, left = clause
    if one == two:
        return "it has no two things to choose between"
    return _unless({excluded, left} == {one, two}, "what is left does not follow")


def _pronoun(told: Told, clause: Clause) -> str | None:
    right = "she" if clause[0] in WOMEN else "he"
    return _unless(clause[2] == right, f"{clause[0]} is {right}")


CHECKS: Mapping[str, Callable[[Told, Clause], str | None]] = {
    "addition": _addition,
    "agreement": _agreement,
    "appraise": _appraise,
    "believe": _believe,
    "classify": _classify,
    "compare": _compare,
    "converse": _converse,
    "custom": _custom,
    "disjunction": _disjunction,
    "exclude": _exclude,
    "extreme": _extreme,
    "follow": _follow,
    "gloss": _gloss,
    "negate": _negate,
    "outlier": _outlier,
    "own": _own,
    "palindrome": _palindrome,
    "place": _place,
    "precede": _precede,
    "pronoun": _pronoun,
    "rank": _rank,
    "recall": _recall,
    "reversal": _reversal,
    "subtraction": _subtraction,
    "succeed": _succeed,
    "syllogism": _syllogism,
    "tally": _tally,
    "transfer": _transfer,
}
