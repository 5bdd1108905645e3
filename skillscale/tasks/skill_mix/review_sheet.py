"""A sheet for people: texts of a run drawn at random, named by letters alone, and the key that leads back.

The draw: every model and k gets the same number of texts, as near as can be, so that each can be corrected. Within one model and k, combinations
are drawn without replacement, each equally likely, and of each combination one generation; a second one only after all combinations have one.
Whether and how a text was graded plays no part. That is what prediction-powered inference needs (laws/skill_mix/corrected.py).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.canonical import sha256_of
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.tasks.skill_mix.names import no_file, shown

# Ids are of consonants, so that a spreadsheet takes none for a number, a date or a formula, and nobody reads a word in one.
LETTERS = "bcdfghjklmnpqrstvwxz"
ID_LENGTH = 5
JUDGED_BESIDE = ("topic", "sense")  # the points of a sheet besides the skills, which are numbered from 1
LARGEST_KEY = 50_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewText:
    """One text of the sheet. `generation` and `model` are for the key alone."""

    id: str
    combination: str
    k: int
    topic: str
    skills: tuple[str, ...]
    model: str
    generation: int
    public: bool | None
    text: str

    @property
    def points(self) -> tuple[str, ...]:
        """Names of its k + 2 points on a sheet: 1 … k, topic, sense."""
        return points_of(self.skills)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The texts, by id, and in which order each person sees them (ids); `n_without_text` texts could not be shown."""

    texts: tuple[ReviewText, ...]
    seed: int
    people: Mapping[str, tuple[str, ...]]
    n_without_text: int

    @property
    def digest(self) -> str:
        """Names the sheet whoever reviews it: 12 hexadecimal digits of all texts and ids."""
        return sha256_of([asdict(one) | {"skills": list(one.skills)} for one in self.texts])[:12]

    def order(self, person: str) -> list[ReviewText]:
        """The texts as this person sees them."""
        by_id = {one.id: one for one in self.texts}
        return [by_id[each] for each in self.people[person]]


def points_of(skills: Sequence[str]) -> tuple[str, ...]:
    """Names of the k + 2 points on a sheet: 1 … k, topic, sense."""
    return (*(str(place + 1) for place in range(len(skills))), *JUDGED_BESIDE)


def draw_sheet(gradings: Sequence[Grading], *, n_texts: int, people: Sequence[str], seed: int = 0) -> Sheet:
    """Draw `n_texts` texts (all, where there are fewer) and shuffle them for each of `people`.

    The same texts whatever the order of gradings and whoever reviews. SkillscaleError where no grading has its text.
    """
    if n_texts < 1:
        raise SkillscaleError(f"{n_texts} texts were asked for; give --texts a whole number from 1 on.")
    if seed < 0:
        raise SkillscaleError(f"The seed was given as {seed}; give a whole number from 0 on.")
    _refuse_names(people)
    answered = {(one.model, one.k, one.combination, one.generation): one for one in gradings if one.text is not None}
    every = {(one.model, one.k, one.combination, one.generation) for one in gradings}
    if not answered:
        raise SkillscaleError("None of the gradings has its text, so there is nothing to review; give a run's folder.")
    rng = np.random.default_rng(seed)
    chosen = [answered[key] for key in _drawn(sorted(answered), n_texts, rng)]
    texts = tuple(sorted(map(_review_text, chosen, _ids(len(chosen), rng)), key=lambda one: one.id))
    orders = {person: _shuffled([one.id for one in texts], seed, person) for person in people}
    return Sheet(texts=texts, seed=seed, people=orders, n_without_text=len(every) - len(answered))


Key = tuple[str, int, str, int]  # model, k, combination, generation


def _drawn(keys: Sequence[Key], n_texts: int, rng: np.random.Generator) -> list[Key]:
    """By model and k in equal shares; in each, combinations in random order, first with one random generation, then with another."""
    cells: dict[tuple[str, int], dict[str, list[Key]]] = defaultdict(lambda: defaultdict(list))
    for key in keys:
        cells[key[:2]][key[2]].append(key)
    queues = [_queue(list(combinations.values()), rng) for _, combinations in sorted(cells.items())]
    found: list[Key] = []
    while len(found) < n_texts and any(queues):
        for place in rng.permutation(len(queues)):
            if queues[place] and len(found) < n_texts:
                found.append(queues[place].pop(0))
    return found


def _queue(combinations: Sequence[Sequence[Key]], rng: np.random.Generator) -> list[Key]:
    """All texts of one model and k in the order in which they are drawn."""
    order = [combinations[place] for place in rng.permutation(len(combinations))]
    mixed = [[own[place] for place in rng.permutation(len(own))] for own in order]
    rounds = max(len(own) for own in mixed)
    return [own[turn] for turn in range(rounds) for own in mixed if turn < len(own)]


def _ids(n: int, rng: np.random.Generator) -> list[str]:
    numbers = rng.choice(len(LETTERS) ** ID_LENGTH, size=n, replace=False)
    return [
        "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(ID_LENGTH))
        for number in numbers.tolist()
    ]


def _review_text(one: Grading, id: str) -> ReviewText:
    assert one.text is not None
    return ReviewText(
        id=id,
        combination=one.combination,
        k=one.k,
        topic=one.topic,
        skills=one.skills,
        model=one.model,
        generation=one.generation,
        public=one.public,
        text=one.text.encode("utf-8", "replace").decode(),  # half of a surrogate pair stands in no file
    )


def _shuffled(ids: Sequence[str], seed: int, person: str) -> tuple[str, ...]:
    """An order of this person's own, whoever else reviews."""
    own = int.from_bytes(hashlib.sha256(person.encode("utf-8", "replace")).digest()[:8], "big")
    order: list[int] = np.random.default_rng([seed, own]).permutation(len(ids)).tolist()
    return tuple(ids[place] for place in order)


def _refuse_names(people: Sequence[str]) -> None:
    for person in people:
        if not person.strip() or not all(sign.isalnum() or sign in "-_." for sign in person) or person[0] in "-.":
            raise SkillscaleError(
                f"The reviewer was named {shown(person)!r}; a name is of letters, digits, - and _, for it names a file too."
            )
    if not people or len({person.casefold() for person in people}) < len(people):
        raise SkillscaleError("Name each reviewer once, with --person ann --person bob.")


def key_json(sheet: Sheet) -> dict[str, Any]:
    """What leads from ids back to combinations and models; it is kept from the reviewers."""
    fields = ("combination", "k", "topic", "skills", "model", "generation", "public")
    return {
        "sheet": sheet.digest,
        "seed": sheet.seed,
        "design": "equal shares by model and k; combinations at random without replacement; one generation at random of each",
        "people": {person: list(order) for person, order in sheet.people.items()},
        "texts": {one.id: {name: getattr(one, name) for name in fields} for one in sheet.texts},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetKey:
    """A key as read from its file: `texts` by id, each with the fields of a label but the points; `people` with their orders."""

    sheet: str
    people: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, Mapping[str, Any]]


def read_key(path: Path) -> SheetKey:
    """The key that was written with a sheet. SkillscaleError where the file is none."""
    if not path.is_file():
        raise no_file(path, "give the key that was written with the sheet.")
    if path.stat().st_size > LARGEST_KEY:
        raise SkillscaleError(f"{shown(str(path))} is too large for the key of a sheet; give the one written with it.")
    try:
        found = json.loads(path.read_bytes())
        people = {str(person): tuple(map(str, order)) for person, order in found["people"].items()}
        texts = {str(id): {**one, "skills": tuple(map(str, one["skills"]))} for id, one in found["texts"].items()}
        for one in texts.values():
            _ = one["combination"], one["k"], one["topic"], one["model"], one["generation"], one["public"]
        return SheetKey(sheet=str(found["sheet"]), people=people, texts=texts)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise SkillscaleError(
            f"{shown(str(path))} is not the key of a sheet; give the file that was written beside it."
        ) from error
