"""The leaderboard of Skill-Mix: a row for each model, grader and k, and a sample of the texts behind it with what was said of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

import numpy as np

from skillscale.laws.intervals import LEVEL
from skillscale.laws.skill_mix.answers import OF, Answers, gather
from skillscale.laws.skill_mix.saturation_point import SaturationPoint, saturation_point
from skillscale.laws.skill_mix.scores import MixScore, Scores, score_all
from skillscale.tasks.skill_mix.grading import Grading, Point
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.metrics import METRICS
from skillscale.tasks.skill_mix.names import visible
from skillscale.views.skill_mix_wording import interval

OF_EACH = 3  # texts of a row with all points, and as many without
TEXT_SEED = 0  # which texts are shown: the same in every report of a lab
METRIC_ORDER = ("full_marks", "all_skills", "skill_fraction")

Standing = Literal["verified", "committed", "not verifiable", "broken", "exact"]
STANDINGS: dict[Standing, str] = {
    "verified": "the draw was committed to before the run, and what was revealed is that draw",
    "committed": "a commitment was published before the run; the draw is not revealed yet",
    "not verifiable": "nobody else can tell whether this draw was made before the run",
    "broken": "what was revealed is not what was committed to, or other combinations were graded than were drawn",
    "exact": "combinations are held out by a rule of the pocket world, and a program decides every point",
}


TextKey = tuple[str, str, int]  # combination, model, generation
ReasonKey = tuple[str, str, int, str, int]  # the same with grader and grading


@dataclass(frozen=True, slots=True, kw_only=True)
class MixRun:
    """A run of Skill-Mix as the report needs it.

    `key` tells it from others; `digest` names its draw. `reasons`: what a grader said of points, by combination, model, generation, grader and
    grading; its keys are `skill_1` …, `on_topic`, `makes_sense`, `short_enough`. `cost_usd` is None where it is not known. `definitions`: skill → what it is; `aliases`: skill → its other names. `n_params`:
    the size of the model where it was trained here; `name` then is its rung, and `stratum` says which combinations (`seen`, `unseen`). `texts`: those
    whose gradings do not hold them. `protocol`: the settings by which texts were asked for and graded.
    """

    key: str
    gradings: Sequence[Grading]
    digest: str | None
    standing: Standing
    cost_usd: float | None
    reasons: Mapping[ReasonKey, Mapping[str, str]]
    definitions: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    texts: Mapping[TextKey, str] = field(default_factory=dict[TextKey, str])
    n_params: int | None = None
    name: str | None = None
    stratum: str | None = None
    protocol: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricPoint:
    """One point of a text: its votes in the order of gradings, the majority, and reasons that were given."""

    name: str
    meaning: str
    votes: tuple[Point, ...]
    verdict: Point
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """A text beside its rubric; `text` None: there is none, and `missing` says why. `full` is None where a point is missing."""

    combination: str
    generation: int
    topic: str
    text: str | None
    missing: tuple[str, ...]
    points: tuple[RubricPoint, ...]
    full: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A score in one version, such as `plain-mean`: as words, and as the number to sort by (None: missing)."""

    version: str
    words: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One row; `cells` hold each metric in every version. `target` is the id of its texts on the page."""

    name: str
    run: MixRun
    score: MixScore
    cells: tuple[tuple[Cell, ...], ...]
    target: str
    texts: tuple[ShownText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The leaderboard; empty where a lab has no Skill-Mix. `saturation` is of each line: a run's key, its model and grader."""

    rows: tuple[BoardRow, ...]
    saturation: Mapping[tuple[str, str, str], SaturationPoint]
    level: float

    @property
    def ks(self) -> list[int]:
        """Every k of a row, from the smallest up."""
        return sorted({row.score.k for row in self.rows})

    @property
    def standings(self) -> dict[str, str]:
        """What the words for draws mean, of those that occur."""
        found = {row.run.standing for row in self.rows}
        return {name: words for name, words in STANDINGS.items() if name in found}


VERSIONS = {
    "plain-mean": "one generation",
    "plain-best": "best of all generations",
    "strict-mean": "one generation, strict: skills that the text names are lost",
    "strict-best": "best of all generations, strict",
}


def board_of(runs: Sequence[MixRun], *, level: float = LEVEL, seed: int = 0) -> Board:
    """Scores, saturation points and texts of all runs; models that were asked before rungs trained here, and of each the best at the smallest k first."""
    rows: list[BoardRow] = []
    points: dict[tuple[str, str, str], SaturationPoint] = {}
    for place, run in enumerate(runs):
        answers = gather(run.gradings, run.aliases)
        scores = score_all(answers, level=level, seed=seed)
        rng = np.random.default_rng(TEXT_SEED)
        said = _by_text(run.gradings)
        for own, score in zip(answers, scores, strict=True):
            target = f"mix-{place}-{len(rows)}"
            keys = [(own.combinations[c], own.model, own.generations[g], own.grader) for c, g in _chosen(own, rng)]
            texts = tuple(_shown(run, said[key], own, key) for key in keys if key in said)
            rows.append(_row(run, score, target, texts))
        for (model, grader), curve in groupby(scores, key=lambda one: (one.model, one.grader)):
            points[run.key, model, grader] = saturation_point(list(curve))
    return Board(rows=tuple(sorted(rows, key=_rank)), saturation=points, level=level)


def _rank(row: BoardRow) -> tuple[bool, int, float, str]:
    value = row.score.plain.estimates["full_marks"]["mean"].value
    return row.run.n_params is not None, row.score.k, -1.0 if value is None else -value, row.name


def _row(run: MixRun, score: MixScore, target: str, texts: tuple[ShownText, ...]) -> BoardRow:
    versions: dict[str, Scores] = {"plain": score.plain, "strict": score.strict}
    cells = tuple(
        tuple(
            Cell(version=f"{kind}-{of}", words=interval(one), value=one.value)
            for kind, scores in versions.items()
            for of in OF
            for one in (scores.estimates[metric][of],)
        )
        for metric in METRIC_ORDER
    )
    return BoardRow(
        name=(run.name or score.model) + (f", {run.stratum}" if run.stratum else ""),
        run=run,
        score=score,
        cells=cells,
        target=target,
        texts=texts,
    )


def _chosen(answers: Answers, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Places of texts: a random few with Full Marks, as many without, and as many that have no verdict."""
    full_cg = METRICS["full_marks"](answers.points_cgp)
    found: list[tuple[int, int]] = []
    for marked in (full_cg == 1, full_cg == 0, np.isnan(full_cg)):
        places = np.argwhere(marked)
        taken = sorted(rng.choice(len(places), size=min(OF_EACH, len(places)), replace=False).tolist())
        found += [(int(places[i][0]), int(places[i][1])) for i in taken]
    return found


GradedKey = tuple[str, str, int, str]  # combination, model, generation, grader


def _by_text(gradings: Sequence[Grading]) -> Mapping[GradedKey, list[Grading]]:
    found: dict[GradedKey, list[Grading]] = defaultdict(list)
    for one in sorted(gradings, key=lambda one: one.grading):
        found[one.combination, one.model, one.generation, one.grader].append(one)
    return found


def _shown(run: MixRun, own: Sequence[Grading], answers: Answers, key: GradedKey) -> ShownText:
    """One text with its gradings, in their order."""
    name, _, generation, _ = key
    points_p = answers.points_cgp[answers.combinations.index(name), answers.generations.index(generation)]
    points = _rubric(run, own, points_p.tolist(), [run.reasons.get((*key, one.grading), {}) for one in own])
    text = next((one.text for one in own if one.text is not None), run.texts.get(key[:3]))
    return ShownText(
        combination=name,
        generation=generation,
        topic=own[0].topic,
        text=None if text is None else visible(text),
        missing=tuple(visible(one) for one in dict.fromkeys(one.missing for one in own) if one is not None),
        points=points,
        full=None if any(one.verdict is None for one in points) else all(one.verdict == 1 for one in points),
    )


def _rubric(
    run: MixRun, own: Sequence[Grading], verdicts: Sequence[float], said: Sequence[Mapping[str, str]]
) -> tuple[RubricPoint, ...]:
    """All k + 3 points of a text."""
    first = own[0]
    names = [(f"skill_{place + 1}", skill) for place, skill in enumerate(first.skills)]
    names += [("on_topic", f"on the topic {first.topic}"), ("makes_sense", "makes sense")]
    names += [("short_enough", f"{kind_named(first.kind).most(first.k)}, counted")]
    return tuple(
        RubricPoint(
            name=visible(name),
            meaning=run.definitions.get(name, "") if place < first.k else "",
            votes=tuple(one.judged[place] for one in own) if len(own) > 1 and key != "short_enough" else (),
            verdict=None if np.isnan(verdict) else int(verdict),
            reasons=tuple(visible(one[key]) for one in said if one.get(key)),
        )
        for place, ((key, name), verdict) in enumerate(zip(names, verdicts, strict=True))
    )
