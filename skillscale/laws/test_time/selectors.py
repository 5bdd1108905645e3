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
from skillscale.laws.skill_mix.intervals import LEVEL, N_DRAWS, Estimate, estimate
from skillscale.laws.test_time.coverage import pass_at_k, powers_of_two
from skillscale.laws.test_time.samples import Array, Samples

# i item, s sample, m size of a subset

N_SUBSETS = 64  # drawn where there are more; all of them, hence exactly, where there are not
_BLOCK = 4_000_000  # numbers in a table of votes


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


def majority(samples: Samples, m: int, rng: np.random.Generator, *, n_subsets: int = N_SUBSETS) -> Expected:
    """Plurality among m samples: exact for m = 1, m = n and where at most `n_subsets` subsets exist, else from that many drawn ones."""
    return _voted(samples, np.ones(samples.answer_is.shape), m, rng, n_subsets)


def weighted(samples: Samples, m: int, rng: np.random.Generator, *, n_subsets: int = N_SUBSETS) -> Expected:
    """As `majority`, each vote weighing its score. Raises SkillscaleError for scores below 0, whose sum would punish agreement."""
    score_is = _scores(samples)
    if np.any(score_is < 0):
        raise SkillscaleError(
            "Weighted votes were asked for and scores are below 0; give scores from 0 on, such as probabilities."
        )
    return _voted(samples, np.nan_to_num(score_is), m, rng, n_subsets)


def best_of_n(samples: Samples, m: int, rng: np.random.Generator | None = None) -> Expected:
    """The sample with the largest score, in closed form: a group of g tied samples below which are b others holds the best of m with
    probability [C(b+g, m) − C(b, m)] / C(n, m), and each of the group is picked alike.
    """
    del rng  # nothing is drawn
    _refuse_more(samples, m)
    score_is = np.where(np.isnan(_scores(samples)), -np.inf, _scores(samples))
    key_is = np.where(samples.readable_is, score_is, -np.inf)
    # unreadable below unscored: both at −∞, told apart by the second key
    order_is = np.lexsort((key_is, samples.readable_is), axis=1)
    key_is, right_is, readable_is = (
        np.take_along_axis(part, order_is, 1) for part in (key_is, samples.right_is, samples.readable_is)
    )
    n = samples.n_samples
    starts_is = np.ones(key_is.shape, dtype=bool)
    starts_is[:, 1:] = (key_is[:, 1:] != key_is[:, :-1]) | (readable_is[:, 1:] != readable_is[:, :-1])
    place = np.arange(n)
    below_is = np.maximum.accumulate(np.where(starts_is, place, 0), axis=1)
    ends_is = np.ones(key_is.shape, dtype=bool)
    ends_is[:, :-1] = starts_is[:, 1:]
    upto_is = np.minimum.accumulate(np.where(ends_is, place + 1, n)[:, ::-1], axis=1)[:, ::-1]
    within = _share_within(n, m)
    chosen_is = (within[upto_is] - within[below_is]) / (upto_is - below_is)
    return Expected(value_i=np.clip((chosen_is * right_is).sum(1), 0, 1), monte_carlo_stderr=0.0)


def oracle(samples: Samples, m: int, rng: np.random.Generator | None = None) -> Expected:
    """Any right answer among m samples: pass@m, without bias."""
    del rng
    _refuse_more(samples, m)
    return Expected(value_i=pass_at_k(samples.n_samples, samples.n_correct_i, m), monte_carlo_stderr=0.0)


SELECTORS: Mapping[str, Callable[[Samples, int, np.random.Generator], Expected]] = {
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
    found: list[Selected] = []
    for name in names:
        for m in powers_of_two(samples.n_samples) if ms is None else ms:
            expected = SELECTORS[name](samples, m, np.random.default_rng([seed, m]))
            found.append(
                Selected(
                    selector=name,
                    m=m,
                    estimate=estimate(expected.value_i, np.random.default_rng(seed), level=level, n_draws=n_draws),
                    monte_carlo_stderr=expected.monte_carlo_stderr,
                    cost=None if cost_of_sample is None else m * cost_of_sample,
                )
            )
    return tuple(found)


def _scores(samples: Samples) -> Array:
    if samples.score_is is None:
        raise SkillscaleError(
            "A selector that needs a verifier was asked for and there are no scores; score the samples, or ask for majority."
        )
    return samples.score_is


def _refuse_more(samples: Samples, m: int) -> None:
    if not 1 <= m <= samples.n_samples:
        raise SkillscaleError(
            f"A choice among {m} samples was asked for and {samples.n_samples} were drawn; ask for 1 to that many."
        )


def _share_within(n: int, m: int) -> Array:
    """C(h, m)/C(n, m) for h = 0 … n, the chance that all of a subset are among h given samples."""
    # C(h−1, m)/C(h, m) = 1 − m/h, downwards from h = n
    left = np.maximum(1 - m / np.arange(n, 0, -1), 0.0)
    return np.r_[1.0, np.cumprod(left)][::-1]


def _subsets(n: int, m: int, rng: np.random.Generator, n_subsets: int) -> Iterator[Array]:
    """All subsets of m of n samples where they are at most `n_subsets`, else that many drawn ones."""
    if comb(n, m) <= n_subsets or m == 1:
        yield from (np.array(one) for one in combinations(range(n), m))
    else:
        yield from (rng.choice(n, m, replace=False, shuffle=False) for _ in range(n_subsets))


def _voted(samples: Samples, weight_is: Array, m: int, rng: np.random.Generator, n_subsets: int) -> Expected:
    _refuse_more(samples, m)
    if m == 1:  # whatever is read is chosen
        return Expected(value_i=samples.right_is.mean(1), monte_carlo_stderr=0.0)
    total_i, means = np.zeros(samples.n_items), list[float]()
    for chosen in _subsets(samples.n_samples, m, rng, n_subsets):
        value_i = _winner_right(samples, weight_is, chosen)
        total_i += value_i
        means.append(float(value_i.mean()))
    exact = comb(samples.n_samples, m) <= n_subsets
    stderr = 0.0 if exact else float(np.std(means, ddof=1) / np.sqrt(len(means)))
    return Expected(value_i=total_i / len(means), monte_carlo_stderr=stderr)


def _winner_right(samples: Samples, weight_is: Array, chosen_m: Array) -> Array:
    """The share of right answers among those with the largest sum of weights, in one subset, (i,)."""
    n_answers = int(samples.answer_is.max()) + 1
    n_rows = max(1, _BLOCK // n_answers)
    found = np.zeros(samples.n_items)
    for start in range(0, samples.n_items, n_rows):
        rows = slice(start, start + n_rows)
        answer, readable, right, weight = (
            part[rows][:, chosen_m] for part in (samples.answer_is, samples.readable_is, samples.right_is, weight_is)
        )
        flat = (np.arange(len(answer))[:, None] * n_answers + answer)[readable]
        size = len(answer) * n_answers
        votes = np.full(size, -np.inf)
        votes[flat] = 0.0  # an answer that occurs may win with no weight, one that does not may not
        votes += np.bincount(flat, weight[readable], size)
        is_right = np.zeros(size, dtype=bool)
        is_right[flat] = right[readable]
        votes, is_right = votes.reshape(-1, n_answers), is_right.reshape(-1, n_answers)
        most = votes.max(1, keepdims=True)
        # sums of the same scores in another order differ in their last digits
        tied = (votes >= most - 1e-9 * np.abs(most)) & np.isfinite(most)
        found[rows] = (tied & is_right).sum(1) / np.maximum(tied.sum(1), 1)
    return found
