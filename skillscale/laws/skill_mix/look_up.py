"""The novelty bound held against the truth: which combinations stand in a training text that was read whole.

The bound (novelty.py) needs no text: from the frequencies of the most frequent skill and topic it says that at most a share p_s^k·p_t·L of all
combinations stands in one of L pieces. Where every piece was read, the share R_k that does stand there is known, and with the success rates s on combinations
of the text and u on others, of a model's successes on a combination drawn at random exactly

    (1 − R_k)·u / a,    a = R_k·s + (1 − R_k)·u

are of combinations that the text never shows. The bound is 1 − p_s^k·p_t·L/a, so it cannot overstate where R_k ≤ p_s^k·p_t·L.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np

from skillscale.corpora.world.pieces.reading import PieceCounts
from skillscale.laws.intervals import Estimate
from skillscale.laws.skill_mix.novelty import Share, share, unseen_share
from skillscale.laws.skill_mix.prevalence import symmetric

Verdict = Literal["no success", "empty", "within noise", "holds", "overstates", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InText:
    """Of all `of` combinations of k skills and a topic `standing` stand in the text; the bound allows the share `rate_at_most`, or a number above 1.

    `together`: k-tuples of skills in a piece, on average, and `independent` those of skills as frequent that are drawn independently.
    """

    k: int
    standing: int
    of: int
    rate_at_most: float
    together: float
    independent: float

    @property
    def rate(self) -> float:
        """The share that stands there, exactly."""
        return self.standing / self.of

    @property
    def company(self) -> float:
        """How often k skills stand together, as a multiple of what independent ones would."""
        return self.together / self.independent

    @property
    def allowed(self) -> bool:
        """Does no more stand there than the bound allows? Then it cannot overstate, whatever its assumption is worth."""
        return self.rate <= self.rate_at_most


def in_text(counts: PieceCounts, ks: Sequence[int]) -> list[InText]:
    """For each k what the bound says of the text and what stands there. The counts are of at least one piece."""
    p_s = np.array([list(counts.skills.values())]) / counts.n
    return [
        InText(
            k=k,
            standing=counts.standing.get(k, 0),
            of=counts.n_combinations(k),
            rate_at_most=counts.skill_frequency**k * counts.topic_frequency * counts.n,
            together=sum(comb(size, k) * n for size, n in counts.sizes.items()) / counts.n,
            independent=float(symmetric(p_s, k)[0]),
        )
        for k in ks
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """One model at one k: `success` on a combination drawn at random, and the share of successes on combinations that the text never shows.

    `at_least` is what the bound says of that share, with its value at both ends of the interval of `success`; None where it says nothing.
    `exact`: what look-up says; None where there is no success.
    """

    k: int
    seen: Share | None
    unseen: Share | None
    success: Estimate
    at_least: float | None
    at_least_low: float | None
    at_least_high: float | None
    exact: Estimate
    verdict: Verdict


def look_up(
    text: InText, *, seen: tuple[int, int] | None, unseen: tuple[int, int] | None, level: float
) -> LookedUp | None:
    """From successes and combinations asked, of those that the text has (`seen`) and of others. None where one that is needed was not asked.

    Intervals are Clopper and Pearson's, of two rates each at (1 + level)/2, so that both hold at once.
    """
    r = text.rate
    needed = [one for one, weight in ((seen, r), (unseen, 1 - r)) if weight > 0]
    if any(one is None or one[1] == 0 for one in needed):
        return None
    each = level if len(needed) == 1 else (1 + level) / 2
    s = share(*seen, level=each) if seen is not None and r > 0 else None
    u = share(*unseen, level=each) if unseen is not None and r < 1 else None
    s_3, u_3 = _ends(s), _ends(u)
    value, low, high = (r * a + (1 - r) * b for a, b in zip(s_3, u_3, strict=True))
    n = sum(one.of for one in (s, u) if one is not None)
    at_least, at_low, at_high = (unseen_share(text.rate_at_most, one) for one in (value, low, high))
    # the share of successes never shown grows with u and falls with s
    pairs = ((s_3[0], u_3[0]), (s_3[2], u_3[1]), (s_3[1], u_3[2]))
    ends = [(1 - r) * b / (r * a + (1 - r) * b) if value > 0 else None for a, b in pairs]
    exact = Estimate(value=ends[0], low=ends[1], high=ends[2], n=n)
    return LookedUp(
        k=text.k,
        seen=s,
        unseen=u,
        success=Estimate(value=value, low=low, high=high, n=n),
        at_least=at_least,
        at_least_low=at_low,
        at_least_high=at_high,
        exact=exact,
        verdict=_verdict(text, exact, at_least, at_low),
    )


def _ends(one: Share | None) -> tuple[float, float, float]:
    """Rate, low and high; of a part that has no weight anything will do."""
    return (0.0, 0.0, 0.0) if one is None else (one.successes / one.of, one.low, one.high)


def _verdict(text: InText, exact: Estimate, at_least: float | None, at_low: float | None) -> Verdict:
    """Whether what the bound says is true, where it says something that is beyond noise."""
    if exact.value is None or exact.low is None or exact.high is None:
        return "no success"
    if at_least is None:
        return "empty"
    if at_low is None:
        return "within noise"
    if text.allowed or exact.low >= at_least:
        return "holds"
    return "overstates" if exact.high < at_low else "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class RungNovelty:
    """A trained model with what was found at each k."""

    model: str
    run: str
    n_params: int
    found: tuple[LookedUp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoveltyOnLadder:
    """The bound and the truth for every rung, from the smallest to the largest; `texts` by k."""

    counts: PieceCounts
    texts: tuple[InText, ...]
    rungs: tuple[RungNovelty, ...]
    level: float
