"""Fresh text of a known world in other shares, with the held-out text and the questions of another corpus of it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world.corpus import pack
from skillscale.corpora.world.lexicon import PAD, vocabulary
from skillscale.corpora.world.world import Stream, World, WorldConfig
from skillscale.errors import SkillscaleError

FRESH_CHUNK = 1_000_000  # documents from here on are in no ladder's text: its largest preset has 25,000 chunks


def build_enriched_corpus(
    base: PackedCorpus,
    folder: Path,
    *,
    strand: str,
    times: float,
    n_tokens: int,
    on_progress: Callable[[float], None] = lambda done: None,
) -> PackedCorpus:
    """At least `n_tokens` new tokens of base's world in which `strand` has `times` its share of documents.

    Facts, held-out combinations, held-out documents and questions are those of `base`; times = 1 is more of the same. Raises
    SkillscaleError where the strand is none of base's, or its share cannot be so large.
    """
    config = enriched_config(base, strand, times)
    folder.mkdir(parents=True, exist_ok=True)
    world, context = World(config), base.card.context
    parts: list[np.ndarray] = []
    index = written = 0
    while written < n_tokens:
        parts.append(pack(world.chunk(Stream.TRAINING, FRESH_CHUNK + index), context))
        written, index = written + int((parts[-1][:, 1:] != vocabulary()[PAD]).sum()), index + 1
        on_progress(min(1.0, written / n_tokens))
    rows = np.concatenate(parts)
    np.save(folder / "rows.npy", rows)
    for name in ("tokenizer.json", "held_out.parquet", "clozes.parquet"):
        shutil.copyfile(base.folder / name, folder / name)
    card = replace(base.card, n_rows=len(rows), n_tokens=written, settings=asdict(config))
    partial = folder / "corpus.json.partial"
    partial.write_text(json.dumps(asdict(card), indent=1))
    partial.replace(folder / "corpus.json")
    return PackedCorpus(folder)


def enriched_config(base: PackedCorpus, strand: str, times: float) -> WorldConfig:
    """The world of `base` with other shares: those of the other strands shrink alike."""
    if base.card.kind != "world":
        raise SkillscaleError(
            f"{base.card.name} is no pocket world, so its text has no strands. Use a lab that was made without --text."
        )
    config = WorldConfig(**base.card.settings)
    shares = World(config).shares
    if strand not in shares:
        raise SkillscaleError(f"{base.card.name} has no strand {strand!r}. Its strands are {', '.join(shares)}.")
    share = times * shares[strand]
    if not 0 < share < 1:
        raise SkillscaleError(
            f"{times:g} times the strand {strand} would be {share:.0%} of the documents; give a factor below {1 / shares[strand]:.3g}."
        )
    rest = (1 - share) / (1 - shares[strand])
    return replace(config, shares={name: share if name == strand else rest * old for name, old in shares.items()})
