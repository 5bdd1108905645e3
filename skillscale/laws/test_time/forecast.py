"""Coverage at many samples, forecast from few: through the distribution of single-try success over problems.

Schaeffer et al. 2025: a problem that one try solves with chance p is solved by k tries with chance 1 − (1 − p)^k, so coverage at large k is
decided by how many problems have a small p. That is extrapolation: no family of distributions is known to hold, and a mass at p = 0 cannot
be told from very small p. So several families (`single_try.FAMILIES`), with and without the mass, are averaged by how well each said the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.laws.fitting.fitted import Interval
from skillscale.laws.intervals import LEVEL, Array
from skillscale.laws.test_time.coverage import pass_at_k
from skillscale.laws.test_time.extrapolated import METHODS, Extrapolated, extrapolate
from skillscale.laws.test_time.single_try import (
    FAMILIES,
    P_ZERO,
    Evidence,
    Posterior,
    chance_of_count,
    posterior,
    solved_by,
)
from skillscale.laws.test_time.tries import PassCurve, Tries

# o outcome of a problem, b bin of p, d draw

TOLD_APART = (
    10  # more successes than this count as one outcome: the left tail decides, and the body's shape may be anything
)
N_FORECAST_DRAWS = 1_000
LARGEST_K = 10**9  # the bins of p begin at 5e-12
_NOMINAL_PROBLEMS = 100  # weighs families where a curve does not say over how many problems it is a mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasted:
    """A coverage with its interval; None where how many problems there are is not known."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageForecast:
    """pass@k at k = `at`. `these` is of the very problems tried, `like_these` the mean over problems like them.

    `never_solved` is the share without a success among `n_samples` (least, most) samples: `1 − never_solved` is the coverage at `at` if none of
    them can be solved. `weights` are probabilities of families, `p_zero` that there is a mass at 0 at all, `zero_mass` its mean where there is.
    `measured` is pass@at from all samples of the input where there are enough.
    """

    at: int
    these: Forecasted
    like_these: Forecasted
    n_problems: int | None
    n_samples: tuple[int, int]
    never_solved: float
    weights: Mapping[str, float]
    p_zero: float
    zero_mass: float
    peers: tuple[Extrapolated, ...]
    measured: float | None
    warnings: tuple[str, ...]


def forecast_coverage(
    seen: Tries | PassCurve, *, at: int, fit_below: int | None = None, level: float = LEVEL, seed: int = 0
) -> CoverageForecast:
    """Forecast pass@at. With `fit_below` only that many samples of each problem are used, drawn by `seed`, or of a curve only k up to it.

    Raises SkillscaleError where `at` needs no forecast, or nothing was ever solved.
    """
    rng = np.random.default_rng(seed)
    used = _used(seen, fit_below, rng)
    curve = used if isinstance(used, PassCurve) else used.curve()
    _refuse(curve, at)
    evidence = _of_curve(used) if isinstance(used, PassCurve) else _of_counts(used)
    parts = [
        posterior(family, evidence, has_zero=has_zero, n_draws=N_FORECAST_DRAWS, rng=rng)
        for family in FAMILIES.values()
        for has_zero in (False, True)
    ]
    weights = _weights(parts)
    picked = rng.multinomial(N_FORECAST_DRAWS, weights)
    share_db = np.concatenate([part.share_db[:n] for part, n in zip(parts, picked, strict=True)])
    zero_d = np.concatenate([part.zero_d[:n] for part, n in zip(parts, picked, strict=True)])
    like_d = (1 - zero_d) * (share_db @ solved_by(at))
    these_d = _these(used, share_db, zero_d, at, rng)
    sure = curve.n_problems is not None
    with_zero = np.array([part.has_zero for part in parts])
    p_zero = float(weights[with_zero].sum())
    n_samples = _n_samples(used)
    peers = tuple(extrapolate(curve, method, at, level=level, rng=rng) for method in METHODS)
    return CoverageForecast(
        at=at,
        these=_forecasted(these_d, level, sure),
        like_these=_forecasted(like_d, level, sure),
        n_problems=curve.n_problems,
        n_samples=n_samples,
        never_solved=_never_solved(used),
        weights={
            name: float(sum(w for w, part in zip(weights, parts, strict=True) if part.family == name))
            for name in FAMILIES
        },
        p_zero=p_zero,
        zero_mass=float(zero_d[zero_d > 0].mean()) if np.any(zero_d > 0) else 0.0,
        peers=peers,
        measured=measured_at(seen, at),
        warnings=tuple(_warnings(used, curve.n_problems, at, n_samples, _never_solved(used), these_d, level)),
    )


def measured_at(seen: Tries | PassCurve, at: int) -> float | None:
    """pass@at of the input itself, None where it has too few samples or no such k."""
    if isinstance(seen, PassCurve):
        found = np.flatnonzero(seen.k_k == at)
        return float(seen.pass_k[found[0]]) if len(found) else None
    value = float(pass_at_k(seen.n_samples_i, seen.n_correct_i, at).mean())
    return None if np.isnan(value) else value


def _used(seen: Tries | PassCurve, fit_below: int | None, rng: np.random.Generator) -> Tries | PassCurve:
    if fit_below is None:
        return seen
    if fit_below < 1:
        raise SkillscaleError(f"A forecast from k ≤ {fit_below} was asked for; give a whole number from 1 on.")
    return seen.upto(fit_below) if isinstance(seen, PassCurve) else seen.only(fit_below, rng)


def _refuse(curve: PassCurve, at: int) -> None:
    last = int(curve.k_k[-1])
    if at > LARGEST_K:
        raise SkillscaleError(f"A forecast at more than k = {LARGEST_K:,} was asked for; ask for at most that.")
    if at <= last:
        raise SkillscaleError(
            f"A forecast at k = {at} was asked for and pass@k is measured up to k = {last}; ask for a larger k, or for fewer samples to fit with --fit-below."
        )
    if curve.pass_k[-1] == 0:
        raise SkillscaleError(
            "No sample of any problem is right, so nothing can be said of more; draw more samples, or take easier problems."
        )


def _n_samples(used: Tries | PassCurve) -> tuple[int, int]:
    if isinstance(used, PassCurve):
        return int(used.k_k[-1]), int(used.k_k[-1])
    return int(used.n_samples_i.min()), int(used.n_samples_i.max())


def _never_solved(used: Tries | PassCurve) -> float:
    return float(1 - used.pass_k[-1]) if isinstance(used, PassCurve) else float((used.n_correct_i == 0).mean())


def _of_counts(tries: Tries) -> Evidence:
    """Outcomes: 0 … 10 successes of n, or more."""
    told = np.minimum(tries.n_correct_i, TOLD_APART + 1).astype(np.int64)
    pairs, weight_o = np.unique(np.c_[tries.n_samples_i, told], axis=0, return_counts=True)
    exact = chance_of_count(pairs[:, 0], np.minimum(pairs[:, 1], pairs[:, 0]))
    for o in np.flatnonzero(pairs[:, 1] > TOLD_APART):
        few = np.arange(TOLD_APART + 1)
        exact[o] = np.maximum(1 - chance_of_count(np.full(len(few), pairs[o, 0]), few).sum(0), 1e-300)
    return Evidence(weight_o=weight_o.astype(float), chance_ob=exact, at_zero_o=(pairs[:, 1] == 0).astype(float))


def _of_curve(curve: PassCurve) -> Evidence:
    """Outcomes: the first success comes between two neighbouring k, or later than the last.

    pass@k is the share of problems whose first success is among the first k tries, whichever order they had: its steps are the expected
    shares of outcomes.
    """
    share_o = np.maximum(np.r_[curve.pass_k[0], np.diff(curve.pass_k), 1 - curve.pass_k[-1]], 0.0)
    solved_kb = np.array([solved_by(k) for k in curve.k_k])
    chance_ob = np.concatenate([solved_kb[:1], np.diff(solved_kb, axis=0), 1 - solved_kb[-1:]])
    n = _NOMINAL_PROBLEMS if curve.n_problems is None else curve.n_problems
    return Evidence(
        weight_o=n * share_o, chance_ob=np.maximum(chance_ob, 1e-300), at_zero_o=np.r_[np.zeros(len(share_o) - 1), 1.0]
    )


def _weights(parts: list[Posterior]) -> Array:
    log = np.array([p.log_evidence + np.log((P_ZERO if p.has_zero else 1 - P_ZERO) / len(FAMILIES)) for p in parts])
    weights = np.exp(log - log.max())
    return weights / weights.sum()


def _these(used: Tries | PassCurve, share_db: Array, zero_d: Array, at: int, rng: np.random.Generator) -> Array:
    """Coverage of the same problems with `at` samples of each, those seen among them, (d,): what was solved stays, of the others some come."""
    if isinstance(used, PassCurve):
        n_problems = _NOMINAL_PROBLEMS if used.n_problems is None else used.n_problems
        left = {int(used.k_k[-1]): round(n_problems * (1 - used.pass_k[-1]))}
        known = n_problems * used.pass_k[-1]
    else:
        n_problems = used.n_problems
        never = used.n_correct_i == 0
        ns, counts = np.unique(used.n_samples_i[never & (used.n_samples_i < at)], return_counts=True)
        left = dict(zip(ns.tolist(), counts.tolist(), strict=True))
        enough = used.n_samples_i >= at
        known = float((~never & ~enough).sum()) + float(
            pass_at_k(used.n_samples_i[enough], used.n_correct_i[enough], at).sum()
        )
    solved_d = np.zeros(len(share_db))
    for n, count in left.items():
        failed_b = 1 - solved_by(n)
        still_d = (1 - zero_d) * (share_db @ failed_b)
        later_d = (1 - zero_d) * (share_db @ (solved_by(at) - solved_by(n)))
        solved_d += rng.binomial(count, np.clip(later_d / np.maximum(still_d + zero_d, 1e-300), 0, 1))
    return np.minimum((known + solved_d) / n_problems, 1.0)


def _forecasted(draws: Array, level: float, sure: bool) -> Forecasted:
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Forecasted(
        value=float(middle), interval=Interval(low=float(low), high=float(high), level=level) if sure else None
    )


def _warnings(
    used: Tries | PassCurve,
    n_problems: int | None,
    at: int,
    n_samples: tuple[int, int],
    never: float,
    these_d: Array,
    level: float,
) -> list[str]:
    """What a reader must know before he relies on it."""
    found: list[str] = []
    if never > 0:
        found.append(
            f"{never:.0%} of problems were never solved: that they cannot be, and that they seldom are, look alike; coverage is"
            f" {1 - never:.3f} if none can be, 1 if all are, and the families of distributions say how many come, not the data"
        )
    if np.ptp(np.quantile(these_d, [(1 - level) / 2, (1 + level) / 2])) > 0.2:
        found.append(
            "the data cannot tell: the interval is wider than 20 points; more samples of the problems never solved would narrow it"
        )
    if at > 1_000 * n_samples[1]:
        found.append(f"k = {at} is more than 1,000 times the samples seen")
    if n_problems is None:
        found.append(
            "there are no intervals: the curve does not say over how many problems it is a mean (a column n_problems)"
        )
    elif n_problems < 30:
        found.append(f"only {n_problems} problems: how they differ is known badly")
    if isinstance(used, PassCurve) and len(used.k_k) < 5:
        found.append(f"only {len(used.k_k)} values of k")
    return found
