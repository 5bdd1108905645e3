"""`skillscale report`, `export`, `status`: what is in a lab."""

import json
from pathlib import Path

import click

from skillscale.cli.options import as_json, directory, family, law


@click.command()
@directory
@family
@law
def report(folder: Path, family: str | None, law: str) -> None:
    """Write the report and its pictures anew from the table."""
    from skillscale.observations import Lab
    from skillscale.studies.laboratory import report_rows
    from skillscale.studies.questions import families_asked

    lab = Lab(folder)
    report_rows(lab, families_asked(lab, family), law)
    click.echo(lab.report)


@click.command()
@directory
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .parquet, .csv or .jsonl file.")
def export(folder: Path, out: Path) -> None:
    """Write the table of observations to a file."""
    from skillscale.observations import Lab

    Lab(folder).export(out)
    click.echo(out)


@click.command()
@directory
@as_json
def status(folder: Path, as_json: bool) -> None:
    """Say how a lab stands: runs done, measurements missing."""
    from skillscale.studies.status import status_of, status_text

    found = status_of(folder)
    click.echo(json.dumps(found) if as_json else status_text(found))
