"""A student and a grader of Skill-Mix for tests, decided by hashes of what they are asked, and what scores follow from that.

The scores are computed here a second time, from the draw alone and without the package's prompts, parsing or metrics.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from skillscale.models.hosted.provider import seed_of
from skillscale.tasks.skill_mix.asked import Asked
from tests.hosted_server import Answer, Request, share

SILENT, SCATTERED = "silent", "scattered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How often a skill is shown, a point of topic and sense holds, a text is too long, the student has no `Answer:`, a grading breaks its schema."""

    skill: float = 0.85
    other: float = 0.95
    long: float = 0.1
    silent: float = 0.0
    broken: float = 0.0

    def text(self, topic: str, skills: Sequence[str], seed: int) -> str | None:
        """The text; None where the student gives none."""
        if share(topic, skills, seed, "silent") < self.silent:
            return None
        n = max(1, len(skills) - 1) + (share(topic, skills, seed, "long") < self.long)
        return " ".join(f"Number {i} of {len(skills)} says {share(topic, skills, seed):.6f} things." for i in range(n))

    def breaks(self, text: str, seed: int) -> bool:
        return share(text, seed, "broken") < self.broken

    def point(self, text: str, what: str, seed: int) -> int:
        return int(share(text, what, seed) < (self.other if what in ("on_topic", "makes_sense") else self.skill))

    def answer(self, request: Request) -> Answer:
        """What the server says: a grading where the model's name says grader, else a text."""
        asked = request["messages"][-1]["content"]
        if "grader" in request["model"]:
            return Answer(text=self._grading(asked, request["seed"]))
        first = request["messages"][0]["content"]
        topic = re.search(r"context of this topic: (.*)\.\n", first)
        assert topic is not None
        skills = re.findall(r"^\d+\. (.*)\n   Definition:", first, re.MULTILINE)
        text = self.text(topic[1], skills, request["seed"])
        return Answer(text="I would rather not." if text is None else f"Answer:\n{text}\n\nExplanation: as you see.")

    def _grading(self, asked: str, seed: int) -> str:
        quoted = re.search(r"^<text-\w+>\n(.*)\n</text-", asked, re.MULTILINE)
        assert quoted is not None
        text = json.loads(quoted[1])
        if self.breaks(text, seed):
            return '{"skill_1": {"point": "yes"'
        named = {
            key: json.loads(f'"{name}"') for key, name in re.findall(r'- (skill_\d+): .* the skill "(.*?)",', asked)
        }
        points = {**named, "on_topic": "on_topic", "makes_sense": "makes_sense"}
        return json.dumps(
            {key: {"reason": "So it is.", "point": self.point(text, name, seed)} for key, name in points.items()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """At one k: metric → (mean of one, best of n), None where no combination has it; texts without verdict; gradings missing."""

    scores: dict[str, tuple[float | None, float | None]]
    missing: int
    gradings_missing: Counter[str]


def expected(
    behaviour: Behaviour, asked: Sequence[Asked], *, student: str, generations: int, gradings: int
) -> Expected:
    """The scores that the behaviour implies for combinations of one k."""
    by_metric: dict[str, list[list[float | None]]] = {"full_marks": [], "all_skills": [], "skill_fraction": []}
    reasons: Counter[str] = Counter()
    for one in asked:
        rows = [_text_scores(behaviour, one, g, student, gradings, reasons) for g in range(generations)]
        for name, own in by_metric.items():
            own.append([None if row is None else row[name] for row in rows])
    missing = sum(value is None for row in by_metric["full_marks"] for value in row)
    scores = {name: (_mean_of_one(rows), _best(rows)) for name, rows in by_metric.items()}
    return Expected(scores=scores, missing=missing, gradings_missing=reasons)


def _mean_of_one(rows: list[list[float | None]]) -> float | None:
    known = [[value for value in row if value is not None] for row in rows]
    return fmean(fmean(row) for row in known if row) if any(known) else None


def _best(rows: list[list[float | None]]) -> float | None:
    whole = [max(value for value in row if value is not None) for row in rows if None not in row]
    return fmean(whole) if whole else None


def _text_scores(
    behaviour: Behaviour, one: Asked, g: int, student: str, gradings: int, reasons: Counter[str]
) -> dict[str, float] | None:
    skills = [skill.name for skill in one.skills]
    text = behaviour.text(one.topic, skills, seed_of(f"{one.combination}/g{g}/improve"))
    if text is None:
        reasons[SILENT] += gradings
        return None
    votes: list[list[int]] = []
    for r in range(gradings):
        draw = f"{one.combination}/g{g}/{student}/r{r}"
        seeds = [seed for seed in (seed_of(draw), seed_of(f"{draw}/again")) if not behaviour.breaks(text, seed)]
        if not seeds:
            reasons[SCATTERED] += 1
            continue
        votes.append([behaviour.point(text, what, seeds[0]) for what in (*skills, "on_topic", "makes_sense")])
    points = [_majority([vote[i] for vote in votes]) for i in range(len(skills) + 2)]
    if None in points:
        return None
    length = int(text.count(".") // 2 <= max(1, one.k - 1))  # each sentence has a number with a point and a full stop
    shown, other = points[:-2], [*points[-2:], length]
    return {
        "full_marks": float(all(shown) and all(other)),
        "all_skills": float(all(shown) and sum(x or 0 for x in other) >= 2),
        "skill_fraction": sum(x or 0 for x in shown) / one.k if all(other) else 0.0,
    }


def _majority(votes: list[int]) -> int | None:
    return None if 2 * sum(votes) == len(votes) else int(2 * sum(votes) > len(votes))


def held_against(found: dict[str, Any], wanted: Expected) -> list[str]:
    """What differs in one row of `scores`; nothing where it is exactly what the behaviour implies."""
    wrong = [
        f"{name} {of}: {found[name][of]['value']} for {value}"
        for name, pair in wanted.scores.items()
        for of, value in zip(("mean", "best"), pair, strict=True)
        if not _same(found[name][of]["value"], value)
    ]
    if found["missing"] != wanted.missing:
        wrong.append(f"missing: {found['missing']} for {wanted.missing}")
    if sum(found["gradings_missing"].values()) != wanted.gradings_missing.total():
        wrong.append(f"gradings missing: {found['gradings_missing']} for {wanted.gradings_missing}")
    return wrong


def _same(found: float | None, wanted: float | None) -> bool:
    return found is None if wanted is None else found is not None and abs(found - wanted) < 1e-12
