"""How well a ladder's checkpoints know what they know: the probability of the chosen answer against whether it is right."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from skillscale.laws.calibration.abstention import Abstention, abstention
from skillscale.laws.calibration.brier import Brier, brier
from skillscale.laws.calibration.judged import N_CALIBRATION_DRAWS
from skillscale.laws.calibration.reliability import Reliability, reliability
from skillscale.laws.intervals import LEVEL, Array

FEWEST = 100  # answers; with fewer a reliability curve says nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckpointAnswers:
    """One checkpoint and its answers to items with choices: columns `task`, `choice_logprobs`, `right_choice`."""

    model: str
    n_params: int
    items: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """Of `n` answers to one task (None: to all of them) by one checkpoint."""

    model: str
    n_params: int
    task: str | None
    n: int
    reliability: Reliability
    brier: Brier
    abstention: Abstention


def calibrate(
    points: Sequence[CheckpointAnswers], *, level: float = LEVEL, seed: int = 0, n_draws: int = N_CALIBRATION_DRAWS
) -> tuple[Calibrated, ...]:
    """All answers of each checkpoint, from the smallest to the largest; then each task of the largest.

    Confidence is the chosen answer's share of the probability of all choices. Parts with fewer than `FEWEST` answers are left out.
    """
    ordered = sorted(points, key=lambda point: point.n_params)
    parts = [(point, None, point.items) for point in ordered]
    if ordered:
        last = ordered[-1]
        parts += [(last, task, last.items.filter(task=task)) for task in last.items["task"].unique().sort().to_list()]
    found = (_calibrated(point, task, items, level, seed, n_draws) for point, task, items in parts)
    return tuple(one for one in found if one is not None)


def confidences(items: pl.DataFrame) -> tuple[Array, Array]:
    """Confidence (i,) and right (i,), 1 or 0, of the items that have choices and could be scored."""
    known = items.filter(pl.col("choice_logprobs").is_not_null(), pl.col("right_choice").is_not_null())
    logprobs = pl.element() - pl.element().max()
    share = known["choice_logprobs"].list.eval(logprobs.exp()).list.sum()
    return 1.0 / share.to_numpy(), known["right_choice"].cast(pl.Float64).to_numpy()


def _calibrated(
    point: CheckpointAnswers, task: str | None, items: pl.DataFrame, level: float, seed: int, n_draws: int
) -> Calibrated | None:
    confidence, right = confidences(items)
    if len(right) < FEWEST:
        return None
    return Calibrated(
        model=point.model,
        n_params=point.n_params,
        task=task,
        n=len(right),
        reliability=reliability(confidence, right, level=level, seed=seed, n_draws=n_draws),
        brier=brier(confidence, right, level=level, seed=seed, n_draws=n_draws),
        abstention=abstention(confidence, right, level=level, seed=seed, n_draws=n_draws),
    )
