"""Frequencies with their bounds, and company against independence: hand-made tables, and simulated ones with a known answer."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.laws.skill_mix.prevalence import company, frequencies, largest, pairs, rarer, symmetric


def independent(rng: np.random.Generator, n: int = 1500, m: int = 20, p: float = 0.06) -> np.ndarray:
    return (rng.random((n, m)) < p).astype(float)


def test_frequencies_count_only_what_was_answered() -> None:
    shown = np.array([[1, 0, np.nan], [0, 0, np.nan], [np.nan, 0, np.nan]])
    one, none, unknown = frequencies(["a", "b", "c"], shown, level=0.9)
    assert (one.shown, one.of, one.share) == (1, 2, 0.5) and one.low is not None and one.low < 0.5
    assert none.share == 0 and none.low == 0 and none.high == pytest.approx(1 - 0.05 ** (1 / 3))
    assert unknown.share is None and unknown.of == 0 and unknown.high is None
    assert largest([one, unknown]) is None and largest([]) is None


def test_the_bound_holds_for_all_at_once() -> None:
    """Of 200 samples with 40 skills of 3 %, at most 10 % may have a bound below 3 % for the most frequent."""
    broken = 0
    for seed in range(200):
        counts = np.random.default_rng(seed).binomial(500, 0.03, size=40)
        columns = np.zeros((500, 40))
        for place, n in enumerate(counts):
            columns[:n, place] = 1
        found = largest(frequencies([str(i) for i in range(40)], columns), level=0.9)
        assert found is not None
        broken += found.upper < 0.03
    assert broken <= 20 + 3 * 4


def test_what_the_sample_chose_is_bounded_as_widely_as_all() -> None:
    found = frequencies(["often", "rare"], np.array([[1, 0]] * 10 + [[0, 0]] * 90, dtype=float))
    (rare,) = rarer(found)
    assert rare.name == "rare"
    alone, chosen = largest([rare]), largest([rare], n_all=2)
    assert alone is not None and chosen is not None and alone.upper < chosen.upper


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.integers(1, 4))
def test_symmetric_polynomials(p: list[float], k: int) -> None:
    expected = sum(float(np.prod(own)) for own in combinations(p, k))
    assert symmetric(np.array([p]), k)[0] == pytest.approx(expected, abs=1e-9)


def test_independent_skills_keep_no_company_and_others_do() -> None:
    free = independent(np.random.default_rng(0))
    two, three = company(free)
    assert two.verdict == "cannot tell" and two.low is not None and two.low < 1 < (two.high or 0)
    assert two.expected == pytest.approx(two.observed, rel=0.15) and three.k == 3
    tied = free.copy()
    tied[:, 1] = tied[:, 0]
    tied[:, 2] = tied[:, 0]
    assert company(tied)[0].verdict == "more"
    found, n_tested = pairs([str(i) for i in range(20)], tied)
    assert {one.names for one in found} == {("0", "1"), ("0", "2"), ("1", "2")} and n_tested == 190
    assert found[0].observed == int(tied[:, 0].sum()) and found[0].expected < 20


def test_few_sentences_cannot_tell() -> None:
    few = independent(np.random.default_rng(0), n=60)
    two, three = company(few)
    assert two.low is None and two.verdict == "cannot tell" and two.ratio is not None
    assert three.n_sentences == 60
    assert company(np.zeros((5, 3)))[0].ratio is None
    assert company(np.full((5, 3), np.nan))[0].n_sentences == 0
    assert pairs(["a", "b", "c"], np.zeros((5, 3))) == ([], 0)


def test_intervals_of_company_cover() -> None:
    """30 samples of skills that come with a common cause; the true ratio by its definition."""
    m, p, scale = 20, 0.06, np.array([0.4, 1.6])
    true = float(np.mean(scale**2))
    inside = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        shown = (rng.random((1000, m)) < p * scale[rng.integers(0, 2, 1000)][:, None]).astype(float)
        (two,) = company(shown, (2,))
        assert two.low is not None and two.high is not None
        inside += two.low <= true <= two.high
    assert 23 <= inside <= 30
