"""Selectors against every subset of a few samples, ties and all."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.laws.test_time.samples import Samples, gather_samples
from skillscale.laws.test_time.selectors import SELECTORS, best_of_n, majority, selector_curves, weighted

One = tuple[str | None, float | None]
RIGHT = {"a", "d"}  # an item may have several right answers


def by_hand(name: str, subset: list[One]) -> float:
    """What a selector is expected to get from one subset, as the page says."""
    read = [(answer, score) for answer, score in subset if answer is not None]
    if not read:
        return 0.0
    if name == "oracle":
        return float(any(answer in RIGHT for answer, _ in read))
    if name == "best_of_n":
        scored = [one for one in read if one[1] is not None] or [(answer, 0.0) for answer, _ in read]
        top = max(score for _, score in scored if score is not None)
        best = [answer for answer, score in scored if score == top]
        return sum(answer in RIGHT for answer in best) / len(best)
    votes: dict[str, float] = defaultdict(float)
    for answer, score in read:
        votes[answer] += 1.0 if name == "majority" else (score or 0.0)
    top = max(votes.values())
    winners = [answer for answer, vote in votes.items() if vote == top]
    return sum(answer in RIGHT for answer in winners) / len(winners)


def samples_of(items: list[list[One]]) -> Samples:
    answers = [[answer for answer, _ in item] for item in items]
    return gather_samples(
        answers, [[a in RIGHT for a in row] for row in answers], [[score for _, score in item] for item in items]
    )


# scores whose sums are exact in floating point
ONE = st.tuples(st.sampled_from([None, "a", "b", "c", "d"]), st.sampled_from([None, 0.0, 0.25, 0.5, 1.0]))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(ONE, min_size=n, max_size=n), min_size=1, max_size=3)))
def test_selectors_are_the_mean_over_all_subsets(items: list[list[One]]) -> None:
    samples = samples_of(items)
    for name, selector in SELECTORS.items():
        ms = range(1, samples.n_samples + 1)
        for m, found in zip(ms, selector(samples, ms, np.random.default_rng(0)), strict=True):
            assert found.monte_carlo_stderr == 0.0
            for value, item in zip(found.value_i, items, strict=True):
                subsets = list(combinations(item, m))
                expected = sum(by_hand(name, list(subset)) for subset in subsets) / len(subsets)
                assert value == pytest.approx(expected, abs=1e-12), (name, m)


def test_drawn_subsets_are_right_within_their_stated_error() -> None:
    rng = np.random.default_rng(1)
    answers = rng.integers(0, 3, (50, 12))
    samples = Samples(answer_is=answers, readable_is=answers >= 0, right_is=answers == 0, score_is=rng.random((50, 12)))
    for selector in (majority, weighted):
        (exact,) = selector(samples, [5], rng, n_subsets=10_000)
        drawn = [selector(samples, [5], np.random.default_rng(seed), n_subsets=40)[0] for seed in range(60)]
        off = np.array([one.value_i.mean() - exact.value_i.mean() for one in drawn])
        stated = np.array([one.monte_carlo_stderr for one in drawn])
        assert exact.monte_carlo_stderr == 0 and np.all(stated > 0)
        assert off.std() == pytest.approx(stated.mean(), rel=0.3) and abs(off.mean()) < 3 * stated.mean() / 60**0.5


def test_what_cannot_be_read_never_wins_and_counts_as_wrong() -> None:
    samples = gather_samples([[None, None, "a"], [None, None, None]], [[False, False, True], [False, False, False]])
    (found,) = majority(samples, [3], np.random.default_rng(0))
    assert found.value_i.tolist() == [1.0, 0.0]


def test_curves_have_an_interval_a_cost_and_only_selectors_that_the_input_allows() -> None:
    rng = np.random.default_rng(0)
    answers = np.where(rng.random((80, 16)) < 0.6, 0, rng.integers(1, 5, (80, 16)))
    samples = Samples(answer_is=answers, readable_is=answers >= 0, right_is=answers == 0)
    found = selector_curves(samples, cost_of_sample=10.0, n_draws=200)
    assert {one.selector for one in found} == {"majority", "oracle"}
    assert [one.m for one in found if one.selector == "majority"] == [1, 2, 4, 8, 16]
    assert all(one.cost == 10 * one.m for one in found)
    at_16 = next(one.estimate for one in found if one.selector == "majority" and one.m == 16)
    at_1 = next(one.estimate for one in found if one.selector == "majority" and one.m == 1)
    assert at_16.value is not None and at_1.value is not None and at_16.value > at_1.value + 0.2
    assert at_16.low is not None and at_16.low <= at_16.value
    assert selector_curves(samples, n_draws=200) == selector_curves(samples, n_draws=200)


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    with pytest.raises(SkillscaleError, match="same answer, one right and one wrong"):
        gather_samples([["a", "a"]], [[True, False]])
    with pytest.raises(SkillscaleError, match="could not be read"):
        gather_samples([[None, "a"]], [[True, False]])
    with pytest.raises(SkillscaleError, match="equally many"):
        gather_samples([["a", "b"], ["a"]], [[True, False], [True]])
    samples = gather_samples([["a", "b"]], [[True, False]], [[-1.0, 0.5]])
    with pytest.raises(SkillscaleError, match="below 0"):
        weighted(samples, [2], np.random.default_rng(0))
    with pytest.raises(SkillscaleError, match="2 were drawn"):
        best_of_n(samples, [3])
    with pytest.raises(SkillscaleError, match="needs a verifier"):
        best_of_n(gather_samples([["a", "b"]], [[True, False]]), [1])
