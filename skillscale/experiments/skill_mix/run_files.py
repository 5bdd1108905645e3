"""What a run leaves in its folder: `run.json`, `generations.jsonl`, `gradings.jsonl`, beside the journal `calls.db` and `logs/`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skillscale.experiments.skill_mix.plan import MixPlan
from skillscale.experiments.skill_mix.protocol import Graded
from skillscale.experiments.skill_mix.run import MixRun, Text
from skillscale.models.durable import write_file, writing_to
from skillscale.models.hosted.calling import used
from skillscale.tasks.skill_mix.draw import draw_json
from skillscale.tasks.skill_mix.grading import GRADINGS
from skillscale.tasks.skill_mix.grading_line import grading_line

RUN, GENERATIONS, LOGS = "run.json", "generations.jsonl", "logs"


def run_folder(lab: Path, plan: MixPlan) -> Path:
    """`lab/mix/<key>`."""
    return lab / "mix" / plan.key


def write_plan(folder: Path, plan: MixPlan) -> None:
    """`run.json`: all settings, the draw with its commitment and the aliases of its skills; the same for the same plan."""
    commitment = None if plan.commitment is None else {"commitment": plan.commitment.digest}
    drawn = draw_json(plan.drawn, plan.library)["draws"]
    names = sorted({name for one in plan.drawn.combinations for name in one.skills})
    aliases = {name: own for name in names if (own := plan.library.skill(name).aliases)}
    held = {"run": plan.key, "skillscale": version("skillscale"), **plan.record, "draw": plan.draw_digest}
    held |= {"commitment": commitment, "draws": drawn, "aliases": aliases}
    _write(folder / RUN, json.dumps(held, indent=1, ensure_ascii=False))


def write_texts(folder: Path, run: MixRun) -> None:
    """Texts with what a program decided of them, and gradings as `skillscale mix score` reads them; each file whole or not at all."""
    _write(folder / GENERATIONS, _lines(_generation(text) for text in run.texts))
    _write(folder / GRADINGS, _lines(_grading(one) for text in run.texts for one in text.gradings))


def _generation(text: Text) -> dict[str, Any]:
    one = text.generation
    return {
        "combination": one.combination,
        "k": one.k,
        "topic": one.topic,
        "skills": list(one.skills),
        "model": one.model,
        "generation": one.generation,
        "text": one.text,
        "missing": one.missing,
        "decided": None if one.decided is None else asdict(one.decided),
        "turns": [asdict(reply) for reply in one.turns],
    }


def _grading(one: Graded) -> dict[str, Any]:
    """The line that is scored, with the grader's reasons, tokens and cost, which are not."""
    aside = {"reasons": one.reasons or None, **used(one.replies)}
    return grading_line(one.grading) | {name: value for name, value in aside.items() if value is not None}


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def _write(path: Path, text: str) -> None:
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half of a surrogate pair, which a server may send, is no character.
        write_file(path, lambda partial: partial.write_text(text, encoding="utf-8", errors="replace"))
