"""`skillscale mix score`: the scores that gradings give, with intervals, and what else they say."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.options import as_json
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.laws.skill_mix.assessment import Assessment

file = click.Path(path_type=Path)


@click.command()
@click.argument("gradings", type=file, nargs=-1, required=True)
@click.option(
    "--skills",
    type=file,
    metavar="FILE",
    help="Your library, beside ours: aliases count as names in the strict scores.",
)
@click.option(
    "--people", type=file, metavar="FILE", help="What people said of some of the texts, drawn at random (.jsonl)."
)
@click.option(
    "--frequencies",
    type=file,
    metavar="FILE",
    help="JSON, skill → share of sentences; the strict scores drop those of 5 % and more.",
)
@click.option("--level", type=float, default=0.9, show_default=True, help="Of the intervals.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap.")
@as_json
def score(as_json: bool, **asked: Any) -> None:
    """Score Skill-Mix gradings, one on each line of .jsonl files, or those in the folders of runs.

    Give several to compare models, or one model on public and on private skills. docs/skill-mix-scores.md has the format.
    """
    from skillscale.laws.skill_mix.assessment import assessment_json
    from skillscale.views.skill_mix_wording import tell_scores

    found = assessed(**asked)
    click.echo(json.dumps(assessment_json(found)) if as_json else tell_scores(found))


def assessed(
    *,
    gradings: Sequence[Path],
    skills: Path | None,
    people: Path | None,
    frequencies: Path | None,
    level: float,
    seed: int,
) -> "Assessment":
    """What `skillscale mix score` is asked."""
    from skillscale.laws.skill_mix.assessment import assess
    from skillscale.tasks.skill_mix.frequencies import frequent_skills, read_frequencies
    from skillscale.tasks.skill_mix.grading import read_gradings, read_labels
    from skillscale.tasks.skill_mix.kinds import skills_by_name

    if not 0.5 <= level < 1:
        raise SkillscaleError(
            f"Intervals at level {level:g} were asked for; give a level from .5 to below 1, such as .9."
        )
    if seed < 0:
        raise SkillscaleError(f"The seed was given as {seed}; give a whole number from 0 on.")
    found = read_gradings(*gradings)
    return assess(
        found,
        [] if people is None else read_labels(people),
        aliases={name: one.aliases for name, one in skills_by_name({one.kind for one in found}, skills).items()},
        frequent=frozenset() if frequencies is None else frequent_skills(read_frequencies(frequencies)),
        level=level,
        seed=seed,
    )
