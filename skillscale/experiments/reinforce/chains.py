"""Fresh questions to be answered step by step, drawn from a world's customs, and two checks of what was said.

The first check looks at the result alone: it is the reward. The second goes through every step, and shows what the first lets pass.
"""

# n questions, k customs of a question

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import World, WorldConfig
from skillscale.corpora.world.lexicon import COUNTS, SYMBOLS
from skillscale.corpora.world.strands.customs import COMMON, MAX_K, Customs
from skillscale.errors import SkillscaleError
from skillscale.experiments.skill_graph_pieces import has_customs
from skillscale.tasks.worked_chain import first_line, result_of

TASK = "chains-worked"
MAX_SAID = MAX_K + 3  # as the clozes of that task allow: k steps, `=`, the result and the end token
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One question: the ranks of its k customs, in the order in which they are applied to a symbol (by number)."""

    customs: tuple[int, ...]
    symbol: int

    @property
    def k(self) -> int:
        return len(self.customs)


class ChainWorld:
    """The customs that a packed corpus tells of. Raises SkillscaleError where it tells of none."""

    def __init__(self, corpus: PackedCorpus) -> None:
        if not has_customs(corpus):
            raise SkillscaleError(
                f"{corpus.card.name} is no pocket world with customs, and {TASK} asks about those. "
                "Give a lab that was made without --text and with a share of customs."
            )
        customs = World(WorldConfig(**corpus.card.settings)).strands["customs"]
        assert isinstance(customs, Customs)
        self.customs = customs
        self.weights_f = customs.weights_f[:COMMON] / customs.weights_f[:COMMON].sum()

    def draw(self, rng: np.random.Generator, *, k: int, n: int, unseen: bool) -> list[Chain]:
        """n questions on k of the COMMON commonest customs, each drawn as often as the world's text has it.

        `unseen`: only tuples that the training text is kept free of; else only such as hold no run that it is kept free of.
        """
        kept: list[Chain] = []
        while len(kept) < n:
            tuple_nk = rng.choice(len(self.weights_f), (4 * n + 16, k), p=self.weights_f)
            symbol_n = rng.integers(0, len(SYMBOLS), len(tuple_nk))
            wanted_n = self._held_out(tuple_nk) if unseen else ~self._has_held_out_run(tuple_nk)
            kept += [
                Chain(customs=tuple(customs), symbol=symbol)
                for customs, symbol in zip(tuple_nk[wanted_n].tolist(), symbol_n[wanted_n].tolist(), strict=True)
            ]
        return kept[:n]

    def _held_out(self, tuple_nk: Ids) -> NDArray[np.bool_]:
        state_n = np.zeros(len(tuple_nk), np.int64)
        for custom_n in tuple_nk[:, :-1].T:
            state_n = self.customs.next_state_qf[state_n, custom_n].astype(np.int64)
        return self.customs.held_out_qf[state_n, tuple_nk[:, -1]]

    def _has_held_out_run(self, tuple_nk: Ids) -> NDArray[np.bool_]:
        k = tuple_nk.shape[1]
        runs = [self._held_out(tuple_nk[:, i:j]) for i in range(k) for j in range(i + 2, k + 1)]
        return np.any(runs, axis=0)

    def prompt(self, chain: Chain) -> str:
        """The question in words: `three babo keto neto rose :`."""
        return " ".join((COUNTS[chain.k - 1], *self._names(chain), SYMBOLS[chain.symbol], ":"))

    def answer(self, chain: Chain) -> str:
        """The right steps and the result, as the world writes them."""
        values = self._values(chain)
        return f"{' '.join(values)} = {values[-1]}"

    def result_is_right(self, chain: Chain, said: str) -> bool:
        """The reward: is what stands after the last `=` the symbol that the customs make, whatever stands before it?"""
        return result_of(said) == (self._values(chain)[-1],)

    def every_step_is_right(self, chain: Chain, said: str) -> bool:
        """The second check, which shares no code with the first: k steps, each made by its custom from the one before, then the last again.

        `said` is untrusted text.
        """
        words = first_line(said).split()
        if len(words) != chain.k + 2 or words[chain.k] != "=" or words[-1] != words[chain.k - 1]:
            return False
        before = SYMBOLS[chain.symbol]
        for custom, after in zip(chain.customs, words, strict=False):
            if before not in SYMBOLS or SYMBOLS[self.customs.table_fs[custom, SYMBOLS.index(before)]] != after:
                return False
            before = after
        return True

    def _names(self, chain: Chain) -> list[str]:
        return [str(self.customs.names[custom]) for custom in chain.customs]

    def _values(self, chain: Chain) -> list[str]:
        values: list[str] = []
        value = chain.symbol
        for custom in chain.customs:
            value = int(self.customs.table_fs[custom, value])
            values.append(SYMBOLS[value])
        return values
