"""Combinations to ask for, with names that break parsers where that is wanted."""

from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.kind import Decided
from skillscale.tasks.skill_mix.library import Skill

NOTHING_DECIDED = Decided(skills={}, makes_sense=None, short_enough=1, reasons={})


def skill(name: str) -> Skill:
    return Skill(name=name, aliases=(), category="literary", definition=f"What {name} is.", example="One, say.")


def asked(*names: str, topic: str = "Knots") -> Asked:
    """Those skills, or two of ours."""
    names = names or ("metaphor", "red herring")
    return Asked(
        combination=f"s7-k{len(names)}-0", pair="s7-0", topic=topic, skills=tuple(skill(name) for name in names)
    )
