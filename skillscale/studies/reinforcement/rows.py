"""The table's rows of a run of reinforcement learning, from what it left in its folder."""

import numpy as np
import polars as pl

from skillscale.experiments.reinforce.records import ReinforcementRun
from skillscale.laws.test_time.coverage import pass_at_k
from skillscale.observations.observation import Direction, Observation

KS_OF_PASS = (1, 8, 64)


def reinforcement_rows(run: ReinforcementRun) -> list[Observation]:
    """Of each measured checkpoint and stratum: pass@k, length and entropy of thought, and the share of rewarded answers with a wrong step.

    `train_flops` is what the checkpoint took that the run started from, and all its sampling and updating; unknown where that is.
    """
    rows: list[Observation] = []
    for (step,), table in run.evaluations.group_by("step", maintain_order=True):
        for (part,), own in table.group_by("part", maintain_order=True):
            rows += _of_stratum(run, int(str(step)), str(part), None, own)
            for (k,), of_k in own.group_by("k", maintain_order=True):
                seen = "seen" if part == "seen" else "unseen"
                rows += _of_stratum(run, int(str(step)), f"k={k} {seen}", int(str(k)), of_k)
    return rows


def family_of_run(run: ReinforcementRun) -> str:
    """Reinforced checkpoints are a family of their own: no ladder is fitted through them."""
    return f"{run.base.family}: reinforced on {run.config.task}"


def _of_stratum(run: ReinforcementRun, step: int, stratum: str, k: int | None, own: pl.DataFrame) -> list[Observation]:
    tries, right = own["tries"].to_numpy(), own["right"].to_numpy()
    n_right, n_tries, n_tokens = int(right.sum()), int(tries.sum()), int(own["tokens"].sum())
    n_wrong_steps = n_right - int(own["strict"].sum())  # who has every step right has the result right
    made = [
        _row(
            run,
            step,
            stratum,
            k,
            own,
            f"pass_at_{n}",
            values=pass_at_k(tries, right, n),
            direction="up",
            thresholded=True,
        )
        for n in KS_OF_PASS
        if n <= tries.min()
    ]
    lengths, nats = own["tokens"].to_numpy() / tries, own["nats"].to_numpy()
    made.append(_row(run, step, stratum, k, own, "thought_tokens", values=lengths))
    made.append(_row(run, step, stratum, k, own, "entropy_nats", value=float(nats.sum()) / n_tokens))
    share = n_wrong_steps / n_right if n_right else None
    made.append(
        _row(
            run,
            step,
            stratum,
            k,
            own,
            "rewarded_rejected",
            value=share,
            direction="down",
            missing=f"none of {n_tries} answers was rewarded",
        )
    )
    return made


def _row(
    run: ReinforcementRun,
    step: int,
    stratum: str,
    k: int | None,
    own: pl.DataFrame,
    metric: str,
    *,
    values: np.ndarray | None = None,
    value: float | None = None,
    direction: Direction | None = None,
    thresholded: bool | None = None,
    missing: str | None = None,
) -> Observation:
    """`values` are of single questions: their mean, with its standard error."""
    stderr = None
    if values is not None:
        value = float(values.mean())
        stderr = float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else None
    rl_flops: float | None = own["rl_flops"][0]
    base_flops = run.base.train_flops
    flops = "unknown" if rl_flops is None else f"{rl_flops:.4g}"
    return Observation(
        family=family_of_run(run),
        run=run.config.run,
        model=run.config.model if step == 0 else f"{run.config.run}/step-{step}",
        task=run.config.task,
        stratum=stratum,
        k=k,
        metric=metric,
        n_params=run.base.n_params,
        n_params_total=run.base.n_params_total,
        n_tokens=run.base.n_tokens,
        unique_tokens=run.base.unique_tokens,
        train_flops=None if base_flops is None or rl_flops is None else base_flops + rl_flops,
        seed=run.config.seed,
        value=value,
        missing=missing if value is None else None,
        n_items=len(own),
        stderr=stderr,
        direction=direction,
        thresholded=thresholded,
        provenance=f"skillscale reinforce; step {step} of {run.config.n_steps}; {flops} FLOPs of sampling and updating; {own['tries'][0]} answers a question",
    )
