"""`skillscale mix run`: ask a hosted model for texts, have them graded, score them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.options import as_json, directory
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.experiments.skill_mix.plan import MixPlan
    from skillscale.mixing import Mixed
    from skillscale.models.hosted.prices import Prices

file = click.Path(path_type=Path)
STOPPED = 3  # exit code where the limit on cost was reached
CODE_RISK = "--kind code runs Python that the model wrote, in a locked-down process; see docs/skill-mix-code.md for what that does not keep out."


@click.command("run")
@click.option("--model", required=True, metavar="M", help="Who writes: provider/name, such as openai/gpt-4o.")
@click.option("--grader", "graders", multiple=True, metavar="G", help="Who grades; may be repeated.")
@click.option("--base-url", metavar="URL", help="An OpenAI-compatible server, up to and with /v1.")
@click.option("--grader-base-url", metavar="URL", help="The grader's, if it is another.")
@click.option("-k", "ks", metavar="KS", help="Skills in a combination: 3, 2-5 or 2,4,6.  [default: 2-5]")
@click.option("--combinations", type=int, help="At each k.  [default: 100]")
@click.option("--seed", type=int, help="Of the draw.  [default: 0]")
@click.option("--skills", type=file, metavar="FILE", help="Your own skills (YAML); ours by default.")
@click.option("--topics", type=file, metavar="FILE", help="Your own topics (YAML); ours by default.")
@click.option(
    "--commit", type=file, metavar="FILE", help="Commitment of `mix draw --commit`; gives seed, -k and --combinations."
)
@click.option("--kind", default="text", show_default=True, help="text or code.")
@click.option("--generations", type=int, default=3, show_default=True, help="Texts of each combination.")
@click.option("--gradings", type=int, default=3, show_default=True, help="Of each text, by each grader.")
@click.option("--temperature", type=float, default=0.7, show_default=True, help="Of the writer and the graders.")
@click.option("--max-tokens", type=int, default=4096, show_default=True, help="Of each answer, its reasoning included.")
@click.option("--max-cost", type=float, metavar="USD", help="Begin no call that could take the run beyond it.")
@click.option("--prices", type=file, metavar="FILE", help="Your prices (YAML), before ours.")
@click.option("--concurrency", type=click.IntRange(1, 1024), default=64, show_default=True, help="Calls at once.")
@click.option(
    "--timeout", type=click.FloatRange(1), default=120, show_default=True, help="Seconds that an attempt may take."
)
@click.option("--allow-self-grading", is_flag=True, help="Let a model grade its own texts.")
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
@directory
@as_json
def run(as_json: bool, folder: Path, yes: bool, **asked: Any) -> None:
    """Ask a hosted model for texts at each k, have them graded, and record the scores in the lab's table.

    Run again after any interruption, it goes on from there. Keys come from the environment. docs/hosted.md says more.
    """
    found = run_asked(folder, quiet=as_json or not sys.stdin.isatty() or not sys.stderr.isatty(), yes=yes, **asked)
    from skillscale.mixing import mixed_json, tell_mixed

    click.echo(json.dumps(mixed_json(found)) if as_json else "\n".join(tell_mixed(found)))
    if found.stopped is not None:
        if as_json:
            click.echo(found.stopped, err=True)
        sys.exit(STOPPED)


def run_asked(
    folder: Path,
    *,
    quiet: bool,
    yes: bool,
    prices: Path | None,
    max_cost: float | None,
    concurrency: int,
    timeout: float,
    **asked: Any,
) -> "Mixed":
    """Plan, tell what it will take, ask a person on a terminal, run."""
    if max_cost is not None and not 0 < max_cost < float("inf"):
        raise SkillscaleError(f"--max-cost is {max_cost:g}; give more than 0 dollars.")
    from skillscale.experiments.skill_mix.run_progress import calls_shown
    from skillscale.mixing import mix, refuse_unpriced
    from skillscale.models.hosted.asking import Patience
    from skillscale.models.hosted.prices import read_prices

    table = read_prices(prices)
    plan = plan_asked(**asked)
    refuse_unpriced(plan, table, max_cost)
    _tell(plan, table, max_cost, confirm=not (quiet or yes))
    patience = Patience(call_s=timeout, total_s=5 * timeout)
    with calls_shown(plan.n_calls) as on_reply:
        return mix(
            plan, folder, prices=table, max_cost_usd=max_cost, concurrency=concurrency, patience=patience, on_reply=on_reply
        )  # fmt: skip


def plan_asked(
    *, model: str, graders: tuple[str, ...], base_url: str | None, grader_base_url: str | None, ks: str | None,
    combinations: int | None, seed: int | None, skills: Path | None, topics: Path | None, commit: Path | None,
    kind: str, generations: int, gradings: int, temperature: float, max_tokens: int, allow_self_grading: bool,
) -> "MixPlan":  # fmt: skip
    """The plan of the options."""
    from skillscale.experiments.skill_mix.plan import Asking, plan_of
    from skillscale.experiments.skill_mix.protocol import Settings
    from skillscale.models.hosted.provider import known_providers
    from skillscale.tasks.skill_mix.ks import parse_ks

    settings = Settings(
        kind=kind,
        generations=generations,
        gradings=gradings,
        temperature=temperature,
        grader_temperature=temperature,
        max_tokens=max_tokens,
    )
    asking = Asking(
        model=model,
        graders=graders,
        base_url=base_url,
        grader_base_url=grader_base_url,
        seed=seed,
        ks=None if ks is None else parse_ks(ks),
        combinations=combinations,
        skills=skills,
        topics=topics,
        settings=settings,
        commitment=commit,
        allow_self_grading=allow_self_grading,
    )
    return plan_of(asking, known_providers())


def _tell(plan: "MixPlan", prices: "Prices", max_cost: float | None, *, confirm: bool) -> None:
    """Calls, tokens and cost on standard error; with `confirm` a question, where it may cost money."""
    from skillscale.experiments.skill_mix.estimate import estimate_of, tell_estimate

    estimate = estimate_of(plan, prices)
    limit = "" if max_cost is None else f"; at most ${max_cost:,.2f}"
    click.echo(f"{plan.key}: {tell_estimate(estimate, prices, plan.graders)}{limit}", err=True)
    if plan.settings.kind == "code":
        click.echo(CODE_RISK, err=True)
    unknown_provider = estimate.cost_usd is None and None in (plan.base_url, *plan.grader_urls)
    if confirm and (estimate.cost_usd or unknown_provider):
        click.confirm("What was answered before is not paid again. Go on?", abort=True, err=True)
