"""How often skills and topics occur, with intervals, and whether skills keep company more often than chance has it.

The novelty bound (novelty.py) takes the frequency of the most frequent skill and topic, and holds skills to be independent. So two things are
asked of a sample of sentences: an upper bound that holds for all skills at once, and how many k-tuples of skills stand together in a sentence,

    E[C(s, k)]  against  e_k(p_1 … p_N),

with s the number of skills that a sentence shows and e_k the elementary symmetric polynomial: what independent skills would give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import betaincinv, comb

from skillscale.laws.intervals import BLOCK_NUMBERS, LEVEL, N_DRAWS, Array
from skillscale.laws.skill_mix.novelty import share

FEWEST_TOGETHER = 20  # sentences with k skills or more; with fewer the interval of the ratio covers too seldom
FEWEST_EACH = 5  # sentences with each skill of a pair that is tested
FREQUENT = 0.05  # skills from this share on are left out of the strict scores (Yu et al. 2023)

# s sentence, c skill or topic, d draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """`shown` of `of` sentences with a readable answer, with the interval of Clopper and Pearson; all None where there is no answer."""

    name: str
    shown: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """The most frequent, and a bound above which, at the stated level, none of all `n` lies."""

    name: str
    share: float
    upper: float
    n: int


Verdict = Literal["more", "less", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """k-tuples of skills in a sentence: `observed` and `expected` (of independent skills) on average, and their ratio with its interval.

    The ratio is None where no independent tuple is expected; the interval is None where fewer than `FEWEST_TOGETHER` sentences have k skills.
    """

    k: int
    n_sentences: int
    n_together: int
    observed: float
    expected: float
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> Verdict:
        """Whether skills keep company more, or less, often than independent ones."""
        if self.low is None or self.high is None or self.low <= 1 <= self.high:
            return "cannot tell"
        return "more" if self.low > 1 else "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two skills that stand together more often than their frequencies give; `p` is Fisher's, times the number of pairs tested."""

    names: tuple[str, str]
    observed: int
    expected: float
    p: float


def frequencies(names: Sequence[str], shown_sc: Array, *, level: float = LEVEL) -> list[Frequency]:
    """Of each column of `shown_sc` (1, 0 or NaN for missing). An interval holds on its own."""
    found: list[Frequency] = []
    for name, column in zip(names, shown_sc.T, strict=True):
        known = column[~np.isnan(column)]
        n, of = int(known.sum()), len(known)
        one = share(n, of, level=level) if of else None
        found.append(
            Frequency(
                name=name,
                shown=n,
                of=of,
                share=None if one is None else n / of,
                low=None if one is None else one.low,
                high=None if one is None else one.high,
            )
        )
    return found


def largest(found: Sequence[Frequency], *, n_all: int | None = None, level: float = LEVEL) -> Largest | None:
    """One-sided Clopper–Pearson bounds, so that all hold at once (Bonferroni); None where one has no answer, or there is none.

    `n_all`: how many there were before the sample chose among them; they are bounded too, for the choice to be allowed.
    """
    if not found or any(one.share is None for one in found):
        return None
    tail = (1 - level) / (n_all or len(found))
    uppers = [
        1.0 if one.shown == one.of else float(betaincinv(one.shown + 1, one.of - one.shown, 1 - tail)) for one in found
    ]
    top = max(found, key=lambda one: one.share or 0.0)
    return Largest(name=top.name, share=top.share or 0.0, upper=max(uppers), n=len(found))


def rarer(found: Sequence[Frequency]) -> list[Frequency]:
    """Those below 5 %: what the strict scores keep."""
    return [one for one in found if one.share is not None and one.share < FREQUENT]


def company(shown_sc: Array, ks: Sequence[int] = (2, 3), *, level: float = LEVEL, seed: int = 0) -> list[Company]:
    """Tuples of skills in a sentence against independence, from sentences of which every skill is known.

    Intervals are bootstraps by random weights of sentences, frequencies drawn anew with the tuples.
    """
    known_sc = shown_sc[~np.isnan(shown_sc).any(1)]
    return [_company(known_sc, k, level, seed) for k in ks]


def _company(known_sc: Array, k: int, level: float, seed: int) -> Company:
    n = len(known_sc)
    together_s = np.asarray(comb(known_sc.sum(1), k), dtype=float)
    observed = float(together_s.mean()) if n else 0.0
    expected = float(symmetric(known_sc.mean(0)[None], k)[0]) if n else 0.0
    n_together = int((together_s > 0).sum())
    low = high = None
    if n_together >= FEWEST_TOGETHER:
        draws = _ratio_draws(known_sc, together_s, k, np.random.default_rng(seed))
        low, high = (float(end) for end in np.quantile(draws, [(1 - level) / 2, (1 + level) / 2]))
    return Company(
        k=k,
        n_sentences=n,
        n_together=n_together,
        observed=observed,
        expected=expected,
        ratio=observed / expected if expected > 0 else None,
        low=low,
        high=high,
    )


def symmetric(p_dc: Array, k: int) -> Array:
    """The elementary symmetric polynomial e_k of each row, by Newton's identities from power sums, (d,)."""
    powers = [(p_dc**i).sum(1) for i in range(1, k + 1)]
    found: list[Array] = [np.ones(len(p_dc))]
    for j in range(1, k + 1):
        terms = [(-1) ** (i - 1) * found[j - i] * powers[i - 1] for i in range(1, j + 1)]
        found.append(np.sum(terms, axis=0) / j)
    return found[k]


def _ratio_draws(known_sc: Array, together_s: Array, k: int, rng: np.random.Generator) -> Array:
    draws: list[Array] = []
    n_block = max(1, BLOCK_NUMBERS // len(known_sc))
    for n_left in range(N_DRAWS, 0, -n_block):
        weight_ds = rng.standard_exponential((min(n_left, n_block), len(known_sc)))
        weight_ds /= weight_ds.sum(1, keepdims=True)
        draws.append((weight_ds @ together_s) / symmetric(weight_ds @ known_sc, k))
    return np.concatenate(draws)


def pairs(names: Sequence[str], shown_sc: Array, *, level: float = LEVEL) -> tuple[list[Pair], int]:
    """Pairs found together too often for chance, the surest first, and how many pairs were tested: those of skills that occur often enough.

    Fisher's exact test of each, one-sided, times the number of tests.
    """
    from scipy.stats import hypergeom

    known_sc = shown_sc[~np.isnan(shown_sc).any(1)]
    n_c = known_sc.sum(0)
    often = np.flatnonzero(n_c >= FEWEST_EACH)
    one, other = (often[place] for place in np.triu_indices(len(often), 1))
    if len(one) == 0:
        return [], 0
    both = (known_sc.T @ known_sc)[one, other]
    p = hypergeom.sf(both - 1, len(known_sc), n_c[one], n_c[other]) * len(one)
    order = [int(place) for place in np.argsort(p, kind="stable") if p[place] < 1 - level]
    found = [
        Pair(
            names=(names[int(one[i])], names[int(other[i])]),
            observed=int(both[i]),
            expected=float(n_c[one[i]] * n_c[other[i]] / len(known_sc)),
            p=float(p[i]),
        )
        for i in order
    ]
    return found, len(one)
