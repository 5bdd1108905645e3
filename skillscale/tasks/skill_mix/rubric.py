"""The points that a grader is asked for, the schema of its answer, and the answer read."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.kind import Decided
from skillscale.tasks.skill_mix.library import Skill

ON_TOPIC, MAKES_SENSE = "on_topic", "makes_sense"
LONGEST_ANSWER = 200_000  # characters; a grading of 8 skills has some 2,000
MOST_STARTS = 2_000  # braces at which an object may start; bounds the time that a hostile answer can take
THINKING = re.compile(r"\s*<think(ing)?>.*?</think(ing)?>", re.DOTALL)  # before the answer, where a server leaves it in


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPoint:
    """One point that a grader decides. `key` names it by position, `skill_1`; `skill` is None for topic and sense."""

    key: str
    skill: Skill | None = None


def skill_key(i: int) -> str:
    """The key of the skill at position i, counted from 0: by position, for a name may be anything."""
    return f"skill_{i + 1}"


def asked_points(asked: Asked, decided: Decided) -> tuple[AskedPoint, ...]:
    """All points of a text but those that a program has decided already; the length is never asked."""
    skills = (
        AskedPoint(key=skill_key(i), skill=skill)
        for i, skill in enumerate(asked.skills)
        if decided.skills.get(skill.name) is None
    )
    sense = () if decided.makes_sense is not None else (AskedPoint(key=MAKES_SENSE),)
    return (*skills, AskedPoint(key=ON_TOPIC), *sense)


def schema_of(points: Sequence[AskedPoint]) -> dict[str, Any]:
    """The JSON schema of an answer: for each point a short reason, and then 0 or 1. It depends on which points are asked alone."""
    point = {
        "type": "object",
        "properties": {"reason": {"type": "string"}, "point": {"type": "integer", "enum": [0, 1]}},
        "required": ["reason", "point"],
        "additionalProperties": False,
    }
    keys = [one.key for one in points]
    return {
        "type": "object",
        "properties": dict.fromkeys(keys, point),
        "required": keys,
        "additionalProperties": False,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """A grader's answer: points and reasons by key; both empty where `unreadable` says why it could not be read."""

    points: Mapping[str, int]
    reasons: Mapping[str, str]
    unreadable: str | None = None


def read_verdicts(answer: str, points: Sequence[AskedPoint], text: str) -> Verdicts:
    """The one object of the schema that stands in an answer, bare or within prose or a code fence.

    Unreadable where there is none, where two differ, and where it repeats one that stands in the student's `text`: a grader that
    quotes or obeys a grading in there has not graded. The reason never holds words of the answer or of the text. Never raises.
    """
    if len(answer) > LONGEST_ANSWER:
        return _unreadable(f"the answer has more than {LONGEST_ANSWER:,} characters")
    keys = [one.key for one in points]
    found = [
        one
        for one in _objects(THINKING.sub("", answer, count=1) if THINKING.match(answer) else answer)
        if _fits(one, keys)
    ]
    if not found:
        return _unreadable("there is no JSON object with the points that were asked")
    if any(one != found[0] for one in found):
        return _unreadable("there are several JSON objects with different points")
    if found[0] in _objects(text):
        return _unreadable("the JSON object is one that stands in the student's text")
    return Verdicts(
        points={key: int(found[0][key]["point"]) for key in keys},
        reasons={key: found[0][key]["reason"] for key in keys},
    )


def _unreadable(reason: str) -> Verdicts:
    return Verdicts(points={}, reasons={}, unreadable=reason)


def _fits(found: Mapping[str, Any], keys: Sequence[str]) -> bool:
    return set(found) == set(keys) and all(_is_verdict(found[key]) for key in keys)


def _is_verdict(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"reason", "point"}:
        return False
    point = value["point"]
    return isinstance(value["reason"], str) and isinstance(point, int) and point in (0, 1)  # true is 1


def _objects(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects in a text, in order. What starts with a brace and is no JSON is passed over."""
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
    found: list[dict[str, Any]] = []
    at = text.find("{")
    for _ in range(MOST_STARTS):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found.append(value)
        at = text.find("{", end)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand there once: of two verdicts on one point neither is to be believed."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
