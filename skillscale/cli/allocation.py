"""`skillscale allocate`: where the next FLOP goes."""

import json
from pathlib import Path
from typing import Any

import click

from skillscale.cli.options import as_json, directory, family


@click.command()
@directory
@family
@click.option("--flops", type=float, required=True, help="Training compute to spend, such as 1e21.")
@click.option(
    "--inference-tokens", type=float, help="Tokens it will serve: which model of that loss costs least in all?"
)
@click.option("--unique-tokens", type=float, help="Different tokens there are: which model, and how many epochs?")
@click.option("--metric", default="loss_nats", show_default=True, help="The loss to make small.")
@click.option("--task", help="Whose loss; `language`, or the only task, by default.")
@click.option("--level", type=float, default=0.9, show_default=True, help="Of the intervals.")
@click.option(
    "--bootstrap", type=click.IntRange(20, 100_000), default=1000, show_default=True, help="Resamples of the runs."
)
@click.option("--chart", type=click.Path(path_type=Path), metavar="FILE", help="Draw it: a .png, .svg or .html file.")
@as_json
def allocate(as_json: bool, chart: Path | None, **asked: Any) -> None:
    """Say how many parameters and tokens a training compute is best spent on."""
    from skillscale.cli.telling_allocation import tell_allocation
    from skillscale.laws.allocation.document import allocation_json
    from skillscale.studies import questions

    found = questions.allocate_lab(**asked)
    if chart is not None:
        from skillscale.views.charts import draw_allocation, write_chart

        write_chart(draw_allocation(found), chart)
    click.echo(json.dumps(allocation_json(found)) if as_json else tell_allocation(found))
