"""`skillscale fit`, `forecast`, `classify`: what the table says."""

import json
from typing import Any

import click

from skillscale.cli.options import Command, as_json, directory, family, law
from skillscale.cli.telling import tell_class, tell_fit, tell_forecast


def of_one_task(command: Command) -> Command:
    """Which lab, law and measurements."""
    task = click.option("--task", default="language", show_default=True, help="Whose measurements.")
    metric = click.option("--metric", default="loss_nats", show_default=True, help="Which of them.")
    for option in (metric, task, law, family, directory):
        command = option(command)
    return command


@click.command()
@of_one_task
@as_json
def fit(as_json: bool, **options: Any) -> None:
    """Fit a law to the measurements of one task."""
    from skillscale import questions

    found = questions.fit_lab(**options)
    click.echo(json.dumps(found) if as_json else tell_fit(found))


@click.command()
@of_one_task
@click.option("--below", type=float, help="Fit only rungs with fewer parameters; all but the largest by default.")
@as_json
def forecast(as_json: bool, **options: Any) -> None:
    """Fit without the largest rung, forecast it, and say how it came out."""
    from skillscale import questions

    found = questions.forecast_lab(**options)
    click.echo(json.dumps(found) if as_json else tell_forecast(found))


@click.command()
@directory
@family
@click.option("--task", help="Only this task.")
@as_json
def classify(as_json: bool, **options: Any) -> None:
    """Name the curve of each task: smooth, flat, inverse, uncorrelated, emergent, or cannot tell."""
    from skillscale import questions

    found = questions.classify_lab(**options)
    click.echo(json.dumps(found) if as_json else "\n".join(tell_class(one) for one in found))
