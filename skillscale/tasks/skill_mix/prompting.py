"""The prompts of a kind of Skill-Mix: Jinja templates in its folder, with a version.

All templates are given `topic` (its name), `skills` (each with `name`, `definition`, `example`), `k` and `most_sentences`. `write.jinja` also
`improve`: whether a second turn follows, which `improve.jinja` asks. `grade.jinja` also `points` (what the grader is asked: each has `key`,
and `skill`, null for topic and sense), `tag` and `text` (the student's, quoted already) and `fault` (null, or why the answer before this could not be read).

What is put in is never read as a template, whatever it holds. In `grade.jinja` names, definitions and examples go through the filter `quoted`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.kind import Kind
from skillscale.tasks.skill_mix.quoting import quoted, tag_of
from skillscale.tasks.skill_mix.rubric import AskedPoint


def prompt_version(kind: Kind) -> str:
    """The version of its prompts: another one wherever a word of them is another."""
    return (kind.templates / "VERSION").read_text(encoding="utf-8").strip()


def write_prompt(kind: Kind, asked: Asked, *, improve: bool) -> str:
    """The first turn: write a text; `improve` says whether the second turn will follow."""
    return _rendered(kind, "write.jinja", asked, improve=improve)


def improve_prompt(kind: Kind, asked: Asked) -> str:
    """The second turn: look over the text and improve it."""
    return _rendered(kind, "improve.jinja", asked)


def grade_prompt(kind: Kind, asked: Asked, text: str, points: Sequence[AskedPoint], *, fault: str | None = None) -> str:
    """The question to a grader. `text` is untrusted: it stands there as one JSON string in a tag that it cannot hold."""
    return _rendered(kind, "grade.jinja", asked, points=points, text=quoted(text), tag=tag_of(text), fault=fault)


def _rendered(kind: Kind, template: str, asked: Asked, **more: Any) -> str:
    given = {"topic": asked.topic, "skills": asked.skills, "k": asked.k, "most_sentences": asked.most_sentences}
    return _environment(str(kind.templates)).get_template(template).render(**given, **more).strip()


@cache
def _environment(folder: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    made.filters["quoted"] = quoted
    return made
