"""What one text is asked to show: a combination of a draw at one k, with all that student and grader are told of it."""

from dataclasses import dataclass

from skillscale.tasks.skill_mix.draw import Draw
from skillscale.tasks.skill_mix.length import most_sentences
from skillscale.tasks.skill_mix.library import Library, Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """k skills on a topic. `combination` names them in records, `s7-k2-03`; `pair` is `s7-03`, the same at every k of one draw.

    `public`: whether the skills are from a published library; None where nobody says.
    """

    combination: str
    pair: str
    topic: str
    skills: tuple[Skill, ...]
    public: bool | None = None

    @property
    def k(self) -> int:
        return len(self.skills)

    @property
    def most_sentences(self) -> int:
        """How many sentences the text may have: k - 1, and 1 for k ≤ 2."""
        return most_sentences(self.k)


def asked_of(drawn: Draw, library: Library, *, public: bool | None = None) -> list[Asked]:
    """Everything a draw asks: at each k, each of its combinations. With `public` false names begin with `private-`, so that a draw from a
    private library can stand beside one from a public library in one file.

    Raises SkillscaleError where the library lacks a skill of the draw.
    """
    by_name = {name: library.skill(name) for one in drawn.combinations for name in one.skills}
    start = f"private-s{drawn.seed}" if public is False else f"s{drawn.seed}"
    return [
        Asked(
            combination=f"{start}-k{k}-{drawn.name_of(i)}",
            pair=f"{start}-{drawn.name_of(i)}",
            topic=one.topic,
            skills=tuple(by_name[name] for name in one.at(k)),
            public=public,
        )
        for k in drawn.ks
        for i, one in enumerate(drawn.combinations)
    ]
