"""The second reading of a text: training passages become tokens, tokens become shuffled rows.

tokens.bin   all training tokens in reading order, an end token after each passage and before each group
rows.npy     rows of `context` tokens that overlap by one, so each token is predicted once, in an order drawn by seed
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from skillscale.corpora.text.passages import Passage
from skillscale.corpora.text.progress import OnProgress
from skillscale.corpora.text.readers import read_passages
from skillscale.corpora.text.sources import Source
from skillscale.corpora.text.survey import Survey, content_key, groups_of
from skillscale.corpora.text.tokenizer import eos_id, n_ids
from skillscale.errors import SkillscaleError

_BATCH_CHARACTERS = 1 << 19
_BATCH_TOKENS = 1 << 20
FEWEST_ROWS = 8


def token_dtype(vocab_size: int) -> npt.DTypeLike:
    return np.uint16 if vocab_size <= 1 << 16 else np.uint32


def write_tokens(
    folder: Path,
    sources: tuple[Source, ...],
    tokenizer: Tokenizer,
    found: Survey,
    *,
    text_column: str,
    seed: int,
    on_progress: OnProgress,
) -> list[int]:
    """Write `folder/tokens.bin`; returns where each group of sources starts, in tokens.

    After each file `folder/tokens.json` says how far it is; called again after a kill it goes on from there.
    """
    mark = _Mark(folder / "tokens.json")
    dtype = token_dtype(n_ids(tokenizer))
    end = np.array([eos_id(tokenizer)], dtype)
    files = [(g, file) for g, group in enumerate(groups_of(sources)) for source in group for file in source.files]
    with (folder / "tokens.bin").open("r+b" if mark.n_files else "wb") as out:
        out.truncate(mark.n_tokens * end.itemsize)
        out.seek(0, 2)
        for group, file in files[mark.n_files :]:
            if group == len(mark.starts):
                mark.starts.append(mark.n_tokens)
                mark.n_tokens += _append(out, end)
            passages = read_passages(file, text_column)
            kept = (p for p in passages if content_key(p.text, seed) not in found.held_out_keys)
            for batch in _batches(kept):
                mark.n_tokens += _append(out, _encoded(batch, tokenizer, end))
                mark.n_bytes += sum(len(passage.text.encode()) for passage in batch)
                on_progress("turning the text into tokens", min(1.0, mark.n_bytes / found.n_bytes))
            mark.n_files += 1
            out.flush()
            mark.write()
    return mark.starts


class _Mark:
    """How far tokens.bin is: whole files only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        raw: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.n_files: int = raw.get("n_files", 0)
        self.n_tokens: int = raw.get("n_tokens", 0)
        self.n_bytes: int = raw.get("n_bytes", 0)
        self.starts: list[int] = raw.get("starts", [])

    def write(self) -> None:
        partial = self._path.with_suffix(".partial")
        partial.write_text(
            json.dumps(
                {"n_files": self.n_files, "n_tokens": self.n_tokens, "n_bytes": self.n_bytes, "starts": self.starts}
            )
        )
        partial.replace(self._path)


def _batches(passages: Iterable[Passage]) -> Iterator[list[Passage]]:
    batch: list[Passage] = []
    size = 0
    for passage in passages:
        batch.append(passage)
        size += len(passage.text)
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _encoded(batch: list[Passage], tokenizer: Tokenizer, end: npt.NDArray[Any]) -> npt.NDArray[Any]:
    encodings = tokenizer.encode_batch_fast([passage.text for passage in batch], add_special_tokens=False)
    return np.fromiter(chain.from_iterable(chain(encoding.ids, end) for encoding in encodings), end.dtype)


def _append(out: IO[bytes], tokens: npt.NDArray[Any]) -> int:
    out.write(tokens.tobytes())
    return len(tokens)


def write_rows(
    folder: Path,
    starts: list[int],
    shares: list[float] | None,
    *,
    context: int,
    vocab_size: int,
    rng: np.random.Generator,
    on_progress: OnProgress,
) -> int:
    """Cut `folder/tokens.bin` into `folder/rows.npy`, (n_rows, context); returns n_rows.

    Each group gets its share of the rows; without `shares` all there is. Nothing is repeated: the mixture is the largest one in which no group gives more rows than it has. What remains
    of a group after its last whole row is left out, so no row is padded.
    """
    tokens: npt.NDArray[Any] = np.memmap(folder / "tokens.bin", dtype=token_dtype(vocab_size), mode="r")
    row_starts = _drawn_rows([*starts, len(tokens)], shares, context, rng)
    if len(row_starts) < FEWEST_ROWS:
        raise SkillscaleError(
            f"The text fills {len(row_starts)} rows of {context} tokens, too few to train on; give more text, weights "
            "that are less uneven, or a shorter context."
        )
    header = {"descr": np.lib.format.dtype_to_descr(tokens.dtype), "fortran_order": False}
    within = np.arange(context)
    step = max(1, _BATCH_TOKENS // context)
    # Written as a plain file, not through a memory map: on a full disk a map ends the process without a word.
    with (folder / "rows.npy").open("wb") as out:
        np.lib.format.write_array_header_1_0(out, {**header, "shape": (len(row_starts), context)})
        for first in range(0, len(row_starts), step):
            out.write(tokens[row_starts[first : first + step, None] + within].tobytes())
            on_progress("packing rows", min(1.0, (first + step) / len(row_starts)))
    return len(row_starts)


def _drawn_rows(
    bounds: list[int], shares: list[float] | None, context: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Where each row starts in the tokens: rows of every group in its share, all shuffled. `bounds`: (n_groups + 1,)."""
    available = [(after - start - 1) // (context - 1) for start, after in pairwise(bounds)]
    taken = available
    if shares is not None:
        n_rows = min(n / share for n, share in zip(available, shares, strict=True))
        taken = [int(n_rows * share + 1e-9) for share in shares]
    drawn = [
        start + (context - 1) * rng.permutation(n)[:n_taken]
        for start, n, n_taken in zip(bounds, available, taken, strict=False)
    ]
    return rng.permutation(np.concatenate(drawn))
