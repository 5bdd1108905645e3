"""Lexical semantics: shopping lists of one category. `kind of apple pear plum is fruit`, `odd one in three : apple saw fig is saw`."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Ids, ids_of
from skillscale.corpora.world.lexicon import CATEGORIES, COUNTS, vocabulary
from skillscale.corpora.world.strand import Strand, last_word_cloze, other

SIZE = 12  # words in a category
KIND = 0.5  # share of documents that ask for the kind, not for the odd one
KIND_STOPS = 0.4
KIND_MAX = 4
ODD_COUNTS = (3, 4, 5)


class Lexical(Strand):
    """Which category a list is of, or which word of a list is of another."""

    name = "lexical"

    def __init__(self) -> None:
        self.members = ids_of([word for group in CATEGORIES.values() for word in group])
        self.categories = ids_of(tuple(CATEGORIES))

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 12)
        asks_kind = rng.random(n) < KIND
        kind_rows, odd_rows = np.flatnonzero(asks_kind), np.flatnonzero(~asks_kind)
        draft.plan = {"n_listed": np.zeros(n, dtype=np.int64), "asks_kind": asks_kind}
        self._write_kind(draft, rng, kind_rows)
        self._write_odd(draft, rng, odd_rows)
        return draft

    def _write_kind(self, draft: Draft, rng: np.random.Generator, rows: Ids) -> None:
        draft.say(vocabulary()["kind"], rows, float(np.log(KIND)))
        draft.say_word("of", rows)
        category = draft.choose(rng, self.members, rows) // SIZE
        draft.plan["n_listed"][rows] = 1
        listing = np.arange(len(rows))
        for count in range(1, KIND_MAX):
            stops = rng.random(len(listing)) < KIND_STOPS
            draft.say(vocabulary()["is"], rows[listing[stops]], float(np.log(KIND_STOPS)))
            listing = listing[~stops]
            member = category[listing] * SIZE + rng.integers(0, SIZE, len(listing))
            draft.say(self.members[member], rows[listing], float(np.log((1 - KIND_STOPS) / SIZE)))
            draft.plan["n_listed"][rows[listing]] = count + 1
        draft.say_word("is", rows[listing])
        draft.say(self.categories[category], rows)

    def _write_odd(self, draft: Draft, rng: np.random.Generator, rows: Ids) -> None:
        """The intruder's place is not decided beforehand but word by word, with the probabilities that this implies."""
        n = len(rows)
        draft.say(vocabulary()["odd"], rows, float(np.log(1 - KIND)))
        draft.say_word("one", rows)
        draft.say_word("in", rows)
        counts = np.array(ODD_COUNTS)[draft.choose(rng, ids_of([COUNTS[c - 1] for c in ODD_COUNTS]), rows)]
        draft.plan["n_listed"][rows] = counts
        draft.say_word(":", rows)
        listed = np.full((n, max(ODD_COUNTS)), -1)
        main, odd = np.full(n, -1), np.full(n, -1)  # category of the list (once it shows), place of the intruder
        for place in range(max(ODD_COUNTS)):
            at = np.flatnonzero(counts > place)
            listed[at, place], main[at], odd[at], logprob = self._next_listed(
                rng, listed[at], place, counts[at], main[at], odd[at]
            )
            draft.say(self.members[listed[at, place]], rows[at], logprob)
        draft.say_word("is", rows)
        draft.say(self.members[listed[np.arange(n), odd]], rows)

    @staticmethod
    def _next_listed(
        rng: np.random.Generator, listed: Ids, place: int, counts: Ids, main: Ids, odd: Ids
    ) -> tuple[Ids, Ids, Ids, np.ndarray]:
        n, n_categories = len(listed), len(CATEGORIES)
        if place == 0:
            return rng.integers(0, n_categories * SIZE, n), main, odd, np.full(n, -np.log(n_categories * SIZE))
        first = listed[:, 0] // SIZE
        other_category = (first + 1 + rng.integers(0, n_categories - 1, n)) % n_categories
        n_others = np.log((n_categories - 1) * SIZE)
        if place == 1:  # the first two differ when either of them is the intruder
            differ = rng.random(n) < 2 / counts
            category = np.where(differ, other_category, first)
            main = np.where(differ, -1, first)
            logprob = np.where(differ, np.log(2 / counts) - n_others, np.log1p(-2 / counts) - np.log(SIZE))
            return category * SIZE + rng.integers(0, SIZE, n), main, odd, logprob
        second = listed[:, 1] // SIZE
        undecided = main < 0
        follows_first = rng.random(n) < 0.5
        p_odd = np.where(odd < 0, 1 / np.maximum(counts - place, 1), 0.0)
        intrudes = ~undecided & (rng.random(n) < p_odd)
        odd = np.where(undecided, np.where(follows_first, 1, 0), np.where(intrudes, place, odd))
        main = np.where(undecided, np.where(follows_first, first, second), main)
        foreign = (main + 1 + rng.integers(0, n_categories - 1, n)) % n_categories
        category = np.where(intrudes, foreign, main)
        with np.errstate(divide="ignore"):
            decided = np.where(intrudes, np.log(p_odd) - n_others, np.log1p(-p_odd) - np.log(SIZE))
        logprob = np.where(undecided, np.log(0.5) - np.log(SIZE), decided)
        return category * SIZE + rng.integers(0, SIZE, n), main, odd, logprob

    def stratum(self, draft: Draft, row: int) -> str:
        count = int(draft.plan["n_listed"][row])
        return f"kind of {count}" if draft.plan["asks_kind"][row] else f"odd one in {count}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        text = draft.words(row)
        named = {category for category, members in CATEGORIES.items() if any(word in members for word in text)}
        return ("category of a list" if draft.plan["asks_kind"][row] else "odd one out", *sorted(named))

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        text = draft.words(row)
        asks_kind = draft.plan["asks_kind"][row]
        wrong = other(rng, tuple(CATEGORIES), text[-1], 3) if asks_kind else dict.fromkeys(text[5:-2])
        return (last_word_cloze(self, draft, row, wrong),)
