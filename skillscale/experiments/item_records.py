"""One model's answers to items: what it gave each choice, what it said, and whether that was right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.models.durable import write_file, writing_to
from skillscale.models.local import LocalModel
from skillscale.models.question import Answer, Question
from skillscale.tasks.item import Item
from skillscale.tasks.task import Task

ITEM_SCHEMA = {
    "item_id": pl.String,
    "task": pl.String,
    "stratum": pl.String,
    "k": pl.Int64,
    "skills": pl.List(pl.String),
    "prefix": pl.String,
    "choices": pl.List(pl.String),
    "answer": pl.String,
    "choice_logprobs": pl.List(pl.Float64),
    "answer_logprob": pl.Float64,
    "said": pl.String,
    "right_choice": pl.Boolean,
    "right_said": pl.Boolean,
    "missing": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item and how a model met it. Log-probabilities are in nats, those of the choices in the item's order.

    Where the item could not be scored everything is None and `missing` says why; without choices, what concerns them is.
    """

    item: Item
    answer: Answer
    choice_logprobs: tuple[float, ...] | None = None
    answer_logprob: float | None = None
    said: str | None = None
    right_choice: bool | None = None
    right_said: bool | None = None

    @property
    def missing(self) -> str | None:
        return self.answer.missing


def answer_items(model: LocalModel, items: Sequence[Item], tasks: Mapping[str, Task]) -> list[ItemRecord]:
    """Ask the model all items. Raises SkillscaleError for an item of a task that is not in `tasks`."""
    unknown = sorted({item.task for item in items} - tasks.keys())
    if unknown:
        raise SkillscaleError(f"Items of {', '.join(unknown)} cannot be judged: no task has that name.")
    answers = model.answer([_question(item) for item in items])
    return [_record(item, answer, tasks[item.task]) for item, answer in zip(items, answers, strict=True)]


def _question(item: Item) -> Question:
    """The answer first: it decides how much may be said."""
    others = tuple(choice for choice in item.choices if choice != item.answer)
    return Question(prefix=item.prefix, continuations=(item.answer, *others), max_new_tokens=item.max_new_tokens)


def _record(item: Item, answer: Answer, task: Task) -> ItemRecord:
    if answer.missing is not None or answer.said is None:
        return ItemRecord(item=item, answer=answer)
    by_text = dict(zip(_question(item).continuations, answer.logprobs, strict=True))
    logprobs = tuple(by_text[choice] for choice in item.choices) or None
    return ItemRecord(
        item=item,
        answer=answer,
        choice_logprobs=logprobs,
        answer_logprob=by_text[item.answer],
        said=answer.said,
        # of equal likelihoods the first counts: choices stand in random order
        right_choice=None if logprobs is None else item.choices[logprobs.index(max(logprobs))] == item.answer,
        right_said=task.judge(item, answer.said),
    )


def write_item_records(records: Sequence[ItemRecord], path: Path) -> None:
    """Whole or not at all."""
    from_item = ("item_id", "task", "stratum", "k", "skills", "prefix", "choices", "answer")
    rows = [
        {name: getattr(record.item if name in from_item else record, name) for name in ITEM_SCHEMA}
        for record in records
    ]
    write_parquet(pl.DataFrame(rows, schema=ITEM_SCHEMA, orient="row"), path)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Whole or not at all. Raises SkillscaleError where the disk refuses."""
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, frame.write_parquet)
