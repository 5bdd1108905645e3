"""The user's own text as a packed corpus.

Reading, the tokenizer, the tokens and the rows are stages; each leaves a whole file in `<key>.partial/`, so a build
that was killed goes on after its last stage. The folder gets its name, the hash of all texts and settings, once it is
complete.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from skillscale.corpora.document import Cloze
from skillscale.corpora.packed import CorpusCard, PackedCorpus, write_packed_corpus
from skillscale.corpora.text.clozes import make_clozes
from skillscale.corpora.text.held_out import held_out_documents
from skillscale.corpora.text.own_clozes import parse_clozes, read_clozes
from skillscale.corpora.text.packing import write_rows, write_tokens
from skillscale.corpora.text.progress import OnProgress, silent
from skillscale.corpora.text.sources import Source, find_sources
from skillscale.corpora.text.survey import Survey, read_survey, shares_of, survey, write_survey
from skillscale.corpora.text.tokenizer import (
    eos_id,
    n_ids,
    pad_id,
    prepared,
    read_tokenizer,
    train_tokenizer,
    vocab_size_for,
)
from skillscale.errors import SkillscaleError

_VERSION = 1  # of what is written; a new one makes every text be packed again
_SHORTEST_CONTEXT = 16
_VOCAB_SIZES = (300, 262_144)  # that may be asked for: 256 bytes, two marks and some merges; the largest in use
_CHECKED_PASSAGES = 50  # that a given tokenizer must give back as they were


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    sources: tuple[Source, ...]
    context: int
    seed: int
    vocab_size: int | None
    tokenizer: Path | None
    text_column: str
    cloze_file: Path | None
    n_clozes: int

    def key(self) -> str:
        """Content hash of every file and setting: where a file lies, and its name, do not matter."""
        content = {
            "version": _VERSION,
            "sources": [
                [source.name, source.weight, [_digest(file) for file in source.files]] for source in self.sources
            ],
            "tokenizer": None if self.tokenizer is None else _digest(self.tokenizer),
            "cloze_file": None if self.cloze_file is None else _digest(self.cloze_file),
            "rest": [self.context, self.seed, self.vocab_size, self.text_column, self.n_clozes],
        }
        return hashlib.blake2b(json.dumps(content).encode(), digest_size=8).hexdigest()


def build_text_corpus(
    sources: list[str],
    folder: Path,
    *,
    context: int,
    seed: int,
    vocab_size: int | None = None,
    tokenizer: Path | None = None,
    text_column: str = "text",
    cloze_file: Path | None = None,
    n_clozes: int = 300,
    on_progress: OnProgress = silent,
) -> PackedCorpus:
    """Pack `sources` (see `find_sources`) into `folder/<key>`, or find them there from before.

    `context`: tokens in a row; `seed`: of the split, the order of rows and the clozes; `vocab_size`: of the tokenizer
    that is trained, chosen from the size of the text where None; `tokenizer`: a tokenizer.json to use instead;
    `n_clozes`: at most so many of each kind. Memory does not grow with the text. Raises SkillscaleError.
    """
    if context < _SHORTEST_CONTEXT:
        raise SkillscaleError(f"A context of {context} tokens was asked for; text needs at least {_SHORTEST_CONTEXT}.")
    if vocab_size is not None and tokenizer is not None:
        raise SkillscaleError("Both a vocabulary size and a tokenizer were given; give one of them.")
    if vocab_size is not None and not _VOCAB_SIZES[0] <= vocab_size <= _VOCAB_SIZES[1]:
        least, most = _VOCAB_SIZES
        raise SkillscaleError(f"A vocabulary of {vocab_size:,} was asked for; give a number from {least} to {most:,}.")
    if cloze_file is not None:
        parse_clozes(cloze_file)  # a fault in it is told before all text is read
    settings = _Settings(
        sources=find_sources(sources),
        context=context,
        seed=seed,
        vocab_size=vocab_size,
        tokenizer=tokenizer,
        text_column=text_column,
        cloze_file=cloze_file,
        n_clozes=n_clozes,
    )
    on_progress("looking whether it was packed before", 0.0)
    key = settings.key()
    try:
        with _alone(folder):
            if not (folder / key / "corpus.json").exists():
                _build(settings, folder, key, on_progress)
    except OSError as error:
        raise SkillscaleError(
            f"The corpus cannot be written to {folder} ({error}); make room or name another."
        ) from error
    return PackedCorpus(folder / key)


def _digest(file: Path) -> str:
    if file.exists() and not file.is_file():  # to open a pipe would wait until somebody writes to it
        raise SkillscaleError(f"{file} is no regular file; write its content to a file and name that.")
    try:
        with file.open("rb") as data:
            return hashlib.file_digest(data, "blake2b").hexdigest()
    except OSError as error:
        raise SkillscaleError(f"{file} cannot be read ({error}); check that it exists and may be read.") from error


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One process builds at a time: a second one that wants the same corpus waits and finds it. A kill frees the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(settings: _Settings, folder: Path, key: str, on_progress: OnProgress) -> None:
    partial = folder / f"{key}.partial"
    partial.mkdir(exist_ok=True)
    found = _survey(settings, partial, on_progress)
    tokenizer = _tokenizer(settings, found, partial, on_progress)
    on_progress("making clozes", 0.0)
    clozes = _clozes(settings, found, tokenizer)  # before the long stage: a fault in the user's own is told at once
    n_rows = _pack(settings, found, tokenizer, partial, on_progress)
    held_out = held_out_documents(found.held_out, tokenizer, settings.context)
    card = CorpusCard(
        name=_name(settings.sources),
        kind="text",
        context=settings.context,
        vocab_size=n_ids(tokenizer),
        pad_id=pad_id(tokenizer),
        eos_id=eos_id(tokenizer),
        n_rows=n_rows,
        n_tokens=n_rows * (settings.context - 1),
        held_out_bytes=sum(len(document.text.encode()) for document in held_out),
        held_out_tokens=sum(len(document.tokens) + document.ends for document in held_out),
        settings=_told(settings, found, key),
    )
    write_packed_corpus(partial, card, tokenizer, held_out, clozes)
    if (folder / key).exists():  # a folder without its card is what is left of something that went wrong
        shutil.rmtree(folder / key)
    partial.rename(folder / key)
    for name in ("survey.json", "tokens.bin", "tokens.json"):
        (folder / key / name).unlink()


def _survey(settings: _Settings, partial: Path, on_progress: OnProgress) -> Survey:
    path = partial / "survey.json"
    if path.exists():
        return read_survey(path)
    found = survey(settings.sources, text_column=settings.text_column, seed=settings.seed, on_progress=on_progress)
    write_survey(path, found)
    return found


def _tokenizer(settings: _Settings, found: Survey, partial: Path, on_progress: OnProgress) -> Tokenizer:
    if settings.tokenizer is not None:
        return read_tokenizer(settings.tokenizer, [passage.text for passage in found.sample[:_CHECKED_PASSAGES]])
    path = partial / "tokenizer.json"
    if not path.exists():
        on_progress("training the tokenizer", 0.0)
        size = settings.vocab_size or vocab_size_for(found.mixture_bytes)
        unfinished = path.with_suffix(".partial")
        train_tokenizer((passage.text for passage in found.sample), size).save(str(unfinished))
        unfinished.replace(path)
    return prepared(Tokenizer.from_file(str(path)))


def _clozes(settings: _Settings, found: Survey, tokenizer: Tokenizer) -> list[Cloze]:
    own = [] if settings.cloze_file is None else read_clozes(settings.cloze_file, tokenizer, settings.context)
    made = make_clozes(
        found.held_out,
        found.sample,
        tokenizer,
        context=settings.context,
        n_per_kind=settings.n_clozes,
        rng=np.random.default_rng([settings.seed, 1]),
    )
    return made + own


def _pack(settings: _Settings, found: Survey, tokenizer: Tokenizer, partial: Path, on_progress: OnProgress) -> int:
    starts = write_tokens(
        partial,
        settings.sources,
        tokenizer,
        found,
        text_column=settings.text_column,
        seed=settings.seed,
        on_progress=on_progress,
    )
    return write_rows(
        partial,
        starts,
        shares_of(settings.sources),
        context=settings.context,
        vocab_size=n_ids(tokenizer),
        rng=np.random.default_rng([settings.seed, 0]),
        on_progress=on_progress,
    )


def _name(sources: tuple[Source, ...]) -> str:
    names = "+".join(source.name for source in sources[:3])
    return names if len(sources) <= 3 else f"{names}+{len(sources) - 3} more"


def _told(settings: _Settings, found: Survey, key: str) -> dict[str, object]:
    """What the card says of how it was built: as plain JSON."""
    told = asdict(settings)
    told["sources"] = [
        {
            "name": source.name,
            "files": [str(file) for file in source.files[:20]],
            "n_files": len(source.files),
            "weight": source.weight,
        }
        for source in settings.sources
    ]
    for name in ("tokenizer", "cloze_file"):
        told[name] = None if told[name] is None else str(told[name])
    return {**told, "key": key, "text_bytes": found.n_bytes, "mixture_bytes": found.mixture_bytes}
