"""Standard errors and the Brier score, against known truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.experiments.item_metrics import brier, share_of_commonest, stderr_of_mean, stderr_of_share
from skillscale.experiments.item_records import ItemRecord
from skillscale.models.question import Answer
from skillscale.tasks import ClozeTask, Item, WorkedChain


def test_a_share_of_all_or_none_is_not_certain() -> None:
    assert stderr_of_share(50, 50) == stderr_of_share(0, 50) == pytest.approx(0.0137, abs=1e-4)
    assert stderr_of_share(0, 500) < stderr_of_share(0, 50) / 5


@given(st.integers(100, 1000), st.floats(0.2, 0.8))
def test_inside_it_is_the_usual_standard_error(n: int, p: float) -> None:
    k = round(n * p)
    assert stderr_of_share(k, n) == pytest.approx(math.sqrt(k / n * (1 - k / n) / n), rel=0.01)


@pytest.mark.parametrize("p", [0.02, 0.5, 0.95])
def test_two_standard_errors_cover_the_true_share(p: float) -> None:
    """Nominally .95 of the time; √(p(1 − p)/n) covers p=.02 in .63 of samples of 50."""
    k = np.random.default_rng(0).binomial(50, p, 4000)
    stderr = np.array([stderr_of_share(float(x), 50) for x in range(51)])[k]
    assert np.mean(np.abs(k / 50 - p) < 1.96 * stderr) > 0.9


def test_one_value_says_nothing_of_its_spread() -> None:
    assert stderr_of_mean([1.5]) is None
    assert stderr_of_mean([1.0, 3.0]) == pytest.approx(1.0)


@given(st.lists(st.floats(-50, 0), min_size=2, max_size=6), st.floats(-1e4, 1e4))
def test_brier_stays_within_its_bounds_and_ignores_a_common_factor(logprobs: list[float], shift: float) -> None:
    values = np.array(logprobs)
    assert 0 <= brier(values, 0) <= 2
    assert brier(values + shift, 0) == pytest.approx(brier(values, 0), abs=1e-6)


@pytest.mark.parametrize(
    ("logprobs", "expected"),
    [([0.0, 0.0], 0.5), ([-3000.0, -3000.0, -3000.0], 2 / 3), ([0.0, -5000.0], 0.0), ([-5000.0, 0.0], 2.0)],
)
def test_brier_of_known_cases(logprobs: list[float], expected: float) -> None:
    assert brier(np.array(logprobs), 0) == pytest.approx(expected)


def test_answers_that_the_task_judges_alike_are_one() -> None:
    """Three chains with the result mi, two with fa: whoever always says `= mi` is right in three of five."""
    answers = (" do mi = mi", " re mi = mi", " fa mi = mi", " do fa = fa", " do fa = fa")
    records = [
        ItemRecord(item=Item(item_id=str(i), task="t", stratum="all", prefix="p", answer=answer), answer=Answer())
        for i, answer in enumerate(answers)
    ]
    assert share_of_commonest(records, WorkedChain(name="t", about="")) == pytest.approx(3 / 5)
    assert share_of_commonest(records, ClozeTask(name="t", about="")) == pytest.approx(2 / 5)


def test_an_answer_that_begins_another_is_not_the_same() -> None:
    """`1` is right where `1 0` was said, but not the other way round."""
    records = [
        ItemRecord(item=Item(item_id=str(i), task="t", stratum="all", prefix="p", answer=answer), answer=Answer())
        for i, answer in enumerate((" 1", " 1 0", " 1 2", " 2"))
    ]
    assert share_of_commonest(records, ClozeTask(name="t", about="")) == pytest.approx(1 / 4)
