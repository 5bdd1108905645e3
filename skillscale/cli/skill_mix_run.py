"""`skillscale mix run`: ask a hosted model for texts, have them graded, score them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.hosted import end, tell_and_ask, terms_options
from skillscale.cli.options import as_json, directory

if TYPE_CHECKING:
    from skillscale.experiments.skill_mix.plan import MixPlan
    from skillscale.models.hosted.terms import Terms
    from skillscale.studies.mixing import Mixed

file = click.Path(path_type=Path)
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
@click.option("--allow-self-grading", is_flag=True, help="Let a model grade its own texts.")
@terms_options
@directory
@as_json
def run(as_json: bool, folder: Path, terms: "Terms", yes: bool, **asked: Any) -> None:
    """Ask a hosted model for texts at each k, have them graded, and record the scores in the lab's table.

    Run again after any interruption, it goes on from there. Keys come from the environment. docs/hosted.md says more.
    """
    found = run_asked(folder, terms, quiet=as_json or yes, **asked)
    from skillscale.studies.mixing import mixed_json, tell_mixed

    click.echo(json.dumps(mixed_json(found)) if as_json else "\n".join(tell_mixed(found)))
    end(found.stopped, as_json=as_json)


def run_asked(folder: Path, terms: "Terms", *, quiet: bool, **asked: Any) -> "Mixed":
    """Plan, tell what it will take, ask a person on a terminal, run."""
    from skillscale.experiments.call_progress import calls_shown
    from skillscale.experiments.skill_mix.plan import all_models
    from skillscale.studies.mixing import mix

    plan = plan_asked(**asked)
    terms.refuse_unpriced(name for name, _ in all_models(plan))
    _tell(plan, terms, quiet=quiet)
    with calls_shown(plan.n_calls) as on_reply:
        return mix(plan, folder, terms, on_reply=on_reply)


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


def _tell(plan: "MixPlan", terms: "Terms", *, quiet: bool) -> None:
    from skillscale.experiments.skill_mix.estimate import uses_of

    if plan.settings.kind == "code":
        click.echo(CODE_RISK, err=True)
    own_server = None not in (plan.base_url, *plan.grader_urls)
    tell_and_ask(plan.key, list(uses_of(plan)), terms, own_server=own_server, quiet=quiet)
