"""`skillscale enrich`: go on training on text richer in one strand."""

import json
from pathlib import Path
from typing import Any

import click

from skillscale.cli.options import as_json, directory
from skillscale.cli.stages import on_stage
from skillscale.errors import SkillscaleError


@click.command()
@click.argument("model")
@click.option("--strand", required=True, help="The strand of the pocket world that the new text has more of.")
@click.option("--times", type=float, default=4.0, show_default=True, help="How many times its share of documents.")
@click.option("--tokens", default="1M", show_default=True, help="How many more tokens to train on, such as 500k.")
@directory
@as_json
def enrich(model: str, strand: str, times: float, tokens: str, folder: Path, as_json: bool) -> None:
    """Train MODEL (a checkpoint, as the table names it) further, on more of one strand: what does that buy and cost?

    A second run sees as much more of the old mixture; what is told is the difference, item by item.
    """
    found = enrich_asked(model=model, strand=strand, times=times, tokens=tokens, folder=folder)
    click.echo(json.dumps(found) if as_json else tell_enriched(found))


def enrich_asked(*, model: str, strand: str, times: float, tokens: str, folder: Path) -> dict[str, Any]:
    """What `skillscale enrich --json` prints."""
    from dataclasses import asdict

    from skillscale.experiments.presets import read_count
    from skillscale.observations import Lab
    from skillscale.studies.enrichment import Enrichment, enrich, what_it_bought

    try:
        n_tokens = read_count(tokens)
    except ValueError as error:
        raise SkillscaleError(f"--tokens {tokens} was given; write a whole number such as 500k or 1M.") from error
    lab = Lab(folder)
    done = enrich(lab, Enrichment(model=model, strand=strand, times=times, n_tokens=n_tokens), on_stage())
    return {**asdict(done), "changes": what_it_bought(lab, done).to_dicts()}


def tell_enriched(found: dict[str, Any]) -> str:
    """Enriched less more of the same at the last mark, each task in a line."""
    last = max(found["marks"])
    asked = found["asked"]
    lines = [
        f"{asked['model']} after {last:,} more tokens with {asked['times']:g} times {asked['strand']}, less the same number "
        "of the old mixture (± one standard error over items):",
        "",
    ]
    for row in found["changes"]:
        if row["n_tokens"] == last:
            unit = "nats" if row["metric"] == "answer_nll" else "points"
            scale = 1.0 if row["metric"] == "answer_nll" else 100.0
            error = "" if row["stderr"] is None else f" ± {scale * row['stderr']:.2g}"
            lines.append(
                f"{row['task']:<18} {row['metric']:<11} {scale * row['value']:+.3g}{error} {unit}, "
                f"{scale * row['per_million_tokens']:+.3g} a million tokens ({row['n_items']} items)"
            )
    return "\n".join(lines)
