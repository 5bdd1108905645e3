"""The protocol: two turns, gradings of their own, and a reason wherever something is missing."""

import asyncio
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.experiments.skill_mix.protocol import (
    Generation,
    Graded,
    Settings,
    grade,
    read_generation,
    refuse_self_grading,
    write,
)
from skillscale.models.hosted.calling import Call, Reply
from skillscale.tasks.skill_mix.asked import Asked, asked_of
from skillscale.tasks.skill_mix.draw import draw
from skillscale.tasks.skill_mix.grading import read_gradings
from skillscale.tasks.skill_mix.grading_line import grading_line
from skillscale.tasks.skill_mix.kind import Decided
from skillscale.tasks.skill_mix.kinds import KINDS
from skillscale.tasks.skill_mix.library import read_library
from skillscale.tasks.skill_mix.text_kind import TextKind
from tests.experiments.skill_mix.actors import Actors, Said, verdicts
from tests.tasks.skill_mix.combinations import asked

TWO = asked()
ROPE = "The rope is a river."


def written(actors: Actors, of: Asked = TWO, settings: Settings | None = None) -> Generation:
    return asyncio.run(write(actors, of, model="acme/m", settings=settings or Settings(), generation=1))


def judged(actors: Actors, generation: Generation, of: Asked = TWO, grading: int = 0, **changes: object) -> Graded:
    settings = replace(Settings(), **changes)
    return asyncio.run(grade(actors, generation, of, grader="other/g", settings=settings, grading=grading))


def test_a_text_is_written_and_then_improved() -> None:
    turns = iter(["Answer: A draft.\nExplanation: x", f"Answer: {ROPE}\nExplanation: y"])
    actors = Actors(student=lambda call: next(turns))
    found = written(actors)
    assert found.text == ROPE and found.missing is None and found.decided is not None
    first, second = actors.calls
    assert [one.role for one in second.messages] == ["user", "assistant", "user"]
    assert second.messages[:1] == first.messages and second.messages[1].content == "Answer: A draft.\nExplanation: x"
    assert (first.draw, second.draw) == ("s7-k2-0/g1/write", "s7-k2-0/g1/improve")
    assert {(one.model, one.temperature, one.max_tokens, one.schema) for one in actors.calls} == {
        ("acme/m", 0.7, 4096, None)
    }
    assert [one.text for one in found.turns] == ["Answer: A draft.\nExplanation: x", f"Answer: {ROPE}\nExplanation: y"]
    assert [(one.input_tokens, one.output_tokens, one.cost_usd) for one in found.turns] == [(10, 5, 0.25)] * 2


def test_without_the_second_turn_the_first_one_counts_and_is_told_its_length() -> None:
    actors = Actors()
    assert written(actors, settings=Settings(improve=False)).text == ROPE
    assert len(actors.calls) == 1 and "one sentence at most" in actors.calls[0].messages[0].content


DRAFT = "Answer: A draft.\nExplanation: x"


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ((Reply(text=None, missing="500: a bug"),), "500: a bug"),
        ((" \n",), "an empty answer"),
        ((DRAFT, Reply(text=None, missing="no answer within 60 s")), "no answer within 60 s"),
        ((DRAFT, ""), "an empty answer"),
        ((DRAFT, "It is fine as it is."), "no 'Answer:'"),
        ((DRAFT, "Answer:\nExplanation: x"), "nothing between"),
        ((DRAFT, Reply(text="Answer: The rope is", cut=True)), "cut off"),
    ],
)
def test_a_text_that_failed_is_missing_and_not_the_first_one(turns: tuple[Said, ...], why: str) -> None:
    said = iter(turns)
    actors = Actors(student=lambda call: next(said))
    found = written(actors)
    assert found.text is None and found.decided is None and found.missing is not None and why in found.missing
    assert len(found.turns) == len(actors.calls) == len(turns)
    graded = judged(actors, found)
    assert len(actors.calls) == len(turns) and graded.replies == ()  # no grader was asked
    assert graded.grading.judged == (None,) * 4 and graded.grading.short_enough is None
    assert graded.grading.missing == f"no text: {found.missing}"


def test_a_first_turn_that_is_cut_off_can_still_be_improved() -> None:
    turns = iter([Reply(text="Well, let me th", cut=True), f"Answer: {ROPE}\nExplanation: y"])
    assert written(Actors(student=lambda call: next(turns))).text == ROPE


def test_half_a_pair_of_surrogates_goes_no_further() -> None:
    actors = Actors(student=lambda call: "Answer: A \ud800 rope.\nExplanation: x")
    found = written(actors)
    assert found.text == "A \ufffd rope."
    assert all(message.content.encode() for call in actors.calls for message in call.messages)


def test_a_text_is_graded_by_position() -> None:
    actors = Actors(grader=lambda call: verdicts(call, skill_2=0))
    graded = judged(actors, written(actors), grading=2)
    one = graded.grading
    assert one.judged == (1, 0, 1, 1) and one.short_enough == 1 and one.missing is None
    assert (one.model, one.grader, one.generation, one.grading) == ("acme/m", "other/g", 1, 2)
    assert (one.combination, one.k, one.topic, one.skills) == ("s7-k2-0", 2, "Knots", ("metaphor", "red herring"))
    assert one.text == ROPE and graded.reasons["skill_2"] == "of skill_2"
    call = actors.calls[-1]
    assert call.model == "other/g" and len(actors.calls) == 3 and len(graded.replies) == 1
    assert ROPE in call.messages[0].content and len(call.messages) == 1
    assert "acme" not in call.messages[0].content  # the grader does not know whose text it is


def test_the_length_is_counted_and_not_asked() -> None:
    actors = Actors(student=lambda call: "Answer: It rained. We went.\nExplanation: x")
    graded = judged(actors, written(actors))
    assert graded.grading.short_enough == 0 and graded.reasons["short_enough"] == "2 sentences, and 1 may be"
    assert all("short_enough" not in str(call.schema) for call in actors.calls)


@pytest.mark.parametrize("nonsense", ["I will not.", "{}", '{"skill_1": 1}', "```json\n{\n```"])
def test_what_cannot_be_read_is_asked_once_more_and_then_missing(nonsense: str) -> None:
    actors = Actors(grader=lambda call: nonsense)
    generation = written(actors)
    graded = judged(actors, generation)
    first, again = actors.calls[2:]
    assert graded.grading.judged == (None,) * 4 and len(graded.replies) == 2
    assert graded.grading.missing is not None and graded.grading.missing.startswith("unreadable twice: ")
    assert (first.draw, again.draw) == ("s7-k2-0/g1/acme/m/r0", "s7-k2-0/g1/acme/m/r0/again")
    assert "could not be read: there is no JSON object" in again.messages[0].content
    assert nonsense not in again.messages[0].content or nonsense == "{}"
    assert first.schema == again.schema


def test_the_second_answer_counts_where_the_first_could_not_be_read() -> None:
    answers = iter([Reply(text='{"skill_1": {"reason": "so long', cut=True), None])
    actors = Actors(grader=lambda call: next(answers) or verdicts(call))
    graded = judged(actors, written(actors))
    assert graded.grading.judged == (1, 1, 1, 1) and graded.grading.missing is None and len(graded.replies) == 2
    assert "cut off at the largest number of tokens" in actors.calls[-1].messages[0].content


def test_a_grader_that_cannot_be_reached_is_not_asked_again_here() -> None:
    """Whoever answers calls has retried by then."""
    actors = Actors(grader=lambda call: Reply(text=None, missing="429: slow down"))
    graded = judged(actors, written(actors))
    assert graded.grading.missing == "grader: 429: slow down" and len(actors.calls) == 3


def test_each_grading_is_a_call_of_its_own() -> None:
    actors = Actors()
    generations = [replace(written(actors), generation=g, model=m) for g in range(3) for m in ("acme/m", "acme/n")]
    del actors.calls[:]
    for generation in generations:
        for r in range(3):
            judged(actors, generation, grading=r)
    assert len({call.key for call in actors.calls}) == len(actors.calls) == 18


def test_points_that_a_program_decides_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deciding(TextKind):
        def decide(self, text: str, skills: object) -> Decided:
            reasons = {"red herring": "no such node", "makes_sense": "does not run"}
            return Decided(skills={"red herring": 0}, makes_sense=0, short_enough=1, reasons=reasons)

    monkeypatch.setitem(KINDS, "text", Deciding())
    actors = Actors()
    graded = judged(actors, written(actors))
    schema = actors.calls[-1].schema
    assert schema is not None and list(schema["properties"]) == ["skill_1", "on_topic"]
    assert graded.grading.judged == (1, 0, 1, 0)
    assert graded.reasons == {
        "skill_1": "of skill_1",
        "on_topic": "of on_topic",
        "skill_2": "no such node",
        "makes_sense": "does not run",
    }


def test_names_may_be_those_of_points() -> None:
    """A library may call its skills what it likes."""
    of = asked("on_topic", "makes_sense", "skill_1", "short_enough")
    actors = Actors(grader=lambda call: verdicts(call, 0, skill_2=1, on_topic=1))
    graded = judged(actors, written(actors, of), of)
    assert graded.grading.points == (0, 1, 0, 0) and (graded.grading.on_topic, graded.grading.makes_sense) == (1, 0)


@pytest.mark.parametrize("name", ['a, b, and "c"', "{{ 7 * 7 }}", "skill_2", '"}', "x\\"])
def test_a_grading_survives_its_file_whatever_skills_are_called(tmp_path: Path, name: str) -> None:
    of = asked(name, "red herring")
    actors = Actors(grader=lambda call: verdicts(call, skill_2=0))
    missed = Actors(grader=lambda call: "no")
    generation = written(actors, of)
    gradings = [
        replace(judged(one, generation, of, grading=r).grading, public=False, model_family="acme")
        for r, one in enumerate((actors, missed))
    ]
    file = tmp_path / "gradings.jsonl"
    file.write_text("".join(json.dumps(grading_line(one)) + "\n" for one in gradings))
    assert read_gradings(file) == gradings


def test_a_grading_without_text_survives_its_file(tmp_path: Path) -> None:
    actors = Actors(student=lambda call: "no")
    one = judged(actors, written(actors)).grading
    file = tmp_path / "gradings.jsonl"
    file.write_text(json.dumps(grading_line(one)))
    assert read_gradings(file) == [one]


@pytest.mark.parametrize("length", [0, 1])
def test_a_length_that_was_not_counted_in_sentences_survives_beside_the_text(tmp_path: Path, length: int) -> None:
    """As of code, whose statements are no sentences."""
    actors = Actors()
    one = replace(judged(actors, written(actors)).grading, short_enough=length, kind="code")
    file = tmp_path / "gradings.jsonl"
    file.write_text(json.dumps(grading_line(one)))
    assert read_gradings(file) == [one]


def test_a_text_can_be_read_again_from_its_turns() -> None:
    actors = Actors()
    one = written(actors)
    again = asyncio.run(read_generation(TWO, one.turns, model="acme/m", settings=Settings(), generation=1))
    assert again == one


def test_combinations_are_named_apart() -> None:
    library = read_library()
    drawn = draw(library, seed=7, ks=(2, 3), combinations=12)
    found, private = asked_of(drawn, library, public=True), asked_of(drawn, library, public=False)
    assert len({one.combination for one in (*found, *private)}) == 48
    assert found[3].combination == "s7-k2-03" and private[3].combination == "private-s7-k2-03"
    assert found[3].pair == found[15].pair == "s7-03" and found[15].k == 3
    assert found[15].skills[:2] == found[3].skills and found[15].topic == found[3].topic
    with pytest.raises(SkillscaleError, match="no skill"):
        asked_of(drawn, replace(library, skills=library.skills[:3]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"generations": 0}, "0 generations were asked for"),
        ({"gradings": -1}, "-1 gradings"),
        ({"max_tokens": 0}, "0 max_tokens"),
        ({"temperature": 2.5}, "temperature 2.5"),
        ({"grader_temperature": float("nan")}, "grader_temperature nan"),
        ({"kind": "verse"}, "no kind 'verse'"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence):
        Settings(**changes)  # pyright: ignore[reportArgumentType]


def test_settings_know_the_version_of_their_prompts() -> None:
    assert Settings().prompts == "1"


@pytest.mark.parametrize(
    ("model", "graders", "sentence"),
    [
        ("openai/gpt-4o", [], "No grader was given"),
        ("openai/gpt-4o", ["openai/gpt-4o"], "would be graded by itself"),
        ("openai/gpt-4o", ["anthropic/c", "openrouter/openai/GPT-4o"], r"itself \(openrouter/openai/GPT-4o\)"),
        ("openai/gpt-4o", ["anthropic/c", "anthropic/c"], "stands twice"),
    ],
)
def test_a_model_does_not_grade_itself_unasked(model: str, graders: list[str], sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence):
        refuse_self_grading(model, graders)


def test_a_model_grades_itself_where_that_is_asked() -> None:
    refuse_self_grading("openai/gpt-4o", ["openai/gpt-4o"], allow=True)
    refuse_self_grading("openai/gpt-4o-mini", ["openai/gpt-4o"])
    with pytest.raises(SkillscaleError, match="No grader"):
        refuse_self_grading("openai/gpt-4o", [], allow=True)


def test_a_generation_has_a_text_or_a_reason() -> None:
    one = written(Actors())
    for changes in ({"text": None}, {"missing": "why"}, {"decided": None}):
        with pytest.raises(ValueError, match="a generation has"):
            replace(one, **changes)


@dataclass(slots=True)
class Counting:
    """A grader with a state, to show that gradings are not copies."""

    n: int = 0

    def __call__(self, call: Call) -> str:
        self.n += 1
        return verdicts(call, skill_1=self.n % 2)


def test_gradings_may_differ() -> None:
    actors = Actors(grader=Counting())
    generation = written(actors)
    assert [judged(actors, generation, grading=r).grading.points[0] for r in range(3)] == [1, 0, 1]
