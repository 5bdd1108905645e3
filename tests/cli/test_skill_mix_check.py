"""`skillscale mix check`: what programs rely on, what a reader is told, and what is refused."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from skillscale.cli.skill_mix_check import check
from skillscale.errors import SkillscaleError


def ask(topic: str, skills: str, text: str, *more: str) -> str:
    done = CliRunner().invoke(
        check, ["--topic", topic, "--skills", skills, "--text", text, *more], standalone_mode=False
    )
    if done.exception is not None:
        raise done.exception
    return done.output


def answer(topic: str, skills: str, text: str, *more: str) -> dict[str, Any]:
    return json.loads(ask(topic, skills, text, "--json", *more))


def test_what_programs_rely_on() -> None:
    found = answer("garden", "classify, tally", "rake is tools and apple apple makes two .")
    assert found["skills"] == {"classify": 1, "tally": 1}
    assert (found["on_topic"], found["makes_sense"], found["short_enough"]) == (1, 1, 1)
    assert found["points"] == [1, 1, 1, 1, 1]
    assert (found["full_marks"], found["all_skills"], found["skill_fraction"]) == (1.0, 1.0, 1.0)
    assert set(found["reasons"]) == {"classify", "tally", "on_topic", "makes_sense", "short_enough"}
    assert isinstance(found["held_out"], bool)


def test_each_point_is_lost_for_its_own_reason() -> None:
    found = answer("garden", "classify,tally,own", "rake is fruit . cod cod makes two . x . x .")
    assert found["skills"] == {"classify": 0, "tally": 1, "own": 0}
    assert found["reasons"]["classify"] == "'rake is fruit': rake is tools"
    assert "'THING belongs to ACTOR'" in found["reasons"]["own"]
    assert found["reasons"]["on_topic"] == "cod is of the topic harbour"
    assert found["reasons"]["short_enough"] == "4 sentences, and 2 may be"
    assert found["full_marks"] == found["all_skills"] == found["skill_fraction"] == 0.0


def test_facts_are_those_of_the_world_that_is_named() -> None:
    rooms = ("kitchen", "attic", "cellar", "hall", "library", "garage", "porch", "bathroom")
    homes = [
        [room for room in rooms if answer("garden", "place", f"{thing} stays in {room} .", "--world-seed", str(seed))["full_marks"]]
        for seed in (1, 2)
        for thing in ("apple", "rake")
    ]  # fmt: skip
    assert all(len(some) == 1 for some in homes) and homes[:2] != homes[2:]


def test_a_reader_is_told_each_point_in_a_line() -> None:
    lines = ask("garden", "classify", "rake is tools . rake is not fish .").splitlines()
    assert lines[0].startswith("yes  classify: 'rake is tools'")
    assert lines[3] == "no   short enough: 2 sentences, and 1 may be"
    assert lines[-1].startswith("3 of 4 points")


def test_what_cannot_be_checked_is_refused() -> None:
    with pytest.raises(SkillscaleError, match="no topic 'gardening'"):
        ask("gardening", "own", "")
    with pytest.raises(SkillscaleError, match="no skill 'metaphor'"):
        ask("garden", "own,metaphor", "")
    with pytest.raises(SkillscaleError, match="name one twice"):
        ask("garden", "own,own", "")
    with pytest.raises(SkillscaleError, match="seeds are 0 or more"):
        ask("garden", "own", "", "--world-seed", "-1")
