"""What a run of reinforcement learning leaves in its folder, read without torch.

`reinforce.json` (settings, and the checkpoint it started from), `log.jsonl` (a line a step), `evaluations/step-<n>.parquet` (every question of the fixed
sets), `step-<n>/` (a Hugging Face folder).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.config import ReinforceConfig, config_settings
from skillscale.models.durable import write_file, writing_to
from skillscale.observations.lab import Lab

CLAIM, LOG = "reinforce.json", "log.jsonl"
# Of each question: how many of `tries` have the right result (`right`) and every step right (`strict`), tokens said in all of them (the end
# token with them), and the nats of those tokens. `part` is seen, unseen or longer.
SCHEMA = {
    "part": pl.String,
    "k": pl.Int64,
    "item": pl.Int64,
    "tries": pl.Int64,
    "right": pl.Int64,
    "strict": pl.Int64,
    "tokens": pl.Int64,
    "nats": pl.Float64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The checkpoint a run started from, as the table knows it; None is not known."""

    family: str
    n_params: int
    n_params_total: int
    n_tokens: int | None = None
    unique_tokens: int | None = None
    train_flops: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step saw: a line of `log.jsonl`.

    `rewarded` of all answers had the right result; of those, the share `rewarded_rejected` (None where there are none) fails the check of every step.
    `mixed` of the questions had both right and wrong answers, the others taught nothing. `entropy_nats` is of a token, estimated from what was
    said; `thought_tokens` is the mean length of an answer. `rl_flops` is all that sampling and updating took since the start of the run.
    """

    step: int
    rewarded: float
    rewarded_rejected: float | None
    mixed: int
    n_prompts: int
    entropy_nats: float
    thought_tokens: float
    rl_flops: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReinforcementRun:
    """A run: `steps` has the columns of `Step`; `evaluations` those of SCHEMA, `step` and `rl_flops` (None where the log does not reach)."""

    config: ReinforceConfig
    base: Base
    folder: Path
    steps: pl.DataFrame
    evaluations: pl.DataFrame

    @property
    def done(self) -> bool:
        """Was it measured after its last step, and before its first?"""
        measured = set(self.evaluations["step"].to_list())
        return {0, self.config.n_steps} <= measured


def step_folder(run_folder: Path, step: int) -> Path:
    return run_folder / f"step-{step}"


def evaluation_file(run_folder: Path, step: int) -> Path:
    return run_folder / "evaluations" / f"step-{step}.parquet"


def claim(folder: Path, config: ReinforceConfig, base: Base) -> None:
    """Write `reinforce.json` of a run that starts or goes on."""
    text = json.dumps({"config": config_settings(config), "base": asdict(base)}, indent=1)
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / CLAIM, lambda partial: partial.write_text(text))


def read_reinforcement(lab: Lab) -> list[ReinforcementRun]:
    """All runs of reinforcement learning in a lab, also those not done yet, the latest last. Raises SkillscaleError where one is damaged."""
    found = sorted(lab.runs.glob(f"*/{CLAIM}"), key=lambda path: path.stat().st_mtime)
    return [read_run(path.parent) for path in found]


def read_run(folder: Path) -> ReinforcementRun:
    """The run in `folder`. Raises SkillscaleError where it is damaged."""
    try:
        raw: dict[str, Any] = json.loads((folder / CLAIM).read_text())
        settings: dict[str, Any] = raw["config"]
        settings |= {name: tuple(settings[name]) for name in ("ks", "longer_ks")}
        config, base = ReinforceConfig(**settings), Base(**raw["base"])
        steps = _steps(folder / LOG)
        return ReinforcementRun(
            config=config, base=base, folder=folder, steps=steps, evaluations=_evaluations(folder, steps)
        )
    except (OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as error:
        raise SkillscaleError(
            f"{folder} holds a damaged run of reinforcement learning ({error}). Delete that folder and run `skillscale reinforce` again."
        ) from error


def _steps(log: Path) -> pl.DataFrame:
    """A line that a kill has cut is no line."""
    lines = log.read_text().splitlines(keepends=True) if log.is_file() else []
    rows = [json.loads(line) for line in lines if line.endswith("\n")]
    counts, floats = (
        ("step", "mixed", "n_prompts"),
        ("rewarded", "rewarded_rejected", "entropy_nats", "thought_tokens", "rl_flops"),
    )
    schema = {name: pl.Int64 if name in counts else pl.Float64 for name in (*counts, *floats)}
    return pl.DataFrame(rows, schema=schema)


def _evaluations(folder: Path, steps: pl.DataFrame) -> pl.DataFrame:
    flops = {0: 0.0, **dict(steps.select("step", "rl_flops").iter_rows())}
    tables: list[pl.DataFrame] = []
    for path in (folder / "evaluations").glob("step-*.parquet"):
        step = int(path.stem.partition("-")[2])
        known = pl.lit(flops.get(step), dtype=pl.Float64)
        tables.append(
            pl.read_parquet(path).with_columns(pl.lit(step, dtype=pl.Int64).alias("step"), known.alias("rl_flops"))
        )
    if not tables:
        return pl.DataFrame(schema={**SCHEMA, "step": pl.Int64, "rl_flops": pl.Float64})
    return pl.concat(tables).sort("step", "part", "k", "item")
