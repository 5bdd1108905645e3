"""`skillscale think forecast`: coverage at many samples, forecast from few."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skillscale.cli.options import as_json
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.laws.test_time.forecast import CoverageForecast
    from skillscale.laws.test_time.forecast_document import Forecasts


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", type=int, required=True, help="The number of samples k to forecast pass@k at.")
@click.option(
    "--fit-below",
    type=int,
    help="Use only so many samples of each problem, drawn by --seed, or of a curve only k up to it; all by default.",
)
@click.option("--level", type=float, default=0.9, show_default=True, help="Of the intervals.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the samples that are used, and of the intervals."
)
@as_json
def forecast(file: Path, at: int, fit_below: int | None, level: float, seed: int, as_json: bool) -> None:
    """Forecast coverage at many samples from few.

    FILE is a .csv, .parquet or .jsonl with a row for each problem (problem, n, correct) or for each k (k, pass_at_k); docs/test-time.md has the format.
    """
    from skillscale.laws.test_time.forecast_document import forecast_json, tell_forecasts

    found = forecasts_asked(file, at=at, fit_below=fit_below, level=level, seed=seed)
    click.echo(json.dumps(forecast_json(found, at=at, fit_below=fit_below)) if as_json else tell_forecasts(found))


def forecasts_asked(file: Path, *, at: int, fit_below: int | None, level: float, seed: int) -> "Forecasts":
    """The forecast of every series in the file, or the reason why one has none; where none has, that is raised."""
    from skillscale.laws.test_time.forecast import forecast_coverage
    from skillscale.laws.test_time.tries_file import read_tries

    if not 0.5 <= level < 1:
        raise SkillscaleError(
            f"Intervals at level {level:g} were asked for; give a level from .5 to below 1, such as .9."
        )
    if seed < 0:
        raise SkillscaleError(f"The seed was given as {seed}; give a whole number from 0 on.")
    found: dict[str, CoverageForecast | str] = {}
    for one in read_tries(file):
        try:
            found[one.name] = forecast_coverage(one.seen, at=at, fit_below=fit_below, level=level, seed=seed)
        except SkillscaleError as error:
            found[one.name] = str(error)
    name, first = next(iter(found.items()))
    if isinstance(first, str) and all(isinstance(one, str) for one in found.values()):
        raise SkillscaleError(f"{name}: {first}")
    return found
