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

    `crammed` only where the whole interval is above 0. A combination that is the same at several k counts once in `n_public` and `n_private`.
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

    One test a model: Skill Fraction of one generation, every k with both kinds counting alike. A combination is drawn at all k together.
    None where no k has both.
    """
    public, private, both_k = _both_kinds(answers)
    if not both_k.any():
        return None
    kinds = [values_ck[:, both_k] for values_ck in (public, private)]
    kinds = [values_ck[~np.isnan(values_ck).all(1)] for values_ck in kinds]
    return Cramming(
        model=answers[0].model,
        grader=answers[0].grader,
        ks=tuple(one.k for one, has_both in zip(answers, both_k, strict=True) if has_both),
        difference=mean_gap(*kinds, level=level, seed=seed),
        n_public=len(kinds[0]),
        n_private=len(kinds[1]),
    )


def cramming_of_several(
    several: Sequence[Sequence[Answers]], *, level: float = LEVEL, seed: int = 0
) -> list[Cramming | None]:
    """`cramming` of each of `several`, with intervals that hold with probability `level` for all of them at once (Bonferroni).

    So of honest models that are tested together any is flagged with a probability of (1 - level)/2 at most. None is no test.
    """
    n_tests = sum(bool(_both_kinds(answers)[2].any()) for answers in several)
    return [cramming(answers, level=1 - (1 - level) / max(1, n_tests), seed=seed) for answers in several]


def mean_gap(ours_ck: Array, theirs_ck: Array, *, level: float = LEVEL, seed: int = 0) -> Estimate:
    """The means of `ours_ck` (combinations, k) less those of `theirs_ck` (other combinations, k), averaged over k; NaN where missing."""
    both = (ours_ck, theirs_ck)
    rng = np.random.default_rng(seed)
    ours, theirs = (mean_draws(values_ck, rng) for values_ck in both)
    value = np.nanmean(ours_ck, axis=0) - np.nanmean(theirs_ck, axis=0)
    return interval_of(float(value.mean()), (ours - theirs).mean(1), level, sum(map(len, both)))


def _both_kinds(answers: Sequence[Answers]) -> tuple[Array, Array, Array]:
    """The values of public and of private combinations, each (combinations, k), and at which k both have any, (k,)."""
    public, private = (_by_pair(answers, kind) for kind in (True, False))
    has_public, has_private = (~np.isnan(values_ck).all(axis=0) for values_ck in (public, private))
    return public, private, np.logical_and(has_public, has_private)


def _by_pair(answers: Sequence[Answers], public: bool) -> Array:
    """The values of public, or private, combinations, (combinations, k), NaN where missing; one that is the same at several k is one row."""
    place = {name: i for i, name in enumerate(sorted({name for one in answers for name in one.pairs}))}
    values_ck = np.full((len(place), len(answers)), np.nan)
    for column, one in enumerate(answers):
        rows = zip(one.pairs, one.public, OF["mean"](one.values(CRAMMING_METRIC)), strict=True)
        for name, kind, value in rows:
            if kind is public:
                values_ck[place[name], column] = value
    return values_ck


def _away_from_zero(found: Estimate) -> bool:
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)
