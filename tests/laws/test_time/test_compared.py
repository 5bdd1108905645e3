"""Two ways on the same problems: the difference is that of the problems both were asked, and it is told sooner than by two intervals."""

import numpy as np
import polars as pl
import pytest

from skillscale.laws.intervals import estimate
from skillscale.laws.test_time.compared import FIRST_ATTEMPT, LAST_ATTEMPT, compare_ways
from skillscale.laws.test_time.on_ladder import think_on_ladder
from tests.laws.test_time.test_on_ladder import checkpoint, row

N = 200


def revisions(first: list[bool], last: list[bool | None]) -> pl.DataFrame:
    rows = [row(i % 60, "revised", 0, right) | {"problem": i} for i, right in enumerate(first)]
    rows += [row(i % 60, "revised", 1, right) | {"problem": i} for i, right in enumerate(last)]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_a_small_sure_gain_is_told_though_the_intervals_overlap() -> None:
    first = [i < 100 for i in range(N)]
    last = [i < 115 for i in range(N)]
    (found,) = compare_ways("m", revisions(first, [*last]), None)
    assert (found.first, found.second) == (FIRST_ATTEMPT, LAST_ATTEMPT)
    assert found.difference.value == pytest.approx(15 / N) and found.difference.n == N
    assert found.sure
    alone = [estimate(np.array(part, dtype=float), np.random.default_rng(0)) for part in (first, last)]
    assert alone[0].high is not None and alone[1].low is not None and alone[0].high > alone[1].low


def test_as_many_gains_as_losses_are_not_sure_and_what_was_not_asked_is_left_out() -> None:
    first = [i % 2 == 0 for i in range(N)]
    last: list[bool | None] = [None if i >= 100 else i % 4 in (0, 1) for i in range(N)]
    (found,) = compare_ways("m", revisions(first, last), None)
    assert found.difference.value == 0.0 and found.difference.n == 100
    assert not found.sure


def test_selectors_are_compared_with_each_other_and_with_one_chain() -> None:
    found = think_on_ladder([checkpoint(1000, direct=0.3, worked=0.5, n_samples=16)])
    best = found.comparison("d1000/tokens-1", "majority", "best_of_n")
    assert best is not None and best.difference.value is not None
    shares = {(one.selector, one.m): one.estimate.value for one in found.chosen[0].curves}
    most, chosen = shares["majority", 16], shares["best_of_n", 16]
    assert most is not None and chosen is not None
    assert best.difference.value == pytest.approx(chosen - most)  # its verifier is right about every sample
    assert found.comparison("d1000/tokens-1", "sampled", "majority") is not None
    assert found.comparison("d1000/tokens-1", "worked", "majority") is not None
    assert found.comparison("another", "worked", "majority") is None
