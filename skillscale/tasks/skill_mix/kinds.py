"""The kinds of Skill-Mix, by name."""

from collections.abc import Iterable
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.code.code_kind import CodeKind
from skillscale.tasks.skill_mix.kind import Kind
from skillscale.tasks.skill_mix.library import Skill
from skillscale.tasks.skill_mix.names import shown
from skillscale.tasks.skill_mix.text_kind import TextKind

KINDS: dict[str, Kind] = {
    "code": CodeKind(),
    "text": TextKind(),
}


def kind_named(name: str) -> Kind:
    """The kind of that name. Raises SkillscaleError where there is none."""
    if name not in KINDS:
        raise SkillscaleError(
            f"There is no kind '{shown(name)}' of Skill-Mix; it is one of {', '.join(sorted(KINDS))}."
        )
    return KINDS[name]


def skills_by_name(kinds: Iterable[str], own: Path | None = None) -> dict[str, Skill]:
    """Our skills of these kinds, and those of the user's file, which come first, by name."""
    files = [(kind, path) for kind in sorted(kinds) for path in dict.fromkeys((None, own))]
    return {skill.name: skill for kind, path in files for skill in kind_named(kind).library(path, None).skills}
