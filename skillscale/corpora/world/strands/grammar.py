"""Agreement across attractors: `the dogs near the old king bark softly`."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, ids_of
from skillscale.corpora.world.lexicon import ADVERBS, NOUNS, PLURALS, PREPOSITIONS, VERBS_PLURAL, VERBS_SINGULAR, words
from skillscale.corpora.world.strand import Strand

MAX_ATTRACTORS = 3
GO_ON = 0.55  # probability of one more attractor
N = len(NOUNS)


class Grammar(Strand):
    """The first noun decides the verb and its number, however many nouns stand between."""

    name = "grammar"

    def __init__(self) -> None:
        self.nouns = ids_of(NOUNS + PLURALS)
        self.verbs = ids_of(VERBS_SINGULAR + VERBS_PLURAL)
        self.prepositions = ids_of(PREPOSITIONS)
        self.adverbs = ids_of(ADVERBS)

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 3 * MAX_ATTRACTORS + 4)
        draft.say_word("the")
        head_n = draft.choose(rng, self.nouns)
        attractors_n = np.zeros(n, dtype=np.int64)
        nearest_n = head_n.copy()
        rows = draft.everyone
        for _ in range(MAX_ATTRACTORS):
            stops = rng.random(len(rows)) >= GO_ON
            draft.say(self.verbs[head_n[rows[stops]]], rows[stops], float(np.log(1 - GO_ON)))
            rows = rows[~stops]
            which = rng.integers(0, len(self.prepositions), len(rows))
            draft.say(self.prepositions[which], rows, float(np.log(GO_ON / len(self.prepositions))))
            draft.say_word("the", rows)
            nearest_n[rows] = draft.choose(rng, self.nouns, rows)
            attractors_n[rows] += 1
        draft.say(self.verbs[head_n[rows]], rows)
        draft.choose(rng, self.adverbs)
        draft.plan = {"head": head_n, "attractors": attractors_n, "nearest": nearest_n}
        return draft

    def stratum(self, draft: Draft, row: int) -> str:
        count = int(draft.plan["attractors"][row])
        return f"{count} attractor{'' if count == 1 else 's'}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        distance = ("agreement across attractors",) if draft.plan["attractors"][row] else ()
        return ("agreement", *distance, f"verb of {NOUNS[draft.plan['head'][row] % N]}")

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        head, nearest = int(draft.plan["head"][row]), int(draft.plan["nearest"][row])
        if nearest % N == head % N:  # no attractor, or the same noun: borrow another noun's verbs
            nearest = (head + 1 + int(rng.integers(N - 1))) % N
        verbs = [words()[i] for i in self.verbs]
        return (
            Cloze(
                task=self.name,
                stratum=self.stratum(draft, row),
                prefix=" ".join(draft.words(row)[:-2]),
                answer=" " + verbs[head],
                distractors=tuple(" " + verbs[i] for i in ((head + N) % (2 * N), nearest, (nearest + N) % (2 * N))),
                skills=self.skills(draft, row),
            ),
        )
