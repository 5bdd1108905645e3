"""`skillscale fit`, `forecast`, `classify`: what the table says."""

import json
from typing import Any

import click

from skillscale.cli.options import Command, as_json, directory, family, law
from skillscale.cli.telling import tell_classes, tell_fit, tell_forecast


def of_one_task(command: Command) -> Command:
    """Which lab, law and measurements."""
    task = click.option("--task", help="Whose measurements; `language`, or the only task, by default.")
    metric = click.option("--metric", default="loss_nats", show_default=True, help="Which of them.")
    axis = click.option(
        "--axis",
        help="Column that a law of one axis runs along, and that scales are held out along; n_params by default. n_params_total "
        "counts parameters with embeddings.",
    )
    for option in (axis, metric, task, family, directory):
        command = option(command)
    return command


@click.command()
@of_one_task
@law
@click.option(
    "--objective", help="What the fit makes small; the law's own by default. Any other word lists those there are."
)
@click.option(
    "--bootstrap", type=click.IntRange(20, 1_000_000), default=1000, show_default=True, help="Resamples of the runs."
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option(
    "--intervals",
    type=click.Choice(["bootstrap", "profile"]),
    default="bootstrap",
    show_default=True,
    help="From resamples of the runs, or from how far a parameter can go while the others make up for it (rows as independent).",
)
@as_json
def fit(as_json: bool, **options: Any) -> None:
    """Fit a law to the measurements of one task."""
    from skillscale.studies import questions

    found = questions.fit_lab(**options)
    click.echo(json.dumps(found) if as_json else tell_fit(found))


@click.command()
@of_one_task
@click.option(
    "--law",
    "laws",
    multiple=True,
    default=("chinchilla",),
    show_default=True,
    help="The law's name; given several times, the laws are joined into one interval and ranked by held-out error.",
)
@click.option(
    "--below",
    type=float,
    help="Fit only rows below this on the axis; all but the largest scale (of over 20 the largest tenth) by default.",
)
@click.option("--level", type=float, default=0.9, show_default=True, help="Of the intervals.")
@as_json
def forecast(as_json: bool, **options: Any) -> None:
    """Fit without the largest scales, forecast them, and say how it came out."""
    from skillscale.studies import questions

    found = questions.forecast_lab(**options)
    click.echo(json.dumps(found) if as_json else tell_forecast(found))


@click.command()
@directory
@family
@click.option("--task", help="Only this task.")
@click.option(
    "--axis", help="Column along which the curves run; parameters or compute, whichever is known, by default."
)
@click.option(
    "--false-discoveries",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    default=0.1,
    show_default=True,
    help="Of the tasks called emergent, the share that may be expected not to be; surer is smaller.",
)
@as_json
def classify(as_json: bool, **options: Any) -> None:
    """Name the curve of each task: smooth, flat, inverse, uncorrelated, emergent, or cannot tell."""
    from skillscale.studies import questions

    found = questions.classify_lab(**options)
    click.echo(json.dumps(found) if as_json else tell_classes(found))
