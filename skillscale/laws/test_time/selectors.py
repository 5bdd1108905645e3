"""How often a selector picks a right answer among m samples, in expectation over all subsets of m of the n kept samples.

- `majority`: the answer that most samples gave. `weighted`: the answer whose samples' scores have the largest sum.
- `best_of_n`: the answer of the sample with the largest score. `oracle`: any right answer, which is pass@m.

Ties are split evenly, between answers for the votes and between samples for `best_of_n`: the value is the expected correctness. An answer
that cannot be read never wins against one that can; a subset without any readable answer is wrong, and counts. A sample without a score adds
no weight, and is picked as best only where no readable sample of the subset has a score.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import LEVEL, N_DRAWS, Estimate
from skillscale.laws.test_time.coverage import pass_at_k, powers_of_two
from skillscale.laws.test_time.over_items import means_over
from skillscale.laws.test_time.samples import Array, Samples

# i item, s sample, m size of a subset

N_SUBSETS = 64  # drawn where there are more; all of them, hence exactly, where there are not
_LEAST_SUBSETS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """Expected correctness of each item, (i,), and the standard error of its mean from drawing subsets: 0.0 where it is exact."""

    value_i: Array
    monte_carlo_stderr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A selector at m samples. `cost` is what m samples of an item cost on average (FLOPs, tokens or dollars), None where not given.

    `estimate` has an interval over items, which holds what sampling adds; `monte_carlo_stderr` is that of not having seen all subsets.
    """

    selector: str
    m: int
    estimate: Estimate
    monte_carlo_stderr: float
    cost: float | None


def majority(
    samples: Samples, ms: Sequence[int], rng: np.random.Generator, *, n_subsets: int = N_SUBSETS
) -> tuple[Expected, ...]:
    """Plurality among m samples, for each m: exact for m = 1, m = n and where at most `n_subsets` subsets exist, else from up to that many drawn ones."""
    return _voted(samples, None, ms, rng, n_subsets)


def weighted(
    samples: Samples, ms: Sequence[int], rng: np.random.Generator, *, n_subsets: int = N_SUBSETS
) -> tuple[Expected, ...]:
    """As `majority`, each vote weighing its score. Raises SkillscaleError for scores below 0, whose sum would punish agreement."""
    score_is = _scores(samples)
    if np.any(score_is < 0):
        raise SkillscaleError(
            "Weighted votes were asked for and scores are below 0; give scores from 0 on, such as probabilities."
        )
    return _voted(samples, np.nan_to_num(score_is), ms, rng, n_subsets)


def best_of_n(samples: Samples, ms: Sequence[int], rng: np.random.Generator | None = None) -> tuple[Expected, ...]:
    """The sample with the largest score, for each m in closed form: a group of g tied samples below which are b others holds the best of m
    with probability [C(b+g, m) − C(b, m)] / C(n, m), and each of the group is picked alike.
    """
    del rng  # nothing is drawn
    score_is = _scores(samples)
    n = _refuse_more(samples, ms)
    # what has no score below all that have one, and what cannot be read below that
    key_is = np.where(np.isnan(score_is), np.finfo(float).min, score_is)
    key_is = np.where(samples.readable_is, key_is, -np.inf)
    order_is = np.argsort(key_is, axis=1)
    key_is, right_is = (np.take_along_axis(part, order_is, 1) for part in (key_is, samples.right_is))
    new_is = np.ones(key_is.shape, dtype=bool)
    new_is[:, 1:] = key_is[:, 1:] != key_is[:, :-1]
    last_is = np.ones(key_is.shape, dtype=bool)
    last_is[:, :-1] = new_is[:, 1:]
    place = np.arange(n)
    below_is = np.maximum.accumulate(np.where(new_is, place, 0), axis=1)
    upto_is = np.minimum.accumulate(np.where(last_is, place + 1, n)[:, ::-1], axis=1)[:, ::-1]
    item, at = np.nonzero(right_is)  # only right samples count, and they are often few
    below, upto = below_is[item, at], upto_is[item, at]
    found: list[Expected] = []
    for m in ms:
        within = _share_within(n, m)
        chosen = (within[upto] - within[below]) / (upto - below)
        value_i = np.bincount(item, chosen, samples.n_items)
        found.append(Expected(value_i=np.clip(value_i, 0, 1), monte_carlo_stderr=0.0))
    return tuple(found)


def oracle(samples: Samples, ms: Sequence[int], rng: np.random.Generator | None = None) -> tuple[Expected, ...]:
    """Any right answer among m samples: pass@m, without bias."""
    del rng
    n = _refuse_more(samples, ms)
    values = (pass_at_k(n, samples.n_correct_i, m) for m in ms)
    return tuple(Expected(value_i=value_i, monte_carlo_stderr=0.0) for value_i in values)


SELECTORS: Mapping[str, Callable[[Samples, Sequence[int], np.random.Generator], tuple[Expected, ...]]] = {
    "best_of_n": best_of_n,
    "majority": majority,
    "oracle": oracle,
    "weighted": weighted,
}


def selector_curves(
    samples: Samples,
    ms: Sequence[int] | None = None,
    *,
    cost_of_sample: float | None = None,
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_DRAWS,
) -> tuple[Selected, ...]:
    """Every selector at each m, 1, 2, 4 … n by default; without scores only those that need none.

    `cost_of_sample` is the mean cost of one sample of one item, in whatever unit the curve is to be read by.
    """
    names = [name for name in SELECTORS if samples.score_is is not None or name in ("majority", "oracle")]
    sizes = powers_of_two(samples.n_samples) if ms is None else tuple(ms)
    pairs = [
        (name, m, expected)
        for name in names
        for m, expected in zip(sizes, SELECTORS[name](samples, sizes, np.random.default_rng(seed)), strict=True)
    ]
    values_ip = np.array([expected.value_i for _, _, expected in pairs]).T
    estimates = means_over(values_ip, level=level, seed=seed, n_draws=n_draws)
    return tuple(
        Selected(
            selector=name,
            m=m,
            estimate=one,
            monte_carlo_stderr=expected.monte_carlo_stderr,
            cost=None if cost_of_sample is None else m * cost_of_sample,
        )
        for (name, m, expected), one in zip(pairs, estimates, strict=True)
    )


def _scores(samples: Samples) -> Array:
    if samples.score_is is None:
        raise SkillscaleError(
            "A selector that needs a verifier was asked for and there are no scores; score the samples, or ask for majority."
        )
    return samples.score_is


def _refuse_more(samples: Samples, ms: Sequence[int]) -> int:
    """How many samples there are, which no m exceeds."""
    wrong = [m for m in ms if not 1 <= m <= samples.n_samples]
    if wrong:
        raise SkillscaleError(
            f"A choice among {wrong[0]} samples was asked for and {samples.n_samples} were drawn; ask for 1 to that many."
        )
    return samples.n_samples


def _share_within(n: int, m: int) -> Array:
    """C(h, m)/C(n, m) for h = 0 … n, the chance that all of a subset are among h given samples."""
    # C(h−1, m)/C(h, m) = 1 − m/h, downwards from h = n
    left = np.maximum(1 - m / np.arange(n, 0, -1), 0.0)
    return np.r_[1.0, np.cumprod(left)][::-1]


def _subsets(n: int, m: int, rng: np.random.Generator, n_subsets: int) -> Iterator[Array]:
    """All subsets of m of n samples where they are at most `n_subsets`, else that many drawn ones."""
    if comb(n, m) <= n_subsets:
        yield from (np.array(one) for one in combinations(range(n), m))
    else:
        yield from (rng.choice(n, m, replace=False, shuffle=False) for _ in range(n_subsets))


def _voted(
    samples: Samples, weight_is: Array | None, ms: Sequence[int], rng: np.random.Generator, n_subsets: int
) -> tuple[Expected, ...]:
    """`weight_is` None: each vote weighs one."""
    n = _refuse_more(samples, ms)
    ballots = _ballots(samples, weight_is)
    found: list[Expected] = []
    for m in ms:
        if m == 1:  # whatever is read is chosen
            found.append(Expected(value_i=samples.right_is.mean(1), monte_carlo_stderr=0.0))
        else:
            exact = comb(n, m) <= n_subsets
            found.append(_mean_over(ballots, _subsets(n, m, rng, n_subsets), exact=exact))
    return tuple(found)


def _mean_over(ballots: "_Ballots", subsets: Iterator[Array], *, exact: bool) -> Expected:
    """The mean over subsets; drawn ones end as soon as they add no more than a hundredth to the variance over items."""
    n_items = len(ballots.right_ia)
    total_i, means, stderr = np.zeros(n_items), list[float](), 0.0
    for chosen in subsets:
        value_i = ballots.share_right(chosen)
        total_i += value_i
        means.append(float(value_i.mean()))
        if not exact and len(means) >= _LEAST_SUBSETS:
            stderr = float(np.std(means, ddof=1) / np.sqrt(len(means)))
            if 10 * stderr < np.std(total_i / len(means)) / np.sqrt(n_items):
                break
    return Expected(value_i=total_i / len(means), monte_carlo_stderr=stderr)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ballots:
    """Samples laid out for counting: `place_si` says where in a table of items by answers a sample's vote goes, the last answer being
    whatever cannot be read; samples come first, so that a subset is read in one stretch.
    """

    place_si: Array
    weight_si: Array | None
    right_ia: Array  # of each answer of each item; the last, unreadable, is wrong

    def share_right(self, chosen_m: Array) -> Array:
        """The share of right answers among those with the largest sum of weights, in one subset, (i,)."""
        place = self.place_si[chosen_m].ravel()
        shape, size = self.right_ia.shape, self.right_ia.size
        count_ia = np.bincount(place, minlength=size).reshape(shape)
        votes_ia = count_ia
        if self.weight_si is not None:
            votes_ia = np.bincount(place, self.weight_si[chosen_m].ravel(), size).reshape(shape)
        # an answer that occurs may win with no weight, one that does not may not
        votes_ia = np.where(count_ia > 0, votes_ia, -1.0)[:, :-1]
        most_i1 = votes_ia.max(1, keepdims=True)
        # sums of the same scores in another order differ in their last digits
        tied_ia = (votes_ia >= most_i1 * (1 - 1e-9)) & (most_i1 >= 0)
        return (tied_ia & self.right_ia[:, :-1]).sum(1) / np.maximum(tied_ia.sum(1), 1)


def _ballots(samples: Samples, weight_is: Array | None) -> _Ballots:
    n_answers = int(samples.answer_is.max()) + 2
    answer_is = np.where(samples.readable_is, samples.answer_is, n_answers - 1)
    rows = np.arange(samples.n_items)[:, None]
    right_ia = np.zeros((samples.n_items, n_answers), dtype=bool)
    right_ia[np.broadcast_to(rows, answer_is.shape)[samples.right_is], answer_is[samples.right_is]] = True
    return _Ballots(
        place_si=np.ascontiguousarray((rows * n_answers + answer_is).T),
        weight_si=None if weight_is is None else np.ascontiguousarray(weight_is.T),
        right_ia=right_ia,
    )
