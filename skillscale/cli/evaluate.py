"""`skillscale evaluate`: measure any local checkpoint."""

import json
from pathlib import Path

import click

from skillscale.cli.options import as_json, directory


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("--task", "tasks", multiple=True, help="Only this task (may be repeated); all by default.")
@click.option("--items", type=click.IntRange(min=1), default=200, show_default=True, help="Most items a stratum.")
@click.option(
    "--corpus", type=click.Path(path_type=Path), help="A packed corpus; by default that of the checkpoint's lab."
)
@click.option("--record", is_flag=True, help="Put the observations into the lab's table.")
@directory
@as_json
def evaluate(
    checkpoint: Path, tasks: tuple[str, ...], items: int, corpus: Path | None, record: bool, folder: Path, as_json: bool
) -> None:
    """Measure a Hugging Face folder on the tasks and held-out text of a corpus."""
    from skillscale.studies.evaluation import evaluate_folder, evaluation_lines, evaluation_rows

    observations = evaluate_folder(checkpoint, tasks=tasks, items=items, corpus=corpus, lab=folder, record=record)
    rows = evaluation_rows(observations)
    click.echo(json.dumps(rows) if as_json else "\n".join(evaluation_lines(rows)))
