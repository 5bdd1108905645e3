"""The skills and topics of Skill-Mix: our own library, or the user's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.canonical import sha256_of
from skillscale.tasks.skill_mix.entries import Entry, read_entries
from skillscale.tasks.skill_mix.names import shown, words_of

CATEGORIES = (
    "literary",
    "rhetorical",
    "reasoning",
    "logical",
    "theory of mind",
    "pragmatics",
    "common sense",
    "physical knowledge",
)
HERE = Path(__file__).parent
OUR_SKILLS = HERE / "skills.yaml"
OUR_TOPICS = HERE / "topics.yaml"
LONGEST_TEXT = 600  # characters of a definition or an example: both stand in every prompt, k times


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A skill that has a name: what the student is told of it, and the other names that would give it away.

    `article` is the title of its encyclopaedia article; `released`: the authors of Skill-Mix made it public.
    """

    name: str
    aliases: tuple[str, ...]
    category: str
    definition: str
    example: str
    article: str | None = None
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPair:
    """Two skills that could be taken for each other, and what keeps them apart."""

    names: tuple[str, str]
    apart: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Skills and topics in the order of their files; no name or alias occurs twice. `public`: the skills are published, and a model may have seen them."""

    skills: tuple[Skill, ...]
    topics: tuple[Topic, ...]
    near_pairs: tuple[NearPair, ...] = ()
    public: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of all that a student or a grader is told or a score rests on; the order of the files does not matter."""
        skills = [
            [one.name, sorted(one.aliases), one.category, one.definition, one.example, one.article]
            for one in sorted(self.skills, key=lambda skill: skill.name)
        ]
        return sha256_of({"skills": skills, "topics": sorted(one.name for one in self.topics)})

    def skill(self, name: str) -> Skill:
        """The skill of that name. Raises SkillscaleError where there is none."""
        found = next((one for one in self.skills if one.name == name), None)
        if found is None:
            raise SkillscaleError(
                f"The library has no skill '{shown(name)}'. Use the library that the draw was made from."
            )
        return found


def read_library(skills: Path | None = None, topics: Path | None = None) -> Library:
    """The library of the two YAML files, ours where one is not given.

    A file holds a list, or an object with the list as `skills` or `topics`. A skill has `name`, `category`, `definition`
    and `example`, and may have `aliases`, `article` and `released`; a topic is its name, or has `name` and `released`. A file of
    skills may have `near_pairs`, and says `public: true` where it is published. Raises SkillscaleError with one sentence for whatever is wrong with a file.
    """
    skill_file, topic_file = skills or OUR_SKILLS, topics or OUR_TOPICS
    held = read_entries(skill_file, "skills")
    found = tuple(_skill(entry) for entry in held.entries)
    _refuse_shared_names(found, skill_file)
    themes = tuple(_topic(entry) for entry in read_entries(topic_file, "topics").entries)
    _refuse_twice([one.name for one in themes], f"The topics of {topic_file}")
    known = {one.name for one in found}
    pairs = tuple(_near_pair(entry, known) for entry in held.near_pairs)
    return Library(skills=found, topics=themes, near_pairs=pairs, public=held.public)


def _skill(entry: Entry) -> Skill:
    entry.refuse_unknown("name", "aliases", "category", "definition", "example", "article", "released")
    return Skill(
        name=entry.name("name"),
        aliases=entry.names("aliases"),
        category=entry.name("category"),
        definition=entry.text("definition", LONGEST_TEXT),
        example=entry.text("example", LONGEST_TEXT),
        article=entry.text("article", LONGEST_TEXT) if entry.has("article") else None,
        released=entry.flag("released"),
    )


def _topic(entry: Entry) -> Topic:
    entry.refuse_unknown("name", "released")
    return Topic(name=entry.name("name"), released=entry.flag("released"))


def _near_pair(entry: Entry, known: set[str]) -> NearPair:
    entry.refuse_unknown("pair", "apart")
    names = entry.names("pair")
    if len(names) != 2 or names[0] == names[1] or not known.issuperset(names):
        raise SkillscaleError(f"{entry.place} has the pair {list(names)}. Name two different skills of the same file.")
    return NearPair(names=(names[0], names[1]), apart=entry.text("apart", LONGEST_TEXT))


def _refuse_shared_names(skills: Sequence[Skill], path: Path) -> None:
    """A grader cannot tell two skills of one name apart, nor a text say which of them it names."""
    _refuse_twice([name for one in skills for name in (one.name, *one.aliases)], f"The names and aliases of {path}")


def _refuse_twice(names: Sequence[str], whose: str) -> None:
    seen: dict[Any, str] = {}
    for name in names:
        key = words_of(name) or (name,)
        if key in seen:
            raise SkillscaleError(
                f"{whose} have '{shown(seen[key])}' and '{shown(name)}', which are one name. Take one of them out or rename it."
            )
        seen[key] = name


def aliases_of(library: Library) -> Mapping[str, tuple[str, ...]]:
    """Skill → its aliases, as the strict scores take them."""
    return {one.name: one.aliases for one in library.skills}
