"""A model meets items and held-out documents: records of each, and observations of all."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NotRequired, TypedDict

from skillscale.corpora.document import Document
from skillscale.experiments.held_out import DocumentLoss, document_losses, write_document_losses
from skillscale.experiments.item_metrics import METRICS, Metric, stderr_of_mean, stderr_of_share
from skillscale.experiments.item_records import ItemRecord, answer_items, write_item_records
from skillscale.models.inference_flops import InferenceShape, inference_shape
from skillscale.models.local import LocalModel
from skillscale.observations.observation import Observation
from skillscale.observations.ratio import ratio_of
from skillscale.tasks.item import Item
from skillscale.tasks.task import Task

LANGUAGE = "language"


class Identity(TypedDict):
    """The columns of an observation that say which model it is of."""

    family: str
    run: str
    model: str
    n_params: NotRequired[int | None]
    n_params_total: NotRequired[int | None]
    n_tokens: NotRequired[int | None]
    unique_tokens: NotRequired[int | None]
    train_flops: NotRequired[float | None]
    seed: NotRequired[int | None]


def evaluate(
    model: LocalModel | Path,
    items: Sequence[Item],
    held_out: Sequence[Document],
    *,
    identity: Identity,
    tasks: Mapping[str, Task],
    folder: Path | None = None,
) -> list[Observation]:
    """Ask all items and read all documents. With `folder`, items.parquet and held_out.parquet are written there.

    Gives each task's metrics for all its items (stratum "all") and for each stratum, and the loss on the documents for
    all and for each strand. What could not be scored is left out of a metric, counted in its provenance, and missing
    where nothing is left.
    """
    model = LocalModel(model) if isinstance(model, Path) else model
    shape = inference_shape(model.config, model.n_params)
    records = answer_items(model, items, tasks)
    losses = document_losses(model, held_out)
    if folder is not None:
        write_item_records(records, folder / "items.parquet")
        write_document_losses(losses, folder / "held_out.parquet")
    return [*_of_documents(losses, identity, shape), *_of_items(records, identity, tasks, shape)]


def _of_items(
    records: Sequence[ItemRecord], identity: Identity, tasks: Mapping[str, Task], shape: InferenceShape | None
) -> list[Observation]:
    groups: dict[tuple[str, str], list[ItemRecord]] = defaultdict(list)
    for record in records:
        groups[record.item.task, "all"].append(record)
        if record.item.stratum != "all":
            groups[record.item.task, record.item.stratum].append(record)
    return [
        _item_observation(tasks[task], stratum, metric, group, identity, shape)
        for (task, stratum), group in sorted(groups.items())
        for metric in METRICS
        if not metric.needs_choices or any(record.item.choices for record in group)
    ]


def _item_observation(
    task: Task,
    stratum: str,
    metric: Metric,
    records: Sequence[ItemRecord],
    identity: Identity,
    shape: InferenceShape | None,
) -> Observation:
    scored = [(record, value) for record in records if (value := metric.value(record)) is not None]
    ks = {record.item.k for record in records}
    reasons = Counter(record.missing for record in records if record.missing is not None)
    left_out = "".join(f"; {n} items not scored: {reason}" for reason, n in reasons.most_common())
    blank = Observation(
        **identity,
        task=task.name,
        stratum=stratum,
        k=ks.pop() if len(ks) == 1 else None,
        metric=metric.name,
        n_items=len(scored),
        direction=metric.direction,
        thresholded=metric.thresholded,
        missing=f"no item could be scored{left_out}",
        provenance=f"skillscale evaluate{left_out}",
    )
    if not scored:
        return blank
    values = [value for _, value in scored]
    return replace(
        blank,
        missing=None,
        value=math.fsum(values) / len(values),
        stderr=stderr_of_share(sum(values), len(values)) if metric.thresholded else stderr_of_mean(values),
        chance=metric.chance([record for record, _ in scored], task),
        inference_flops=None if shape is None else _mean_flops(metric, [record for record, _ in scored], shape),
    )


def _mean_flops(metric: Metric, records: Sequence[ItemRecord], shape: InferenceShape) -> float:
    """Per item: what is said costs the prefix and the tokens said; choices cost the prefix and all their tokens."""

    def flops(record: ItemRecord) -> float:
        answer = record.answer
        n_texts = max(1, len(record.item.choices))
        n_later = max(answer.n_said - 1, 0) if metric.name == "exact" else answer.n_scored - n_texts
        return shape.flops(n_read=answer.n_context, n_later=n_later, n_logits=1 + n_later)

    return math.fsum(map(flops, records)) / len(records)


def _of_documents(
    losses: Sequence[DocumentLoss], identity: Identity, shape: InferenceShape | None
) -> list[Observation]:
    strands: dict[str, list[DocumentLoss]] = defaultdict(list)
    for loss in losses:
        strands["all"].append(loss)
        if loss.document.strand != "all":
            strands[loss.document.strand].append(loss)
    return [
        observation
        for strand, group in sorted(strands.items())
        for observation in _language_observations(strand, group, identity, shape)
    ]


def _language_observations(
    strand: str, losses: Sequence[DocumentLoss], identity: Identity, shape: InferenceShape | None
) -> list[Observation]:
    """Nats per token, nats above the truth where it is known, bits per byte."""
    n_tokens = [float(len(loss.tokens)) for loss in losses]
    nats = [loss.nats for loss in losses]
    sums = {"loss_nats": (nats, n_tokens)}
    truths = [loss.true_nats for loss in losses]
    if all(truth is not None for truth in truths):
        sums["excess_nats"] = ([a - b for a, b in zip(nats, truths, strict=True) if b is not None], n_tokens)
    sums["bits_per_byte"] = ([n / math.log(2) for n in nats], [float(loss.n_bytes) for loss in losses])
    observations: list[Observation] = []
    for metric, (above, below) in sums.items():
        reason = "the documents have no tokens" if sum(below) == 0 else None
        reason = reason if all(map(math.isfinite, above)) else "the model's log-probabilities are not finite"
        ratio = None if reason else ratio_of(above, below)
        observations.append(
            Observation(
                **identity,
                task=LANGUAGE,
                stratum=strand,
                metric=metric,
                value=None if ratio is None else ratio.value,
                missing=reason,
                stderr=None if ratio is None else ratio.stderr,
                n_items=len(losses),
                direction="down",
                thresholded=False,
                inference_flops=None if shape is None or ratio is None else _flops_per_document(losses, shape),
                provenance="skillscale evaluate; standard error over documents",
            )
        )
    return observations


def _flops_per_document(losses: Sequence[DocumentLoss], shape: InferenceShape) -> float:
    lengths = [len(loss.tokens) for loss in losses]
    return math.fsum(shape.flops(n_read=n, n_logits=n) for n in lengths) / len(lengths)
