"""Ways of asking in English, held against a model whose messages are given: what it reads, what counts as its answer, what is missing."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.experiments.thinking.english_ways import ENGLISH, FORCED
from skillscale.experiments.thinking.finding_answers import answer_alone, marked_answer, pocket_result, same_answer
from skillscale.experiments.thinking.prompting import TEMPLATES, prompt_version, questions_in, rendered
from skillscale.experiments.thinking.talking import Limits, Problem, Talk, Tried
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.tasks.puzzles import PUZZLES

KIND = PUZZLES["word-problem"]
PUZZLE, OTHER = (KIND.make(np.random.default_rng(seed), 3) for seed in (0, 1))
STATED = KIND.state(PUZZLE)


@dataclass(slots=True)
class Student:
    """Says what `says` gives for the messages; remembers the calls."""

    says: Callable[[Sequence[Message]], Reply | str]
    calls: list[Call] = field(default_factory=list[Call])

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        said = self.says(call.messages)
        return said if isinstance(said, Reply) else Reply(text=said, input_tokens=10, output_tokens=1)


def asked(way: str, student: Student, *, prefills: bool = True) -> list[Tried]:
    talk = Talk(
        ask=student,
        model="openai/m",
        base_url=None,
        kind=KIND,
        problem=Problem(number=4, difficulty=3, puzzle=PUZZLE, examples=((OTHER, "17"),)),
        way=way,
        sample=2,
        seed=0,
        temperature=0.7,
        limits=Limits(max_tokens=100, budgets=(5, 20), revisions=2),
        prefills=prefills,
    )
    return asyncio.run(ENGLISH[way](talk))


@pytest.mark.parametrize("way", ["direct", "zero-shot", "worked"])
def test_a_question_of_one_message_is_the_puzzle_and_how_to_go_about_it(way: str) -> None:
    student = Student(lambda _: "Answer: 12")
    (tried,) = asked(way, student)
    (call,) = student.calls
    assert [one.role for one in call.messages] == ["user"] and call.messages[0].content.startswith(STATED)
    assert ("step by step" in call.messages[0].content) == (way == "worked")
    assert ("nothing else" in call.messages[0].content) == (way == "direct")
    assert tried.found is not None and tried.found.answer == "12" and call.draw == f"s0/p004/{way}/t0#2"


def test_few_shot_shows_other_puzzles_with_their_answers_as_an_earlier_conversation() -> None:
    student = Student(lambda _: "12")
    (tried,) = asked("few-shot", student)
    roles = [(one.role, one.content) for one in student.calls[0].messages]
    assert roles == [("user", KIND.state(OTHER)), ("assistant", "Answer: 17"), ("user", STATED)]
    assert tried.found is not None and tried.found.answer == "12"


def test_least_to_most_asks_each_question_in_turn_and_then_the_whole() -> None:
    says = iter(["1. How many first?\n2. **And then?**", "Five.", "Nine.", "So it is 9.\nAnswer: 9"])
    student = Student(lambda _: next(says))
    (tried,) = asked("least-to-most", student)
    last = [one.content for one in student.calls[-1].messages]
    assert "How many first?" in last[2] and "And then?" in last[4] and last[3] == "Five." and last[5] == "Nine."
    assert last[-1] == rendered("compose") and len(student.calls) == 4 == len(tried.replies)
    assert tried.found is not None and tried.found.answer == "9"
    assert len({call.draw for call in student.calls}) == 4


def test_least_to_most_without_questions_asks_the_whole_and_a_missing_turn_ends_it() -> None:
    says = iter(["I need no questions.", "Answer: 3"])
    (tried,) = asked("least-to-most", Student(lambda _: next(says)))
    assert tried.found is not None and tried.found.answer == "3" and len(tried.replies) == 2
    broken = iter(["1. What?", Reply(text=None, missing="500: down")])
    (tried,) = asked("least-to-most", Student(lambda _: next(broken)))
    assert tried.said is None and tried.found is None and tried.missing == "500: down"


def test_the_calculator_works_out_what_is_asked_on_a_line_of_its_own() -> None:
    says = iter(["I need\nCALC(6 * 7)", "Answer: 42"])
    student = Student(lambda _: next(says))
    (tried,) = asked("calculator", student)
    assert [one.content for one in student.calls[1].messages][1:] == ["I need\nCALC(6 * 7)", "= 42"]
    assert tried.found is not None and tried.found.answer == "42" and len(tried.replies) == 2


def test_every_round_of_revisions_is_a_curve_and_costs_what_came_before_it() -> None:
    says = iter(["Answer: 1", "No.\nAnswer: 2", Reply(text=None, missing="timeout")])
    rounds = asked("revise", Student(lambda _: next(says)))
    assert [one.way for one in rounds] == ["revise 0", "revise 1", "revise 2"]
    assert [one.found and one.found.answer for one in rounds] == ["1", "2", None]
    assert rounds[2].missing == "timeout" and [len(one.replies) for one in rounds] == [1, 2, 3]


def test_a_thought_is_cut_at_its_budget_and_the_answer_is_forced() -> None:
    def says(messages: Sequence[Message]) -> Reply:
        if messages[-1].role == "assistant":
            return Reply(text=" 8", input_tokens=30, output_tokens=1)
        return Reply(text="I think of 8 and", cut=True, input_tokens=20, output_tokens=5)

    student = Student(says)
    five, twenty = asked("budget", student)
    assert [one.way for one in (five, twenty)] == ["budget 5", "budget 20"]
    assert student.calls[0].max_tokens == 5 and student.calls[2].max_tokens == 20
    assert student.calls[1].messages[-1] == Message(role="assistant", content=f"I think of 8 and{FORCED}")
    assert five.found is not None and five.found.answer == "8" and five.said == f"I think of 8 and{FORCED} 8"


def test_a_budget_that_was_not_needed_forces_nothing_and_without_prefill_it_is_missing() -> None:
    student = Student(lambda _: "Short.\nAnswer: 5")
    tried = asked("budget", student)
    assert len(student.calls) == 2 and all(one.found is not None and one.found.answer == "5" for one in tried)
    nobody = Student(lambda _: "Answer: 5")
    tried = asked("budget", nobody, prefills=False)
    assert nobody.calls == [] and all("message of the model's own" in (one.missing or "") for one in tried)


@pytest.mark.parametrize(
    ("said", "cut", "answer", "why"),
    [
        ("So.\nAnswer: 7", False, "7", None),
        ("So.\n**Final answer:** 7", False, "7", None),
        ("So it is 7.", False, None, "no line begins with Answer:"),
        ("", False, None, "no line begins with Answer:"),
        ("Answer:\n\n", False, None, "nothing stands after Answer:"),
        ("So.\nAnswer: 7", True, None, "it was cut off within the answer"),
        ("So.\nAnswer: 7\n\nFor one could als", True, "7", None),
        ("So it is", True, None, "it was cut off before an answer"),
        ("Answer: 7\nNo, wait.\nAnswer: 8", False, "8", None),
    ],
)
def test_which_answer_stands_in_a_worked_message(said: str, cut: bool, answer: str | None, why: str | None) -> None:
    found = marked_answer(said, cut=cut)
    assert (found.answer, found.why_none) == (answer, why)


def test_a_message_that_was_asked_for_the_answer_alone_may_be_it() -> None:
    assert answer_alone("9.8").answer == "9.8" and answer_alone("Answer: 9.8").answer == "9.8"
    assert answer_alone("9.", cut=True).answer is None and answer_alone(" ").why_none == "nothing was said"
    assert answer_alone("Let me think.\n\nIt is 9.8").why_none == "no line begins with Answer:"
    assert pocket_result(" lamp fern = fern\n").answer == "fern" and pocket_result("lamp fern").answer is None


@given(st.text(max_size=60), st.text(alphabet="0123456789ab .", min_size=1, max_size=20), st.text(max_size=40))
def test_what_is_cut_off_has_an_answer_only_if_going_on_could_not_change_it(
    before: str, answer: str, more: str
) -> None:
    said = f"{before}\nAnswer: {answer}"
    found = marked_answer(said, cut=True)
    if found.answer is not None:  # then whatever follows on the same line changes nothing
        assert marked_answer(f"{said}{more.replace(chr(10), ' ')}").answer == found.answer


def test_votes_join_spellings_and_questions_are_bounded() -> None:
    assert same_answer("  Fern. ") == same_answer("fern") != same_answer("rose")
    assert same_answer("a  b\n\nC") == "a b\nc"
    assert questions_in("Sure:\n1. A?\n- 2) B?\n3: C?") == ["A?", "B?", "C?"]
    assert (
        len(questions_in("\n".join(f"{i}. Q" for i in range(1, 40)))) == 6
        and len(questions_in("1. " + "x" * 10_000)[0]) == 500
    )


# A changed word is another prompt, whose scores are not comparable: give VERSION another number and add its line here.
VERSIONS = {"1": "4163649480001d29"}


def test_the_version_of_the_prompts_is_that_of_their_words() -> None:
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(TEMPLATES.glob("*.jinja")):
        digest.update(file.name.encode() + file.read_bytes())
    assert VERSIONS[prompt_version()] == digest.hexdigest()
