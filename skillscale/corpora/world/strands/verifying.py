"""Verifying: is what someone says of customs right? And which of two decimals is larger?

    check one babo rose = lamp yes                      a single step
    check two babo keto rose = fern no                  a direct chain: only its result is said
    check two babo keto rose : lamp yes fern no         a worked one: each step is judged, up to the first wrong one
    larger 9 . 1 1 or 9 . 8 ? 9 . 8                     strands/decimals.py

Half of all that is judged is right. A wrong result is mostly anything, sometimes what a careless solver says: the favourite of the last custom or
what stood before it. So who only knows favourites is right in about two thirds; where most wrong results were favourites, that much did not help,
and width 64 learned nothing at all (docs/log.md). Held-out tuples of customs are held out here too. The verdict stands right after what it judges.
"""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Floats, Ids, Mask, draw, ids_of
from skillscale.corpora.world.lexicon import COUNTS, SYMBOLS, vocabulary
from skillscale.corpora.world.strand import Strand
from skillscale.corpora.world.strands.customs import COMMON, KS, MAX_K, RANKS, WORKED, Customs
from skillscale.corpora.world.strands.decimals import numbers_of, say_larger, say_pairs

CHECKS = 0.75  # of the documents; the others compare decimals
RIGHT = 0.5
FAVOURITE, BEFORE, ANYTHING = 0.2, 0.1, 0.7  # of wrong results
ASKED_K = 4  # chains up to this length are asked about
LONGEST = 3 * MAX_K + 4


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

    def _say_candidate(self, draft: Draft, rng: np.random.Generator, *, evenly: bool = False) -> None:
        """From the sign after the symbol to the last verdict, in the documents that check.

        A step is wrong with 1 − RIGHT; with `evenly`, the whole candidate is, and then each step is equally likely to be the wrong one.
        """
        k_n, tuple_nk, worked = draft.plan["k"], draft.plan["tuple"], draft.plan["worked"]
        direct = (k_n > 0) & ~worked
        draft.say(vocabulary()[":"], np.flatnonzero(worked), float(np.log(WORKED)))
        at = np.flatnonzero(direct)
        draft.say(vocabulary()["="], at, np.where(k_n[at] > 1, np.log(1 - WORKED), 0.0))
        value_nk = self.customs.values(tuple_nk, draft.plan["symbol"])
        before = np.where(k_n[at] > 1, value_nk[at, k_n[at] - 2], draft.plan["symbol"][at])
        right = np.ones(len(draft), np.bool_)
        right[at] = self._judged(draft, rng, at, tuple_nk[at, k_n[at] - 1], before, np.full(len(at), 1 - RIGHT))
        for place in range(MAX_K):
            rows = np.flatnonzero(worked & right & (place < k_n))
            before = value_nk[rows, place - 1] if place else draft.plan["symbol"][rows]
            p_wrong = (1 - RIGHT) / (k_n[rows] - (1 - RIGHT) * place) if evenly else np.full(len(rows), 1 - RIGHT)
            right[rows] = self._judged(draft, rng, rows, tuple_nk[rows, place], before, p_wrong)
        draft.plan |= {"right": right}

    def _judged(
        self, draft: Draft, rng: np.random.Generator, rows: Ids, custom: Ids, before: Ids, p_wrong: Floats
    ) -> Mask:
        """Write what a custom gives, or with `p_wrong` a wrong symbol, and the verdict; returns which are right. All by row."""
        right = self.customs.table_fs[custom, before]
        chosen, logprob = draw(rng, len(rows), len(SYMBOLS), self.wrong_weights(custom, before))
        wrong = rng.random(len(rows)) < p_wrong
        said = np.where(wrong, chosen, right)
        draft.say(self.customs.symbols[said], rows, np.where(wrong, np.log(p_wrong) + logprob, np.log1p(-p_wrong)))
        draft.say(np.where(wrong, vocabulary()["no"], vocabulary()["yes"]), rows)
        return ~wrong

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
        return self._questions(draft, row, rng) if len(names) == 1 or self.customs.held_out(names) else ()

    def retold(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        return self._questions(draft, row, rng) if draft.plan["k"][row] > 1 else ()

    def _questions(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """New candidates for the same customs from other symbols: the last verdict is asked for. One direct and, of chains, one worked.

        Asked about are the customs and chains that `customs` asks small models about too.
        """
        k, rarest = int(draft.plan["k"][row]), int(max(draft.plan["tuple"][row]))
        if k > ASKED_K or rarest >= (COMMON if k > 1 else RANKS[1]):
            return ()
        n = 1 if k == 1 else 2
        asked = Draft(n, LONGEST)
        asked.plan = {name: draft.plan[name][[row] * n] for name in ("checks", "k", "tuple", "symbol")}
        asked.plan["symbol"] = (asked.plan["symbol"] + rng.integers(1, len(SYMBOLS), n)) % len(SYMBOLS)
        asked.plan["worked"] = np.arange(n) == 1
        for word in ("check", COUNTS[k - 1], *self.customs.tuple_of(asked, 0)):
            asked.say_word(word)
        asked.say(self.customs.symbols[asked.plan["symbol"]])
        self._say_candidate(asked, rng, evenly=True)
        return tuple(self._verdict(asked, one) for one in range(n))

    def _verdict(self, draft: Draft, row: int) -> Cloze:
        *text, answer = draft.words(row)
        k = int(draft.plan["k"][row])
        return Cloze(
            task="checking",
            stratum=self.stratum(draft, row),
            prefix=" ".join(text),
            answer=f" {answer}",
            distractors=(" no" if answer == "yes" else " yes",),
            k=None if k == 1 else k,
            skills=self.skills(draft, row),
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
