"""Verifying: is what someone says of customs right? And which of two decimals is larger?

    check one babo rose = lamp ? yes                    a single step
    check two babo keto rose = fern ? no                a direct chain: only its result is said
    check two babo keto rose : lamp fern = fern ? yes   a worked one: right if every step is
    larger 9 . 1 1 or 9 . 8 ? 9 . 8                     strands/decimals.py

Half of what is to be checked is right. A wrong result is what a careless solver says: mostly the favourite of the last custom, sometimes what stood
before it, sometimes anything. The favourite is weighed so that 'it is the favourite' says nothing of right and wrong. A wrong worked chain has
one wrong step, at any place alike, and goes on from there as the customs say. Held-out tuples of customs are held out here too.
"""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Floats, Ids, Mask, draw, ids_of
from skillscale.corpora.world.lexicon import COUNTS, SYMBOLS, vocabulary
from skillscale.corpora.world.strand import Strand
from skillscale.corpora.world.strands.customs import COMMON, KS, MAX_K, RANKS, WORKED, Customs
from skillscale.corpora.world.strands.decimals import numbers_of, say_larger, say_pairs

CHECKS = 0.7  # of the documents; the others compare decimals
RIGHT = 0.5
# Of wrong results: with .7 on the favourite as many wrong results as right ones are one, where a custom maps .4 of the symbols to it.
FAVOURITE, BEFORE, ANYTHING = 0.7, 0.1, 0.2
ASKED_K = 4  # chains up to this length are asked about
LONGEST = 24


class Verifying(Strand):
    """Judging candidates for chains of customs, and comparing decimals."""

    name = "verifying"
    has_unseen = True

    def __init__(self, customs: Customs) -> None:
        self.customs = customs

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, LONGEST)
        checks = np.ones(n, np.bool_) if unseen else rng.random(n) < CHECKS
        rows = np.flatnonzero(checks)
        draft.say(
            np.where(checks, vocabulary()["check"], vocabulary()["larger"]),
            logprob=np.where(checks, np.log(CHECKS), np.log(1 - CHECKS)),
        )
        k_n = np.zeros(n, dtype=np.int64)
        if unseen:
            k_n = rng.integers(2, ASKED_K + 1, n)
            draft.say(ids_of(COUNTS)[k_n - 1], logprob=-float(np.log(ASKED_K - 1)))
        else:
            k_n[rows] = 1 + draft.choose(rng, ids_of(COUNTS), rows, weights=KS)
        tuple_nk = self.customs.say_tuples(draft, rng, k_n, unseen)
        symbol_n = np.zeros(n, dtype=np.int64)
        symbol_n[rows] = draft.choose(rng, self.customs.symbols, rows)
        worked = (k_n > 1) & (rng.random(n) < WORKED)
        draft.plan = {"checks": checks, "k": k_n, "tuple": tuple_nk, "symbol": symbol_n, "worked": worked}
        self._say_candidate(draft, rng)
        compared = np.flatnonzero(~checks)
        say_pairs(draft, rng, compared)
        say_larger(draft, compared)
        return draft

    def _say_candidate(self, draft: Draft, rng: np.random.Generator) -> None:
        """From the sign after the symbol to the verdict, in the documents that check."""
        k_n, worked = draft.plan["k"], draft.plan["worked"]
        chain = k_n > 1
        direct = (k_n > 0) & ~worked
        draft.say(vocabulary()[":"], np.flatnonzero(worked), float(np.log(WORKED)))
        said_n, broken = self._say_steps(draft, rng)
        rows = np.flatnonzero(k_n > 0)
        draft.say(vocabulary()["="], rows, np.where(chain & direct, np.log(1 - WORKED), 0.0)[rows])
        draft.say(self.customs.symbols[said_n[worked]], np.flatnonzero(worked))
        at = np.flatnonzero(direct)
        last = draft.plan["tuple"][at, k_n[at] - 1]
        value_nk = self.customs.values(draft.plan["tuple"], draft.plan["symbol"])
        before = np.where(k_n[at] > 1, value_nk[at, k_n[at] - 2], draft.plan["symbol"][at])
        said = self._say_value(draft, rng, at, last, before, np.full(len(at), 1 - RIGHT))
        broken[at] = said != self.customs.table_fs[last, before]
        draft.say_word("?", rows)
        draft.say(np.where(broken, vocabulary()["no"], vocabulary()["yes"])[rows], rows)
        draft.plan |= {"right": ~broken}

    def _say_steps(self, draft: Draft, rng: np.random.Generator) -> tuple[Ids, Mask]:
        """Each step of the worked candidates, the last value of each and whether a step is wrong, (n,) both.

        That no step was wrong yet makes the next one likelier to be: of k equally likely places j are behind.
        """
        k_n, tuple_nk = draft.plan["k"], draft.plan["tuple"]
        value_n, broken = draft.plan["symbol"].copy(), np.zeros(len(draft), np.bool_)
        for place in range(MAX_K):
            rows = np.flatnonzero(draft.plan["worked"] & (place < k_n))
            wrong = 1 - RIGHT
            hazard = np.where(broken[rows], 0.0, wrong / (k_n[rows] - wrong * place))
            custom, before = tuple_nk[rows, place], value_n[rows]
            value_n[rows] = self._say_value(draft, rng, rows, custom, before, hazard)
            broken[rows] |= value_n[rows] != self.customs.table_fs[custom, before]
        return value_n, broken

    def _say_value(
        self, draft: Draft, rng: np.random.Generator, rows: Ids, custom: Ids, before: Ids, p_wrong: Floats
    ) -> Ids:
        """Write what a custom gives, or with `p_wrong` a wrong symbol; returns what was said. All by row."""
        right = self.customs.table_fs[custom, before]
        weights = self.wrong_weights(custom, before)
        chosen, logprob = draw(rng, len(rows), len(SYMBOLS), weights)
        wrong = rng.random(len(rows)) < p_wrong
        with np.errstate(divide="ignore"):  # of what cannot happen and does not
            logprob = np.where(wrong, np.log(p_wrong) + logprob, np.log1p(-p_wrong))
        said = np.where(wrong, chosen, right)
        draft.say(self.customs.symbols[said], rows, logprob)
        return said

    def wrong_weights(self, custom: Ids, before: Ids) -> Floats:
        """Probabilities of each symbol as the wrong result of a custom applied to `before`, (n, symbols); the right one has none."""
        rows = np.arange(len(custom))
        weights = np.full((len(custom), len(SYMBOLS)), ANYTHING / len(SYMBOLS))
        weights[rows, self.customs.favourite_f[custom]] += FAVOURITE
        weights[rows, before] += BEFORE
        weights[rows, self.customs.table_fs[custom, before]] = 0.0
        return weights / weights.sum(axis=1, keepdims=True)

    def stratum(self, draft: Draft, row: int) -> str:
        if not draft.plan["checks"][row]:
            return "trap" if draft.plan["trap"][row] else "no trap"
        names = self.customs.tuple_of(draft, row)
        if len(names) > 1:
            seen = "unseen" if self.customs.held_out(names) else "seen"
            return f"k={len(names)} {'worked' if draft.plan['worked'][row] else 'direct'} {seen}"
        return f"k=1 {self.customs.stratum(draft, row)}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        if not draft.plan["checks"][row]:
            return ("comparing decimals",)
        names = dict.fromkeys(f"custom {name}" for name in self.customs.tuple_of(draft, row))
        return (f"checking {'steps' if draft.plan['worked'][row] else 'results'}", *names)

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """Comparisons, single steps and unseen chains; whether another chain was seen only the training text knows (`retold`)."""
        if not draft.plan["checks"][row]:
            return self._comparison(draft, row)
        names = self.customs.tuple_of(draft, row)
        return self._verdict(draft, row) if len(names) == 1 or self.customs.held_out(names) else ()

    def retold(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """The same chain from other symbols, with new candidates: one direct, one worked."""
        if not 1 < draft.plan["k"][row] <= ASKED_K or max(draft.plan["tuple"][row]) >= COMMON:
            return ()
        again = Draft(2, LONGEST)
        again.plan = {name: draft.plan[name][[row, row]] for name in ("checks", "k", "tuple", "symbol")}
        again.plan["symbol"] = (again.plan["symbol"] + rng.integers(1, len(SYMBOLS), 2)) % len(SYMBOLS)
        again.plan["worked"] = np.array([False, True])
        for word in ("check", COUNTS[int(again.plan["k"][0]) - 1], *self.customs.tuple_of(again, 0)):
            again.say_word(word)
        again.say(self.customs.symbols[again.plan["symbol"]])
        self._say_candidate(again, rng)
        return (*self._verdict(again, 0), *self._verdict(again, 1))

    def _verdict(self, draft: Draft, row: int) -> tuple[Cloze, ...]:
        """Right or not? Asked of the customs and chains that `customs` asks small models about too."""
        k = int(draft.plan["k"][row])
        rarest = int(max(draft.plan["tuple"][row]))
        if k > ASKED_K or rarest >= (COMMON if k > 1 else RANKS[1]):
            return ()
        *text, answer = draft.words(row)
        return (
            Cloze(
                task="checking",
                stratum=self.stratum(draft, row),
                prefix=" ".join(text),
                answer=f" {answer}",
                distractors=(" no" if answer == "yes" else " yes",),
                k=None if k == 1 else k,
                skills=self.skills(draft, row),
            ),
        )

    def _comparison(self, draft: Draft, row: int) -> tuple[Cloze, ...]:
        """Not where one number begins with the other: then the shorter one would always be the likelier text."""
        one, other = numbers_of(draft, row)
        if one.startswith(other) or other.startswith(one):
            return ()
        answer = max(one, other, key=lambda text: float(text.replace(" ", "")))
        return (
            Cloze(
                task="comparison",
                stratum=self.stratum(draft, row),
                prefix=f"larger {one} or {other} ?",
                answer=f" {answer}",
                distractors=(f" {other if answer == one else one}",),
                skills=self.skills(draft, row),
            ),
        )
