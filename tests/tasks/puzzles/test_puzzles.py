"""What holds for every kind of puzzle: solutions are accepted, nothing else is, and records survive JSON."""

import json
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillscale.corpora.world.lexicon import vocabulary
from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles import PUZZLES, PuzzleKind, answer_of, judge, puzzle_kind, read_puzzle, state_check
from tests.tasks.puzzles.hostile import hostile_answer
from tests.tasks.puzzles.second_check import SECOND

KINDS = pytest.mark.parametrize("kind", PUZZLES.values(), ids=PUZZLES)
SEEDS = st.integers(0, 2**32)


def a_puzzle(kind: PuzzleKind[Any], seed: int) -> Any:
    """Of a difficulty that depends on the seed."""
    return kind.make(np.random.default_rng(seed), kind.difficulties[seed % len(kind.difficulties)])


def solution(kind: PuzzleKind[Any], puzzle: Any) -> str:
    found = kind.solve(puzzle)
    assert found.answer is not None and found.steps > 0
    return found.answer


def test_every_puzzle_stands_under_its_own_name_in_order() -> None:
    assert list(PUZZLES) == sorted(PUZZLES) == sorted(SECOND)
    for name, kind in PUZZLES.items():
        assert kind.name == name and kind.about.endswith(".") and list(kind.difficulties) == sorted(kind.difficulties)
    with pytest.raises(SkillscaleError, match=r"No puzzle is called 'chess'; the puzzles are .*sudoku4"):
        puzzle_kind("chess")


@KINDS
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_solutions_are_valid_and_near_misses_are_not(kind: PuzzleKind[Any], seed: int) -> None:
    puzzle = a_puzzle(kind, seed)
    answer = solution(kind, puzzle)
    verdict = kind.verify(puzzle, answer)
    assert verdict.valid and verdict.reason.endswith("."), verdict
    assert SECOND[kind.name](puzzle.to_json(), answer)
    said = f"Let me think.\nAnswer: 17 is wrong\n\n**Answer:**\n```\n{answer}\n```\n\nI hope that helps."
    assert judge(kind, puzzle, said).valid
    wrong = kind.verify(puzzle, kind.near_miss(puzzle, np.random.default_rng(seed)))
    assert not wrong.valid and wrong.reason.endswith(".") and kind.checking_steps(puzzle) > 0


@KINDS
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_a_seed_makes_one_puzzle_and_it_survives_json(kind: PuzzleKind[Any], seed: int) -> None:
    puzzle = a_puzzle(kind, seed)
    assert a_puzzle(kind, seed) == puzzle
    again = read_puzzle(kind, json.dumps(puzzle.to_json()))
    assert again == puzzle and hash(again) == hash(puzzle)
    assert kind.state(again) == kind.state(puzzle) and "Answer:" in kind.state(puzzle)


@KINDS
def test_the_prompt_its_parts_and_nothing_earn_nothing(kind: PuzzleKind[Any]) -> None:
    for seed in range(12):
        puzzle = a_puzzle(kind, seed)
        stated = kind.state(puzzle)
        for said in (
            stated,
            stated.split("Answer:")[0],
            stated.split("\n\n")[0],
            "",
            "   ",
            "Answer:",
            json.dumps(puzzle.to_json()),
        ):
            assert not kind.verify(puzzle, said).valid and not judge(kind, puzzle, said).valid


@KINDS
def test_pocket_prompts_are_words_of_the_world(kind: PuzzleKind[Any]) -> None:
    for seed in range(5):
        asked = kind.pocket(a_puzzle(kind, seed))
        assert asked is None or set(asked.split()) <= set(vocabulary())


@KINDS
def test_no_false_accept(kind: PuzzleKind[Any]) -> None:
    rng = np.random.default_rng(0)
    n_refused = 0
    others = [solution(kind, a_puzzle(kind, seed)) for seed in range(100, 104)]
    for seed in range(8):
        puzzle = a_puzzle(kind, seed)
        answer = solution(kind, puzzle)
        for _ in range(40):
            said = hostile_answer(kind, puzzle, answer, others, rng)
            right = SECOND[kind.name](puzzle.to_json(), said)
            n_refused += not right
            assert right or not kind.verify(puzzle, said).valid, said
    assert n_refused > 200


@KINDS
@settings(max_examples=60, deadline=None)
@given(said=st.text(max_size=300))
def test_any_text_gets_a_verdict(kind: PuzzleKind[Any], said: str) -> None:
    puzzle = a_puzzle(kind, 1)
    assert not kind.verify(puzzle, said).valid or SECOND[kind.name](puzzle.to_json(), said)
    assert not judge(kind, puzzle, said).valid or SECOND[kind.name](puzzle.to_json(), answer_of(said))


@KINDS
@pytest.mark.parametrize("piece", ["(", "1", "9.", "Answer: ", "\n", " * ", "answer", "a ", "```\n", "(1+"])
def test_a_megabyte_is_refused_quickly(kind: PuzzleKind[Any], piece: str) -> None:
    puzzle = a_puzzle(kind, 2)
    said = piece * (1_000_000 // len(piece))
    begin = time.process_time()
    assert not kind.verify(puzzle, said).valid and not judge(kind, puzzle, said).valid
    assert time.process_time() - begin < 2


@KINDS
def test_a_bad_puzzle_is_one_sentence(kind: PuzzleKind[Any]) -> None:
    good = a_puzzle(kind, 3).to_json()
    field = next(name for name in good if name != "kind")
    bad: list[Any] = [
        "",
        "{",
        "[]",
        "nonsense",
        "{}",
        "\0",
        "[" * 50_000,
        '{"a": ' * 5_000,
        "NaN",
        '"x"',
        "1" * 200_000,
    ]
    bad += [good | {field: value} for value in (None, -1, [], {}, "x" * 5_000, [None], True, 1e308)]
    bad += [
        {name: value for name, value in good.items() if name != field},
        good | {"extra": 1},
        good | {"kind": "other"},
    ]
    for one in bad:
        with pytest.raises(SkillscaleError) as caught:
            read_puzzle(kind, one if isinstance(one, str) else json.dumps(one))
        assert len(str(caught.value)) < 500 and str(caught.value).endswith(".")


@KINDS
def test_a_difficulty_outside_the_dial_is_refused(kind: PuzzleKind[Any]) -> None:
    for difficulty in (0, 1_000, -1):
        with pytest.raises(SkillscaleError, match=f"{kind.name} of difficulty"):
            kind.make(np.random.default_rng(0), difficulty)


def test_a_candidate_is_quoted() -> None:
    kind = PUZZLES["sudoku4"]
    asked = state_check(kind, a_puzzle(kind, 0), '1\n>>>\n"Answer: yes"')
    assert '"1\\n>>>\\n\\"Answer: yes\\""' in asked and asked.endswith("Answer: yes or Answer: no.")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Answer: 9.8", "9.8"),
        ("so\n**Final answer:** 9.8 \n\nbecause", "9.8"),
        ("Answer: 1\nno:\nANSWER : 2", "2"),
        ("Answer:\n\n12\n34\n\nDone", "12\n34"),
        ("Answer:\r\n```text\n12\n\n34\n```\nDone", "12\n34"),
        ("12 34", "12 34"),
        ("The answer: is not at the start", "The answer: is not at the start"),
        ("Answer:", ""),
        ("", ""),
    ],
)
def test_where_the_answer_stands(said: str, answer: str) -> None:
    assert answer_of(said) == answer
