"""How often skills occur in text: the table by which the stricter scores leave out frequent ones."""

import json
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import no_file, shown

FREQUENT = 0.05  # share of a web corpus's sentences from which on a skill is frequent (Yu et al. 2023)


def read_frequencies(path: Path) -> dict[str, float]:
    """A JSON file, skill → share of sentences that show it. SkillscaleError where it is none."""
    if not path.is_file():
        raise no_file(path, "give a JSON file of skills and their frequencies.")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SkillscaleError(
            f'{shown(str(path))} is not JSON ({shown(str(error))}); write it as {{"metaphor": 0.2}}.'
        ) from error
    if not isinstance(found, dict):
        raise SkillscaleError(f'{shown(str(path))} holds no table; write it as {{"metaphor": 0.2}}.')
    for skill, share in found.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise SkillscaleError(
                f"{shown(str(path))} gives {shown(skill)} the frequency {shown(str(share))}; it is a share from 0 to 1."
            )
    return {skill: float(share) for skill, share in found.items()}


def frequent_skills(frequencies: dict[str, float]) -> frozenset[str]:
    """Those that stand in at least 5 % of sentences."""
    return frozenset(skill for skill, share in frequencies.items() if share >= FREQUENT)
