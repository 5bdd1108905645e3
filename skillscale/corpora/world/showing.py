"""Documents of the pocket world for people and programs to read."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from skillscale.corpora.document import Document
from skillscale.corpora.world.world import SHARES, Stream, World, WorldConfig
from skillscale.errors import SkillscaleError


def document_lines(seed: int, n: int, *, strand: str | None = None, as_json: bool = False) -> Iterator[str]:
    """n documents of the training text, one a line: the text, or an object with all that is known of it."""
    if seed < 0:
        raise SkillscaleError(f"Seed {seed} was asked for; seeds are 0 or more.")
    if strand is not None and strand not in SHARES:
        raise SkillscaleError(f"No strand is called {strand}; the strands are {', '.join(SHARES)}.")
    documents = World(WorldConfig(seed=seed)).documents(Stream.TRAINING)
    wanted = (document for document in documents if strand in (None, document.strand))
    for document in islice(wanted, n):
        yield json.dumps(_as_object(document)) if as_json else document.text


def _as_object(document: Document) -> dict[str, Any]:
    return {
        "text": document.text,
        "strand": document.strand,
        "stratum": document.stratum,
        "skills": document.skills,
        "cloze": [asdict(cloze) for cloze in document.clozes],
        "logprob_nats": document.logprob_nats,
    }


def entropy_of_world(seed: int) -> dict[str, dict[str, float]]:
    """True entropy by strand and in all: nats per token, standard error, tokens counted."""
    if seed < 0:
        raise SkillscaleError(f"Seed {seed} was asked for; seeds are 0 or more.")
    return {name: asdict(entropy) for name, entropy in World(WorldConfig(seed=seed)).entropy().items()}


def entropy_text(entropy: dict[str, dict[str, float]]) -> str:
    return "\n".join(
        f"{name:12} {found['nats']:.4f} ± {found['stderr']:.4f} nats per token" for name, found in entropy.items()
    )


def write_lines(lines: Iterator[str], out: Path | None, stdout: TextIO) -> None:
    """One after another, to the file `out` if it is given; the file appears whole or not at all."""
    if out is None:
        for line in lines:
            stdout.write(f"{line}\n")
        return
    partial = out.with_name(out.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SkillscaleError(f"{out} cannot be written ({error.strerror}). Name a file that you may write.") from error
