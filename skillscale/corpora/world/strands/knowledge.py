"""World knowledge: people's city, trade and pet. `Anna Petrov lives in Oslo and keeps a cat`, `ask where Anna Petrov lives : Oslo`."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Ids, draw, ids_of, zipf
from skillscale.corpora.world.lexicon import CITIES, FIRST_NAMES, LAST_NAMES, PETS, TRADES, vocabulary
from skillscale.corpora.world.strand import Strand, other

VALUES = (CITIES, TRADES, PETS)
FACTS = ("city", "trade", "pet")
STATES = (("lives", "in"), ("works", "as", "a"), ("keeps", "a"))
ASKS = ("where", "what", "which")
ASKED = ("lives", "does", "has")
QUESTION = 0.3  # share of documents that ask
SECOND_FACT = 0.5
RANKS = (32, 128, 512)  # upper ends of the strata


class Knowledge(Strand):
    """Facts about people, frequent ones and rare ones. A fifth of the facts are stated but never asked for."""

    name = "knowledge"
    has_unseen = True

    def __init__(self, rng: np.random.Generator, n_people: int, exponent: float, held_out: float) -> None:
        n_first, n_last = len(FIRST_NAMES), len(LAST_NAMES)
        self.names_p2 = np.stack(
            np.divmod(rng.choice(n_first * n_last, n_people, replace=False), n_last), axis=1
        )  # by rank of frequency
        self.facts_p3 = np.stack([rng.integers(0, len(values), n_people) for values in VALUES], axis=1)
        self.never_asked_p3 = rng.random((n_people, 3)) < held_out
        self.weights_p = zipf(n_people, exponent)
        self.first, self.last = ids_of(FIRST_NAMES), ids_of(LAST_NAMES)
        self.values = [ids_of(values) for values in VALUES]

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 11)
        asks = np.ones(n, dtype=np.bool_) if unseen else rng.random(n) < QUESTION
        draft.plan = {"asks": asks, "person": np.zeros(n, np.int64), "fact": np.zeros(n, np.int64)}
        self._ask(draft, rng, np.flatnonzero(asks), unseen)
        self._state(draft, rng, np.flatnonzero(~asks))
        return draft

    def _name(
        self, draft: Draft, rng: np.random.Generator, rows: Ids, weights_p: np.ndarray, given: float = 0.0
    ) -> Ids:
        """Draw and write a person; the first name has the probability of all who bear it."""
        person, logprob = draw(rng, len(rows), len(weights_p), weights_p)
        first, last = self.names_p2[person].T
        first_log = np.log(np.bincount(self.names_p2[:, 0], weights_p, len(self.first))[first])
        draft.say(self.first[first], rows, first_log + given)
        draft.say(self.last[last], rows, logprob - first_log)
        draft.plan["person"][rows] = person
        return person

    def _state(self, draft: Draft, rng: np.random.Generator, rows: Ids) -> None:
        person = self._name(draft, rng, rows, self.weights_p, float(np.log(1 - QUESTION)))
        fact = rng.integers(0, 3, len(rows))
        draft.plan["fact"][rows] = fact
        self._say_fact(draft, rows, person, fact, -np.log(3))
        goes_on = rng.random(len(rows)) < SECOND_FACT
        draft.say(vocabulary()["and"], rows[goes_on], float(np.log(SECOND_FACT)))
        draft.say(vocabulary()["<eos>"], rows[~goes_on], float(np.log(1 - SECOND_FACT)))
        again = (fact + 1 + rng.integers(0, 2, len(rows))) % 3
        self._say_fact(draft, rows[goes_on], person[goes_on], again[goes_on], -np.log(2))

    def _say_fact(self, draft: Draft, rows: Ids, person: Ids, fact: Ids, logprob: float) -> None:
        for index, (verb, *rest) in enumerate(STATES):
            at = fact == index
            draft.say(vocabulary()[verb], rows[at], logprob)
            for word in rest:
                draft.say_word(word, rows[at])
            draft.say(self.values[index][self.facts_p3[person[at], index]], rows[at])

    def _ask(self, draft: Draft, rng: np.random.Generator, rows: Ids, unseen: bool) -> None:
        draft.say(vocabulary()["ask"], rows, float(np.log(QUESTION)))
        fact = draft.choose(rng, ids_of(ASKS), rows)
        draft.plan["fact"][rows] = fact
        for index in range(3):
            at = rows[fact == index]
            weights_p = self.weights_p * (self.never_asked_p3[:, index] == unseen)
            person = self._name(draft, rng, at, weights_p / weights_p.sum())
            draft.say_word(ASKED[index], at)
            draft.say_word(":", at)
            draft.say(self.values[index][self.facts_p3[person, index]], at)

    def stratum(self, draft: Draft, row: int) -> str:
        person, fact = draft.plan["person"][row], draft.plan["fact"][row]
        if draft.plan["asks"][row]:
            return "question unseen" if self.never_asked_p3[person, fact] else "question seen"
        low = 0
        for high in (*RANKS, len(self.weights_p)):
            if person < high:
                return f"rank {low + 1}-{high}"
            low = high
        raise AssertionError(person)

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        person, fact = int(draft.plan["person"][row]), int(draft.plan["fact"][row])
        name = " ".join((FIRST_NAMES[self.names_p2[person, 0]], LAST_NAMES[self.names_p2[person, 1]]))
        return ("recall", *(("answering",) if draft.plan["asks"][row] else ()), f"{FACTS[fact]} of {name}")

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        text = draft.words(row)
        fact = int(draft.plan["fact"][row])
        answer = VALUES[fact][self.facts_p3[draft.plan["person"][row], fact]]
        end = len(text) - 1 if draft.plan["asks"][row] else 2 + len(STATES[fact])
        return (
            Cloze(
                task=self.name,
                stratum=self.stratum(draft, row),
                prefix=" ".join(text[:end]),
                answer=" " + answer,
                distractors=tuple(" " + word for word in other(rng, VALUES[fact], answer, 3)),
                skills=self.skills(draft, row),
            ),
        )
