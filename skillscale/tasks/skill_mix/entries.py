"""Entries of a YAML file that someone wrote by hand: read safely, and each fault told in one sentence."""

import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import no_file, shown, words_of

LARGEST_FILE = 2_000_000  # bytes; ours, with 128 skills, has 57,000
LONGEST_NAME = 80  # characters
# Characters that no plain text holds: controls, directions of writing, lone surrogates, private use, unassigned, line and paragraph ends.
NOT_PLAIN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One object of a file; `place` says where it stands, for messages."""

    place: str
    fields: dict[str, Any]

    def has(self, field: str) -> bool:
        return field in self.fields

    def refuse_unknown(self, *known: str) -> None:
        """A misspelt field would otherwise be lost in silence."""
        unknown = [shown(str(field)) for field in self.fields if field not in known]
        if unknown:
            raise SkillscaleError(
                f"{self.place} has the unknown field '{unknown[0]}'. The fields are {', '.join(known)}."
            )

    def text(self, field: str, longest: int) -> str:
        """A text of one paragraph: white space runs together, nothing else is changed."""
        if field not in self.fields:
            raise SkillscaleError(f"{self.place} has no {field}. Add the line `{field}: …`.")
        value = self.fields[field]
        if not isinstance(value, str):
            raise SkillscaleError(
                f"{self.place} has a list or an object as {field}. Write one text, in quotes if it has a colon."
            )
        return self._plain(" ".join(value.split()), field, longest)

    def name(self, field: str) -> str:
        """A short text that may stand in a list of names: no comma and no line break."""
        if isinstance(self.fields.get(field), str):
            return self._checked_name(self.fields[field], field)
        return self.text(field, LONGEST_NAME)

    def names(self, field: str) -> tuple[str, ...]:
        """A list of names, empty where the field is left out."""
        values = self.fields.get(field) or []
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise SkillscaleError(
                f"{self.place} has {field} that are no list of names. Write `{field}: [one, another]`."
            )
        return tuple(self._checked_name(one, field) for one in values)

    def flag(self, field: str) -> bool:
        """True or false; false where the field is left out."""
        value = self.fields.get(field, "false")
        if value not in ("true", "false"):
            raise SkillscaleError(f"{self.place} has {field} as '{shown(str(value))}'. Write true or false.")
        return value == "true"

    def _checked_name(self, value: str, field: str) -> str:
        name = value.strip(" ")
        if "," in name or "\n" in name:
            raise SkillscaleError(
                f"{self.place} has a comma or a line break in the {field} '{shown(name)}'. Names stand in lists; use other words."
            )
        self._plain(name, field, LONGEST_NAME)
        if not words_of(name):
            raise SkillscaleError(
                f"{self.place} has '{shown(name)}' as {field}, without a letter or digit. Write a name."
            )
        return " ".join(name.split())

    def _plain(self, value: str, field: str, longest: int) -> str:
        if not value:
            raise SkillscaleError(f"{self.place} has an empty {field}. Write one.")
        if any(unicodedata.category(character) in NOT_PLAIN for character in value):
            raise SkillscaleError(
                f"{self.place} has a control or invisible character in the {field} '{shown(value)}'. Write plain text."
            )
        if len(value) > longest:
            raise SkillscaleError(
                f"{self.place} has a {field} of {len(value):,} characters, and {longest} fit. Shorten '{shown(value, 40)}'."
            )
        return value


class PlainLoader(yaml.BaseLoader):
    """Reads texts, lists and objects and makes nothing else: no Python object, and no number or date of a name such as 1812.

    A key that stands twice in an object is refused: it is a forgotten dash, which would lose an entry.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a field's name is a list or an object", key.start_mark
                )
            if key.value in seen:
                problem = f"'{shown(key.value)}' stands twice in one entry; perhaps a dash is missing before it"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What a file holds under `skills` or `topics`, under `near_pairs`, and whether it says `public: true`."""

    entries: list[Entry]
    near_pairs: list[Entry]
    public: bool


def read_entries(path: Path, kind: str) -> Entries:
    """The entries of a YAML file of this `kind`, `skills` or `topics`.

    Raises SkillscaleError where the file is absent, too large, no YAML, or no list of entries.
    """
    held = _read_yaml(path, kind)
    if isinstance(held, list):
        held = {kind: held}
    if not isinstance(held, dict) or not isinstance(held.get(kind), list) or not held[kind]:
        raise SkillscaleError(f"{path} holds no list of {kind}. Write `{kind}:` and below it one `- name: …` for each.")
    unknown = sorted(shown(key) for key in held if key not in (kind, "near_pairs", "public"))
    if unknown:
        raise SkillscaleError(f"{path} has the unknown part '{unknown[0]}' beside {kind!r}. Take it out.")
    pairs = held.get("near_pairs") or []
    if not isinstance(pairs, list):
        raise SkillscaleError(
            f"{path} has near_pairs that are no list. Write `- {{pair: [one, another], apart: …}}` for each."
        )
    entries = [
        _entry(value, f"{kind.removesuffix('s')} {n} of {path}", bare=kind == "topics")
        for n, value in enumerate(held[kind], 1)
    ]
    return Entries(
        entries=entries,
        near_pairs=[_entry(value, f"near pair {n} of {path}", bare=False) for n, value in enumerate(pairs, 1)],
        public=Entry(place=str(path), fields=held).flag("public"),
    )


def _entry(value: Any, place: str, *, bare: bool) -> Entry:
    """`bare`: a text alone is the name."""
    place = place[0].upper() + place[1:]
    if bare and isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, dict):
        raise SkillscaleError(f"{place} is no object with fields. Write `- name: …` and the other fields below it.")
    name = value.get("name")
    return Entry(place=f"{place} ({shown(name, 40)})" if isinstance(name, str) and name else place, fields=value)


def _read_yaml(path: Path, kind: str) -> Any:
    if not path.is_file():
        raise no_file(path, f"give a YAML file of {kind}.")
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise SkillscaleError(f"{path} is larger than {LARGEST_FILE:,} bytes. Give a YAML file of {kind}.")
    try:
        # PlainLoader makes texts, lists and dicts only, less than the safe loader.
        return yaml.load(data.decode("utf-8"), PlainLoader)
    except UnicodeDecodeError as error:
        raise SkillscaleError(
            f"{path} is not text in UTF-8 ({error.reason} at byte {error.start}). Save it as UTF-8."
        ) from error
    except yaml.MarkedYAMLError as error:
        at = "" if error.problem_mark is None else f"line {error.problem_mark.line + 1}: "
        raise SkillscaleError(f"{path} is not YAML ({at}{error.problem}). Mend that line.") from error
    except yaml.YAMLError as error:
        raise SkillscaleError(
            f"{path} is not YAML ({shown(str(error).splitlines()[0], 120)}). Write it as plain text."
        ) from error
    except RecursionError as error:
        raise SkillscaleError(
            f"{path} is nested too deeply to be a list of {kind}. Write `- name: …` for each."
        ) from error
