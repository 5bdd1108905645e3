"""Sentiment: reviews of several clauses, some negated. `review : soup superb , staff not rude , room cold . verdict good`."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, ids_of
from skillscale.corpora.world.lexicon import ASPECTS, BLAME, PRAISE, vocabulary
from skillscale.corpora.world.strand import Strand, last_word_cloze

MAX_CLAUSES = 5
GO_ON = 0.6  # probability of two more clauses after an odd number of them
NEGATED = 0.3


class Sentiment(Strand):
    """The verdict is what most clauses say; their number is odd."""

    name = "sentiment"

    def __init__(self) -> None:
        self.aspects = ids_of(ASPECTS)
        self.adjectives = ids_of(PRAISE + BLAME)

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 5 + 4 * MAX_CLAUSES)
        draft.say_word("review")
        draft.say_word(":")
        clauses_n, balance_n, negated_n = (np.zeros(n, dtype=np.int64) for _ in range(3))
        rows = draft.everyone
        for clause in range(1, MAX_CLAUSES + 1):
            draft.choose(rng, self.aspects, rows)
            negated = rng.random(len(rows)) < NEGATED
            draft.say(vocabulary()["not"], rows[negated], float(np.log(NEGATED)))
            which = rng.integers(0, len(self.adjectives), len(rows))
            one_adjective = np.where(negated, 0.0, np.log(1 - NEGATED)) - np.log(len(self.adjectives))
            draft.say(self.adjectives[which], rows, one_adjective)
            praises = (which < len(PRAISE)) != negated
            clauses_n[rows] = clause
            balance_n[rows] += np.where(praises, 1, -1)
            negated_n[rows] += negated
            if clause % 2:
                stops = (rng.random(len(rows)) >= GO_ON) | (clause == MAX_CLAUSES)
                sure = clause == MAX_CLAUSES
                draft.say(vocabulary()["."], rows[stops], 0.0 if sure else float(np.log(1 - GO_ON)))
                draft.say(vocabulary()[","], rows[~stops], float(np.log(GO_ON)))
                rows = rows[~stops]
            else:
                draft.say_word(",", rows)
        draft.say_word("verdict")
        draft.say(np.where(balance_n > 0, vocabulary()["good"], vocabulary()["bad"]))
        draft.plan = {"clauses": clauses_n, "negated": negated_n}
        return draft

    def stratum(self, draft: Draft, row: int) -> str:
        count = int(draft.plan["clauses"][row])
        return f"{count} clause{'' if count == 1 else 's'}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        majority = ("majority",) if draft.plan["clauses"][row] > 1 else ()
        negation = ("negation",) if draft.plan["negated"][row] else ()
        return ("polarity of words", *negation, *majority)

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        return (last_word_cloze(self, draft, row, ("good", "bad")),)
