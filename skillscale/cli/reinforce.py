"""`skillscale reinforce`: reinforcement learning on chains of thought."""

import json
from pathlib import Path
from typing import Any

import click

from skillscale.cli.options import as_json, directory
from skillscale.errors import SkillscaleError


@click.command()
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    help="A Hugging Face folder, or its name in the table; by default the widest of the lab that can be reinforced.",
)
@click.option("--task", default="chains-worked", show_default=True, help="Questions whose answers a program checks.")
@click.option("--seeds", default="0,1,2", show_default=True, help="A run for each.")
@click.option("--steps", type=click.IntRange(min=1), help="Steps of each run; 400 if not given.")
@directory
@as_json
def reinforce(checkpoint: Path | None, task: str, seeds: str, steps: int | None, folder: Path, as_json: bool) -> None:
    """Reward a checkpoint for right answers to chains of customs, and see what that changes.

    The checkpoint must solve 5 to 60 % at a single try. Run again after any interruption, it goes on from there.
    """
    found = reinforce_asked(checkpoint=checkpoint, task=task, seeds=seeds, steps=steps, folder=folder)
    click.echo(json.dumps(found) if as_json else tell_reinforced(found))


def reinforce_asked(
    *, checkpoint: Path | None, task: str, seeds: str, steps: int | None, folder: Path
) -> dict[str, Any]:
    """What `skillscale reinforce --json` prints."""
    from dataclasses import asdict

    from skillscale.experiments.reinforce.records import read_run
    from skillscale.observations import Lab
    from skillscale.studies.reinforcement.outcome import outcome_of
    from skillscale.studies.reinforcement.running import reinforce

    try:
        numbers = tuple(int(seed) for seed in seeds.split(","))
    except ValueError as error:
        raise SkillscaleError(f"--seeds {seeds} was given; write whole numbers such as 0,1,2.") from error
    lab = Lab(folder)
    done = reinforce(
        lab,
        checkpoint=checkpoint,
        task=task,
        seeds=numbers,
        n_steps=steps,
        tell=lambda line: click.echo(line, err=True),
    )
    runs = [read_run(lab.runs / run) for run in done.runs if run not in done.failed]
    return {
        "checkpoint": str(done.start.folder),
        "model": done.start.name,
        "task": task,
        "single_try": done.single_try,
        "base_train_flops": done.start.base.train_flops,
        "failed": done.failed,
        **asdict(outcome_of(runs)),
    }


def tell_reinforced(found: dict[str, Any]) -> str:
    """The same in words: pass@1 by seed and by set, pass@k, and how the model speaks."""
    seeds = "1 seed" if found["n_seeds"] == 1 else f"{found['n_seeds']} seeds"
    lines = [f"{found['model']}, {found['task']}, {seeds}, right results on held-out tuples:", ""]
    lines += [f"seed {one['seed']:<6} {_told(one['pass_at_1'])}  {_compute(one['rl_flops'])}" for one in found["seeds"]]
    lines += [f"all         {_told(found['pass_at_1'])}", ""]
    lines += [f"k={one['k']} {one['part']:<7} {_told(one['pass_at_1'])}" for one in found["parts"]]
    lines += ["", *(f"pass@{one['k']:<6} {_told(one['pass_at_k'])}" for one in found["coverage"]), "", found["learned"]]
    before, after = found["before"], found["after"]
    lines += [
        f"tokens of an answer {before['thought_tokens']:.1f} → {after['thought_tokens']:.1f}, entropy of a token "
        f"{before['entropy_nats']:.2f} → {after['entropy_nats']:.2f} nats, rewarded answers with a wrong step "
        f"{_share(before['rewarded_rejected'])} → {_share(after['rewarded_rejected'])}."
    ]
    lines += [f"{run} failed: {reason}" for run, reason in found["failed"].items()]
    return "\n".join(lines)


def _told(change: dict[str, Any]) -> str:
    before, after, difference = change["before"], change["after"], change["difference"]
    interval = (
        "" if difference["low"] is None else f" [{100 * difference['low']:+.1f}, {100 * difference['high']:+.1f}]"
    )
    return f"{_share(before['value'])} → {_share(after['value'])}  {100 * difference['value']:+.1f} points{interval}"


def _compute(flops: float | None) -> str:
    return "compute not known" if flops is None else f"{flops:.2e} FLOPs"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"
