"""Raw items with what the smallest and the largest rung made of them, right and wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from skillscale.views.report.source import Checkpoint, ReportSource
from skillscale.views.wording import anchor, percent

OF_EACH = 4  # items of a task that the largest rung has right, and as many that it has wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one model made of an item. `right` is None where it was not judged."""

    text: str
    right: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    stratum: str
    prefix: str
    answer: str
    choices: tuple[str, ...]
    large: Reply
    small: Reply | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskItems:
    """A sample of one task's items; `n_right` of `n_items` is what the largest rung has right in all."""

    task: str
    target: str  # id on the page
    n_right: int
    n_items: int
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    tasks: tuple[TaskItems, ...]
    small: Checkpoint | None
    large: Checkpoint | None


def raw_items(source: ReportSource, rng: np.random.Generator) -> Items:
    """For every task a random few that the largest rung has right and wrong. Empty where no item records are."""
    having = [point for point in source.checkpoints if (point.folder / "items.parquet").is_file()]
    if not having:
        return Items(tasks=(), small=None, large=None)
    small = having[0] if having[0].n_params < having[-1].n_params else None
    large = having[-1]
    frame = large.records("items")
    others = {row["item_id"]: row for row in _rows(small)}
    tasks = [] if frame is None else [_of_task(part, others, rng) for part in _by_task(frame)]
    return Items(tasks=tuple(tasks), small=small, large=large)


def _rows(checkpoint: Checkpoint | None) -> list[dict[str, Any]]:
    frame = None if checkpoint is None else checkpoint.records("items")
    return [] if frame is None else frame.to_dicts()


def _by_task(frame: pl.DataFrame) -> list[pl.DataFrame]:
    return frame.sort("task", "item_id").partition_by("task", maintain_order=True)


def _of_task(frame: pl.DataFrame, others: dict[str, dict[str, Any]], rng: np.random.Generator) -> TaskItems:
    """Judged by the choice where there is one, else by what was said, as the task's accuracy is."""
    right = frame["right_choice"].fill_null(frame["right_said"])
    chosen: list[int] = []
    for wanted in (True, False):
        places = np.flatnonzero((right == wanted).fill_null(False).to_numpy())
        chosen += sorted(rng.choice(places, size=min(OF_EACH, len(places)), replace=False).tolist())
    rows = [frame.row(place, named=True) for place in chosen]
    task = frame["task"][0]
    return TaskItems(
        task=task,
        target=anchor("items", task),
        n_right=int(right.fill_null(False).sum()),
        n_items=frame.height - right.null_count(),
        items=tuple(_shown(row, others.get(row["item_id"])) for row in rows),
    )


def _shown(row: dict[str, Any], other: dict[str, Any] | None) -> ShownItem:
    return ShownItem(
        stratum=row["stratum"],
        prefix=row["prefix"],
        answer=row["answer"],
        choices=tuple(row["choices"] or ()),
        large=_reply(row),
        small=None if other is None else _reply(other),
    )


def _reply(row: dict[str, Any]) -> Reply:
    """The likeliest choice with its probability among the choices, else what was said."""
    choices, logprobs = row["choices"] or [], row["choice_logprobs"] or []
    if choices and len(choices) == len(logprobs):
        weights = np.exp(np.array(logprobs) - max(logprobs))
        best = int(np.argmax(logprobs))
        return Reply(text=f"{choices[best]} ({percent(weights[best] / weights.sum())})", right=row["right_choice"])
    if row["said"] is None:
        return Reply(text=row.get("missing") or "no answer was recorded", right=None)
    return Reply(text=row["said"] or "(said nothing)", right=row["right_said"])
