"""A model's loss on held-out documents, token by token."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from skillscale.corpora.document import Document
from skillscale.errors import SkillscaleError
from skillscale.experiments.item_records import write_parquet
from skillscale.models.local import LocalModel

HELD_OUT_SCHEMA = {"document": pl.Int64, "tokens": pl.List(pl.Int64), "logprobs": pl.List(pl.Float32)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLoss:
    """`tokens` are those predicted, the closing end token included where the text ends; `logprobs` (n,) in nats."""

    document: Document
    tokens: tuple[int, ...]
    logprobs: npt.NDArray[np.float32]

    @property
    def nats(self) -> float:
        return -float(self.logprobs.sum(dtype=np.float64))

    @property
    def true_nats(self) -> float | None:
        """What the text's own source would have lost. Where its log-probabilities leave the end out, it was certain."""
        logprob = self.document.logprob_nats
        return None if logprob is None else -logprob

    @property
    def n_bytes(self) -> int:
        return len(self.document.text.encode())


def document_losses(model: LocalModel, documents: Sequence[Document]) -> list[DocumentLoss]:
    """Log-probability of every token of each document, from its start (the model's start token is read first).

    A document longer than the model's context is read in windows of that many tokens, each from the last token of the
    one before, as in training. Raises SkillscaleError where a token id is not in the model's vocabulary.
    """
    n_ids = int(model.config.vocab_size)
    largest = max((max(document.tokens) for document in documents if document.tokens), default=0)
    if largest >= n_ids:
        raise SkillscaleError(
            f"{model.folder} knows {n_ids} tokens, but the corpus uses token {largest}: it was trained with another "
            "tokenizer. Give the corpus that it was trained on."
        )
    predicted = [_predicted(model, document) for document in documents]
    windows = [_windows((model.start_id, *tokens), model.context) for tokens in predicted]
    read = iter(model.token_logprobs([window for some in windows for window in some]))
    return [
        DocumentLoss(document=document, tokens=tokens, logprobs=_joined([next(read) for _ in some]))
        for document, tokens, some in zip(documents, predicted, windows, strict=True)
    ]


def _predicted(model: LocalModel, document: Document) -> tuple[int, ...]:
    return (*document.tokens, *model.stop_ids[:1]) if document.ends else document.tokens


def _windows(tokens: tuple[int, ...], context: int | None) -> list[tuple[int, ...]]:
    """Each predicts all its tokens but the first; together they predict every token but the first once."""
    stride = len(tokens) if context is None else context
    return [tokens[start : start + stride + 1] for start in range(0, len(tokens) - 1, stride)]


def _joined(parts: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


def write_document_losses(losses: Sequence[DocumentLoss], path: Path) -> None:
    """`document` is the index among the documents given; whole or not at all."""
    frame = pl.DataFrame(
        {
            "document": range(len(losses)),
            "tokens": [list(loss.tokens) for loss in losses],
            "logprobs": [loss.logprobs.tolist() for loss in losses],
        },
        schema=HELD_OUT_SCHEMA,
    )
    write_parquet(frame, path)
