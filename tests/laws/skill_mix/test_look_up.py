"""The novelty bound against the truth, in texts that are simulated: where its assumption holds, and where it does not."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from skillscale.corpora.world.pieces.reading import PieceCounts
from skillscale.laws.skill_mix.look_up import InText, in_text, look_up
from skillscale.laws.skill_mix.novelty import novelty

N_SKILLS, N_TOPICS = 12, 6
KS = (2, 3, 4)


def counted(shown_ns: np.ndarray, topic_n: np.ndarray) -> PieceCounts:
    """The counts of a simulated text."""
    sets = [tuple(np.flatnonzero(shown_s).tolist()) for shown_s in shown_ns]
    held = {(t, some) for t, all_of in zip(topic_n, sets, strict=True) for k in KS for some in combinations(all_of, k)}
    return PieceCounts(
        n=len(sets),
        skills={str(i): int(n) for i, n in enumerate(shown_ns.sum(0))},
        topics={str(i): int(n) for i, n in enumerate(np.bincount(topic_n, minlength=N_TOPICS))},
        sizes=Counter(len(some) for some in sets),
        standing=Counter(len(some) for _, some in held),
    )


def independent(rng: np.random.Generator, n: int = 400) -> PieceCounts:
    return counted(rng.random((n, N_SKILLS)) < 0.1, rng.integers(0, N_TOPICS, n))


def crowded(rng: np.random.Generator) -> PieceCounts:
    """Few pieces show any skill, and those show many: together far more often than their frequencies tell."""
    shown_ns = np.zeros((400, N_SKILLS), bool)
    for row in range(12):
        shown_ns[row, rng.choice(N_SKILLS, 6, replace=False)] = True
    return counted(shown_ns, rng.integers(0, N_TOPICS, 400))


def test_of_independent_skills_no_more_stands_in_the_text_than_the_bound_allows() -> None:
    """In expectation, which is what the bound is of: one text in twenty holds more by chance."""
    texts = [one for seed in range(20) for one in in_text(independent(np.random.default_rng(seed)), KS)]
    assert np.mean([one.allowed for one in texts]) > 0.95
    for k in KS:
        own = [one for one in texts if one.k == k]
        assert 0 < np.mean([one.rate for one in own]) < np.mean([one.rate_at_most for one in own])
        assert np.mean([one.company for one in own]) == pytest.approx(1, abs=0.2)
        assert own[0].of == {2: 66, 3: 220, 4: 495}[k] * N_TOPICS


def test_of_skills_that_keep_company_more_stands_there_and_the_bound_overstates() -> None:
    """A model that repeats its text and can do nothing else: the bound, which cannot know, calls that new."""
    (text,) = in_text(crowded(np.random.default_rng(0)), [4])
    assert text.company > 100 and not text.allowed and text.rate > text.rate_at_most
    found = look_up(text, seen=(200, 200), unseen=(0, 2000), level=0.9)
    assert found is not None and found.at_least is not None and found.at_least_low is not None
    assert found.at_least > 0.9 and found.exact.value == 0.0 and found.exact.high is not None
    assert found.exact.high < found.at_least_low and found.verdict == "overstates"
    everything = look_up(text, seen=(200, 200), unseen=(2000, 2000), level=0.9)
    assert everything is not None and everything.exact.value == pytest.approx(1 - text.rate)
    assert everything.verdict == "overstates"  # 1 − rate is less than what it allows


def test_where_more_stands_there_than_allowed_few_answers_cannot_tell() -> None:
    found = look_up(text(rate_at_most=0.09), seen=(20, 20), unseen=(10, 40), level=0.9)
    assert found is not None and found.verdict == "cannot tell"


def text(k: int = 4, *, standing: int = 100, rate_at_most: float = 0.2) -> InText:
    return InText(k=k, standing=standing, of=1000, rate_at_most=rate_at_most, together=0.1, independent=0.2)


def test_what_look_up_says_is_the_share_of_successes_outside_of_the_text() -> None:
    found = look_up(text(), seen=(18, 20), unseen=(10, 40), level=0.9)
    assert found is not None
    assert found.success.value == pytest.approx(0.1 * 0.9 + 0.9 * 0.25)
    assert found.exact.value == pytest.approx(0.9 * 0.25 / 0.315)
    assert found.at_least == pytest.approx(1 - 0.2 / 0.315)
    assert found.verdict == "within noise" and found.at_least_low is None and found.at_least_high is not None
    sure = look_up(text(), seen=(180, 200), unseen=(100, 400), level=0.9)
    assert sure is not None and sure.verdict == "holds" and sure.exact.low is not None and sure.at_least_low is not None
    assert sure.at_least_low < sure.at_least < sure.exact.low < sure.exact.value < sure.exact.high  # type: ignore[operator]


def test_beyond_what_the_text_has_the_bound_is_that_of_the_paper() -> None:
    """No combination stands there, so all are asked alike, and one interval is enough."""
    beyond = text(6, standing=0, rate_at_most=0.001)
    found = look_up(beyond, seen=None, unseen=(9, 72), level=0.9)
    paper = novelty(
        k=6,
        success=9 / 72,
        of=72,
        skill_frequency=0.1,
        topic_frequency=0.5,
        corpus_sentences=2000,
        level=0.9,
    )
    assert paper.in_corpus_rate == pytest.approx(beyond.rate_at_most) and found is not None
    assert found.at_least == pytest.approx(paper.unseen_share) and found.at_least_low == pytest.approx(paper.unseen_low)
    assert (found.exact.value, found.exact.low, found.exact.high) == (1.0, 1.0, 1.0) and found.seen is None


def test_nothing_is_made_up() -> None:
    nobody = look_up(text(), seen=(0, 20), unseen=(0, 20), level=0.9)
    assert nobody is not None and nobody.exact.value is None and nobody.verdict == "no success"
    empty = look_up(text(rate_at_most=3.0), seen=(20, 20), unseen=(20, 20), level=0.9)
    assert empty is not None and empty.at_least is None and empty.verdict == "empty" and empty.exact.value == 0.9
    assert look_up(text(), seen=None, unseen=(20, 20), level=0.9) is None
    assert look_up(text(), seen=(20, 20), unseen=(0, 0), level=0.9) is None
    whole = look_up(text(standing=1000), seen=(10, 20), unseen=None, level=0.9)
    assert whole is not None and whole.exact.value == 0.0 and whole.success.value == 0.5


@pytest.mark.parametrize(("s", "u", "standing"), [(0.8, 0.3, 75), (0.6, 0.6, 444), (0.9, 0.05, 4)])
def test_the_intervals_cover_at_least_their_level(s: float, u: float, standing: int) -> None:
    rng, one, n, level = np.random.default_rng(1), text(standing=standing), 400, 0.9
    r = one.rate
    success = r * s + (1 - r) * u
    hits = np.zeros(2)
    for _ in range(n):
        asked = {name: (int(rng.binomial(72, p)), 72) for name, p in (("seen", s), ("unseen", u))}
        found = look_up(one, **asked, level=level)
        assert found is not None
        for place, (truth, told) in enumerate(((success, found.success), ((1 - r) * u / success, found.exact))):
            hits[place] += told.low is not None and told.low <= truth <= told.high  # type: ignore[operator]
    assert (hits / n >= level).all()
