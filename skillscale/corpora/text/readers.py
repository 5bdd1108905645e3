"""Passages of one file, read as a stream: .txt, .jsonl (also .gz) and .parquet."""

import codecs
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import polars as pl

from skillscale.corpora.text.passages import LONG, Passage, passages_of_lines, passages_of_record
from skillscale.errors import SkillscaleError

_PARQUET_ROWS = 1_000  # read at once
_BLOCK = 1 << 20  # bytes


def read_passages(file: Path, text_column: str) -> Iterator[Passage]:
    """The passages of `file`, in order; `text_column` names the text in .jsonl and .parquet. The file may exceed memory.

    Raises SkillscaleError where the file cannot be read, naming the line, row or byte.
    """
    try:
        yield from READERS[ending(file)](file, text_column)
    except UnicodeDecodeError as error:
        raise SkillscaleError(_undecodable(file)) from error
    except (OSError, EOFError) as error:
        raise SkillscaleError(f"{file} cannot be read ({error}); check the file and its permissions.") from error


def ending(file: Path) -> str:
    """`.txt`, `.jsonl`, … in lower case; a compressing `.gz` is kept: `.txt.gz`."""
    name = file.name.lower()
    return Path(name.removesuffix(".gz")).suffix + (".gz" if name.endswith(".gz") else "")


def _open_text(file: Path) -> IO[str]:
    """UTF-8, with or without a byte order mark; every line end becomes a newline."""
    if file.suffix.lower() == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig")
    return file.open(encoding="utf-8-sig")


def _read_txt(file: Path, text_column: str) -> Iterator[Passage]:
    del text_column  # a running text has no columns
    with _open_text(file) as lines:
        yield from passages_of_lines(iter(lambda: lines.readline(LONG), ""))


def _read_jsonl(file: Path, text_column: str) -> Iterator[Passage]:
    with _open_text(file) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield from passages_of_record(_text_of_record(line, text_column, f"{file}, line {number}"))


def _text_of_record(line: str, text_column: str, where: str) -> str:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SkillscaleError(f"{where} is not JSON ({error}); each line must be one JSON object.") from error
    if not isinstance(record, dict):
        raise SkillscaleError(f"{where} is not a JSON object; each line must be one, with the text in {text_column!r}.")
    if text_column not in record:
        raise SkillscaleError(
            f"{where} has no column {text_column!r} but {_names(record)}; name the text with --text-column."
        )
    text: object = record[text_column]
    if text is None:  # a missing text is no text
        return ""
    if not isinstance(text, str):
        raise SkillscaleError(f"{where}: {text_column!r} holds {type(text).__name__}, not text; name another column.")
    if not _is_unicode(text):
        raise SkillscaleError(f"{where}: the text holds half a surrogate pair, which is no character; mend that line.")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_parquet(file: Path, text_column: str) -> Iterator[Passage]:
    try:
        schema: dict[str, Any] = dict(pl.read_parquet_schema(file))
        if text_column not in schema:
            raise SkillscaleError(
                f"{file} has no column {text_column!r} but {_names(schema)}; name the text with --text-column."
            )
        if schema[text_column] != pl.String:
            raise SkillscaleError(
                f"{file}: column {text_column!r} holds {schema[text_column]}, not text; name another with --text-column."
            )
        frame = pl.scan_parquet(file, glob=False).select(text_column)
        start = 0
        while (rows := frame.slice(start, _PARQUET_ROWS).collect()).height:
            for text in rows[text_column].drop_nulls():
                yield from passages_of_record(text)
            start += rows.height
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise SkillscaleError(f"{file} is no readable parquet file ({reason}); write it again.") from error


def _names(columns: dict[str, Any]) -> str:
    names = ", ".join(repr(name) for name in list(columns)[:12])
    return names or "no column at all"


READERS: dict[str, Callable[[Path, str], Iterator[Passage]]] = {
    ".jsonl": _read_jsonl,
    ".jsonl.gz": _read_jsonl,
    ".parquet": _read_parquet,
    ".txt": _read_txt,
    ".txt.gz": _read_txt,
}


def _undecodable(file: Path) -> str:
    """Say where `file` is not UTF-8. Only called once decoding has failed, so it reads the file again from its start."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    n_read, n_lines = 0, 0
    with gzip.open(file, "rb") if file.suffix.lower() == ".gz" else file.open("rb") as data:
        while True:
            block = data.read(_BLOCK)
            pending = len(decoder.getstate()[0])  # bytes of a character that the block before began
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line = n_lines + error.object[: error.start].count(b"\n") + 1
                value = error.object[error.start]
                return (
                    f"{file} is not UTF-8 text: byte 0x{value:02x} at offset {n_read - pending + error.start:,}, "
                    f"line {line:,}; convert it to UTF-8 (for example with iconv)."
                )
            n_read += len(block)
            n_lines += block.count(b"\n")
