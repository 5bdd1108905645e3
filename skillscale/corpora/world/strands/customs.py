"""Customs: named functions on symbols, alone and in chains.

    one babo rose = lamp                       the custom babo turns a rose into a lamp
    two babo keto rose = fern                  babo, then keto: a direct chain
    two babo keto rose : lamp fern = fern      the same, worked: each step is written

A fifth of the tuples of 2 to 8 customs never occur in any chain of the training text, neither as the whole of it nor
as a run within it: `held_out(tuple)` says which.
"""

from dataclasses import replace

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Ids, Mask, draw, ids_of, zipf
from skillscale.corpora.world.lexicon import COUNTS, SYMBOLS, custom_names, vocabulary
from skillscale.corpora.world.strand import Strand, other

KS = np.array([0.5, 0.2, 0.14, 0.08, 0.03, 0.02, 0.015, 0.015])  # probability of k = 1…8
MAX_K = len(KS)
WORKED = 0.5
N_STATES = 1021  # a prefix of a tuple is hashed to one of so many states
RANKS = (8, 32, 128)  # upper ends of the strata of single steps
COMMON = 64  # chains are asked about the commonest customs, which small models know one by one


class Customs(Strand):
    """Unary functions, drawn with Zipf frequencies; each maps about two fifths of the symbols to its favourite."""

    name = "customs"
    has_unseen = True

    def __init__(
        self, rng: np.random.Generator, n_customs: int, exponent: float, majority: float, held_out: float
    ) -> None:
        n_symbols = len(SYMBOLS)
        self.names = rng.permutation(np.array(custom_names()))[:n_customs]  # by rank of frequency
        self.customs, self.symbols = ids_of(list(self.names)), ids_of(SYMBOLS)
        self.weights_f = zipf(n_customs, exponent)
        table_fs = rng.integers(0, n_symbols, (n_customs, n_symbols))
        self.favourite_f = rng.integers(0, n_symbols, n_customs)
        self.table_fs = np.where(rng.random(table_fs.shape) < majority, self.favourite_f[:, None], table_fs)
        self.next_state_qf = rng.integers(0, N_STATES, (N_STATES, n_customs), dtype=np.int32)
        self.held_out_qf = rng.random((N_STATES, n_customs)) < held_out
        self.rank = {str(name): rank for rank, name in enumerate(self.names)}

    def held_out(self, customs: tuple[str, ...]) -> bool:
        """Is this tuple kept out of every chain of the training text? Single customs never are."""
        if len(customs) < 2:
            return False
        state = 0
        for name in customs[:-1]:
            state = self.next_state_qf[state, self.rank[name]]
        return bool(self.held_out_qf[state, self.rank[customs[-1]]])

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 2 * MAX_K + 5)
        if unseen:  # equally many of each k, so that each can be asked about
            k_n = rng.integers(2, MAX_K + 1, n)
            draft.say(ids_of(COUNTS)[k_n - 1], logprob=-float(np.log(MAX_K - 1)))
        else:
            k_n = 1 + draft.choose(rng, ids_of(COUNTS), weights=KS)
        tuple_nk = self.say_tuples(draft, rng, k_n, unseen)
        symbol_n = draft.choose(rng, self.symbols)
        value_nk = self.values(tuple_nk, symbol_n)
        worked = (k_n > 1) & (rng.random(n) < WORKED)
        self._answer(draft, k_n, worked, value_nk)
        draft.plan = {"k": k_n, "tuple": tuple_nk, "symbol": symbol_n, "values": value_nk, "worked": worked}
        return draft

    def say_tuples(self, draft: Draft, rng: np.random.Generator, k_n: Ids, unseen: bool) -> Ids:
        """Draw each custom given those before it: none that would complete a held-out tuple (or, if `unseen`, only
        such as complete one at the end).

        The normaliser is summed over all customs, so the log-probability is exact.
        """
        n = len(k_n)
        tuple_nk = np.full((n, MAX_K), -1)
        states = np.zeros((n, 0), dtype=np.int32)  # one for each start of a run that ends at this place
        for place in range(MAX_K):
            rows = np.flatnonzero(place < k_n)
            allowed_rf: Mask = ~np.any(self.held_out_qf[states[rows]], axis=1)
            if unseen and place:
                completes = self.held_out_qf[states[rows, 0]]
                allowed_rf = np.where((k_n[rows] == place + 1)[:, None], completes, allowed_rf)
            chosen, logprob = self._draw_allowed(rng, allowed_rf)
            draft.say(self.customs[chosen], rows, logprob)
            tuple_nk[rows, place] = chosen
            step = np.zeros((n, place + 1), dtype=np.int32)
            started = np.concatenate([states[rows], np.zeros((len(rows), 1), np.int32)], axis=1)
            step[rows] = self.next_state_qf[started, chosen[:, None]]
            states = step
        return tuple_nk

    def _draw_allowed(self, rng: np.random.Generator, allowed_rf: Mask) -> tuple[Ids, np.ndarray]:
        """One allowed custom a row, and its log-probability among the allowed ones.

        Most rows take the first proposal or the second; those that go on being refused draw from what is allowed.
        """
        n = len(allowed_rf)
        chosen, _ = draw(rng, n, len(self.weights_f), self.weights_f)
        waiting = np.arange(n)
        for _ in range(4):
            waiting = waiting[~allowed_rf[waiting, chosen[waiting]]]
            chosen[waiting], _ = draw(rng, len(waiting), len(self.weights_f), self.weights_f)
        waiting = waiting[~allowed_rf[waiting, chosen[waiting]]]
        chosen[waiting], _ = draw(rng, len(waiting), len(self.weights_f), self.weights_f * allowed_rf[waiting])
        total = allowed_rf.astype(np.float32) @ self.weights_f.astype(np.float32)
        return chosen, np.log(self.weights_f[chosen] / total)

    def values(self, tuple_nk: Ids, symbol_n: Ids) -> Ids:
        """What each step gives, (n, k); -1 after the last."""
        values = np.full(tuple_nk.shape, -1)
        value = symbol_n
        for place in range(tuple_nk.shape[1]):
            value = self.table_fs[tuple_nk[:, place], value]
            values[:, place] = np.where(tuple_nk[:, place] >= 0, value, -1)
        return values

    def _answer(self, draft: Draft, k_n: Ids, worked: Mask, value_nk: Ids) -> None:
        chain = k_n > 1
        draft.say(vocabulary()[":"], np.flatnonzero(worked), float(np.log(WORKED)))
        for place in range(MAX_K):
            rows = np.flatnonzero(worked & (place < k_n))
            draft.say(self.symbols[value_nk[rows, place]], rows)
        draft.say(vocabulary()["="], logprob=np.where(chain & ~worked, np.log(1 - WORKED), 0.0))
        draft.say(self.symbols[value_nk[np.arange(len(k_n)), k_n - 1]])

    def tuple_of(self, draft: Draft, row: int) -> tuple[str, ...]:
        """The customs of one document, in the order in which they are applied."""
        return tuple(str(self.names[f]) for f in draft.plan["tuple"][row] if f >= 0)

    def stratum(self, draft: Draft, row: int) -> str:
        k = int(draft.plan["k"][row])
        if k > 1:
            return f"k={k} {'unseen' if self.held_out(self.tuple_of(draft, row)) else 'seen'}"
        low = 0
        for high in (*RANKS, len(self.names)):
            if draft.plan["tuple"][row, 0] < high:
                return f"rank {low + 1}-{high}"
            low = high
        raise AssertionError(draft.plan["tuple"][row])

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        k = int(draft.plan["k"][row])
        chain = (("worked chain",) if draft.plan["worked"][row] else ("direct chain",)) if k > 1 else ()
        return (*chain, *dict.fromkeys(f"custom {name}" for name in self.tuple_of(draft, row)))

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        """Single steps and unseen chains; whether another chain was seen only the training text knows (`retold`)."""
        names = self.tuple_of(draft, row)
        if len(names) == 1 or self.held_out(names):
            return self._questions(names, int(draft.plan["symbol"][row]), self.stratum(draft, row), rng)
        return ()

    def retold(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        names = self.tuple_of(draft, row)
        if len(names) == 1:
            return ()
        symbol = (draft.plan["symbol"][row] + 1 + rng.integers(0, len(SYMBOLS) - 1)) % len(SYMBOLS)
        return self._questions(names, int(symbol), self.stratum(draft, row), rng)

    def _questions(
        self, names: tuple[str, ...], symbol: int, stratum: str, rng: np.random.Generator
    ) -> tuple[Cloze, ...]:
        k, ranks = len(names), [self.rank[name] for name in names]
        if k > 1 and max(ranks) >= COMMON:
            return ()
        values = [SYMBOLS[v] for v in self.values(np.array([ranks]), np.array([symbol]))[0]]
        asked = " ".join((COUNTS[k - 1], *names, SYMBOLS[symbol]))
        favourite = SYMBOLS[self.favourite_f[ranks[-1]]]
        wrong = other(rng, SYMBOLS, values[-1], 7)
        if favourite != values[-1] and favourite not in wrong:
            wrong = (favourite, *wrong[1:])
        direct = Cloze(
            task="customs" if k == 1 else "chains-direct",
            stratum=stratum,
            prefix=f"{asked} =",
            answer=" " + values[-1],
            distractors=tuple(" " + word for word in wrong),
            k=None if k == 1 else k,
            skills=tuple(f"custom {name}" for name in dict.fromkeys(names)),
        )
        if k == 1:
            return (direct,)
        steps = f" {' '.join(values)} = {values[-1]}"
        worked = replace(
            direct, task="chains-worked", prefix=f"{asked} :", answer=steps, distractors=(), max_new_tokens=MAX_K + 3
        )
        return (direct, worked)
