"""The strand `verifying`: its verdicts are right, wrong candidates are of the stated kinds, and laziness earns nothing."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from scipy import stats

from skillscale.corpora.world import World, WorldConfig
from skillscale.corpora.world.draft import Draft
from skillscale.corpora.world.lexicon import COUNTS, SYMBOLS
from skillscale.corpora.world.strands.customs import Customs
from skillscale.corpora.world.strands.decimals import numbers_of, say_pairs
from skillscale.corpora.world.strands.verifying import ANYTHING, BEFORE, FAVOURITE, Verifying

N = 20_000


@pytest.fixture(scope="module")
def world() -> World:
    return World(WorldConfig(seed=3))


@pytest.fixture(scope="module")
def customs(world: World) -> Customs:
    found = world.strands["customs"]
    assert isinstance(found, Customs)
    return found


@pytest.fixture(scope="module")
def strand(world: World) -> Verifying:
    found = world.strands["verifying"]
    assert isinstance(found, Verifying)
    return found


@pytest.fixture(scope="module")
def draft(strand: Verifying) -> Draft:
    return strand.compose(np.random.default_rng(0), N)


def verdicts(customs: Customs, text: list[str]) -> list[str]:
    """What is right of `check two babo keto rose : lamp yes fern no`, worked out from the words before each verdict."""
    k = 1 + COUNTS.index(text[1])
    names, symbol, sign, said = text[2 : 2 + k], SYMBOLS.index(text[2 + k]), text[3 + k], text[4 + k :]
    values: list[str] = []
    for name in names:
        symbol = int(customs.table_fs[customs.rank[name], symbol])
        values.append(SYMBOLS[symbol])
    judged = said[::2]
    assert len(judged) == 1 or sign == ":"
    return [
        "yes" if one == value else "no"
        for one, value in zip(judged, values if sign == ":" else values[-1:], strict=False)
    ]


def larger(text: str) -> str:
    one, other = text.removeprefix("larger ").removesuffix(" ?").split(" or ")
    return max(one, other, key=lambda number: Decimal(number.replace(" ", "")))


def test_every_verdict_and_comparison_is_right(draft: Draft, customs: Customs) -> None:
    for row in range(3_000):
        text = draft.words(row)
        if text[0] == "check":
            k = 1 + COUNTS.index(text[1])
            found = verdicts(customs, text)
            assert text[5 + k :: 2] == found and "no" not in found[:-1], text
            assert found[-1] == "no" or len(found) == (k if ":" in text else 1)
        else:
            question = text[: text.index("?") + 1]
            assert " ".join(text[len(question) :]) == larger(" ".join(question))


def test_the_stated_probabilities_are_those_of_the_process(draft: Draft, strand: Verifying) -> None:
    """The entropy of the stated probabilities is the mean surprise under a fresh sample, by place and kind of document."""
    other = strand.compose(np.random.default_rng(1), N)
    checks = draft.plan["checks"], other.plan["checks"]
    for of in (False, True):
        sums = [one.logprobs_nc.sum(axis=1)[which == of] for one, which in zip((draft, other), checks, strict=True)]
        assert stats.ttest_ind(*sums).pvalue > 1e-3


def test_decimals_have_exactly_the_probability_that_counting_gives() -> None:
    """P(first) · P(second | first), worked out anew by going through all decimals of 1 to 3 digits."""
    draft = Draft(400, 24)
    say_pairs(draft, np.random.default_rng(5), np.arange(400))
    ways = [f"{value:0{n}d}" for n in (1, 2, 3) for value in range(10**n)]
    free = np.array([1 / 3 / 10 ** len(way) for way in ways])
    traps = 0
    for row in range(400):
        (first, a), (second, b) = (number.replace(" ", "").split(".") for number in numbers_of(draft, row))
        chance = 1 / 9 / 3 / 10 ** len(a)
        if first != second:
            chance *= 0.25 / 8 / 3 / 10 ** len(b)
        else:
            order = np.array([np.sign(float(f".{a}") - float(f".{way}")) for way in ways])
            trapped = np.array([(int(a) - int(way)) for way in ways]) * order < 0
            of = trapped if trapped[ways.index(b)] else ~trapped & (order != 0)
            share = (2 / 3 if of is trapped else 1 / 3) if trapped.any() else 1.0
            chance *= 0.75 * share * free[ways.index(b)] / free[of].sum()
            traps += of is trapped
        assert float(draft.logprobs_nc[row].sum()) == pytest.approx(np.log(chance), abs=1e-4)
    assert 150 < traps < 230 and draft.plan["trap"].sum() == traps


def test_half_of_all_that_is_judged_is_right(draft: Draft) -> None:
    """Whatever was right before it, the next step is right half of the time; a wrong one ends the document."""
    worked, k = draft.plan["worked"], draft.plan["k"]
    assert draft.plan["right"][draft.plan["checks"] & ~worked].mean() == pytest.approx(0.5, abs=0.02)
    for n_steps in (2, 3):
        whole = draft.plan["right"][worked & (k == n_steps)]
        assert whole.mean() == pytest.approx(0.5**n_steps, abs=4 * 0.5 / np.sqrt(len(whole)))


def test_who_only_knows_favourites_is_right_in_two_thirds(draft: Draft, customs: Customs) -> None:
    """What has to be beaten by a judge that knows the customs."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for row in np.flatnonzero(draft.plan["checks"] & ~draft.plan["worked"]):
        last = draft.plan["tuple"][row, draft.plan["k"][row] - 1]
        is_favourite = draft.words(int(row))[-2] == SYMBOLS[customs.favourite_f[last]]
        counts[is_favourite, bool(draft.plan["right"][row])] += 1
    best = sum(max(counts[favourite, True], counts[favourite, False]) for favourite in (False, True))
    assert best / counts.total() == pytest.approx(0.65, abs=0.03)


def test_wrong_results_are_never_the_right_one(strand: Verifying, customs: Customs) -> None:
    custom, before = np.divmod(np.arange(64 * 32), 32)
    weights = strand.wrong_weights(custom, before)
    assert weights.sum(axis=1) == pytest.approx(np.ones(len(custom)))
    assert (weights[np.arange(len(custom)), customs.table_fs[custom, before]] == 0).all()
    assert sum((FAVOURITE, BEFORE, ANYTHING)) == pytest.approx(1)


def test_training_text_checks_no_held_out_tuple(draft: Draft, strand: Verifying, customs: Customs) -> None:
    chains = {customs.tuple_of(draft, row) for row in np.flatnonzero(draft.plan["k"] > 1)}
    runs = {chain[i:j] for chain in chains for i in range(len(chain)) for j in range(i + 2, len(chain) + 1)}
    assert len(runs) > 3_000 and not any(customs.held_out(run) for run in runs)
    unseen = strand.compose(np.random.default_rng(2), 500, unseen=True)
    assert all(customs.held_out(customs.tuple_of(unseen, row)) for row in range(500))
    assert unseen.plan["checks"].all()


def test_questions_are_balanced_answerable_and_in_their_strata(world: World, customs: Customs) -> None:
    clozes = [c for c in world.clozes(n_per_stratum=40, seen_within=200_000) if c.task in ("checking", "comparison")]
    ways = [f"k={k} {way} {seen}" for k in (2, 3, 4) for way in ("direct", "worked") for seen in ("seen", "unseen")]
    assert {c.stratum for c in clozes} == {"k=1 rank 1-8", "k=1 rank 9-32", *ways, "trap", "no trap"}
    for cloze in clozes:
        text = cloze.prefix.split()
        if cloze.task == "comparison":
            assert cloze.answer.strip() == larger(cloze.prefix)
            assert not any(
                wrong.startswith(cloze.answer) or cloze.answer.startswith(wrong) for wrong in cloze.distractors
            )
            continue
        assert cloze.answer.split() == verdicts(customs, text)[-1:]
        assert {cloze.answer, *cloze.distractors} == {" yes", " no"}
        k = 1 + COUNTS.index(text[1])
        assert cloze.stratum.startswith(f"k={k} ") and cloze.k == (None if k == 1 else k)
        if k > 1:
            assert customs.held_out(tuple(text[2 : 2 + k])) == cloze.stratum.endswith("unseen")
            assert (":" in text) == ("worked" in cloze.stratum)
    places = [len(c.prefix.split()[8:]) // 2 for c in clozes if c.stratum == "k=4 worked unseen" and c.answer == " no"]
    assert {*places} == {0, 1, 2, 3}
    for stratum in ("k=1 rank 1-8", "k=2 direct unseen", "k=4 worked unseen"):
        assert Counter(c.answer for c in clozes if c.stratum == stratum) == {" yes": 20, " no": 20}
