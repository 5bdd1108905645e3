"""Every way to ask for a chain: what is read, what counts as right, what it costs. Asked of a student whose answers are known."""

from collections.abc import Sequence
from typing import Any

import pytest

from skillscale.experiments.thinking.problems import ChainProblem
from skillscale.experiments.thinking.ways import (
    direct,
    few_shot,
    forced,
    least_to_most,
    revised,
    sampled,
    worked,
)
from skillscale.models.sampling import Sample

TABLE = {"babo": {"rose": "lamp", "fern": "drum"}, "keto": {"lamp": "fern", "drum": "bell"}}
TWO = ChainProblem(k=2, count="two", customs=("babo", "keto"), symbol="rose", values=("lamp", "fern"))
THREE = ChainProblem(
    k=3, count="three", customs=("babo", "keto", "babo"), symbol="rose", values=("lamp", "fern", "drum")
)


class Student:
    """Knows single customs; answers a chain at once with `guess`; gets worked step `slip` wrong at its first attempt only."""

    def __init__(self, guess: str = "fern", slip: int | None = None) -> None:
        self.guess, self.slip, self.read = guess, slip, list[tuple[str, ...]]()

    def sample(
        self, readings: Sequence[tuple[str, ...]], *, n: int, temperature: float, seed: int, max_new_tokens: int
    ) -> list[list[Sample]]:
        self.read += readings
        return [[self._said(reading, i, max_new_tokens) for i in range(n)] for reading in readings]

    def _said(self, reading: tuple[str, ...], i: int, most: int) -> Sample:
        words = reading[-1].split()
        if words[0] == "one":
            said = [TABLE[words[1]].get(words[2], "bell")]
        elif words[-1] == ":":
            said = self._chain(words[1:-2], words[-2], slips=len(reading) == 1 and i % 2 == 0)
        else:
            said = [words[-2] if ":" in words and words[-2] != ":" else self.guess]
        said = said[:most]
        n_context = 1 + sum(len(text.split()) + 1 for text in reading[:-1]) + len(words)
        return Sample(text=" " + " ".join(said), tokens=tuple(range(len(said))), logprob=-1.0, n_context=n_context)

    def _chain(self, customs: list[str], value: str, *, slips: bool) -> list[str]:
        steps: list[str] = []
        for place, custom in enumerate(customs):
            value = "bell" if slips and place == self.slip else TABLE[custom].get(value, "bell")
            steps.append(value)
        return [*steps, "=", value]


def ask(function: Any, *args: Any, **more: Any) -> Any:
    return function(*args, **more)


def test_the_answer_at_once_is_one_word_after_the_question() -> None:
    student = Student(guess="fern")
    tries = ask(direct, student, [TWO, THREE])
    assert student.read == [("two babo keto rose =",), ("three babo keto babo rose =",)]
    assert [one.right for one in tries] == [True, False]
    assert [(one.n_read, one.n_later) for one in tries] == [(6, 0), (7, 0)]


def test_a_worked_chain_is_judged_by_its_result_and_apart_by_all_its_steps() -> None:
    assert [(one.right, one.steps_right) for one in ask(worked, Student(), [TWO, THREE])] == [(True, True)] * 2
    assert [(one.right, one.steps_right) for one in ask(worked, Student(slip=1), [TWO])] == [(False, False)]
    lucky = ChainProblem(k=2, count="two", customs=("babo", "keto"), symbol="rose", values=("drum", "bell"))
    (one,) = ask(worked, Student(slip=0), [lucky])  # bell, then keto of bell: bell
    assert (one.right, one.steps_right) == (True, False)


def test_examples_are_other_chains_of_as_many_customs_with_their_answers() -> None:
    student = Student()
    other = [ChainProblem(k=2, count="two", customs=("keto", "babo"), symbol=s, values=("fern", "drum")) for s in "abc"]
    ask(few_shot, student, [TWO], [*other, THREE], 0)
    at_once, steps = student.read
    assert len(at_once) == len(steps) == 3
    assert at_once[-1] == TWO.direct and all(text.endswith("= drum") and ":" not in text for text in at_once[:-1])
    assert steps[-1] == TWO.worked and all(text.endswith(": fern drum = drum") for text in steps[:-1])
    assert len(set(at_once[:-1])) == 2


def test_least_to_most_goes_on_from_its_own_answers_and_pays_for_each_question() -> None:
    student = Student()
    (one,) = ask(least_to_most, student, [THREE])
    assert student.read == [("one babo rose =",), ("one keto lamp =",), ("one babo fern =",)]
    assert one.said == "lamp fern drum" and one.right and one.steps_right
    assert one.n_read == 15
    odd = ChainProblem(k=2, count="two", customs=("keto", "babo"), symbol="rose", values=("rose", "lamp"))
    (wrong,) = ask(least_to_most, student, [odd])
    assert student.read[-1] == ("one babo bell =",)
    assert wrong.right is False


def test_a_chain_broken_off_is_finished_by_force() -> None:
    student = Student(guess="fern")
    chains = ask(worked, student, [THREE])
    tries = ask(forced, student, [THREE], chains)
    assert student.read[1:] == [
        ("three babo keto babo rose : =",),
        ("three babo keto babo rose : lamp =",),
        ("three babo keto babo rose : lamp fern =",),
    ]
    assert [(one.sample, one.right) for one in tries] == [(0, False), (1, False), (2, False)]


def test_a_revision_reads_the_own_attempts() -> None:
    student = Student(slip=0)
    tries = ask(revised, student, [TWO])
    assert [one.right for one in tries] == [False, True, True]
    assert student.read[1] == ("two babo keto rose : bell bell = bell", "two babo keto rose :")
    assert len(student.read[2]) == 3


def test_every_sample_is_a_try_of_its_own() -> None:
    tries = ask(sampled, Student(slip=1), [TWO, THREE], n=4, temperature=1.0, seed=0)
    assert [(one.problem, one.sample) for one in tries] == [(p, s) for p in (0, 1) for s in range(4)]
    assert [one.right for one in tries if one.problem == 0] == [False, True, False, True]


def test_what_cannot_be_asked_is_missing_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    student = Student()
    monkeypatch.setattr(student, "_said", lambda *_: Sample(missing="too long", n_context=99))
    for tries in (ask(direct, student, [TWO]), ask(worked, student, [TWO]), ask(least_to_most, student, [TWO])):
        assert [(one.said, one.right, one.missing) for one in tries] == [(None, None, "too long")]
    assert ask(forced, student, [TWO], ask(worked, student, [TWO])) == []
