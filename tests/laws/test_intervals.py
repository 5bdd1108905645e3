"""Intervals of means, differences and saturation points."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.skill_mix_coverage import MODELS, bootstrap_coverage, corrected_coverage, null_coverage
from skillscale.laws.intervals import Estimate, estimate, mean_draws
from skillscale.laws.skill_mix.agreement import agreements
from skillscale.laws.skill_mix.answers import gather
from skillscale.laws.skill_mix.comparison import compare, cramming
from skillscale.laws.skill_mix.pairing import pairs_of
from skillscale.laws.skill_mix.saturation_point import saturation_point
from skillscale.laws.skill_mix.scores import score_all
from tests.laws.skill_mix.gradings import graded, simulated


@pytest.mark.parametrize(("successes", "n"), [(0, 100), (12, 100), (5, 10), (100, 100)])
def test_a_share_has_jeffreys_interval(successes: int, n: int) -> None:
    values = np.arange(n) < successes
    found = estimate(values.astype(float), np.random.default_rng(0))
    low, high = stats.beta.ppf([0.05, 0.95], successes + 0.5, n - successes + 0.5)
    assert found.low == pytest.approx(0 if successes == 0 else low, abs=0.01)
    assert found.high == pytest.approx(1 if successes == n else high, abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_an_interval_holds_its_value_and_stays_in_range(values: list[float]) -> None:
    found = estimate(np.array(values), np.random.default_rng(0))
    assert found.low is not None and found.high is not None and found.value is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    turned = estimate(1 - np.array(values), np.random.default_rng(1))
    assert turned.low == pytest.approx(1 - found.high, abs=0.05)


def test_many_combinations_are_drawn_in_blocks() -> None:
    draws = mean_draws(np.linspace(0, 1, 5_000), np.random.default_rng(0), n_draws=1_000)
    assert draws.shape == (1_000,) and draws.mean() == pytest.approx(0.5, abs=0.002)


def test_intervals_cover_what_they_should() -> None:
    """A quick version of `python -m benchmarks.skill_mix_coverage`; 300 tables know a coverage of 90 % to ± 3.5 %."""
    for row in bootstrap_coverage(n_tables=300, n=(100,), seed=1, n_draws=300, models=MODELS[1:2]):
        assert 0.85 <= row.covered <= 0.95, row


def test_corrected_intervals_cover_what_they_should() -> None:
    for row in corrected_coverage(n_tables=300, n_reviewed=(40,), seed=1, n_draws=300, models=MODELS[1:2]):
        assert 0.85 <= row.covered <= 0.95, row


def test_flags_without_a_cause_are_rare() -> None:
    """5 % of the intervals lie above 0 where there is nothing."""
    for row in null_coverage(n_tables=200, seed=1, models=MODELS[1:]):
        assert row.above <= 0.1, row


def test_models_are_compared_on_the_same_combinations() -> None:
    rng = np.random.default_rng(0)
    gradings, _ = simulated(rng, n=60, error=0.0)
    worse = [
        replace(one, model="acme/n", points=(0, *one.points[1:]) if one.combination < "c030" else one.points)
        for one in gradings
    ]
    alone = [replace(one, model="acme/n", combination=f"x{one.combination}") for one in gradings]
    first, second = gather([*gradings, *worse, *alone])
    found = compare(first, second, metric="skill_fraction")
    assert found.difference.n == 60 and found.difference.value is not None and found.difference.value > 0
    assert found.significant
    back = compare(second, first, metric="skill_fraction")
    assert back.difference.value == pytest.approx(-found.difference.value) and back.significant
    same = compare(first, replace(first, model="acme/same"), metric="full_marks", of="best")
    assert same.difference.value == 0 and not same.significant and (same.difference.high or 0) > 0
    none = compare(first, gather(alone)[0], metric="full_marks")
    assert none.difference.n == 0 and none.difference.value is None and not none.significant


def test_cramming_is_flagged_only_where_it_is_significant() -> None:
    rng = np.random.default_rng(0)
    gradings, _ = simulated(rng, n=120, error=0.0)
    marked = [replace(one, public=one.combination < "c060") for one in gradings]
    honest = cramming(gather(marked))
    assert honest is not None and not honest.crammed and (honest.n_public, honest.n_private) == (60, 60)
    crammed = [
        replace(one, points=(1,) * 3, on_topic=1, makes_sense=1, short_enough=1) if one.public else one
        for one in marked
    ]
    found = cramming(gather(crammed))
    assert found is not None and found.crammed and found.difference.value is not None and found.difference.value > 0.3
    assert cramming(gather(gradings)) is None


def test_a_combination_is_drawn_at_all_k_together() -> None:
    """Twice the same combinations, at k = 3 and one skill more, tell no more of cramming, and of agreement, than once."""
    once, _ = simulated(np.random.default_rng(0), n=40)
    once = [replace(one, public=one.combination < "c020", topic=one.combination) for one in once]
    again = [
        replace(one, combination=f"x{one.combination}", k=4, skills=(*one.skills, "irony"), points=(1, *one.points))
        for one in once
    ]
    alone, both = (cramming(gather(part)) for part in (once, [*once, *again]))
    assert alone is not None and both is not None and both.ks == (3, 4) and (both.n_public, both.n_private) == (20, 20)
    assert width(both.difference) > 0.8 * width(alone.difference)
    alone, both = (agreements(part)[0].alpha for part in (once, [*once, *again]))
    assert alone.n == both.n == 40 and width(both) > 0.8 * width(alone)
    pairs = pairs_of([*again, *once])
    assert pairs == {
        **{one.combination: one.combination for one in once},
        **{f"x{one.combination}": one.combination for one in once},
    }


def width(one: Estimate) -> float:
    assert one.low is not None and one.high is not None
    return one.high - one.low


def curve(shares: dict[int, int], n: int = 100) -> list:
    gradings = [
        graded("1" * (k + 3) if i < right else "0" + "1" * (k + 2), combination=f"{k}-{i}")
        for k, right in shares.items()
        for i in range(n)
    ]
    return score_all(gather(gradings))


def test_the_saturation_point_has_an_interval() -> None:
    found = saturation_point(curve({2: 60, 3: 12, 4: 4, 5: 0}))
    assert (found.k, found.low, found.high, found.tried) == (4, 4, 5, (2, 3, 4, 5))
    sharp = saturation_point(curve({2: 60, 3: 20, 4: 0}))
    assert (sharp.k, sharp.low, sharp.high) == (4, 4, 4)
    open_ended = saturation_point(curve({2: 60, 3: 20}))
    assert (open_ended.k, open_ended.low, open_ended.high) == (None, None, None)
    never = saturation_point(curve({2: 0, 3: 0}))
    assert (never.k, never.never, found.never, saturation_point(curve({2: 1, 3: 0})).never) == (2, True, False, False)


def test_few_combinations_do_not_saturate_for_sure() -> None:
    """0 of 10 may well be 15 %, and 1 of 10 below 5."""
    found = saturation_point(curve({2: 9, 3: 0}, n=10))
    assert (found.k, found.low, found.high) == (3, 3, None)
    may = saturation_point(curve({2: 9, 3: 1}, n=10))
    assert (may.k, may.low, may.high) == (None, 3, None)
