"""Calibration against truth known by construction, and identities that hold exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.laws.calibration.abstention import abstention
from skillscale.laws.calibration.brier import brier
from skillscale.laws.calibration.reliability import reliability

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60)


def simulated(seed: int, n: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.2, 0.8, n)
    return p, (rng.random(n) < p - shift).astype(float)


def test_a_calibrated_model_has_little_error_once_noise_is_taken_off() -> None:
    found = [reliability(*simulated(seed, 1_000), n_draws=100) for seed in range(30)]
    noise = float(np.mean([one.ece for one in found]))
    debiased = [one.debiased.value for one in found if one.debiased.value is not None]
    assert noise > 0.03 and np.mean(debiased) < 0.65 * noise  # an absolute value cannot be freed of all of it
    assert abs(np.mean([brier(*simulated(seed, 1_000), n_draws=2).reliability for seed in range(30)])) < 5e-4
    assert found[0].bins[0].right.low is not None and len(found[0].bins) == 15
    holds = [
        b.right.low <= b.confidence <= b.right.high
        for one in found
        for b in one.bins
        if b.right.low is not None and b.right.high is not None
    ]
    assert 0.84 < np.mean(holds) < 0.96


def test_the_error_of_a_shifted_model_is_its_shift_and_the_interval_holds_it() -> None:
    inside = 0
    for seed in range(40):
        found = reliability(*simulated(seed, 800, shift=0.15), n_draws=200).debiased
        assert found.value is not None and found.low is not None and found.high is not None
        assert found.value == pytest.approx(0.15, abs=0.06)
        inside += found.low <= 0.15 <= found.high
    assert inside >= 32


@given(PAIRS)
def test_equal_confidences_share_a_bin_and_order_does_not_matter(pairs: list[tuple[float, bool]]) -> None:
    p, y = np.array(pairs, dtype=float).T
    found = reliability(p, y, n_bins=5, n_draws=2)
    again = reliability(p[::-1], y[::-1], n_bins=5, n_draws=2)
    assert found.ece == pytest.approx(again.ece) and sum(one.right.n for one in found.bins) == len(p)
    assert all(one.high < other.low for one, other in zip(found.bins, found.bins[1:], strict=False))


@given(PAIRS)
def test_briers_parts_sum_to_the_score(pairs: list[tuple[float, bool]]) -> None:
    p, y = np.array(pairs, dtype=float).T
    found = brier(p, y, n_draws=2)
    assert found.score.value == pytest.approx(np.mean((p - y) ** 2))
    assert found.reliability - found.resolution + found.uncertainty + found.within_bins == pytest.approx(
        found.score.value
    )


def test_briers_parts_are_near_the_truth() -> None:
    found = brier(*simulated(0, 50_000, shift=0.1), n_draws=50)
    assert found.reliability == pytest.approx(0.01, abs=0.002)
    assert found.resolution == pytest.approx(0.6**2 / 12, abs=0.002) and found.uncertainty == pytest.approx(
        0.24, abs=0.003
    )


def test_abstention_by_hand_with_ties() -> None:
    found = abstention([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], coverages=(0.25, 0.5, 0.75, 1.0), n_draws=200)
    assert [one.value for one in found.accuracies] == pytest.approx([1.0, 0.75, 2 / 3, 0.5])
    assert found.area.value == pytest.approx((0 + 0.25 + 1 / 3 + 0.5) / 4)
    assert found.area_best == pytest.approx((0 + 0 + 1 / 3 + 0.5) / 4) and found.area_random == 0.5
    top = found.accuracies[0]
    assert top.low is not None and top.low < 0.8 and top.high == 1.0  # one of one is not certain


def test_confidence_that_tells_nothing_has_the_area_of_chance() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(20_000) < 0.7
    found = abstention(rng.random(20_000), right, n_draws=50)
    assert found.area.value == pytest.approx(found.area_random, abs=0.02) and found.area_best < 0.06
    assert found.area.low is not None and found.area.high is not None and found.area.low <= 0.3 <= found.area.high


@pytest.mark.parametrize("pairs", [([0.5], [1]), ([0.5, 1.2], [1, 0]), ([0.5, np.nan], [1, 0]), ([0.5, 0.2], [1])])
def test_what_is_no_share_is_refused(pairs: tuple[list[float], list[float]]) -> None:
    for question in (reliability, brier, abstention):
        with pytest.raises(SkillscaleError, match="Calibration was asked of"):
            question(*pairs)
