"""`skillscale lab` and `skillscale ladder`: train."""

import json
from typing import Any

import click

from skillscale.cli.options import as_json, ladder_options
from skillscale.cli.stages import on_stage


@click.command("lab")
@ladder_options
@as_json
def whole_lab(as_json: bool, **options: Any) -> None:
    """From nothing to a report: train a ladder, measure it, fit, forecast, classify.

    Run again after any interruption, it goes on from there. With --json the last line of the output is one object.
    """
    from skillscale.cli.settings import settings_of
    from skillscale.cli.telling import tell_lab
    from skillscale.observations import Lab
    from skillscale.studies import laboratory
    from skillscale.studies.summary import summary_of

    settings = settings_of(**options)
    ladder = laboratory.climb_ladder(settings, on_stage())
    lab = Lab(settings.folder)
    reported = laboratory.report_rows(lab, laboratory.rows_of(lab, ladder))
    summary = summary_of(lab, ladder, reported)
    click.echo(json.dumps(summary) if as_json else tell_lab(summary))


@click.command()
@ladder_options
@as_json
def ladder(as_json: bool, **options: Any) -> None:
    """Train and measure a ladder into the lab's table, without a report."""
    from skillscale.cli.settings import settings_of
    from skillscale.studies import laboratory

    climbed = laboratory.climb_ladder(settings_of(**options), on_stage())
    done = [run for run in climbed.runs if run not in climbed.failed]
    found = {"family": climbed.family, "done": done, "failed": climbed.failed}
    click.echo(json.dumps(found) if as_json else f"{climbed.family}: {len(done)} of {len(climbed.runs)} runs done.")
