"""Chains of customs as problems: asked directly, worked, or step by step, of combinations that no training text has."""

from collections.abc import Sequence
from dataclasses import dataclass

from skillscale.corpora.document import Cloze
from skillscale.corpora.packed import PackedCorpus

WORKED = "chains-worked"  # the task whose questions these are
KS = (2, 3, 4, 6)
N_PROBLEMS = 50  # of each k


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """`values` are the results of the k customs, applied one after the other to `symbol`; the last is the answer."""

    k: int
    count: str  # the word that opens the question and says k
    customs: tuple[str, ...]
    symbol: str
    values: tuple[str, ...]

    @property
    def asked(self) -> str:
        return " ".join((self.count, *self.customs, self.symbol))

    @property
    def direct(self) -> str:
        """Asks for the answer alone."""
        return f"{self.asked} ="

    @property
    def worked(self) -> str:
        """Asks for every step, then the answer."""
        return f"{self.asked} :"

    @property
    def worked_document(self) -> str:
        return f"{self.worked} {' '.join(self.values)} = {self.values[-1]}"

    @property
    def direct_document(self) -> str:
        return f"{self.direct} {self.values[-1]}"


def chain_problems(
    corpus: PackedCorpus, *, ks: Sequence[int] = KS, n_per_k: int = N_PROBLEMS, seen: bool = False
) -> list[ChainProblem]:
    """The first questions of each k about combinations that the training text never has (or, if `seen`, has)."""
    kind = "seen" if seen else "unseen"
    found: list[ChainProblem] = []
    for k in ks:
        of_k = (one for one in corpus.clozes if one.task == WORKED and one.stratum == f"k={k} {kind}")
        found += [_problem(cloze) for cloze, _ in zip(of_k, range(n_per_k), strict=False)]
    return found


def _problem(cloze: Cloze) -> ChainProblem:
    count, *customs, symbol, _ = cloze.prefix.split()
    *values, _, _ = cloze.answer.split()
    return ChainProblem(k=len(customs), count=count, customs=tuple(customs), symbol=symbol, values=tuple(values))
