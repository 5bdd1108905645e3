"""Whether a text names a skill outright, and how names from outside are shown."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from skillscale.errors import SkillscaleError

GLOSS = re.compile(r"\([^()]*\)")  # `accident (fallacy)` is named by `accident`
WORD = re.compile(r"[^\W_]+")
# Joiners shape scripts and emoji; every other invisible character (controls, directions of writing, private use) is shown as its escape.
JOINERS = "\u200c\u200d\ufe0f\u00ad"
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def mentioned(text: str, names: Iterable[str]) -> bool:
    """Whether one of the names stands in the text as whole words, in any case, with any hyphens, the last word also in the plural.

    `Metaphors` names `metaphor`, `metaphorical` does not; `self-serving bias` names `self serving bias`.
    """
    words = words_of(text)
    return any(_stands_in(words, words_of(GLOSS.sub(" ", name)) or words_of(name)) for name in names)


def mentioned_skills(text: str, skills: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> tuple[bool, ...]:
    """For each skill whether the text names it, or one of its aliases."""
    return tuple(mentioned(text, (skill, *aliases.get(skill, ()))) for skill in skills)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents of compatibility and punctuation; `Ann's` gives `ann`."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return tuple(WORD.findall(re.sub(r"'s\b", " ", plain)))


def _stands_in(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    if not name:
        return False
    *first, last = name
    ends = {last, f"{last}s", f"{last}es"} | ({f"{last[:-1]}ies"} if last.endswith("y") else set())
    places = range(len(words) - len(name) + 1)
    return any(words[i + len(first)] in ends and words[i : i + len(first)] == tuple(first) for i in places)


def shown(name: str, longest: int = 80) -> str:
    """A name for a terminal or a message: what is not printable (controls, directions of writing) is escaped, and long ones are cut."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return safe if len(safe) <= longest else f"{safe[: longest - 1]}…"


def visible(text: str) -> str:
    """The text with invisible characters written as escapes, so that what is judged is what was said; line breaks and tabs stay."""
    return "".join(
        char
        if char in "\n\t" or char in JOINERS or unicodedata.category(char) not in INVISIBLE
        else char.encode("unicode_escape").decode()
        for char in text.replace("\r\n", "\n")
    )


def shown_path(path: Path) -> str:
    """A path for a message, as `shown`; only very long ones are cut, for their end says most."""
    return shown(str(path), 300)


def no_file(path: Path, advice: str) -> SkillscaleError:
    """The error of a path that is no ordinary file: nothing is there, or a folder, or a device. `advice` ends the sentence."""
    if path.is_dir():
        return SkillscaleError(f"{shown_path(path)} is a folder and no file; {advice}")
    if path.exists():
        return SkillscaleError(f"{shown_path(path)} is no ordinary file; {advice}")
    return SkillscaleError(f"There is no file {shown_path(path)}; {advice}")
