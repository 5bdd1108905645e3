"""A corpus ready to train on: one folder, the same for the pocket world and for the user's own text.

corpus.json       what it is (CorpusCard)
tokenizer.json    Hugging Face tokenizers
rows.npy          training text, (n_rows, context) token ids; a row predicts its tokens 1.. from those before
held_out.parquet  documents never trained on: text, tokens, strand, stratum, true log-probabilities, whether the text ends there
clozes.parquet    questions about them
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from tokenizers import Tokenizer

from skillscale.corpora.document import Cloze, Document
from skillscale.errors import SkillscaleError

CLOZE_SCHEMA = {
    "task": pl.String,
    "stratum": pl.String,
    "prefix": pl.String,
    "answer": pl.String,
    "distractors": pl.List(pl.String),
    "k": pl.Int64,
    "skills": pl.List(pl.String),
    "max_new_tokens": pl.Int64,
}
DOCUMENT_SCHEMA = {
    "text": pl.String,
    "tokens": pl.List(pl.Int64),
    "strand": pl.String,
    "stratum": pl.String,
    "skills": pl.List(pl.String),
    "logprobs": pl.List(pl.Float64),
    "ends": pl.Boolean,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entropy:
    """The true entropy of a text source in nats per token, with its standard error over documents."""

    nats: float
    stderr: float
    n_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusCard:
    """What a packed corpus is. `n_tokens` counts the tokens that are predicted, once; padding is not counted."""

    name: str
    kind: str  # "world" or "text"
    context: int
    vocab_size: int
    pad_id: int
    eos_id: int  # ends a document and starts the next
    n_rows: int
    n_tokens: int
    held_out_bytes: int
    held_out_tokens: int
    settings: dict[str, Any]  # what it was built from
    entropy: dict[str, Entropy] | None = None  # by strand, and "all"; None where nobody knows it

    @property
    def bytes_per_token(self) -> float:
        """Of the held-out text: turns nats per token into bits per byte."""
        return self.held_out_bytes / self.held_out_tokens


class PackedCorpus:
    """A packed corpus in `folder`. Raises SkillscaleError where it is missing or damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        with self._reading("corpus.json"):
            raw = json.loads((self.folder / "corpus.json").read_text())
            entropy = raw.pop("entropy")
            self.card = CorpusCard(
                **raw, entropy=None if entropy is None else {name: Entropy(**value) for name, value in entropy.items()}
            )

    @cached_property
    def tokenizer(self) -> Tokenizer:
        with self._reading("tokenizer.json") as file:
            return Tokenizer.from_file(str(file))

    @cached_property
    def rows(self) -> npt.NDArray[np.unsignedinteger[Any]]:
        """Training rows, (n_rows, context), memory-mapped."""
        with self._reading("rows.npy") as file:
            rows: npt.NDArray[Any] = np.load(file, mmap_mode="r")
            expected = (self.card.n_rows, self.card.context)
            if rows.shape != expected or rows.dtype.kind != "u":
                raise ValueError(f"{rows.dtype} of shape {rows.shape} where corpus.json says {expected}")
            return rows

    @cached_property
    def held_out(self) -> list[Document]:
        with self._reading("held_out.parquet") as file:
            return [
                Document(
                    text=row["text"],
                    tokens=tuple(row["tokens"]),
                    strand=row["strand"],
                    stratum=row["stratum"],
                    skills=tuple(row["skills"]),
                    logprobs=None if row["logprobs"] is None else tuple(row["logprobs"]),
                    ends=row["ends"],
                )
                for row in pl.read_parquet(file, glob=False).iter_rows(named=True)
            ]

    @cached_property
    def clozes(self) -> list[Cloze]:
        with self._reading("clozes.parquet") as file:
            rows: list[dict[str, Any]] = pl.read_parquet(file, glob=False).to_dicts()
            return [_cloze(row) for row in rows]

    @contextmanager
    def _reading(self, name: str) -> Generator[Path]:
        """Whatever goes wrong with a file of the corpus is told as one sentence that names it and heals it."""
        file = self.folder / name
        try:
            yield file
        except (
            Exception,
            pl.exceptions.PanicException,
        ) as error:  # tokenizers raises bare Exception; a panic is no Exception
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise SkillscaleError(
                f"{self.folder} holds no readable corpus: {file} is missing or damaged ({reason}). Delete the folder "
                f"{self.folder} and run the same command again."
            ) from error


def _cloze(row: dict[str, Any]) -> Cloze:
    lists: dict[str, Any] = {name: tuple(row.pop(name)) for name in ("distractors", "skills")}
    return Cloze(**row, **lists)


def write_packed_corpus(
    folder: Path,
    card: CorpusCard,
    tokenizer: Tokenizer,
    held_out: list[Document],
    clozes: list[Cloze],
) -> PackedCorpus:
    """Write all but `rows.npy`, which the caller has streamed there before. corpus.json comes last: no card, no corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    pl.DataFrame(
        [{name: getattr(document, name) for name in DOCUMENT_SCHEMA} for document in held_out], schema=DOCUMENT_SCHEMA
    ).write_parquet(folder / "held_out.parquet")
    pl.DataFrame(
        [{f.name: getattr(cloze, f.name) for f in fields(Cloze)} for cloze in clozes], schema=CLOZE_SCHEMA
    ).write_parquet(folder / "clozes.parquet")
    partial = folder / "corpus.json.partial"
    partial.write_text(json.dumps(asdict(card), indent=1))
    partial.replace(folder / "corpus.json")
    return PackedCorpus(folder)
