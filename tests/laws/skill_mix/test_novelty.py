"""The bound of Yu et al. 2023 and its interval: the published figures, what is no evidence, and what can be said of it at all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from skillscale.errors import SkillscaleError
from skillscale.laws.skill_mix.novelty import novelty, share, unseen_share
from skillscale.laws.skill_mix.novelty_document import novelty_sentence

shares = st.floats(1e-6, 1.0)


@pytest.mark.parametrize(
    ("k", "success", "rate", "unseen"),
    [(5, 0.12, 0.068109, 0.432), (6, 0.08, 0.000981, 0.988)],
)
def test_the_published_figures_come_out(k: int, success: float, rate: float, unseen: float) -> None:
    found = novelty(k=k, success=success)
    assert found.unseen_share is not None
    assert round(found.in_corpus_rate, 6) == rate and round(found.unseen_share, 3) == unseen
    assert found.evidence == "no interval" and found.interval is None


def test_where_more_are_expected_than_there_are_is_no_evidence_and_no_number() -> None:
    found = novelty(k=4, success=0.48, of=100)
    assert round(found.in_corpus_rate, 2) == 4.73
    assert (found.unseen_share, found.unseen_low, found.unseen_high, found.evidence) == (None, None, None, "none")
    assert "no evidence" in novelty_sentence(found)


def test_of_100_combinations_k_5_is_within_noise_and_k_6_is_not() -> None:
    five, six = novelty(k=5, success=0.12, of=100), novelty(k=6, success=0.08, of=100)
    assert five.evidence == "within noise" and five.unseen_low is None
    assert five.interval is not None and five.interval.low < five.in_corpus_rate < five.success
    assert "within noise" in novelty_sentence(five)
    assert six.evidence == "beyond noise" and six.unseen_low is not None and 0.97 < six.unseen_low < 0.988
    more = novelty(k=5, success=0.12, of=1000)
    assert more.evidence == "beyond noise"


def test_nobody_succeeding_is_no_evidence() -> None:
    found = novelty(k=6, success=0.0, of=100)
    assert found.evidence == "none" and found.skill_frequency_limit is None
    assert found.interval is not None and found.interval.low == 0.0


@given(k=st.integers(1, 12), success=shares, skill=shares, topic=shares, sentences=st.floats(1.0, 1e15))
def test_at_the_limit_of_frequency_the_bound_is_nothing(
    k: int, success: float, skill: float, topic: float, sentences: float
) -> None:
    found = novelty(k=k, success=success, skill_frequency=skill, topic_frequency=topic, corpus_sentences=sentences)
    limit = found.skill_frequency_limit
    assert limit is not None
    if limit < 1:
        assert limit**k * topic * sentences == pytest.approx(success, rel=1e-9)
    if found.unseen_share is None:
        assert skill >= limit * (1 - 1e-9)
    else:
        assert 0 < found.unseen_share <= 1 and skill <= limit * (1 + 1e-9)


@given(rate=shares, low=shares, high=shares)
def test_more_success_never_shows_less(rate: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert (unseen_share(rate, low) or 0) <= (unseen_share(rate, high) or 0)


@pytest.mark.parametrize(("n", "level"), [(20, 0.9), (100, 0.95)])
@pytest.mark.parametrize("rate", [0.01, 0.068109, 0.12, 0.5, 0.97])
def test_the_interval_covers_at_least_its_level(n: int, level: float, rate: float) -> None:
    """Exactly, by summing over every outcome; at each side by itself too, which is what the lower bound rests on."""
    every = [(share(s, n, level=level), float(binom.pmf(s, n, rate))) for s in range(n + 1)]
    assert sum(p for one, p in every if one.low <= rate <= one.high) >= level
    assert sum(p for one, p in every if rate < one.low) <= (1 - level) / 2
    assert sum(p for one, p in every if rate > one.high) <= (1 - level) / 2


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_turns_with_it(counts: tuple[int, int]) -> None:
    successes, of = counts
    one, turned = share(successes, of), share(of - successes, of)
    assert 0 <= one.low <= successes / of <= one.high <= 1
    assert math.isclose(one.low, 1 - turned.high, abs_tol=1e-9)


def test_a_rounded_rate_stands_for_the_nearest_count() -> None:
    found = novelty(k=5, success=0.33, of=3).interval
    assert found is not None and found.successes == 1
    for success, of, n in ((0.333, 3, 1), (1 / 3, 3, 1), (0.12, 100, 12), (0.1234, 10_000, 1234), (0.1, 99, 10)):
        found = novelty(k=5, success=success, of=of).interval
        assert found is not None and found.successes == n


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"k": 0}, "k was given as 0"),
        ({"success": 1.2}, "success rate 1.2"),
        ({"success": math.nan}, "success rate nan"),
        ({"skill_frequency": 0.0}, "frequency of skills was given as 0"),
        ({"topic_frequency": 2.0}, "frequency of topics was given as 2"),
        ({"corpus_sentences": math.inf}, "corpus of inf sentences"),
        ({"corpus_sentences": 0.0}, "corpus of 0 sentences"),
        ({"k": 10**20}, "from 1 to 1,000 skills"),
        ({"of": 0}, "0 combinations were given"),
        ({"success": 0.123, "of": 100}, "it would be 12.3 of them"),
        ({"success": 1e-5, "of": 100}, "it would be 0.001 of them"),
        ({"level": 1.0}, "The level 1"),
        ({"of": 3}, "0.12 is no share of 3 combinations"),
        ({"of": 100, "level": 1.0}, "The level 1"),
    ],
)
def test_numbers_that_cannot_be_are_told_in_a_sentence(asked: dict[str, float], sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence):
        novelty(**({"k": 5, "success": 0.12} | asked))  # type: ignore[arg-type]
    with pytest.raises(SkillscaleError, match="3 successes of 2"):
        share(3, 2)
