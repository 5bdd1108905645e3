"""Compute that doubles k: recovered from simulated ladders, and not made up where the scales do not hold it."""

import numpy as np
import pytest

from skillscale.laws.skill_mix.doubling import Doubling, KCurve, doublings

FLOPS = np.geomspace(1e9, 1e13, 9)


def curve(k: int, half_at: float, *, n: int = 200, seed: int = 0, rises: bool = True) -> KCurve:
    """Scores rise with the logarithm of compute and pass one half at `half_at`."""
    share = 1 / (1 + (half_at / FLOPS)) if rises else np.full(len(FLOPS), 0.01)
    rng = np.random.default_rng((seed, k))
    return KCurve(k=k, flops_s=FLOPS, values_sc=(rng.random(n)[None] < share[:, None]).astype(float))


def test_the_factor_between_k_and_its_double_is_found() -> None:
    first, second = doublings([curve(1, 3e9, n=2000), curve(2, 3e10, n=2000), curve(4, 1.2e11, n=2000)])
    assert (first.k, second.k) == (1, 2)
    assert first.low < 10 < first.high and first.holds  # type: ignore[operator]
    assert second.low < 4 < second.high and not second.holds  # type: ignore[operator]
    assert first.target == second.target == 0.5


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    found = [doublings([curve(1, 3e9, n=72, seed=s), curve(2, 2e10, n=72, seed=s)])[0] for s in range(60)]
    inside = sum(one.low <= 2e10 / 3e9 <= one.high for one in found)  # type: ignore[operator]
    assert 46 <= inside <= 60  # 54 of 60 at 90 %, within 3.4 standard errors


@pytest.mark.parametrize("other", [curve(2, 0.0, rises=False), curve(2, 1e5)])
def test_what_is_crossed_outside_of_the_scales_is_missing(other: KCurve) -> None:
    (found,) = doublings([curve(1, 3e9), other])
    assert isinstance(found, Doubling) and found.factor is None and found.holds is None
    assert found.missing is not None and "k = 2" in found.missing


def test_without_a_double_there_is_nothing_to_tell() -> None:
    assert doublings([curve(1, 3e9), curve(3, 3e10)]) == ()
