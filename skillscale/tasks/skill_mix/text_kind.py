"""Skill-Mix for prose: a program decides its length alone."""

from collections.abc import Sequence
from pathlib import Path

from skillscale.tasks.skill_mix.kind import Decided
from skillscale.tasks.skill_mix.length import most_sentences, sentences
from skillscale.tasks.skill_mix.library import HERE, Library, Skill, read_library


class TextKind:
    """A short text in the context of a topic, as in Yu et al. 2023."""

    name = "text"
    templates = HERE / "prompts" / "text"

    def most(self, k: int) -> str:
        """`at most 2 sentences`."""
        n = most_sentences(k)
        return f"at most {n} sentence{'s' if n > 1 else ''}"

    def library(self, skills: Path | None, topics: Path | None) -> Library:
        """The library of these files, ours where one is not given."""
        return read_library(skills, topics)

    def decide(self, text: str, skills: Sequence[Skill]) -> Decided:
        """The point for at most k - 1 sentences, and 1 for k ≤ 2; everything else is the grader's."""
        n, most = len(sentences(text)), most_sentences(len(skills))
        reasons = {} if n <= most else {"short_enough": f"{n} sentences, and {most} may be"}
        return Decided(skills={}, makes_sense=None, short_enough=int(n <= most), reasons=reasons)
