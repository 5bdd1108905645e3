"""Which numbers of skills are asked: `3`, `2-5` or `2,4,6-8`."""

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import shown


def parse_ks(text: str) -> tuple[int, ...]:
    """The numbers in order, each once. Raises SkillscaleError for anything else."""
    found = set[int]()
    for part in text.split(","):
        first, dash, last = (one.strip() for one in part.partition("-"))
        low, high = first, last if dash else first
        if not (
            low.isdecimal()
            and high.isdecimal()
            and len(low + high) <= 8
            and 1 <= int(low) <= int(high) <= int(low) + 999
        ):
            raise SkillscaleError(f"-k {shown(text)} was given; write 3, 2-5 or 2,4,6, from the smallest up.")
        found.update(range(int(low), int(high) + 1))
    return tuple(sorted(found))
