"""`skillscale mix prevalence`: how often skills and topics occur in a corpus, as a model sees it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.hosted import end, tell_and_ask, terms_options
from skillscale.cli.options import as_json, directory
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.models.hosted.terms import Terms
    from skillscale.studies.prevalence import Prevalence, PrevalencePlan

file = click.Path(path_type=Path)
N_TOLD = 12  # the most frequent skills, and topics, that a reader is told


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--model", required=True, metavar="M", help="Who reads: provider/name, such as openai/gpt-4o-mini.")
@click.option("--base-url", metavar="URL", help="An OpenAI-compatible server, up to and with /v1.")
@click.option("--sentences", type=int, default=1000, show_default=True, help="How many to draw at random.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the draw; a larger sample goes on from a smaller one."
)
@click.option("--text-column", default="text", show_default=True, help="Column of .jsonl and .parquet files.")
@click.option("--skills", type=file, metavar="FILE", help="Your own skills (YAML); ours by default.")
@click.option("--topics", type=file, metavar="FILE", help="Your own topics (YAML); ours by default.")
@click.option("--per-call", type=int, default=40, show_default=True, help="Skills, or topics, asked at once.")
@click.option("--max-tokens", type=int, default=1024, show_default=True, help="Of each answer, its reasoning included.")
@click.option(
    "--level", type=click.FloatRange(0.5, 1, max_open=True), default=0.9, show_default=True, help="Of the intervals."
)
@terms_options
@directory
@as_json
def prevalence(as_json: bool, folder: Path, terms: "Terms", yes: bool, **asked: Any) -> None:
    """Estimate how often each skill and topic occurs in the sentences of your text, by asking a model.

    TEXT is files, folders or globs. Writes the table that `mix score --frequencies` takes, and says what `mix novelty` takes.
    """
    found = prevalence_asked(folder, terms, quiet=as_json or yes, **asked)
    from skillscale.studies.prevalence import prevalence_json

    told = prevalence_json(found)
    click.echo(json.dumps(told) if as_json else "\n".join(tell_prevalence(told)))
    end(found.stopped, as_json=as_json)


def prevalence_asked(folder: Path, terms: "Terms", *, quiet: bool, level: float, **asked: Any) -> "Prevalence":
    """Draw the sentences, tell what asking will take, ask."""
    from skillscale.experiments.call_progress import calls_shown
    from skillscale.studies.prevalence import prevalence

    plan = plan_asked(**asked)
    what = f"{plan.key}: {len(plan.drawn.sentences):,} of {plan.drawn.n_sentences:,} sentences"
    tell_and_ask(what, [plan.use], terms, own_server=plan.asking.base_url is not None, quiet=quiet)
    with calls_shown(plan.n_calls) as on_reply:
        return prevalence(plan, folder, terms, level=level, on_reply=on_reply)


def plan_asked(
    *, text: tuple[str, ...], model: str, base_url: str | None, sentences: int, seed: int, text_column: str,
    skills: Path | None, topics: Path | None, per_call: int, max_tokens: int,
) -> "PrevalencePlan":  # fmt: skip
    """The plan of the options, the sentences drawn."""
    from skillscale.corpora.text.sources import find_sources
    from skillscale.experiments.skill_mix.prevalence import Asking, draw_sentences, groups_of
    from skillscale.models.hosted.address import refuse_keys_in
    from skillscale.studies.prevalence import PrevalencePlan
    from skillscale.tasks.skill_mix.library import read_library

    if base_url is not None:
        refuse_keys_in(base_url)
    sources = find_sources(list(text))
    if any(source.weight is not None for source in sources):
        raise SkillscaleError(
            "A weight was given to a text; sentences are drawn with equal probability, so leave it out."
        )
    files = [path for source in sources for path in source.files]
    return PrevalencePlan(
        asking=Asking(model=model, base_url=base_url, max_tokens=max_tokens),
        drawn=draw_sentences(files, n=sentences, seed=seed, text_column=text_column),
        groups=groups_of(read_library(skills, topics), per_call),
        corpus=" ".join(f"{path.resolve()}:{path.stat().st_size}" for path in files),
        seed=seed,
    )


def tell_prevalence(told: dict[str, Any]) -> Iterator[str]:
    """The most frequent, the bounds, and whether skills keep company."""
    from skillscale.models.hosted.prices import Cost

    cost = Cost(usd=told["cost_usd"], at_most=told["cost_at_most"])
    yield f"{told['sentences']:,} of {told['sentences_in_corpus']:,} sentences, {told['calls']:,} calls, {cost}"
    for reason, n in told["answers_missing"].items():
        yield f"{n} of {told['answers']:,} answers are missing: {reason!a}"
    if told["stopped"] is not None:
        yield told["stopped"]
        return
    for what in ("skills", "topics"):
        known = [one for one in told[what] if one["share"] is not None]
        if known and not any(one["shown"] for one in known):
            yield f"{what}: none of {len(known)} was seen in {_fewest_sentences(known):,} sentences"
            continue
        yield f"{what}, the most frequent of {len(told[what])}, with {told['level']:.0%} intervals, each on its own"
        for one in sorted(known, key=lambda one: -one["share"])[:N_TOLD]:
            yield f"  {one['name']:<32}{one['share']:.4f} ({one['low']:.4f} to {one['high']:.4f}), {one['shown']} of {one['of']:,}"
    yield from _tell_bounds(told)
    yield from _tell_company(told)
    yield f"{told['frequencies_file']} is for skillscale mix score --frequencies"


def _fewest_sentences(asked: list[dict[str, Any]]) -> int:
    """Sentences with a readable answer, of the skill or topic that has the fewest."""
    return min(one["of"] for one in asked)


def _tell_bounds(told: dict[str, Any]) -> Iterator[str]:
    words = {
        "max_skill_frequency": "skill",
        "max_rarer_skill_frequency": "skill seen in less than 5 % of sentences",
        "max_topic_frequency": "topic",
    }
    for key, what in words.items():
        one = told[key]
        if one is None:
            yield f"no bound for every {what}: there is none, or one has no readable answer"
        elif one["share"] > 0:
            yield f"every {what} is below {one['upper']:.4f} at once ({told['level']:.0%}); the most frequent, {one['name']}, has {one['share']:.4f}"
        elif what in ("skill", "topic"):
            n = _fewest_sentences(told[f"{what}s"])
            yield f"no {what} was seen in {n:,} sentences; every one is below {one['upper']:.4f} at once ({told['level']:.0%})"
        elif told["max_skill_frequency"]["share"] > 0:
            yield f"every {what} is below {one['upper']:.4f} at once ({told['level']:.0%}); none of them was seen at all"
    if told["novelty_options"] is not None:
        yield f"skillscale mix novelty {told['novelty_options']} takes these bounds; more sentences make them tighter"


def _tell_company(told: dict[str, Any]) -> Iterator[str]:
    for one in told["company"]:
        what = {2: "pairs", 3: "triples"}.get(one["k"], f"{one['k']}-tuples")
        if one["low"] is None:
            yield f"whether {what} of skills keep company cannot be told: {one['n_together']} sentences show {one['k']} or more"
            continue
        apart = {
            "more": "more often than chance",
            "less": "less often than chance",
            "cannot tell": "not to be told from chance",
        }[one["verdict"]]
        ratio = f"{one['ratio']:.2f} times ({one['low']:.2f} to {one['high']:.2f})"
        yield f"{what} of skills stand together {ratio} as often as independent skills would: {apart}"
    for one in told["pairs"][:N_TOLD]:
        yield f"  {' and '.join(one['names'])}: {one['observed']} sentences, {one['expected']:.1f} expected"
    if told["pairs_tested"]:
        yield f"{len(told['pairs'])} of {told['pairs_tested']:,} pairs stand together too often for chance; the novelty bound holds skills to be independent"
