"""A second opinion on pieces, written from the rules alone: regular expressions, sets of all true clauses, and whether any world fits.

It shares no code with the verifier: it asks not how a text goes on, but whether there is any order, any owner, any colour that all
its clauses agree on.
"""

import re
from collections.abc import Sequence
from itertools import permutations

from skillscale.corpora.world.lexicon import (
    ACTORS,
    ADJECTIVES,
    BLAME,
    CATEGORIES,
    CITIES,
    COUNTS,
    FIRST_NAMES,
    LAST_NAMES,
    NOUNS,
    PLURALS,
    PRAISE,
    PREPOSITIONS,
    ROOMS,
    SYMBOLS,
    TOPICS,
    VERBS_PLURAL,
    VERBS_SINGULAR,
    words,
)
from skillscale.corpora.world.pieces.facts import PieceFacts

COLOURS = {"red", "green", "blue", "grey", "white", "black"}
OPPOSITES = ({"old", "young"}, {"small", "tall"}, {"wild", "quiet"}, {"happy", "tired"})
ROOM = f"({'|'.join(ROOMS)})"
ACTOR = f"({'|'.join(ACTORS)})"


class Oracle:
    """Which texts on a topic of a world deserve full marks."""

    def __init__(self, facts: PieceFacts, topic: str) -> None:
        t = list(TOPICS).index(topic)
        self.things = TOPICS[topic]
        self.home = {thing: ROOMS[room] for thing, room in zip(self.things, facts.home_tw[t], strict=True)}
        self.order = [self.things[w] for w in facts.size_tw[t].argsort()]  # the largest first
        self.kind = {thing: kind for kind, some in CATEGORIES.items() for thing in some if thing in self.things}
        self.true = {skill: set(clauses) for skill, clauses in self._true_clauses(facts).items()}
        self.thing = f"({'|'.join(self.things)})"
        self.stateful = {
            name: re.compile(form.replace("T", self.thing).replace("R", ROOM).replace("M", ACTOR))
            for name, form in {
                "appraise": "T (?P<look>[a-z]+) so (good|bad)", "negate": "T not (?P<look>[a-z]+) so (good|bad)",
                "follow": "T follows T to R", "place": "T stays in R", "own": "T belongs to M", "transfer": "T goes M M",
                "precede": "T before T", "succeed": "T after T",
                "syllogism": "([a-z]+) ([a-z]+) so T ([a-z]+)", "gloss": "([a-z]+) alias ([a-z]+) T",
            }.items()
        }  # fmt: skip
        self.foreign = {a: words()[f] for a, f in zip(ADJECTIVES, facts.translation.foreign_adjectives, strict=True)}

    def _true_clauses(self, facts: PieceFacts) -> dict[str, list[str]]:
        """All true clauses on this topic, of skills whose clauses need no other."""
        T, rank = self.things, self.order.index
        pairs, threes = list(permutations(T, 2)), list(permutations(T, 3))
        down = [(a, b) for a, b in pairs if rank(a) < rank(b)]
        verbs = dict(zip(NOUNS + PLURALS, VERBS_SINGULAR + VERBS_PLURAL, strict=True))
        number = dict(zip(range(1, 9), COUNTS, strict=True))
        people, customs = facts.knowledge, facts.customs
        return {
            "tally": [f"{t} {t} makes two" for t in T] + [f"{t} {t} {t} makes three" for t in T],
            "classify": [f"{t} is {self.kind[t]}" for t in T],
            "exclude": [f"{t} is not {kind}" for t in T for kind in CATEGORIES if kind != self.kind[t]],
            "compare": [f"{a} larger than {b}" for a, b in down],
            "converse": [f"{a} larger so {b} smaller" for a, b in down],
            "rank": [f"{a} over {b} over {c}" for a, b, c in threes if rank(a) < rank(b) < rank(c)],
            "extreme": [f"among {a} {b} {c} {min((a, b, c), key=rank)}" for a, b, c in threes],
            "recall": [
                f"{FIRST_NAMES[f]} {LAST_NAMES[s]} of {CITIES[c]} likes {t}"
                for (f, s), c in zip(people.names_p2, people.facts_p3[:, 0], strict=True)
                for t in T
            ],
            "custom": [
                f"{t} {name} {SYMBOLS[s]} = {SYMBOLS[customs.table_fs[f, s]]}"
                for t in T
                for f, name in enumerate(customs.names)
                for s in range(len(SYMBOLS))
            ],
            "believe": [f"{m} seeks {t} in {self.home[t]}" for m in ACTORS for t in T],
            "addition": [
                f"{number[a]} {t} add {number[b]} {number[a + b]}" for a in number for b in number for t in T if a + b < 9
            ],
            "subtraction": [
                f"{number[a]} {t} take {number[b]} {number[a - b]}" for a in number for b in number for t in T if a > b
            ],
            "agreement": [f"the {noun} {near} {t} {verbs[noun]}" for noun in verbs for near in PREPOSITIONS for t in T],
            "outlier": [f"{x} {y} {z} odd {b}" for a, b in pairs for x, y, z in {(a, a, b), (a, b, a), (b, a, a)}],
            "palindrome": [f"{a} {b} {c} {b} {a}" for a, b in pairs for c in T if c != b],
            "reversal": [f"{a} {b} back {b} {a}" for a, b in pairs],
            "disjunction": [f"{a} or {b} not {x} {y}" for a, b in pairs for x, y in ((a, b), (b, a))],
            "pronoun": [f"{m} says {'she' if m in 'Mia Ada Eva' else 'he'} likes {t}" for m in ACTORS for t in T],
        }  # fmt: skip

    def full_marks(self, skills: Sequence[str], text: str) -> bool:
        if not re.fullmatch(r"(?:[^ .]+ )+\.(?: (?:[^ .]+ )+\.)*", text):
            return False
        sentences = [part.strip().split(" and ") for part in text.split(".")[:-1]]
        if len(sentences) > max(len(skills) - 1, 1) or any(len(sentence) > 2 for sentence in sentences):
            return False
        clauses = [clause for sentence in sentences for clause in sentence]
        named = [self._skill(clause) for clause in clauses]
        if None in named or not set(skills) <= set(named):
            return False
        told = [
            (name, self.stateful[name].fullmatch(c))
            for name, c in zip(named, clauses, strict=True)
            if name in self.stateful
        ]
        facts = [(name, found.groups()) for name, found in told if found]
        return all(fits(facts) for fits in (self._rooms, self._owners, self._orders, self._looks, self._verdicts))

    def _skill(self, clause: str) -> str | None:
        for name, true in self.true.items():
            if clause in true:
                return name
        found = [name for name, form in self.stateful.items() if form.fullmatch(clause)]
        return found[0] if len(found) == 1 else None

    def _rooms(self, facts: list[tuple[str, tuple[str, ...]]]) -> bool:
        where = dict(self.home)
        for name, found in facts:
            if name == "follow":
                mover, leader, room = found
                if mover == leader or where[leader] != room:
                    return False
                where[mover] = room
            elif name == "place" and where[found[0]] != found[1]:
                return False
        return True

    def _owners(self, facts: list[tuple[str, tuple[str, ...]]]) -> bool:
        """Is there for each thing a first owner with whom all is right?"""
        return all(any(self._owned(facts, thing, first) for first in ACTORS) for thing in self.things)

    @staticmethod
    def _owned(facts: list[tuple[str, tuple[str, ...]]], thing: str, owner: str) -> bool:
        for name, found in facts:
            if name in ("own", "transfer") and found[0] == thing:
                if found[1] != owner or (name == "transfer" and found[2] == owner):
                    return False
                owner = found[-1]
        return True

    def _orders(self, facts: list[tuple[str, tuple[str, ...]]]) -> bool:
        """Is there an order of the things that agrees with all that was said of before and after?"""
        pairs = [found if name == "precede" else found[::-1] for name, found in facts if name in ("precede", "succeed")]
        return any(all(order.index(a) < order.index(b) for a, b in pairs) for order in permutations(self.things))

    def _looks(self, facts: list[tuple[str, tuple[str, ...]]]) -> bool:
        """Are the inferences and translations valid, and is no thing called two things that exclude each other?"""
        called: dict[str, set[str]] = {thing: set() for thing in self.things}
        for name, found in facts:
            if name == "syllogism":
                kind, look, thing, concluded = found
                if kind != self.kind[thing] or look != concluded or look not in ADJECTIVES:
                    return False
                called[thing].add(look)
            elif name == "gloss":
                look, foreign, thing = found
                if self.foreign.get(look) != foreign:
                    return False
                called[thing].add(look)
        return all(
            len(looks & COLOURS) < 2 and not any(pair <= looks for pair in OPPOSITES) for looks in called.values()
        )

    @staticmethod
    def _verdicts(facts: list[tuple[str, tuple[str, ...]]]) -> bool:
        verdicts: dict[str, set[str]] = {}
        for name, found in facts:
            if name in ("appraise", "negate"):
                thing, word, verdict = found
                if word not in PRAISE + BLAME or (verdict == "good") != ((word in PRAISE) == (name == "appraise")):
                    return False
                verdicts.setdefault(thing, set()).add(verdict)
        return all(len(some) == 1 for some in verdicts.values())
