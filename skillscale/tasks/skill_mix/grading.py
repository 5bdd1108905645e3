"""Gradings of Skill-Mix texts: one record each, and the file that holds one on each line.

A line of the file is a JSON object with the fields of `Grading`: `combination`, `k`, `topic`, `skills`, `model`, `grader`,
`generation`, `grading`, `points` (an object, skill → 0, 1 or null), `on_topic`, `makes_sense` (0, 1 or null), either `text` (whose
sentences are counted here) or `short_enough` (0 or 1); with `kind` `code`, whose length is not one of sentences, both. Where a point is null, `missing`: why. A grading of which nothing could be
read leaves `points`, `on_topic` and `makes_sense` out. Optional: `public` (whether the skills are from a published library),
`model_family`, `grader_family`. A person's labels are the same, with `person` in place of `grader` and without `grading`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.length import short_enough
from skillscale.tasks.skill_mix.names import no_file, shown, shown_path

NAMED = ("combination", "topic", "model")
OPTIONAL = {"points", "on_topic", "makes_sense", "text", "short_enough", "missing", "public", "model_family", "kind"}
GRADINGS = "gradings.jsonl"  # in a run's folder
TEXT, CODE = "text", "code"  # the names of kinds (kinds.py)
# what a run notes beside a grading, and no score reads
ASIDE = {"reasons", "input_tokens", "output_tokens", "cost_usd"}
OF_GRADER = {"grader", "grading", "grader_family"}
LONGEST_LINE = 1_000_000  # characters; a grading has a few thousand

Point = int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """What one grader, or one person, said of one text.

    `points` stands in the order of `skills`; a point is 1, 0 or None (it could not be read), and then `missing` says why.
    `short_enough` is counted, not judged, and None only where there is no text. `text` is None where it is not given.
    """

    combination: str
    k: int
    topic: str
    skills: tuple[str, ...]
    model: str
    grader: str
    generation: int
    grading: int
    points: tuple[Point, ...]
    on_topic: Point
    makes_sense: Point
    short_enough: Point
    missing: str | None = None
    text: str | None = None
    public: bool | None = None
    model_family: str | None = None
    grader_family: str | None = None
    kind: str = TEXT

    @property
    def judged(self) -> tuple[Point, ...]:
        """The k + 2 points that a grader gives: skills, topic, sense."""
        return (*self.points, self.on_topic, self.makes_sense)


def read_gradings(*paths: Path) -> list[Grading]:
    """All gradings of .jsonl files, or of folders that hold them as `gradings.jsonl`, in their order.

    SkillscaleError names the line that is damaged or contradicts another, also of another file.
    """
    files = [path / GRADINGS if path.is_dir() else path for path in paths]
    return _checked(files, [line for file in files for line in _read(file, people=False)])


def read_labels(path: Path) -> list[Grading]:
    """What people said of texts: gradings whose `grader` is the person, with `grading` 0."""
    return _checked([path], _read(path, people=True))


def aligned(labels: Sequence[Grading], gradings: Sequence[Grading]) -> list[Grading]:
    """Labels with their points in the order of the gradings' skills, for a sheet may have shuffled them.

    Labels of combinations that nobody else graded are left out. SkillscaleError where none is left, or other skills were asked for.
    """
    asked = {one.combination: one.skills for one in gradings}
    found: list[Grading] = []
    for one in labels:
        skills = asked.get(one.combination)
        if skills is None:
            continue
        if set(skills) != set(one.skills):
            raise SkillscaleError(
                f"{shown(one.grader)} was asked for other skills in {shown(one.combination)} than the graders; give labels of the same run."
            )
        found.append(_in_order(one, skills))
    if labels and not found:
        raise SkillscaleError(
            f"None of the {len(labels)} labels is of a combination that was graded ({shown(labels[0].combination)} is not); give labels of the same run."
        )
    return found


def _read(path: Path, people: bool) -> Iterator[tuple[str, Grading]]:
    """Each grading and where it stands."""
    if not path.is_file():
        raise no_file(path, "give a .jsonl file with one grading on each line.")
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                where = f"{shown_path(path)}, line {number}"
                yield where, _grading(line, where, people)


def _checked(files: Sequence[Path], placed: Iterable[tuple[str, Grading]]) -> list[Grading]:
    """Refuses a grading that stands there twice, and lines that differ on what was asked or answered."""
    seen: dict[tuple[Any, ...], str] = {}
    asked: dict[str, tuple[Any, str]] = {}
    order: dict[str, tuple[str, ...]] = {}
    answered: dict[tuple[str, str, int], tuple[Any, str]] = {}
    found: list[Grading] = []
    for where, one in placed:
        key = (one.combination, one.model, one.generation, one.grader, one.grading)
        if key in seen:
            raise SkillscaleError(f"{where}: {_told(one)} stands in {seen[key]} already; keep one of them.")
        seen[key] = where
        question = one.k, one.topic, frozenset(one.skills), one.public, one.kind
        before, place = asked.setdefault(one.combination, (question, where))
        if before != question:
            raise SkillscaleError(
                f"{where}: {shown(one.combination)} has other skills, another topic, library or kind than in {place}; give it another name."
            )
        if one.short_enough is not None:
            text = one.text, one.short_enough, one.model_family
            before, place = answered.setdefault(key[:3], (text, where))
            if before != text:
                raise SkillscaleError(
                    f"{where}: the text of {shown(one.combination)}, {shown(one.model)}, generation {one.generation} is another than in {place}; "
                    "give it another generation."
                )
        found.append(_in_order(one, order.setdefault(one.combination, one.skills)))
    if not found:
        names = ", ".join(map(shown_path, files))
        raise SkillscaleError(f"{names} holds no grading; one is expected on each line.")
    return found


def _in_order(one: Grading, skills: tuple[str, ...]) -> Grading:
    """The same grading with skills, and their points, in this order."""
    point = dict(zip(one.skills, one.points, strict=True))
    return replace(one, skills=skills, points=tuple(point[skill] for skill in skills))


def _told(one: Grading) -> str:
    text = f"{shown(one.combination)}, {shown(one.model)}, generation {one.generation}"
    return f"grading {one.grading} by {shown(one.grader)} of {text}"


def _grading(line: str, where: str, people: bool) -> Grading:
    """The grading on one line."""
    fields = _object(line, where)
    needed = {*NAMED, "k", "skills", "generation"} | ({"person"} if people else OF_GRADER - {"grader_family"})
    allowed = needed | OPTIONAL | (set() if people else OF_GRADER | ASIDE)
    _only(fields, needed, allowed, where)
    names = {name: _name(fields[name], name, where) for name in (*NAMED, "person" if people else "grader")}
    k = _whole(fields["k"], "k", where, least=1)
    skills = _skills(fields["skills"], k, where)
    text = fields.get("text")
    if text is not None and not isinstance(text, str):
        raise SkillscaleError(f"{where}: text is {_value(text)}; it is the text that was graded.")
    points, on_topic, makes_sense = _points(fields, skills, where)
    kind = fields.get("kind", TEXT)
    if kind not in (TEXT, CODE):
        raise SkillscaleError(f"{where}: kind is {_value(kind)}; it is text or code.")
    return Grading(
        combination=names["combination"],
        k=k,
        topic=names["topic"],
        skills=skills,
        model=names["model"],
        grader=names["person" if people else "grader"],
        generation=_whole(fields["generation"], "generation", where),
        grading=0 if people else _whole(fields["grading"], "grading", where),
        points=points,
        on_topic=on_topic,
        makes_sense=makes_sense,
        short_enough=_length(
            fields, text if kind == TEXT else None, k, where, needed=not people and fields.get("missing") is None
        ),
        missing=_missing(fields, (*points, on_topic, makes_sense), where),
        text=text,
        public=_yes_or_no(fields.get("public"), where),
        model_family=_optional_name(fields, "model_family", where),
        grader_family=_optional_name(fields, "grader_family", where),
        kind=kind,
    )


def _object(line: str, where: str) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise SkillscaleError(
            f"{where}: the line has {len(line):,} characters; a grading has at most {LONGEST_LINE:,}."
        )
    try:
        fields = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise SkillscaleError(f"{where}: this is not one JSON object ({error}); mend the line or remove it.") from error
    if not isinstance(fields, dict):
        raise SkillscaleError(f"{where}: {_value(fields)} stands there; a grading is a JSON object.")
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{shown(twice)} stands there twice")
    return dict(pairs)


def _only(fields: dict[str, Any], needed: set[str], allowed: set[str], where: str) -> None:
    if absent := sorted(needed - fields.keys()):
        raise SkillscaleError(
            f"{where}: {', '.join(absent)} is not given; a grading needs {', '.join(sorted(needed))}."
        )
    if unknown := sorted(fields.keys() - allowed):
        raise SkillscaleError(
            f"{where}: there is no field {shown(unknown[0])}; the fields are {', '.join(sorted(allowed))}."
        )


def _name(value: Any, field: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SkillscaleError(f"{where}: {field} is {_value(value)}; it is a name.")
    return value


def _optional_name(fields: dict[str, Any], field: str, where: str) -> str | None:
    return None if fields.get(field) is None else _name(fields[field], field, where)


def _whole(value: Any, field: str, where: str, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 10**6:
        raise SkillscaleError(f"{where}: {field} is {_value(value)}; it is a whole number from {least} on.")
    return value


def _yes_or_no(value: Any, where: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise SkillscaleError(f"{where}: public is {_value(value)}; it is true or false.")
    return value


def _skills(value: Any, k: int, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SkillscaleError(f"{where}: skills is {_value(value)}; it is a list of {k} names.")
    names = tuple(_name(one, "a skill", where) for one in value)
    if len(names) != k or len(set(names)) != k:
        raise SkillscaleError(
            f"{where}: k is {k}, and {len(set(names))} different skills are named; they are as many as k."
        )
    return names


def _point(value: Any, field: str, where: str) -> Point:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value not in (0, 1)):
        raise SkillscaleError(f"{where}: {shown(field)} has {_value(value)}; a point is 0, 1 or null.")
    return value


def _points(fields: dict[str, Any], skills: tuple[str, ...], where: str) -> tuple[tuple[Point, ...], Point, Point]:
    """The points by skill, for the topic and for sense; all None where the grading leaves them out."""
    given = fields.get("points")
    if given is None:
        given = dict.fromkeys(skills)
    if not isinstance(given, dict) or set(given) != set(skills):
        raise SkillscaleError(
            f"{where}: points is {_value(given)}; it is an object that gives each skill of `skills` 0, 1 or null."
        )
    points = tuple(_point(given[skill], skill, where) for skill in skills)
    on_topic, makes_sense = (_point(fields.get(name), name, where) for name in ("on_topic", "makes_sense"))
    return points, on_topic, makes_sense


def _length(fields: dict[str, Any], text: str | None, k: int, where: str, *, needed: bool) -> Point:
    said = _point(fields.get("short_enough"), "short_enough", where)
    if text is not None and said is not None:
        raise SkillscaleError(
            f"{where}: both text and short_enough are given; sentences of a text are counted, so leave short_enough out."
        )
    if text is not None:
        return int(short_enough(text, k))
    if said is None and needed:
        raise SkillscaleError(
            f"{where}: neither text nor short_enough is given; give the text, or 0 or 1 for its length."
        )
    return said


def _missing(fields: dict[str, Any], points: tuple[Point, ...], where: str) -> str | None:
    reason = _optional_name(fields, "missing", where)
    if (reason is None) == (None in points):
        raise SkillscaleError(
            f"{where}: {points.count(None)} points are null and missing is {_value(reason)}; give a reason in `missing` where a point is null, and only there."
        )
    return reason


def _value(value: Any) -> str:
    """A value as it stands in the file, short and safe to print."""
    return shown(json.dumps(value, ensure_ascii=False), 60)
