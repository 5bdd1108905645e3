"""The pocket world as a packed corpus: whole documents in each row, none cut."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np

from skillscale.corpora.packed import CorpusCard, PackedCorpus, write_packed_corpus
from skillscale.corpora.world.lexicon import EOS, PAD, vocabulary, world_tokenizer
from skillscale.corpora.world.world import Chunk, Stream, World, WorldConfig
from skillscale.errors import SkillscaleError

LONGEST = 35  # tokens of the longest possible document, with its closing eos


def pack(chunk: Chunk, context: int) -> np.ndarray:
    """Rows of whole documents, (n_rows, context) uint16: eos, a document, eos, the next … then padding."""
    ends = chunk.starts_n[1:].tolist()
    first_of_row, start = [0], 0
    while True:
        after = bisect_right(ends, start + context - 1)
        if after == len(ends):
            break
        start = ends[after - 1]
        first_of_row.append(start)
    starts_r = np.array(first_of_row)
    sizes_r = np.diff(np.append(starts_r, ends[-1]))
    rows_rt = np.full((len(starts_r), context), vocabulary()[PAD], dtype=np.uint16)
    rows_rt[:, 0] = vocabulary()[EOS]
    rows_rt[:, 1:][np.arange(context - 1) < sizes_r[:, None]] = chunk.tokens_t
    return rows_rt


def build_world_corpus(
    config: WorldConfig,
    folder: Path,
    *,
    n_tokens: int,
    context: int,
    n_held_out: int,
    n_clozes: int,
    seen_within: int,
    on_progress: Callable[[float], None] = lambda done: None,
) -> PackedCorpus:
    """Write at least `n_tokens` training tokens, `n_held_out` documents and their clozes to `folder`.

    `on_progress` hears the share that is done. Raises SkillscaleError where `context` cannot hold every document.
    """
    if context <= LONGEST:
        raise SkillscaleError(
            f"A context of {context} tokens cannot hold the pocket world's longest document; choose at least {LONGEST + 1}."
        )
    world = World(config)
    folder.mkdir(parents=True, exist_ok=True)
    first = pack(world.chunk(Stream.TRAINING, 0), context)
    fill = (first[:, 1:] != vocabulary()[PAD]).sum() / len(first)
    n_rows = int(np.ceil(1.002 * n_tokens / fill))  # rows differ a little in how full they are
    rows = np.lib.format.open_memmap(folder / "rows.npy", mode="w+", dtype=np.uint16, shape=(n_rows, context))
    written = index = n_written_tokens = 0
    while written < n_rows:
        part = pack(world.chunk(Stream.TRAINING, index), context)[: n_rows - written]
        rows[written : written + len(part)] = part
        n_written_tokens += int((part[:, 1:] != vocabulary()[PAD]).sum())
        written, index = written + len(part), index + 1
        on_progress(written / n_rows)
    rows.flush()
    held_out = list(islice(world.documents(Stream.HELD_OUT, with_clozes=False), n_held_out))
    card = CorpusCard(
        name=f"pocket world {config.seed}",
        kind="world",
        context=context,
        vocab_size=len(vocabulary()),
        pad_id=vocabulary()[PAD],
        eos_id=vocabulary()[EOS],
        n_rows=n_rows,
        n_tokens=n_written_tokens,
        held_out_bytes=sum(len(document.text.encode()) + 1 for document in held_out),
        held_out_tokens=sum(len(document.tokens) + 1 for document in held_out),
        settings=asdict(config),
        entropy=world.entropy(),
    )
    return write_packed_corpus(folder, card, world_tokenizer(), held_out, world.clozes(n_clozes, seen_within))
