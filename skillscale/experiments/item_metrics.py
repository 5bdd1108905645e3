"""What the records of a task's items say: accuracy, exact answers, likelihood of the answer, Brier."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.experiments.item_records import ItemRecord
from skillscale.observations.observation import Direction
from skillscale.tasks.task import Task

MOST_CLASSES = 48  # bounds the work: a chance level of under 1/48 is as good as none


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`value` is that of one item that was scored; None where the metric does not apply to it (no choices).

    `chance` is what a model that knows nothing would score on these items; None where there is no such thing.
    """

    name: str
    direction: Direction
    thresholded: bool
    needs_choices: bool
    value: Callable[[ItemRecord], float | None]
    chance: Callable[[Sequence[ItemRecord], Task], float | None]


def _accuracy(record: ItemRecord) -> float | None:
    return None if record.right_choice is None else float(record.right_choice)


def _exact(record: ItemRecord) -> float | None:
    return None if record.right_said is None else float(record.right_said)


def _answer_nll(record: ItemRecord) -> float | None:
    return None if record.answer_logprob is None else -record.answer_logprob


def _brier(record: ItemRecord) -> float | None:
    if record.choice_logprobs is None:
        return None
    return brier(np.array(record.choice_logprobs), record.item.choices.index(record.item.answer))


def brier(logprobs: np.ndarray, right: int) -> float:
    """Σ over choices (p − right)², with p = softmax(logprobs); the largest is subtracted first, so nothing underflows."""
    weights = np.exp(logprobs - logprobs.max())
    p = weights / weights.sum()
    p[right] -= 1.0
    return float((p**2).sum())


def _mean_over_choices(of: Callable[[int], float]) -> Callable[[Sequence[ItemRecord], Task], float | None]:
    def chance(records: Sequence[ItemRecord], _: Task) -> float | None:
        counts = [len(record.item.choices) for record in records]
        return sum(map(of, counts)) / len(counts) if counts and all(counts) else None

    return chance


def share_of_commonest(records: Sequence[ItemRecord], task: Task) -> float | None:
    """Share of the commonest answer, where two answers are one if each is right where the other is asked for (chains).

    Answers are put together with the first of MOST_CLASSES that are alike; a later one of its own kind stays alone.
    """
    counts = Counter(record.item.answer for record in records)
    items = {record.item.answer: record.item for record in records}
    sizes: dict[str, int] = {}
    for answer, n in counts.most_common():
        alike = next(
            (known for known in sizes if task.judge(items[known], answer) and task.judge(items[answer], known)), None
        )
        if alike is not None:
            sizes[alike] += n
        elif len(sizes) < MOST_CLASSES:
            sizes[answer] = n
    return max(sizes.values()) / len(records) if records else None


METRICS = (
    Metric(
        name="accuracy",
        direction="up",
        thresholded=True,
        needs_choices=True,
        value=_accuracy,
        chance=_mean_over_choices(lambda n: 1 / n),
    ),
    Metric(
        name="answer_nll",
        direction="down",
        thresholded=False,
        needs_choices=False,
        value=_answer_nll,
        chance=_mean_over_choices(math.log),
    ),
    Metric(
        name="brier",
        direction="down",
        thresholded=False,
        needs_choices=True,
        value=_brier,
        chance=_mean_over_choices(lambda n: 1 - 1 / n),
    ),
    Metric(
        name="exact",
        direction="up",
        thresholded=True,
        needs_choices=False,
        value=_exact,
        chance=share_of_commonest,
    ),
)


def stderr_of_share(n_right: float, n: int) -> float:
    """Standard deviation of the Jeffreys posterior Beta(right + ½, wrong + ½) of a share.

    Close to √(p(1 − p)/n) inside, and not 0 where all or none were right: 50 of 50 leave a doubt of .014.
    """
    a, b = n_right + 0.5, n - n_right + 0.5
    return math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))


def stderr_of_mean(values: Sequence[float]) -> float | None:
    """None where one value says nothing of the spread."""
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
