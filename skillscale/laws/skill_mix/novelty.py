"""How much of what a model combined cannot have stood in its training corpus.

Yu et al. 2023, section 6. If a skill has at most the frequency p_s in the sentences of a corpus and a topic p_t, independently, then a corpus of
L sentences is expected to hold at most p_s^k·p_t·C(N,k)·T·L of the C(N,k)·T combinations of k skills and a topic. A model
that succeeds on a share a of them succeeds on a·C(N,k)·T; so at least

    1 − p_s^k·p_t·L / a

of its successes are of combinations that are nowhere in the corpus, whatever N and T are.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
from scipy.special import betaincinv

from skillscale.errors import SkillscaleError

# Yu et al. 2023: what is left after the skills of 5 % and more, and a corpus of 5·10¹⁰ sentences
SKILL_FREQUENCY = 0.0144
TOPIC_FREQUENCY = 0.0022
CORPUS_SENTENCES = 5e10
LEVEL = 0.95
ROUNDING = 0.00501  # published rates have two decimals
LARGEST_K = 1000  # as many as one combination of a commitment may have

Evidence = Literal["none", "within noise", "no interval", "beyond noise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A success rate with its Clopper–Pearson interval."""

    successes: int
    of: int
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """The bound at one k.

    `in_corpus_rate` is p_s^k·p_t·L: expected combinations in the corpus as a share of all, or a number above 1. `unseen_share` is the share
    of successes that was never in the corpus, at least; `unseen_low` and `unseen_high` the same at the ends of `interval`. Each is
    None where the bound says nothing (it would be 0 or less). `skill_frequency_limit`: with skills as frequent as this the bound is 0.
    """

    k: int
    success: float
    in_corpus_rate: float
    unseen_share: float | None
    unseen_low: float | None
    unseen_high: float | None
    interval: Share | None
    skill_frequency_limit: float | None
    evidence: Evidence


def novelty(
    *,
    k: int,
    success: float,
    of: int | None = None,
    skill_frequency: float = SKILL_FREQUENCY,
    topic_frequency: float = TOPIC_FREQUENCY,
    corpus_sentences: float = CORPUS_SENTENCES,
    level: float = LEVEL,
) -> Novelty:
    """The bound for a success rate at k; with an interval where `of`, the number of combinations it is a share of, is given.

    A rate that was rounded, to two decimals or more, stands for the nearest number of successes. Independence of skills is an assumption: skills that keep company
    make it too favourable. Raises SkillscaleError for numbers that cannot be.
    """
    _refuse_what_cannot_be(k, success, skill_frequency, topic_frequency, corpus_sentences)
    _refuse_level(level)
    rate = skill_frequency**k * topic_frequency * corpus_sentences
    interval = None if of is None else share(_successes(success, of), of, level=level)
    shown = unseen_share(rate, success)
    low = None if interval is None else unseen_share(rate, interval.low)
    limit = (success / (topic_frequency * corpus_sentences)) ** (1 / k) if success > 0 else None
    return Novelty(
        k=k,
        success=success,
        in_corpus_rate=rate,
        unseen_share=shown,
        unseen_low=low,
        unseen_high=None if interval is None else unseen_share(rate, interval.high),
        interval=interval,
        skill_frequency_limit=None if limit is None else min(1.0, limit),
        evidence=_evidence(shown, low, interval),
    )


def unseen_share(in_corpus_rate: float, success: float) -> float | None:
    """1 − rate/success; None where it is 0 or less, for then every success could have been in the corpus."""
    return 1 - in_corpus_rate / success if success > in_corpus_rate else None


def share(successes: int, of: int, *, level: float = LEVEL) -> Share:
    """successes / of with the interval of Clopper & Pearson 1934, which covers at least `level` whatever the true rate is."""
    if of < 1 or not 0 <= successes <= of:
        raise SkillscaleError(
            f"{successes:,} successes of {of:,} combinations were given; give from 0 to all of at least one."
        )
    _refuse_level(level)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, of - successes + 1, tail))
    high = 1.0 if successes == of else float(betaincinv(successes + 1, of - successes, 1 - tail))
    return Share(successes=successes, of=of, low=low, high=high, level=level)


def rounding(rate: float) -> float:
    """How far a rate may be from the share that it stands for: half of its last decimal, of which it has two at least."""
    exponent = Decimal(repr(float(rate))).as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 2
    return ROUNDING if decimals <= 2 else 0.501 * 10.0**-decimals + 1e-12


def _successes(success: float, of: int) -> int:
    """How many of `of` a rate stands for that may be rounded."""
    n = round(success * of)
    if of < 1:
        raise SkillscaleError(f"{of:,} combinations were given with --of; give a whole number from 1 on.")
    if abs(success - n / of) > rounding(success):
        raise SkillscaleError(
            f"The success rate {success:.12g} is no share of {of:,} combinations: it would be {success * of:.12g} of them. Give --successes and --of."
        )
    return n


def _evidence(shown: float | None, low: float | None, interval: Share | None) -> Evidence:
    if shown is None:
        return "none"
    if interval is None:
        return "no interval"
    return "within noise" if low is None else "beyond noise"


def _refuse_level(level: float) -> None:
    if not 0 < level < 1:
        raise SkillscaleError(f"The level {level:g} was given; give a share between 0 and 1, such as {LEVEL}.")


def _refuse_what_cannot_be(k: int, success: float, skill: float, topic: float, sentences: float) -> None:
    if not 1 <= k <= LARGEST_K:
        raise SkillscaleError(f"k was given as {k}; a combination has from 1 to {LARGEST_K:,} skills.")
    if not 0 <= success <= 1:
        raise SkillscaleError(f"The success rate {success:g} was given; it is a share between 0 and 1.")
    for name, value in (("skills", skill), ("topics", topic)):
        if not 0 < value <= 1:
            raise SkillscaleError(
                f"The frequency of {name} was given as {value:g}; it is a share of sentences, above 0 and at most 1."
            )
    if not (np.isfinite(sentences) and sentences > 0):
        raise SkillscaleError(f"A corpus of {sentences:g} sentences was given; give a positive number, such as 5e10.")
