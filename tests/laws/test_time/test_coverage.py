"""pass@k against every subset of the samples, and what is said where there are too few samples."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.laws.test_time.coverage import coverage_curve, pass_at_k, powers_of_two, sampling_variance


@given(st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_right_sample(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(combinations(range(n), k))
    share = sum(min(one) < c for one in subsets) / len(subsets)
    assert pass_at_k(n, c, k) == pytest.approx(share, abs=1e-14)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 399))
def test_coverage_never_falls_with_k_and_at_1_is_the_share_right(n: int, c: int, k: int) -> None:
    c, k = min(c, n), min(k, max(n - 1, 1))
    assert pass_at_k(n, c, 1) == pytest.approx(c / n)
    if k + 1 <= n:
        assert pass_at_k(n, c, k) <= pass_at_k(n, c, k + 1)


def test_large_n_and_small_shares_lose_no_digits() -> None:
    assert pass_at_k(10**6, 1, 1) == pytest.approx(1e-6, rel=1e-12)
    assert pass_at_k(10**6, 1, 10**5) == pytest.approx(0.1, rel=1e-12)
    assert pass_at_k(10**6, 10**6, 10**6) == 1 and pass_at_k(10**6, 0, 10**6) == 0


def test_more_than_n_is_missing_with_its_reason_and_never_a_number() -> None:
    assert np.isnan(pass_at_k([4, 8], [4, 1], 5)).tolist() == [True, False]
    found = coverage_curve([4, 8, 8], [4, 1, 0], (1, 4, 5))
    assert found[2].estimate.value is None and found[2].sampling_stderr is None
    assert found[2].missing == "k = 5 was asked and 1 of 3 items have fewer samples, the least 4: forecast it instead"
    assert found[1].missing is None and found[1].estimate.value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found[1].sampling_stderr is None  # k = n of an item


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 1.5, 1), (4, 1, 0), (4, 1, 1.5)])
def test_counts_that_cannot_be_are_refused(n: float, c: float, k: float) -> None:
    with pytest.raises(SkillscaleError, match="whole number"):
        pass_at_k(n, c, k)  # pyright: ignore[reportArgumentType]


def test_the_jackknife_is_the_variance_over_repeated_sampling() -> None:
    rng = np.random.default_rng(0)
    n, p, k = 60, 0.03, 10
    drawn = rng.binomial(n, p, 40_000)
    assert sampling_variance(n, drawn, k).mean() == pytest.approx(pass_at_k(n, drawn, k).var(), rel=0.05)


def test_the_interval_over_items_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    k, inside = 8, 0
    truth = float((1 - (1 - rng.beta(0.5, 5, 400_000)) ** k).mean())
    for _ in range(200):
        correct = rng.binomial(16, rng.beta(0.5, 5, 60))
        found = coverage_curve(16, correct, (k,), n_draws=400)[0].estimate
        assert found.low is not None and found.high is not None
        inside += found.low <= truth <= found.high
    assert 168 <= inside <= 194  # 90 %, ± 3 standard errors


def test_powers_of_two_end_with_all_samples() -> None:
    assert powers_of_two(1) == (1,) and powers_of_two(8) == (1, 2, 4, 8) and powers_of_two(10) == (1, 2, 4, 8, 10)
    with pytest.raises(SkillscaleError, match="at least one"):
        powers_of_two(0)
