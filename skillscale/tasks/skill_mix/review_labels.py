"""What people answered on a sheet, checked against its key and turned into labels (docs/skill-mix-scores.md)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.names import shown
from skillscale.tasks.skill_mix.review_sheet import SheetKey, points_of

NOT_ANSWERED = "not answered"
LARGEST_FILE = 50_000_000  # bytes

Answers = Mapping[str, Mapping[str, int]]  # id → point (1 … k, topic, sense) → 1 or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsAnswers:
    """What one person answered; `sheet` is None where the file (CSV) does not say of which sheet. `source` is the file's name."""

    person: str
    sheet: str | None
    answers: Answers
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """How much of a sheet one person answered.

    `n_skipped`: texts without any answer that stand before the last one with an answer. Leaving off at the end is harmless, for the order is
    random; skipping is not, if it is the hard ones that are skipped.
    """

    person: str
    n_texts: int
    n_answered: int
    n_skipped: int
    n_points: int
    n_points_missing: int


def read_page_answers(path: Path) -> PersonsAnswers:
    """What the page saved: a JSON object with `sheet`, `person` and `answers`. SkillscaleError where it is none."""
    if path.stat().st_size > LARGEST_FILE:
        raise SkillscaleError(
            f"{shown(path.name)} is too large for the answers to a sheet; give the file that the page saved."
        )
    try:
        found = json.loads(path.read_bytes())
        person, sheet, answers = found["person"], found["sheet"], found["answers"]
        taken = {str(id): dict(own) for id, own in answers.items()}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise SkillscaleError(
            f"{shown(path.name)} holds no answers to a sheet; give the file that the page saved."
        ) from error
    if not isinstance(person, str) or not isinstance(sheet, str):
        raise SkillscaleError(f"{shown(path.name)} names no reviewer or no sheet; give the file that the page saved.")
    for id, own in taken.items():
        for point, answer in own.items():
            if isinstance(answer, bool) or answer not in (0, 1):
                said = json.dumps(answer)
                raise SkillscaleError(
                    f"{shown(path.name)}: {shown(id)} {shown(point)} is {shown(said, 40)}; an answer is 1 or 0, or left out."
                )
    return PersonsAnswers(person=person, sheet=sheet, answers=taken, source=path.name)


def label_lines(key: SheetKey, given: Sequence[PersonsAnswers]) -> list[dict[str, Any]]:
    """One label for each person and text, in the order of the key; a point without an answer is null, and `missing` says so."""
    _refuse_strangers(key, given)
    return [_label(key.texts[id], one.person, one.answers.get(id, {})) for one in given for id in key.texts]


def returned(key: SheetKey, given: Sequence[PersonsAnswers]) -> list[Returned]:
    """How much each person answered. Call `label_lines` first: it refuses what is not of this sheet."""
    return [_returned(key, one) for one in given]


def _label(text: Mapping[str, Any], person: str, own: Mapping[str, int]) -> dict[str, Any]:
    fields = {name: text[name] for name in ("combination", "k", "topic", "model", "generation")}
    fields |= {"skills": list(text["skills"]), "person": person}
    if text["public"] is not None:
        fields["public"] = text["public"]
    names = points_of(text["skills"])
    missing = [name for name in names if name not in own]
    if len(missing) < len(names):
        *skills, on_topic, makes_sense = (own.get(name) for name in names)
        fields |= {"points": dict(zip(text["skills"], skills, strict=True))}
        fields |= {"on_topic": on_topic, "makes_sense": makes_sense}
    return fields | ({"missing": NOT_ANSWERED} if missing else {})


def _returned(key: SheetKey, one: PersonsAnswers) -> Returned:
    order = key.people.get(one.person, tuple(key.texts))
    answered = [bool(one.answers.get(id)) for id in order]
    last = max((place for place, known in enumerate(answered) if known), default=-1)
    n_points = sum(len(points_of(text["skills"])) for text in key.texts.values())
    return Returned(
        person=one.person,
        n_texts=len(key.texts),
        n_answered=sum(answered),
        n_skipped=answered[: last + 1].count(False),
        n_points=n_points,
        n_points_missing=n_points - sum(len(own) for own in one.answers.values()),
    )


def _refuse_strangers(key: SheetKey, given: Sequence[PersonsAnswers]) -> None:
    sources: dict[str, str] = {}
    for one in given:
        if one.sheet not in (None, key.sheet):
            raise SkillscaleError(
                f"{shown(one.source)} answers the sheet {shown(str(one.sheet))}, and the key is of {shown(key.sheet)}; give the key written with that sheet."
            )
        if one.person in sources:
            raise SkillscaleError(
                f"{shown(one.source)} and {shown(sources[one.person])} are both by {shown(one.person)}; give one file of each person."
            )
        sources[one.person] = one.source
        for fault in _faults(key, one):
            raise SkillscaleError(f"{shown(one.source)}: {fault}")


def _faults(key: SheetKey, one: PersonsAnswers) -> Iterator[str]:
    for id, own in one.answers.items():
        if id not in key.texts:
            yield f"there is no text {shown(id)} on the sheet of this key; ids are five letters, and must stay as they were."
            return
        points = points_of(key.texts[id]["skills"])
        if unknown := [point for point in own if point not in points]:
            yield f"{shown(id)} has no point {shown(unknown[0])}; its points are {', '.join(points)}."
    if not any(one.answers.values()):
        yield "nothing is answered; fill in 1 or 0, or save the page after answering."
