"""`skillscale think verify`: what programs rely on."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands
from skillscale.errors import SkillscaleError

CLUES = "1234341.21434321"


def ask(*words: str, code: int = 0, said: str | None = None) -> str:
    """What the command prints. A user's mistake is raised."""
    done = CliRunner().invoke(commands, ["think", "verify", *words], input=said)
    if isinstance(done.exception, SkillscaleError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def json_of(*words: str, code: int = 0, said: str | None = None) -> Any:
    return json.loads(ask(*words, "--json", code=code, said=said))


def test_a_right_answer_and_a_wrong_one() -> None:
    asked = ("--task", "sudoku4", "--puzzle", CLUES, "--answer")
    found = json_of(*asked, "1234 3412 2143 4321")
    assert found["valid"] is True and found["task"] == "sudoku4" and found["puzzle"]["grid"] == CLUES
    wrong = json_of(*asked, "1234 3413 2143 4321", code=1)
    assert wrong["valid"] is False and "twice" in wrong["reason"]
    assert ask(*asked, CLUES, code=1) == "not valid: 1 cell is empty.\n"


def test_an_answer_in_free_text_from_standard_input() -> None:
    asked = ("--task", "comparison", "--puzzle", '{"left": "9.11", "right": "9.8"}', "--answer", "-")
    assert json_of(*asked, said="11 > 8, but tenths first.\nAnswer: 9.8\n")["answer"] == "9.8"
    assert "smaller" in json_of(*asked, said="Answer: 9.11", code=1)["reason"]


def test_a_puzzle_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "puzzle.json"
    path.write_text('{"kind": "countdown", "numbers": [3, 4, 5], "target": 35}')
    assert json_of("--task", "countdown", "--puzzle", str(path), "--answer", "(3 + 4) × 5 = 35")["valid"]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SkillscaleError, match="UTF-8"):
        ask("--task", "countdown", "--puzzle", str(path), "--answer", "1")


@pytest.mark.parametrize(
    ("task", "puzzle", "sentence"),
    [
        ("chess", "x", "No puzzle is called 'chess'"),
        ("sudoku4", "11..............", "contradicts itself: row 1 has 1 twice"),
        ("sudoku4", CLUES.replace(".", "2"), "no empty cell"),
        ("sudoku9", CLUES, "81 characters"),
        ("countdown", '{"numbers": [3, 4], "target": 4}', "one of the numbers"),
        ("countdown", '{"numbers": [3, 4], "target": "x"}', "target must be a whole number"),
        ("comparison", '{"left": "9.10", "right": "9.1"}', "are equal"),
    ],
)
def test_a_bad_puzzle_is_one_sentence(task: str, puzzle: str, sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence):
        ask("--task", task, "--puzzle", puzzle, "--answer", "1")
