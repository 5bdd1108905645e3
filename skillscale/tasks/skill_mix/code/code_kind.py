"""Skill-Mix for code: whether it works is decided by running it, most skills by its syntax tree."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from skillscale.tasks.skill_mix.code.program import NoProgram, program_of
from skillscale.tasks.skill_mix.code.sandbox import Limits
from skillscale.tasks.skill_mix.code.size import most_statements, too_long
from skillscale.tasks.skill_mix.code.syntax import DECISIONS, shown_skills
from skillscale.tasks.skill_mix.code.works import why_not
from skillscale.tasks.skill_mix.kind import Decided
from skillscale.tasks.skill_mix.library import Library, Skill, read_library

HERE = Path(__file__).parent


class CodeKind:
    """One short Python function with its tests, on a topic. `decide` runs what the student wrote: sandbox.py says how, and `RISK` there what
    to tell the user before."""

    name = "code"
    templates = HERE / "prompts"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    def most(self, k: int) -> str:
        """`at most 11 statements before the tests`."""
        return f"at most {most_statements(k)} statements before the tests"

    def library(self, skills: Path | None, topics: Path | None) -> Library:
        """The library of these files, ours for code where one is not given."""
        return read_library(skills or HERE / "skills.yaml", topics or HERE / "topics.yaml")

    def decide(self, text: str, skills: Sequence[Skill]) -> Decided:
        """Whether it works, is short enough, and which skills its syntax tree shows. A text without a program shows no skill at all.

        Runs the code in a process of its own, for `limits.seconds` at most. Raises SkillscaleError where the system cannot do that, and nothing for
        what the text holds.
        """
        try:
            program = program_of(text)
        except NoProgram as error:
            why = str(error)
            lost = [one.name for one in skills] + ["makes_sense", "short_enough"]
            return Decided(
                skills={one.name: 0 for one in skills}, makes_sense=0, short_enough=0, reasons=dict.fromkeys(lost, why)
            )
        fault, length = why_not(program, self.limits), too_long(program, len(skills))
        shown = shown_skills(program, [one.name for one in skills if _as_decided(one)])
        reasons = {
            name: "the code that the tests reach does not show it" for name, is_shown in shown.items() if not is_shown
        }
        reasons |= {"makes_sense": fault} if fault else {}
        reasons |= {"short_enough": length} if length else {}
        return Decided(
            skills={name: int(is_shown) for name, is_shown in shown.items()},
            makes_sense=int(fault is None),
            short_enough=int(length is None),
            reasons=reasons,
        )


def _as_decided(skill: Skill) -> bool:
    """Whether syntax.py decides it: a user's skill of the same name may mean another thing, and is the grader's."""
    return skill.name in DECISIONS and _our_definitions().get(skill.name) == skill.definition


@cache
def _our_definitions() -> dict[str, str]:
    return {one.name: one.definition for one in CodeKind().library(None, None).skills}
