"""The prompts of `skillscale think run` in English: Jinja templates (prompts/) with one version for all of them.

All but `part`, `compose` and `revise`, which go on with a conversation, are given `puzzle`, as its kind states it; it says itself that the answer
stands after `Answer:`. `decompose` is also given `most`, `part` one `question`, `check` a proposed `answer`, quoted, and the `tag` around it. What is
put in is never read as a template.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from skillscale.tasks.skill_mix.quoting import quoted, tag_of

TEMPLATES = Path(__file__).parent / "prompts"
MOST_QUESTIONS = 6  # that a puzzle is divided into
LONGEST_QUESTION = 500  # characters
QUESTION = re.compile(r"^[ \t>*_#-]*\d{1,2}[.):][ \t*_]*(\S.*)$", re.MULTILINE)


def prompt_version() -> str:
    """Another one wherever a word of a prompt is another."""
    return (TEMPLATES / "VERSION").read_text(encoding="utf-8").strip()


def rendered(name: str, **given: Any) -> str:
    """The prompt `name`, such as `worked`."""
    return _environment().get_template(f"{name}.jinja").render(**given).strip()


def decompose_prompt(puzzle: str) -> str:
    """Asks for the simpler questions that lead to the answer (least-to-most, Zhou et al. 2022)."""
    return rendered("decompose", puzzle=puzzle, most=MOST_QUESTIONS)


def check_prompt(puzzle: str, answer: str) -> str:
    """Asks how probable it is that `answer`, which is untrusted, solves the puzzle."""
    return rendered("check", puzzle=puzzle, answer=quoted(answer), tag=tag_of(answer))


def questions_in(said: str) -> list[str]:
    """The questions of a decomposition, at most MOST_QUESTIONS: lines that begin with a number."""
    return [found[1].strip()[:LONGEST_QUESTION] for found in QUESTION.finditer(said)][:MOST_QUESTIONS]


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)
