"""Skill-Mix in a lab's folder: runs of asked models in `mix/`, and what checkpoints of the pocket world wrote."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.commitment import digest_of
from skillscale.tasks.skill_mix.commitment_files import read_reveal
from skillscale.tasks.skill_mix.grading import Grading, read_gradings
from skillscale.tasks.skill_mix.kinds import KINDS
from skillscale.tasks.skill_mix.written import json_lines, read_cost, total_cost
from skillscale.views.report.leaderboard import MixRun, ReasonKey, Standing

VERIFIER = "the world's verifier"
PROTOCOL = ("prompts", "improve", "temperature", "max_tokens", "gradings", "grader_temperature")  # of run.json
POCKET_COLUMNS = (
    "stratum",
    "k",
    "combination",
    "topic",
    "skills",
    "generation",
    "text",
    "points",
    "reasons",
    "missing",
)


def mix_runs(lab: Path, checkpoints: Mapping[str, tuple[str, int]]) -> list[MixRun]:
    """All that was asked in this lab. `checkpoints`: model → its rung and parameters, in the order of the ladder.

    Raises SkillscaleError for a file that is damaged.
    """
    folders = sorted(path.parent for path in (lab / "mix").glob("*/gradings.jsonl"))
    asked = [read_run(folder) for folder in folders]
    trained = [
        run
        for model, (rung, n_params) in checkpoints.items()
        if (path := lab / "runs" / model / "skill-mix.parquet").is_file()
        for run in pocket_runs(path, model, rung, n_params)
    ]
    return [*asked, *trained]


def read_run(folder: Path) -> MixRun:
    """A run's folder, as `skillscale mix run` leaves it."""
    gradings = read_gradings(folder / "gradings.jsonl")
    settings = _settings(folder / "run.json")
    path = folder / "generations.jsonl"
    written_usd = read_cost(path) if path.is_file() else None
    reasons, graded_usd = _aside(folder / "gradings.jsonl")
    digest = settings.get("draw")
    return MixRun(
        key=folder.name,
        gradings=gradings,
        digest=digest if isinstance(digest, str) else None,
        standing=_standing(folder, settings, gradings),
        cost_usd=total_cost([written_usd, graded_usd]),
        reasons=reasons,
        definitions=_definitions(settings),
        aliases=_aliases(settings),
        protocol={name: settings.get(name) for name in PROTOCOL},
    )


def _settings(path: Path) -> dict[str, Any]:
    """`run.json`; empty where there is none, as beside gradings of another program."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SkillscaleError(f"{path} is no JSON; run the same `skillscale mix run` again.") from error
    return found if isinstance(found, dict) else {}


def _standing(folder: Path, settings: Mapping[str, Any], gradings: Sequence[Grading]) -> Standing:
    """`verified` takes a reveal beside the run that opens its commitment, and that the combinations graded are those of its draw, none left out."""
    digest = settings.get("draw")
    if settings.get("commitment") is None or not isinstance(digest, str):
        return "not verifiable"
    for path in sorted(folder.glob("*reveal.json")):
        reveal = read_reveal(path)
        drawn = {(one.topic, frozenset(one.at(k))) for one in reveal.draw.combinations for k in reveal.draw.ks}
        asked = {(one.topic, frozenset(one.skills)) for one in gradings}
        return "verified" if digest_of(reveal) == digest and asked == drawn else "broken"
    return "committed"


def _definitions(settings: Mapping[str, Any]) -> dict[str, str]:
    """Of our own library alone, where the run used it: a private one is not in the run's folder."""
    kind = KINDS.get(str(settings.get("kind")))
    library = None if kind is None else kind.library(None, None)
    if library is None or library.digest != settings.get("library"):
        return {}
    return {one.name: one.definition for one in library.skills}


def _aliases(settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Other names of the skills that were drawn, by which the strict scores know them."""
    held = settings.get("aliases")
    return {str(name): tuple(map(str, own)) for name, own in held.items()} if isinstance(held, dict) else {}


def _aside(path: Path) -> tuple[dict[ReasonKey, dict[str, str]], float | None]:
    """What stands in gradings beside the points: reasons, and what they cost (None where one that was made does not tell)."""
    reasons: dict[ReasonKey, dict[str, str]] = {}
    costs: list[float | None] = []
    for _, line in json_lines(path):
        key = line["combination"], line["model"], line["generation"], line["grader"], line["grading"]
        if isinstance(said := line.get("reasons"), dict):
            reasons[key] = {str(name): str(reason) for name, reason in said.items()}
        if "input_tokens" in line or "cost_usd" in line:
            costs.append(line.get("cost_usd"))
    return reasons, total_cost(costs)


def pocket_runs(path: Path, model: str, rung: str, n_params: int) -> list[MixRun]:
    """A checkpoint's texts, one run for each stratum: combinations that the training text has (`seen`), and others."""
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SkillscaleError(
            f"{path} is damaged: it cannot be read; delete it and run `skillscale lab` again."
        ) from error
    if lacking := [name for name in POCKET_COLUMNS if name not in frame.columns]:
        raise SkillscaleError(
            f"{path} is damaged: it lacks {', '.join(lacking)}; delete it and run `skillscale lab` again."
        )
    return [
        _pocket_run(part, str(part["stratum"][0]), model, rung, n_params)
        for part in frame.partition_by("stratum", maintain_order=True)
    ]


def _pocket_run(frame: pl.DataFrame, stratum: str, model: str, rung: str, n_params: int) -> MixRun:
    rows = frame.to_dicts()
    gradings = [_pocket_grading(row, model) for row in rows]
    keys = [(one.combination, model, one.generation) for one in gradings]
    named = zip(keys, rows, gradings, strict=True)
    return MixRun(
        key=f"{model} {stratum}",
        gradings=gradings,
        digest=None,
        standing="exact",
        cost_usd=None,
        reasons={(*key, VERIFIER, 0): _pocket_reasons(row["reasons"] or [], one.skills) for key, row, one in named},
        definitions={},
        texts={key: row["text"] for key, row in zip(keys, rows, strict=True) if row["text"] is not None},
        n_params=n_params,
        name=rung,
        stratum=stratum,
    )


def _pocket_grading(row: Mapping[str, Any], model: str) -> Grading:
    """What the verifier says. Names of skills are words of the world's prompts, so that a text naming one says nothing: no strict scores."""
    *skills, on_topic, makes_sense, short_enough = row["points"] or [None] * (row["k"] + 3)
    return Grading(
        combination=f"k{row['k']}-{row['combination']}",
        k=row["k"],
        topic=row["topic"],
        skills=tuple(row["skills"]),
        model=model,
        grader=VERIFIER,
        generation=row["generation"],
        grading=0,
        points=tuple(skills),
        on_topic=on_topic,
        makes_sense=makes_sense,
        short_enough=short_enough,
        missing=None if row["points"] is not None else row["missing"] or "no text",
    )


def _pocket_reasons(told: Sequence[str], skills: Sequence[str]) -> dict[str, str]:
    """`skill: reason` lines by the key of their point."""
    keys = {skill: f"skill_{place + 1}" for place, skill in enumerate(skills)}
    parts = (line.partition(": ") for line in told)
    return {keys.get(name, name): reason for name, _, reason in parts}
