"""What commands that ask hosted models share: on what terms, the question before money is spent, and how they end."""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.models.hosted.estimate import Use
    from skillscale.models.hosted.terms import Terms

STOPPED = 3  # exit code where the limit on cost was reached


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `Terms`, which the command takes as `terms`, and `--yes`."""

    @click.option("--max-cost", type=float, metavar="USD", help="Begin no call that could take the run beyond it.")
    @click.option("--prices", type=click.Path(path_type=Path), metavar="FILE", help="Your prices (YAML), before ours.")
    @click.option("--concurrency", type=click.IntRange(1, 1024), default=64, show_default=True, help="Calls at once.")
    @click.option(
        "--timeout", type=click.FloatRange(1), default=120, show_default=True, help="Seconds that an attempt may take."
    )
    @click.option("--yes", is_flag=True, help="Do not ask before spending money.")
    @wraps(command)
    def with_terms(
        *, prices: Path | None, max_cost: float | None, concurrency: int, timeout: float, **others: Any
    ) -> None:
        command(terms=_terms(prices, max_cost, concurrency, timeout), **others)

    return with_terms


def _terms(prices: Path | None, max_cost: float | None, concurrency: int, timeout: float) -> "Terms":
    if max_cost is not None and not 0 < max_cost < float("inf"):
        raise SkillscaleError(f"--max-cost is {max_cost:g}; give more than 0 dollars.")
    if not isfinite(timeout):
        raise SkillscaleError(f"--timeout is {timeout:g}; give seconds, 1 or more.")
    from skillscale.models.hosted.prices import read_prices
    from skillscale.models.hosted.terms import Patience, Terms

    patience = Patience(call_s=timeout, total_s=5 * timeout)
    return Terms(prices=read_prices(prices), max_cost_usd=max_cost, concurrency=concurrency, patience=patience)


def tell_and_ask(what: str, uses: Sequence["Use"], terms: "Terms", *, own_server: bool, quiet: bool) -> None:
    """What the run will take on standard error; then a question, where it may cost money and somebody is there to answer."""
    from skillscale.models.hosted.estimate import estimate_of, tell_estimate
    from skillscale.models.hosted.prices import dollars

    estimate = estimate_of(uses, terms.prices)
    limit_usd = terms.max_cost_usd
    limit = "" if limit_usd is None else f"; at most {dollars(limit_usd)}"
    click.echo(f"{what}: {tell_estimate(estimate, terms.prices)}{limit}", err=True)
    if limit_usd is not None and estimate.cost_usd is not None and estimate.cost_usd > limit_usd:
        missing = dollars(estimate.cost_usd - limit_usd)
        click.echo(
            f"The limit of {dollars(limit_usd)} is about {missing} too low for the whole run, which may stop there without results. "
            "The same command with a larger --max-cost goes on.",
            err=True,
        )
    if estimate.may_cost(own_server=own_server) and not quiet and sys.stdin.isatty() and sys.stderr.isatty():
        click.confirm("What was answered before is not paid again. Go on?", abort=True, err=True)


def end(stopped: str | None, *, as_json: bool) -> None:
    """Exit with `STOPPED` where the limit on cost was reached; the sentence is told already where JSON is not."""
    if stopped is None:
        return
    if as_json:
        click.echo(stopped, err=True)
    sys.exit(STOPPED)
