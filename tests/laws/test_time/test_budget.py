"""A budget by difficulty: where samples go, that nothing is given twice, and what it gains."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.laws.test_time.budget import _moments, allocate_samples, budget_curve


def expected_solved(n: np.ndarray, c: np.ndarray, given_i: np.ndarray) -> float:
    a, b = _moments(n.astype(float), c.astype(float))
    total = 0.0
    for right, tried, more in zip(c, n, given_i, strict=True):
        failed = 1.0
        for step in range(more):
            failed *= (b + tried - right + step) / (a + b + tried + step)
        total += 1 - failed
    return total


@given(st.lists(st.tuples(st.integers(0, 3), st.just(3)), min_size=1, max_size=3), st.integers(0, 6))
def test_no_other_way_to_give_the_budget_is_expected_to_solve_more(probes: list[tuple[int, int]], budget: int) -> None:
    c, n = np.array(probes).T
    given_i = allocate_samples(n, c, budget)
    assert given_i.sum() == budget
    ways = (np.array(way) for way in product(range(budget + 1), repeat=len(c)) if sum(way) == budget)
    assert expected_solved(n, c, given_i) == pytest.approx(max(expected_solved(n, c, way) for way in ways))


def test_hopeless_and_easy_items_get_less_than_those_between() -> None:
    given_i = allocate_samples(8, [0, 1, 8, 0, 1, 8], 60, most=40)
    assert given_i[1] > given_i[2] and given_i.sum() == 60 and given_i.max() <= 40


def test_where_items_differ_giving_by_difficulty_covers_more_and_where_not_the_same() -> None:
    rng = np.random.default_rng(0)
    p = np.where(rng.random(200) < 0.5, 0.9, 0.1)
    right = rng.random((200, 40)) < p[:, None]
    (found,) = budget_curve(right, n_probes=6, per_item=(4,), n_draws=300)
    assert found.difference.low is not None and found.difference.low > 0.01
    assert found.by_difficulty.value == pytest.approx(found.uniform.value + found.difference.value)
    same = rng.random((200, 40)) < 0.2
    (found,) = budget_curve(same, n_probes=6, per_item=(4,), n_draws=300)
    assert abs(found.difference.value) < 0.03  # luck in the probes is not counted twice


def test_more_samples_than_were_drawn_are_refused() -> None:
    right = np.zeros((10, 8), dtype=bool)
    for n_probes, m in ((0, 1), (8, 1), (4, 5), (4, 0)):
        with pytest.raises(SkillscaleError, match="ask for fewer"):
            budget_curve(right, n_probes=n_probes, per_item=(m,))
    with pytest.raises(SkillscaleError, match="lower it"):
        allocate_samples([4, 4], [1, 1], 9, most=4)
