import pytest

from skillscale.laws import Interval
from skillscale.views.wording import (
    anchor,
    error_factor,
    interval_text,
    listed,
    percent,
    power_of_ten,
    rung_label,
    short,
    significant,
    with_error,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (700, "700"), (1536, "1.5k"), (221_184, "221k"), (999_700, "1M"), (4_000_000, "4M"), (7.1e9, "7.1B")],
)
def test_counts_are_short(count: float, text: str) -> None:
    assert short(count) == text


def test_powers_of_ten() -> None:
    assert power_of_ten(1e9) == "10⁹"
    assert power_of_ten(3.02e12) == "3·10¹²"


def test_significant_digits_never_turn_into_exponents() -> None:
    assert significant(1.52443, 4) == "1.524"
    assert significant(0.000123) == "0.000123"
    assert significant(477.8) == "478"
    assert significant(0.0) == "0"


def test_an_unknown_error_is_not_written_as_none_or_nought() -> None:
    assert with_error(1.75, None) == "1.75"
    assert with_error(1.75, 0.012) == "1.750 ± 0.012"


def test_lists_intervals_and_shares() -> None:
    assert listed([]) == "none"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert percent(0.0042, 1) == "0.4\u00a0%"
    interval = Interval(low=1.4971, high=1.5619, level=0.9)
    assert interval_text(interval, 4) == "90\u00a0% interval 1.497 to 1.562"


def test_a_rung_is_called_by_its_width_and_other_runs_by_their_name() -> None:
    assert rung_label("d64-s0-1a2b3c") == "d64"
    assert rung_label("pythia-70m") == "pythia-70m"


def test_anchors_hold_no_sign_that_a_page_could_mistake() -> None:
    assert anchor("items", 'Chains "worked" <2>') == "items-chains-worked-2"


def test_the_normal_interval() -> None:
    assert error_factor(0.9) == pytest.approx(1.6449, abs=1e-4)
