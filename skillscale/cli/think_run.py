"""`skillscale think run`: ask a model puzzles in several ways, with many samples, and see what they buy."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.options import as_json, directory
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.experiments.thinking.run_plan import ThinkPlan
    from skillscale.models.hosted.prices import Prices
    from skillscale.thinking_document import Thought

STOPPED = 3  # exit code where the limit on cost was reached
WAYS = "worked, direct, zero-shot, few-shot, least-to-most, calculator, revise or budget"


@click.command("run")
@click.option("--model", required=True, metavar="M", help="Folder of a checkpoint, or provider/name of a hosted model.")
@click.option("--task", required=True, help="Kind of puzzle; any other word lists those there are.")
@click.option("--samples", type=int, default=16, show_default=True, help="Of each problem, in each way.")
@click.option("--problems", type=int, default=50, show_default=True, help="In all, the difficulties sharing them.")
@click.option(
    "--difficulty", "difficulties", type=int, multiple=True, help="May be repeated; the task's own by default."
)
@click.option("--way", "ways", multiple=True, metavar="WAY", help=f"{WAYS}; may be repeated.  [default: worked]")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the problems and the samples.")
@click.option("--temperature", type=float, default=0.7, show_default=True, help="Of the samples.")
@click.option(
    "--max-tokens", type=int, default=4096, show_default=True, help="Of each message, its reasoning included."
)
@click.option("--budgets", default="64,256,1024", show_default=True, help="Tokens of thought, for --way budget.")
@click.option(
    "--verifier", "--grader", "verifier", metavar="M", help="Who scores answers for weighted votes and best-of-n."
)
@click.option("--base-url", metavar="URL", help="An OpenAI-compatible server, up to and with /v1.")
@click.option("--prefill", is_flag=True, help="That server goes on with a message of the model's own (--way budget).")
@click.option("--max-cost", type=float, metavar="USD", help="Begin no call that could take the run beyond it.")
@click.option("--prices", type=click.Path(path_type=Path), metavar="FILE", help="Your prices (YAML), before ours.")
@click.option("--concurrency", type=click.IntRange(1, 1024), default=64, show_default=True, help="Calls at once.")
@click.option(
    "--timeout", type=click.FloatRange(1), default=120, show_default=True, help="Seconds that an attempt may take."
)
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
@directory
@as_json
def run(as_json: bool, folder: Path, yes: bool, **asked: Any) -> None:
    """Ask a checkpoint or a hosted model puzzles, n samples of each, and record what more samples buy in the lab's table.

    Run again after any interruption, it goes on from there. Keys come from the environment. docs/thinking.md says more.
    """
    found = run_asked(folder, quiet=as_json or not sys.stdin.isatty() or not sys.stderr.isatty(), yes=yes, **asked)
    from skillscale.thinking_document import tell_thought, thought_json

    click.echo(json.dumps(thought_json(found)) if as_json else "\n".join(tell_thought(found)))
    if found.stopped is not None:
        if as_json:
            click.echo(found.stopped, err=True)
        sys.exit(STOPPED)


def run_asked(
    folder: Path, *, quiet: bool, yes: bool, prices: Path | None, max_cost: float | None, concurrency: int, timeout: float, **asked: Any
) -> "Thought":  # fmt: skip
    """Plan, tell what it will take, ask a person on a terminal, run."""
    if max_cost is not None and not 0 < max_cost < float("inf"):
        raise SkillscaleError(f"--max-cost is {max_cost:g}; give more than 0 dollars.")
    from skillscale.experiments.skill_mix.run_progress import calls_shown
    from skillscale.models.hosted.asking import Patience
    from skillscale.models.hosted.prices import read_prices
    from skillscale.thinking_opened import opened
    from skillscale.thinking_runs import refuse_unpriced, think

    table = read_prices(prices)
    given = opened(_thinking(**asked), folder)
    refuse_unpriced(given.plan, table, max_cost)
    _tell(given.plan, table, max_cost, confirm=not (quiet or yes))
    patience = Patience(call_s=timeout, total_s=5 * timeout)
    with calls_shown(given.plan.n_calls + given.plan.n_checks) as on_reply:
        return think(
            given, folder, prices=table, max_cost_usd=max_cost, concurrency=concurrency, patience=patience, on_reply=on_reply
        )  # fmt: skip


def _thinking(
    *, model: str, task: str, samples: int, problems: int, difficulties: tuple[int, ...], ways: tuple[str, ...], seed: int, temperature: float,
    max_tokens: int, budgets: str, verifier: str | None, base_url: str | None, prefill: bool,
) -> Any:  # fmt: skip
    """What the options ask for."""
    from skillscale.experiments.thinking.talking import Limits
    from skillscale.thinking_opened import Thinking

    try:
        tokens = tuple(int(one) for one in budgets.split(","))
    except ValueError as error:
        raise SkillscaleError(f"--budgets takes numbers of tokens, such as 64,256; found {budgets!r}.") from error
    return Thinking(
        model=model,
        task=task,
        ways=ways or ("worked",),
        difficulties=difficulties,
        n_problems=problems,
        n_samples=samples,
        seed=seed,
        temperature=temperature,
        limits=Limits(max_tokens=max_tokens, budgets=tokens),
        verifier=verifier,
        base_url=base_url,
        prefills=prefill,
    )


def _tell(plan: "ThinkPlan", prices: "Prices", max_cost: float | None, *, confirm: bool) -> None:
    """Calls, tokens and cost of hosted models on standard error; with `confirm` a question, where it may cost money."""
    from skillscale.experiments.thinking.run_estimate import estimate_of, tell_estimate
    from skillscale.thinking_opened import hosted_of

    hosted = hosted_of(plan)
    if not hosted:
        click.echo(f"{plan.key}: about {plan.n_calls:,} calls of a model on disk", err=True)
        return
    estimate = estimate_of(plan, prices)
    limit = "" if max_cost is None else f"; at most ${max_cost:,.2f}"
    click.echo(f"{plan.key}: {tell_estimate(estimate, prices)}{limit}", err=True)
    unknown_provider = estimate.cost_usd is None and any(one.base_url is None for one in hosted)
    if confirm and (estimate.cost_usd or unknown_provider):
        click.confirm("What was answered before is not paid again. Go on?", abort=True, err=True)
