"""The question which skills, or topics, one sentence of a corpus shows: its prompt, the schema of the answer, and the answer read."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from skillscale.tasks.skill_mix.library import HERE
from skillscale.tasks.skill_mix.quoting import quoted, tag_of

VERSION = "presence 1"  # another one wherever a word of presence.jinja is another
LONGEST_ANSWER = 20_000  # characters; 128 numbers have some 500
OBJECT = re.compile(r"\{[^{}]*\}")  # the answer holds no object within it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What may be shown; a topic has no definition."""

    name: str
    definition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Places of entries (from 0) that a sentence shows; None where `unreadable` says why the answer could not be read."""

    shown: frozenset[int] | None
    unreadable: str | None = None


def presence_prompt(entries: Sequence[Entry], text: str, *, topics: bool, fault: str | None = None) -> str:
    """`text` is untrusted: it stands there as one JSON string in a tag that it cannot hold. Entries come first, the same for every sentence."""
    found = _template().render(entries=entries, topics=topics, text=quoted(text), tag=tag_of(text), fault=fault)
    return found.strip()


def presence_schema(n_entries: int) -> dict[str, Any]:
    """The JSON schema of an answer: a list of numbers from 1 to `n_entries`."""
    numbers = {"type": "array", "items": {"type": "integer", "enum": list(range(1, n_entries + 1))}}
    return {"type": "object", "properties": {"shown": numbers}, "required": ["shown"], "additionalProperties": False}


def read_presence(answer: str, n_entries: int, text: str) -> Presence:
    """The one object of the schema that stands in an answer, bare or within prose.

    Unreadable where there is none, where two differ, and where it stands in the sentence `text` itself. Never raises.
    """
    if len(answer) > LONGEST_ANSWER:
        return _unreadable(f"the answer has more than {LONGEST_ANSWER:,} characters")
    found = [numbers for numbers in map(_numbers, OBJECT.findall(answer)) if numbers is not None]
    if not found:
        return _unreadable('there is no JSON object with the list "shown"')
    if any(set(one) != set(found[0]) for one in found):
        return _unreadable("there are several JSON objects with different numbers")
    if any(not 1 <= number <= n_entries for number in found[0]):
        return _unreadable(f"a number is not one of 1 to {n_entries}")
    if any(_numbers(one) is not None for one in OBJECT.findall(text)):
        return _unreadable("the sentence holds an answer of this form itself, so the two cannot be told apart")
    return Presence(shown=frozenset(number - 1 for number in found[0]))


def _numbers(part: str) -> list[int] | None:
    """The list of an object of the schema; None for anything else."""
    try:
        found = json.loads(part)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or set(found) != {"shown"} or not isinstance(found["shown"], list):
        return None
    numbers: list[Any] = found["shown"]
    return numbers if all(isinstance(one, int) and not isinstance(one, bool) for one in numbers) else None


def _unreadable(reason: str) -> Presence:
    return Presence(shown=None, unreadable=reason)


@cache
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    made.filters["quoted"] = quoted
    return made.get_template("presence.jinja")
