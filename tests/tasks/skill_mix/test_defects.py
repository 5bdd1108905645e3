"""What the public code of Skill-Mix gets wrong, one test for each: none of it is so here."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skillscale.experiments.skill_mix.protocol import Generation, Graded, Settings, grade, write
from skillscale.laws.skill_mix.answers import best_of_n, gather, mean_of_one
from skillscale.models.hosted.calling import Call, Reply
from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.grading import Grading, read_gradings
from skillscale.tasks.skill_mix.grading_line import grading_line
from skillscale.tasks.skill_mix.length import short_enough
from skillscale.tasks.skill_mix.names import mentioned
from tests.experiments.skill_mix.actors import Actors, Said, verdicts
from tests.tasks.skill_mix.combinations import asked

TEXT = "The rope is a river."


def run(actors: Actors, of: Asked, n_gradings: int = 3) -> list[Graded]:
    """One text and its gradings, all by the protocol."""

    async def all_of_it() -> list[Graded]:
        settings = Settings()
        text: Generation = await write(actors, of, model="acme/m", settings=settings, generation=0)
        return [
            await grade(actors, text, of, grader="other/g", settings=settings, grading=r) for r in range(n_gradings)
        ]

    return asyncio.run(all_of_it())


def saying(*answers: Callable[[Call], Said]) -> Callable[[Call], Said]:
    """Each answer in turn."""
    left = iter(answers)
    return lambda call: next(left)(call)


def test_1_gradings_are_not_copies_of_one_dict() -> None:
    """There, one shared dict is appended for all rounds, so that the majority vote is void."""
    grader = saying(lambda c: verdicts(c, skill_1=0), verdicts, lambda c: verdicts(c, skill_2=0))
    actors = Actors(grader=grader)
    found = [one.grading for one in run(actors, asked())]
    assert [one.points for one in found] == [(0, 1), (1, 1), (1, 0)]
    graders_calls = [call for call in actors.calls if call.schema is not None]
    assert len({call.key for call in graders_calls}) == 3  # nor is one answer used three times
    (verdict,) = gather(found)
    assert verdict.points_cgp.tolist() == [[[1, 1, 1, 1, 1]]]  # no single grading says so: the majority does


def test_2_a_grading_that_cannot_be_read_is_no_row_of_zeros(tmp_path: Path) -> None:
    """There it silently becomes zeros."""
    grader = saying(verdicts, lambda c: "Well.", lambda c: "Hm.", verdicts)
    found = [one.grading for one in run(Actors(grader=grader), asked())]
    assert found[1].judged == (None, None, None, None) and found[1].missing is not None
    file = tmp_path / "gradings.jsonl"
    file.write_text("\n".join(json.dumps(grading_line(one)) for one in found))
    (verdict,) = gather(read_gradings(file))
    assert mean_of_one(verdict.values("full_marks")).tolist() == [1.0]
    assert sum(verdict.missing.values()) == 1


def test_2_nor_is_a_text_all_of_whose_gradings_are_missing() -> None:
    for actors in (Actors(grader=lambda c: "no"), Actors(student=lambda c: Reply(text=None, missing="500: a bug"))):
        (verdict,) = gather([one.grading for one in run(actors, asked())])
        for metric in ("full_marks", "all_skills", "skill_fraction"):
            assert np.isnan(mean_of_one(verdict.values(metric))).all()
            assert np.isnan(best_of_n(verdict.values(metric))).all()
        assert sum(verdict.missing.values()) == 3


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("it rained. we went.", 2),  # no capital: there, one
        ("It rained.We went.", 2),  # nor a space
        ("“It rained.” We went.", 2),
        ("Dr. Hill went at 5 p.m. to St. Ives.", 1),
        ("Did it rain? yes! we went.", 3),
        ("It rained …\n\nWe went.", 2),
    ],
)
def test_3_sentences_need_no_capital(text: str, n: int) -> None:
    """There, a sentence ends at punctuation, a space and a capital, which undercounts."""
    allowed = [k for k in range(2, 9) if short_enough(text, k)]
    assert allowed == list(range(max(2, n + 1), 9))


def test_4_a_name_with_a_comma_breaks_nothing(tmp_path: Path) -> None:
    """There, answers are split at commas."""
    of = asked('giving "reasons", or excuses', "red herring, or diversion", "and, so, on")
    actors = Actors(
        student=lambda c: f"Answer: {TEXT}\nExplanation: red herring, or diversion",
        grader=lambda c: verdicts(c, skill_2=0),
    )
    found = [one.grading for one in run(actors, of)]
    file = tmp_path / "gradings.jsonl"
    file.write_text("\n".join(json.dumps(grading_line(one)) for one in found))
    assert read_gradings(file) == found
    assert {one.points for one in found} == {(1, 0, 1)}


def test_4_names_are_not_found_by_substring() -> None:
    """There, a skill is deduced where its name is part of another's."""
    of = asked("modus ponens", "ponens", "metaphor")
    found = run(Actors(grader=lambda c: verdicts(c, 0, skill_2=1)), of)[0].grading
    assert found.points == (0, 1, 0)
    assert not mentioned("Metaphorical speech", ["metaphor"]) and mentioned("Two metaphors.", ["metaphor"])


def test_5_an_answer_that_is_at_hand_is_not_paid_for_again() -> None:
    """There is no cache there; here calls that ask the same have one key, and what asks differently another."""
    actors, again = Actors(), Actors()
    run(actors, asked())
    run(again, asked())
    assert [call.key for call in actors.calls] == [call.key for call in again.calls]
    other = Actors()
    run(other, replace(asked(), topic="Sewing"))
    assert {call.key for call in actors.calls}.isdisjoint(call.key for call in other.calls)


def test_5_scores_have_intervals() -> None:
    from skillscale.laws.skill_mix.scores import score_all

    one = run(Actors(), asked())[0].grading
    many: list[Grading] = [replace(one, combination=f"c{i}", makes_sense=int(i % 3 > 0)) for i in range(30)]
    (row,) = score_all(gather(many), frequent=frozenset(), level=0.9, seed=0)
    found = row.plain.estimates["full_marks"]["mean"]
    assert found.value == pytest.approx(2 / 3)
    assert found.low is not None and found.high is not None and found.low < 2 / 3 < found.high
