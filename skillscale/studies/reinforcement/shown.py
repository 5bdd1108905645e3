"""A lab's runs of reinforcement learning as the report shows them: runs that differ in the seed alone, together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.records import ReinforcementRun, read_reinforcement
from skillscale.laws.intervals import estimate
from skillscale.laws.test_time.coverage import pass_at_k
from skillscale.observations import Lab
from skillscale.studies.reinforcement.outcome import Change, PartOutcome, outcome_of
from skillscale.views.reasoning import BeforeAfter, Reinforced

HELD_OUT = "unseen"
PARTS = {"seen": "seen in training", HELD_OUT: "never seen", "longer": "longer than any rewarded"}


def reinforced_in(lab: Lab, rows: pl.DataFrame, *, level: float = 0.9) -> tuple[Reinforced, ...]:
    """Of each checkpoint of these rows of the table that was reinforced and, for each, of each way to do so; the latest last.

    Runs that are not done yet are counted and left out. Raises SkillscaleError where a run's folder is damaged.
    """
    models = set(rows["model"].to_list())
    groups: dict[ReinforceConfig, list[ReinforcementRun]] = {}
    for run in read_reinforcement(lab):
        if run.config.model in models:
            groups.setdefault(replace(run.config, seed=0), []).append(run)
    return tuple(_together(runs, level) for runs in groups.values() if any(run.done for run in runs))


def _together(runs: Sequence[ReinforcementRun], level: float) -> Reinforced:
    done = [run for run in runs if run.done]
    found = outcome_of(done, level=level)
    return Reinforced(
        model=done[0].config.model,
        task=done[0].config.task,
        n_seeds=found.n_seeds,
        n_unfinished=len(runs) - len(done),
        curves=pl.concat([_curve(run, level) for run in done]),
        pass_at_1=_named("pass@1", found.pass_at_1),
        coverage=tuple(_named(f"pass@{one.k}", one.pass_at_k) for one in found.coverage),
        parts=tuple(_named(_part(one), one.pass_at_1) for one in found.parts),
        learned=found.learned,
    )


def _named(name: str, change: Change) -> BeforeAfter:
    return BeforeAfter(name=name, before=change.before, after=change.after, difference=change.difference)


def _part(one: PartOutcome) -> str:
    return f"k = {one.k}, {PARTS.get(one.part, one.part)}"


def _curve(run: ReinforcementRun, level: float) -> pl.DataFrame:
    """What was measured on held-out tuples after each of the run's marks."""
    rows: list[dict[str, float | int | None]] = []
    for (step,), own in run.evaluations.filter(part=HELD_OUT).group_by("step", maintain_order=True):
        passed_i = pass_at_k(own["tries"].to_numpy(), own["right"].to_numpy(), 1)
        found = estimate(passed_i, np.random.default_rng(0), level=level)
        right, tokens = int(own["right"].sum()), int(own["tokens"].sum())
        rows.append(
            {
                "seed": run.config.seed,
                "step": int(str(step)),
                "rl_flops": own["rl_flops"][0],
                "value": found.value,
                "low": found.low,
                "high": found.high,
                "thought_tokens": tokens / int(own["tries"].sum()),
                "entropy_nats": float(own["nats"].sum()) / tokens if tokens else None,
                "rewarded_rejected": (right - int(own["strict"].sum())) / right if right else None,
            }
        )
    floats = ("rl_flops", "value", "low", "high", "thought_tokens", "entropy_nats", "rewarded_rejected")
    return pl.DataFrame(rows, schema={"seed": pl.Int64, "step": pl.Int64, **dict.fromkeys(floats, pl.Float64)})
