"""`skillscale corpus`: look at the pocket world, or pack your own text."""

import json
import sys
from pathlib import Path

import click

from skillscale.cli.options import as_json, seed


@click.command()
@click.option("--documents", type=click.IntRange(min=0), default=5, show_default=True, help="How many to print.")
@click.option("--strand", help="Only documents of this strand.")
@click.option("--entropy", is_flag=True, help="Print the true entropy instead, by strand.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead.")
@seed
@as_json
def corpus(documents: int, strand: str | None, entropy: bool, out: Path | None, seed: int, as_json: bool) -> None:
    """Print or write documents of the pocket world, or its entropy."""
    from skillscale.corpora.world.showing import document_lines, entropy_of_world, entropy_text, write_lines

    if entropy:
        found = entropy_of_world(seed)
        lines = iter([json.dumps(found) if as_json else entropy_text(found)])
    else:
        lines = document_lines(seed, documents, strand=strand, as_json=as_json)
    write_lines(lines, out, sys.stdout)
