"""The forecast of coverage: quadrature against closed forms, known truth, and what it says where it cannot know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln
from scipy.stats import betabinom

from skillscale.errors import SkillscaleError
from skillscale.laws.test_time.extrapolated import extrapolate
from skillscale.laws.test_time.forecast import forecast_coverage
from skillscale.laws.test_time.single_try import FAMILIES, chance_of_count, solved_by
from skillscale.laws.test_time.tries import PassCurve, Tries


@given(st.floats(0.1, 5), st.floats(0.3, 200), st.sampled_from([1, 10, 1_000, 100_000]))
def test_sums_over_bins_are_the_beta_binomial(a: float, b: float, k: int) -> None:
    below = FAMILIES["beta"].below(np.log([a]), np.log([b]))
    share = np.diff(below, axis=1)[0]
    assert share @ solved_by(k) == pytest.approx(1 - np.exp(betaln(a, b + k) - betaln(a, b)), abs=2e-3)
    for n, c in ((20, 0), (20, 3), (20, 20)):
        chance = chance_of_count(np.array([n]), np.array([c]))[0]
        assert share @ chance == pytest.approx(betabinom.pmf(c, n, a, b), rel=0.03, abs=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_puts_all_of_it_somewhere(name: str) -> None:
    family = FAMILIES[name]
    x, y = (np.array(ends, dtype=float) for ends in family.bounds)
    below = family.below(x, y)
    assert np.all(np.diff(below, axis=1) >= -1e-12) and np.allclose(below[:, -1], 1) and np.allclose(below[:, 0], 0)


def simulated(
    seed: int, *, a: float = 0.3, b: float = 5.0, zero: float = 0.0, n_problems: int = 150, n: int = 100
) -> tuple[Tries, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(a, b, n_problems) * (rng.random(n_problems) >= zero)
    return Tries(n_samples_i=np.full(n_problems, n), n_correct_i=rng.binomial(n, p)), p


def test_intervals_hold_the_truth_where_the_model_holds() -> None:
    inside_these, inside_like = 0, 0
    truth = 1 - np.exp(betaln(0.3, 5 + 5_000) - betaln(0.3, 5))
    for seed in range(10):
        tries, p = simulated(seed)
        found = forecast_coverage(tries, at=5_000)
        assert found.these.interval is not None and found.like_these.interval is not None
        inside_these += float((1 - (1 - p) ** 5_000).mean()) in found.these.interval
        inside_like += truth in found.like_these.interval
    assert inside_these >= 7 and inside_like >= 7


def test_a_mass_at_zero_is_thought_possible_and_warned_of() -> None:
    inside = 0
    for seed in range(5):
        tries, p = simulated(seed, a=0.5, b=10, zero=0.4)
        found = forecast_coverage(tries, at=10_000)
        assert found.these.interval is not None
        inside += float((1 - (1 - p) ** 10_000).mean()) in found.these.interval
        assert 0 < found.p_zero < 1 and any("look alike" in one for one in found.warnings)
        assert 1 - found.never_solved <= found.these.value <= 1
    assert inside >= 3


def test_counts_and_their_own_curve_say_about_the_same() -> None:
    tries, _ = simulated(0, n_problems=400)
    by_counts = forecast_coverage(tries, at=2_000)
    by_curve = forecast_coverage(tries.curve(), at=2_000)
    assert by_curve.these.value == pytest.approx(by_counts.these.value, abs=0.05)
    assert by_curve.weights.keys() == by_counts.weights.keys() and sum(by_curve.weights.values()) == pytest.approx(1)


def test_only_the_samples_that_are_asked_for_are_looked_at() -> None:
    tries, _ = simulated(0, n=1_000)
    found = forecast_coverage(tries, at=1_000, fit_below=50)
    assert found.n_samples == (50, 50) and found.measured == pytest.approx((tries.n_correct_i > 0).mean())
    assert found.these.interval is not None and found.measured in found.these.interval
    again = forecast_coverage(tries, at=1_000, fit_below=50)
    assert again.these == found.these and again.peers == found.peers
    assert forecast_coverage(tries, at=1_000, fit_below=50, seed=1).these != found.these


def test_items_with_unlike_numbers_of_samples() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(20, 2_000, 200)
    p = rng.beta(0.4, 8, 200)
    found = forecast_coverage(Tries(n_samples_i=n, n_correct_i=rng.binomial(n, p)), at=1_000)
    assert found.measured is None and found.these.interval is not None
    assert float((1 - (1 - p) ** 1_000).mean()) in found.these.interval


def test_peers_recover_curves_of_their_own_form() -> None:
    k = np.array([1.0, 2, 5, 10, 30, 100])
    rng = np.random.default_rng(0)
    power = PassCurve(k_k=k, pass_k=np.exp(-3 * k**-0.3))
    assert extrapolate(power, "power_law", 10_000, rng=rng).value == pytest.approx(np.exp(-3 * 10_000**-0.3))
    line = PassCurve(k_k=k, pass_k=0.1 + 0.05 * np.log(k))
    assert extrapolate(line, "log_linear", 1_000, rng=rng).value == pytest.approx(0.1 + 0.05 * np.log(1_000))
    full = PassCurve(k_k=k, pass_k=np.ones(6))
    found = extrapolate(full, "power_law", 1_000, rng=rng)
    assert found.value is None and found.missing == "fewer than two k have a pass@k between 0 and 1"


def test_what_cannot_be_forecast_is_refused() -> None:
    tries, _ = simulated(0)
    with pytest.raises(SkillscaleError, match="measured up to k = 100"):
        forecast_coverage(tries, at=100)
    with pytest.raises(SkillscaleError, match="at most"):
        forecast_coverage(tries, at=10**400)
    with pytest.raises(SkillscaleError, match="nothing can be said"):
        forecast_coverage(Tries(n_samples_i=np.full(9, 5), n_correct_i=np.zeros(9, dtype=int)), at=10)


def test_published_series_are_forecast_from_a_hundred_samples(shared: object) -> None:
    from pathlib import Path

    from skillscale.laws.test_time.tries_file import read_tries

    assert isinstance(shared, Path)
    file = shared / "data/monkeys_pass_at_k/large_language_monkeys_original_pass_at_k.parquet"
    series = read_tries(file)
    assert len(series) == 7 and all(isinstance(one.seen, Tries) and one.seen.n_problems == 128 for one in series)
    found = forecast_coverage(series[-1].seen, at=10_000, fit_below=100)
    assert found.measured == pytest.approx(0.265625) and found.these.interval is not None
    assert found.measured in found.these.interval
