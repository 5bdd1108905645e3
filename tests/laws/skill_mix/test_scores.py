"""Each metric by its definition, the majority per point, and that what is missing is never zero."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillscale.laws.skill_mix.answers import best_of_n, gather, mean_of_one
from skillscale.laws.skill_mix.scores import score
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.tasks.skill_mix.metrics import METRICS, all_skills, full_marks, majority, skill_fraction
from tests.laws.skill_mix.gradings import graded


def values_of(gradings: list[Grading], metric: str, **asked: Any) -> list[float]:
    (answers,) = gather(gradings)
    return answers.values(metric, **asked).ravel().tolist()


@pytest.mark.parametrize(
    ("points", "full", "skills", "fraction"),
    [
        ("11111", 1, 1, 1),
        ("11110", 0, 1, 0),
        ("11011", 0, 1, 0),
        ("11100", 0, 0, 0),
        ("10111", 0, 0, 0.5),
        ("00111", 0, 0, 0),
        ("01101", 0, 0, 0),
        ("1110111", 0, 0, 0.75),
        ("1111110", 0, 1, 0),
    ],
)
def test_each_metric_is_its_definition(points: str, full: float, skills: float, fraction: float) -> None:
    row = np.array([float(char) for char in points])
    assert (full_marks(row), all_skills(row), skill_fraction(row)) == (full, skills, fraction)


def naive(votes: list[list[int | None]], length: int) -> dict[str, float | None]:
    """The definitions once more, point by point in plain Python; `votes` by grading."""
    verdicts: list[int | None] = []
    for said in zip(*votes, strict=True):
        ones, zeros = said.count(1), said.count(0)
        verdicts.append(None if ones == zeros else int(ones > zeros))
    if None in verdicts:
        return {"full_marks": None, "all_skills": None, "skill_fraction": None}
    skills, other = [v for v in verdicts[:-2] if v is not None], [*verdicts[-2:], length]
    return {
        "full_marks": float(sum(skills) == len(skills) and other == [1, 1, 1]),
        "all_skills": float(sum(skills) == len(skills) and other.count(1) >= 2),
        "skill_fraction": sum(skills) / len(skills) if other == [1, 1, 1] else 0.0,
    }


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_scores_are_those_of_the_naive_implementation(data: st.DataObject) -> None:
    k, n_gradings = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    n_texts = data.draw(st.integers(1, 4))
    point = st.sampled_from("1110-")
    gradings: list[Grading] = []
    expected: list[dict[str, float | None]] = []
    for g in range(n_texts):
        length = data.draw(st.sampled_from("01"))
        said = [data.draw(st.lists(point, min_size=k + 2, max_size=k + 2)) for _ in range(n_gradings)]
        gradings += [graded("".join(one) + length, generation=g, grading=r) for r, one in enumerate(said)]
        expected.append(naive([[None if p == "-" else int(p) for p in one] for one in said], int(length)))
    order = data.draw(st.permutations(gradings))
    row = score(gather(order)[0])
    for metric in METRICS:
        each = [one[metric] for one in expected]
        known = [value for value in each if value is not None]
        mean, best = row.plain.estimates[metric]["mean"], row.plain.estimates[metric]["best"]
        assert mean.value == (pytest.approx(sum(known) / len(known)) if known else None)
        assert best.value == (pytest.approx(max(known)) if len(known) == n_texts else None)
        assert row.plain.missing == each.count(None)


def test_gradings_are_votes_and_not_copies() -> None:
    """Defect 1 of the public code: one dict is appended for all rounds, so that its vote is void."""
    votes = [graded("11111"), graded("01111", grading=1), graded("01111", grading=2)]
    assert values_of(votes, "full_marks") == [0]
    assert values_of([votes[0], votes[1], replace(votes[0], grading=2)], "full_marks") == [1]
    assert majority(np.array([[1.0, 0, 0], [1, 1, 0]])).tolist() == [0, 1]


def test_the_vote_is_taken_per_point() -> None:
    """Each grading denies another point, and the majority grants all."""
    votes = [graded("01111"), graded("10111", grading=1), graded("11011", grading=2)]
    assert values_of(votes, "full_marks") == [1]


def test_a_tie_is_missing_and_never_zero() -> None:
    tied = [graded("11111"), graded("01111", grading=1)]
    row = score(gather(tied)[0])
    assert row.plain.missing == row.plain.n_texts == 1
    assert row.plain.estimates["full_marks"]["mean"].value is None
    assert np.isnan(values_of(tied, "skill_fraction")).all()


def test_what_could_not_be_read_takes_no_part_in_the_vote() -> None:
    """Defect 2 of the public code: a grading that cannot be parsed becomes zeros."""
    gradings = [
        graded("11111"),
        graded("----1", grading=1, missing="no JSON"),
        graded("----1", grading=2, missing="no JSON"),
    ]
    row = score(gather(gradings)[0])
    assert row.plain.estimates["full_marks"]["mean"].value == 1
    assert row.gradings_missing == {"no JSON": 2} and row.n_gradings == 3 and row.plain.missing == 0


def test_every_score_has_an_interval() -> None:
    """Defect 5 of the public code: no confidence intervals. 0 of 100 is not certain either."""
    row = score(gather([graded("00111", combination=f"c{i}") for i in range(100)])[0])
    for metric in METRICS:
        for one in row.plain.estimates[metric].values():
            assert one.value == one.low == 0 and one.n == 100
            assert one.high is not None and 0.01 < one.high < 0.03


def test_a_metric_is_missing_where_a_known_zero_would_decide_it() -> None:
    assert np.isnan(values_of([graded("0-111")], "full_marks")).all()


def test_the_best_of_n_needs_all_n() -> None:
    """A generation that nobody graded leaves the mean of one, and no best of two."""
    values_cg = np.array([[1.0, np.nan], [0.0, 1.0], [np.nan, np.nan]])
    assert mean_of_one(values_cg)[:2].tolist() == [1, 0.5] and np.isnan(mean_of_one(values_cg)[2])
    assert np.isnan(best_of_n(values_cg)[[0, 2]]).all() and best_of_n(values_cg)[1] == 1
    gradings = [graded("11111"), graded("11111", combination="c1"), graded("01111", combination="c1", generation=1)]
    row = score(gather(gradings)[0])
    assert (row.plain.missing, row.plain.n_texts, row.n_generations) == (1, 4, 2)
    assert [row.plain.estimates["full_marks"][of].n for of in ("mean", "best")] == [2, 1]


def test_a_named_skill_is_lost_in_the_stricter_scores_alone() -> None:
    gradings = [graded("11111", text="A metaphor is a river.")]
    assert values_of(gradings, "skill_fraction") == [1] and values_of(gradings, "skill_fraction", stricter=True) == [
        0.5
    ]
    (answers,) = gather([graded("11111", text="A herring that is crimson.")], {"red herring": ["crimson"]})
    assert answers.values("skill_fraction", stricter=True) == 0.5


def test_without_a_text_the_stricter_score_is_missing() -> None:
    row = score(gather([graded("11111", text=None)])[0])
    assert row.plain.estimates["full_marks"]["mean"].value == 1
    assert row.strict.estimates["full_marks"]["mean"].value is None and row.strict.missing == 1


def test_combinations_with_a_frequent_skill_are_dropped() -> None:
    other = graded("11111", combination="c1", skills=("irony", "litotes"))
    (answers,) = gather([graded("01111"), other])
    row = score(answers, frequent=frozenset({"metaphor"}))
    assert row.n_dropped == 1 and row.strict.n == 1 and row.plain.n == 2
    assert row.strict.estimates["full_marks"]["mean"].value == 1
    assert row.plain.estimates["full_marks"]["mean"].value == 0.5
    none = score(answers, frequent=frozenset({"metaphor", "irony"}))
    assert none.strict.n == 0 and none.strict.estimates["full_marks"]["best"].value is None


def test_models_graders_and_k_stand_apart() -> None:
    rows = gather(
        [
            graded("11111"),
            graded("111111", combination="c1"),
            graded("11111", grader="other"),
            graded("11111", model="n"),
        ]
    )
    assert [(one.model, one.grader, one.k) for one in rows] == [
        ("acme/m", "acme/g", 2),
        ("acme/m", "acme/g", 3),
        ("acme/m", "other", 2),
        ("n", "acme/g", 2),
    ]
