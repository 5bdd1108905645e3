"""Two models on the same combinations, and one model on public and on private skills."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.laws.intervals import LEVEL, Array, Estimate, interval_of, mean_draws
from skillscale.laws.skill_mix.answers import OF, Answers

CRAMMING_METRIC = "skill_fraction"  # it tells most about each text; the others are 0 for most models at large k


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`difference` is the score of `model` less that of `other`, over the combinations that both have a value for."""

    model: str
    other: str
    grader: str
    k: int
    metric: str
    of: str
    difference: Estimate

    @property
    def significant(self) -> bool:
        return _away_from_zero(self.difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cramming:
    """`difference` is the score on public skills less that on private ones, averaged over the `ks` that have both.

    `crammed` only where the whole interval is above 0.
    """

    model: str
    grader: str
    ks: tuple[int, ...]
    difference: Estimate
    n_public: int
    n_private: int

    @property
    def crammed(self) -> bool:
        return self.difference.low is not None and self.difference.low > 0


def compare(
    one: Answers, other: Answers, *, metric: str, of: str = "mean", level: float = LEVEL, seed: int = 0
) -> Comparison:
    """Two models, paired by combination: what makes one harder for both falls out of the difference."""
    value = dict(zip(one.combinations, OF[of](one.values(metric)), strict=True))
    against = dict(zip(other.combinations, OF[of](other.values(metric)), strict=True))
    both = sorted(value.keys() & against.keys())
    apart = np.array([value[name] - against[name] for name in both], dtype=float)
    known = apart[~np.isnan(apart)]
    found = Estimate(value=None, low=None, high=None, n=0)
    if len(known):
        draws = mean_draws(known, np.random.default_rng(seed), ends=(-1.0, 1.0))
        found = interval_of(float(known.mean()), draws, level, len(known))
    return Comparison(
        model=one.model, other=other.model, grader=one.grader, k=one.k, metric=metric, of=of, difference=found
    )


def cramming(answers: Sequence[Answers], *, level: float = LEVEL, seed: int = 0) -> Cramming | None:
    """Whether one model, in the eyes of one grader, does better on public skills; `answers` are its own at each k.

    One test a model: Skill Fraction of one generation, every k with both kinds counting alike. None where no k has both.
    """
    rng = np.random.default_rng(seed)
    by_k: dict[int, tuple[Array, Array]] = {}
    for one in answers:
        values = OF["mean"](one.values(CRAMMING_METRIC))
        public, private = (
            np.array([mark is kind for mark in one.public]) & ~np.isnan(values) for kind in (True, False)
        )
        if public.any() and private.any():
            by_k[one.k] = values[public], values[private]
    if not by_k:
        return None
    value = float(np.mean([public.mean() - private.mean() for public, private in by_k.values()]))
    draws = np.mean([mean_draws(public, rng) - mean_draws(private, rng) for public, private in by_k.values()], axis=0)
    n_public, n_private = (sum(len(pair[i]) for pair in by_k.values()) for i in (0, 1))
    return Cramming(
        model=answers[0].model,
        grader=answers[0].grader,
        ks=tuple(sorted(by_k)),
        difference=interval_of(value, draws, level, n_public + n_private),
        n_public=n_public,
        n_private=n_private,
    )


def _away_from_zero(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)
