"""What a run leaves in its folder: `run.json`, `samples.jsonl`, beside the journals `calls.db` and `local/calls.db`."""

import json
from importlib.metadata import version
from pathlib import Path

from skillscale.experiments.thinking.run_plan import ThinkPlan
from skillscale.experiments.thinking.run_samples import ThinkRun, sample_json
from skillscale.models.durable import write_file, writing_to

RUN, SAMPLES = "run.json", "samples.jsonl"


def run_folder(lab: Path, plan: ThinkPlan) -> Path:
    """`lab/think/<key>`."""
    return lab / "think" / plan.key


def write_plan(folder: Path, plan: ThinkPlan) -> None:
    """All settings and the puzzles; the same for the same plan."""
    puzzles = [
        {"problem": one.number, "difficulty": one.difficulty, "puzzle": one.puzzle.to_json()} for one in plan.problems()
    ]
    held = {"run": plan.key, "skillscale": version("skillscale"), **plan.record, "puzzles": puzzles}
    _write(folder / RUN, json.dumps(held, indent=1, ensure_ascii=False))


def write_samples(folder: Path, run: ThinkRun) -> None:
    """A line for each sample; the file is there whole or not at all."""
    _write(folder / SAMPLES, "".join(f"{json.dumps(sample_json(one), ensure_ascii=False)}\n" for one in run.samples))


def _write(path: Path, text: str) -> None:
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half of a surrogate pair, which a server may send, is no character.
        write_file(path, lambda partial: partial.write_text(text, encoding="utf-8", errors="replace"))
