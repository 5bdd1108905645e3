"""`skillscale think run`: ask a model puzzles in several ways, with many samples, and see what they buy."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.hosted import end, tell_and_ask, terms_options
from skillscale.cli.options import as_json, directory
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.experiments.thinking.run_plan import ThinkPlan
    from skillscale.models.hosted.terms import Terms
    from skillscale.studies.thinking.document import Thought

WAYS = "worked, direct, zero-shot, few-shot, least-to-most, calculator, revise or budget"


@click.command("run")
@click.option("--model", required=True, metavar="M", help="Folder of a checkpoint, or provider/name of a hosted model.")
@click.option("--task", required=True, help="Kind of puzzle; any other word lists those there are.")
@click.option("--samples", type=int, default=16, show_default=True, help="Of each problem, in each way.")
@click.option("--problems", type=int, default=50, show_default=True, help="In all, the difficulties sharing them.")
@click.option(
    "--difficulty", "difficulties", type=int, multiple=True, help="May be repeated; the task's own by default."
)
@click.option(
    "--way",
    "ways",
    multiple=True,
    metavar="WAY",
    help=f"{WAYS}; may be repeated.  [default: worked, or direct where pocket words have no steps]",
)
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
@terms_options
@directory
@as_json
def run(as_json: bool, folder: Path, terms: "Terms", yes: bool, **asked: Any) -> None:
    """Ask a checkpoint or a hosted model puzzles, n samples of each, and record what more samples buy in the lab's table.

    Run again after any interruption, it goes on from there. Keys come from the environment. docs/thinking.md says more.
    """
    found = run_asked(folder, terms, quiet=as_json or yes, **asked)
    from skillscale.studies.thinking.document import tell_thought, thought_json

    click.echo(json.dumps(thought_json(found)) if as_json else "\n".join(tell_thought(found)))
    end(found.stopped, as_json=as_json)


def run_asked(folder: Path, terms: "Terms", *, quiet: bool, **asked: Any) -> "Thought":
    """Plan, tell what it will take, ask a person on a terminal, run."""
    from skillscale.experiments.call_progress import calls_shown
    from skillscale.studies.thinking.opened import hosted_of, opened
    from skillscale.studies.thinking.running import think

    given = opened(_thinking(**asked), folder)
    terms.refuse_unpriced(one.name for one in hosted_of(given.plan))
    _tell(given.plan, terms, quiet=quiet)
    with calls_shown(given.plan.n_calls + given.plan.n_checks) as on_reply:
        return think(given, folder, terms, on_reply=on_reply)


def _thinking(
    *, model: str, task: str, samples: int, problems: int, difficulties: tuple[int, ...], ways: tuple[str, ...], seed: int, temperature: float,
    max_tokens: int, budgets: str, verifier: str | None, base_url: str | None, prefill: bool,
) -> Any:  # fmt: skip
    """What the options ask for."""
    from skillscale.experiments.thinking.talking import Limits
    from skillscale.studies.thinking.opened import Thinking

    try:
        tokens = tuple(int(one) for one in budgets.split(","))
    except ValueError as error:
        raise SkillscaleError(f"--budgets takes numbers of tokens, such as 64,256; found {budgets!r}.") from error
    return Thinking(
        model=model,
        task=task,
        ways=ways,
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


def _tell(plan: "ThinkPlan", terms: "Terms", *, quiet: bool) -> None:
    from skillscale.experiments.thinking.run_estimate import uses_of
    from skillscale.studies.thinking.opened import hosted_of

    hosted = hosted_of(plan)
    if not hosted:
        click.echo(f"{plan.key}: about {plan.n_calls:,} calls of a model on disk", err=True)
        return
    own_server = all(one.base_url is not None for one in hosted)
    tell_and_ask(plan.key, uses_of(plan), terms, own_server=own_server, quiet=quiet)
