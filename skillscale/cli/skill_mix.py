"""`skillscale mix`: draws of skills and topics, their commitments, and what was never in a corpus."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.options import as_json
from skillscale.cli.skill_mix_check import check
from skillscale.cli.skill_mix_prevalence import prevalence
from skillscale.cli.skill_mix_review import review
from skillscale.cli.skill_mix_run import run
from skillscale.cli.skill_mix_scores import score
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.laws.skill_mix.novelty import Novelty
    from skillscale.tasks.skill_mix.commitment import Verified

skills = click.option(
    "--skills", type=click.Path(path_type=Path), metavar="FILE", help="Your own skills (YAML); ours by default."
)
topics = click.option(
    "--topics", type=click.Path(path_type=Path), metavar="FILE", help="Your own topics (YAML); ours by default."
)


class RunByDefault(click.Group):
    """`skillscale mix --model …` is `skillscale mix run --model …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=RunByDefault)
def mix() -> None:
    """Skill-Mix: can a model combine k skills that it has never seen combined?

    After Yu et al. 2023; docs/skill-mix.md says what there is. Without a command it is `run`.
    """


mix.add_command(run)
mix.add_command(score)
mix.add_command(review)
mix.add_command(prevalence)
mix.add_command(check)


@mix.command()
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed and library give the same draw.")
@click.option(
    "-k", "ks", default="2-5", show_default=True, metavar="KS", help="Skills in a combination: 3, 2-5 or 2,4,6."
)
@click.option("--combinations", type=int, default=100, show_default=True, help="At each k; the same topics at all.")
@skills
@topics
@click.option(
    "--commit",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the commitment to FILE, to publish now, and beside it the reveal, to keep.",
)
@as_json
def draw(as_json: bool, commit: Path | None, **asked: Any) -> None:
    """Draw k skills and a topic, many times: paired across k, balanced over skills."""
    found = draw_asked(commit=commit, **asked)
    click.echo(json.dumps(found) if as_json else tell_draw(found))


def draw_asked(
    *, seed: int, ks: str, combinations: int, skills: Path | None, topics: Path | None, commit: Path | None = None
) -> dict[str, Any]:
    """What `skillscale mix draw --json` prints."""
    from skillscale.tasks.skill_mix.draw import draw, draw_json
    from skillscale.tasks.skill_mix.ks import parse_ks
    from skillscale.tasks.skill_mix.library import read_library

    library = read_library(skills, topics)
    drawn = draw(library, seed=seed, ks=parse_ks(ks), combinations=combinations)
    found = draw_json(drawn, library)
    if commit is not None:
        import secrets

        from skillscale.tasks.skill_mix.commitment import SALT_BYTES
        from skillscale.tasks.skill_mix.commitment import commit as commit_to
        from skillscale.tasks.skill_mix.commitment_files import reveal_path, write_commitment

        commitment, reveal = commit_to(drawn, salt=secrets.token_hex(SALT_BYTES))
        write_commitment(commit, commitment, reveal)
        found |= {
            "commitment": commitment.digest,
            "commitment_file": str(commit),
            "reveal_file": str(reveal_path(commit)),
        }
    return found


def tell_draw(found: dict[str, Any]) -> str:
    """The combinations at the largest k, in the order in which smaller k take their skills, and the files of the commitment."""
    ks = found["k"]
    last = [row for row in found["draws"] if row["k"] == ks[-1]]
    taken = "" if len(ks) == 1 else f"; k = {', '.join(map(str, ks[:-1]))} take the first skills of each"
    lines = [
        f"{found['combinations']:,} combinations of {ks[-1]} of {found['n_skills']} skills, with {found['n_topics']} topics, seed {found['seed']}{taken}",
        "",
        *(f"{row['combination']}  {row['topic']}: {', '.join(row['skills'])}" for row in last),
    ]
    if "commitment" in found:
        lines += [
            "",
            f"commitment {found['commitment']}",
            f"publish {found['commitment_file']} before the run; keep {found['reveal_file']} to yourself until after it",
        ]
    return "\n".join(lines)


@mix.command()
@click.argument("commitment", type=click.Path(path_type=Path))
@click.argument("reveal", type=click.Path(path_type=Path))
@skills
@topics
@as_json
def verify(commitment: Path, reveal: Path, skills: Path | None, topics: Path | None, as_json: bool) -> None:
    """Say whether a revealed draw is the one that was committed to, or what differs (exit code 1).

    With the library it was drawn from, also whether it follows from its seed.
    """
    found = verify_asked(commitment, reveal, skills, topics)
    click.echo(json.dumps(found) if as_json else tell_verified(found))
    if not found["valid"]:
        sys.exit(1)


def verify_asked(
    commitment: Path, reveal: Path, skills: Path | None = None, topics: Path | None = None
) -> dict[str, Any]:
    """What `skillscale mix verify --json` prints. Our library is tried where none is given, for a draw may be from it."""
    from skillscale.tasks.skill_mix.commitment import verify
    from skillscale.tasks.skill_mix.commitment_files import read_commitment, read_reveal
    from skillscale.tasks.skill_mix.library import read_library

    public, secret = read_commitment(commitment), read_reveal(reveal)
    library = read_library(skills, topics)
    named = skills is not None or topics is not None or library.digest == secret.draw.library
    found: Verified = verify(public, secret, library if named else None)
    return {
        "valid": found.valid,
        "commitment": public.digest,
        "differences": list(found.differences),
        "redrawn": found.redrawn,
        "seed": secret.draw.seed,
        "k": list(secret.draw.ks),
        "combinations": len(secret.draw.combinations),
        "library": secret.draw.library,
    }


def tell_verified(found: dict[str, Any]) -> str:
    """One line for a valid reveal; otherwise each difference."""
    if not found["valid"]:
        return "\n".join(["not valid", *(f"- {one}" for one in found["differences"])])
    follows = (
        f"and follows from seed {found['seed']} and its library"
        if found["redrawn"]
        else "; whether it follows from its seed needs its library (--skills, --topics)"
    )
    return f"valid: the draw of {found['combinations']:,} combinations is the one committed to {follows}".replace(
        " ;", ";"
    )


@mix.command()
@click.option("-k", "--k", "k", type=int, required=True, help="Skills in a combination.")
@click.option("--success", type=float, help="Share of combinations that the model succeeds on, such as .12.")
@click.option("--successes", type=int, help="Instead, or as well: on how many.")
@click.option("--of", type=int, help="Of how many combinations; gives an interval.")
@click.option(
    "--skill-frequency", type=float, default=0.0144, show_default=True, help="Share of sentences with a skill, at most."
)
@click.option(
    "--topic-frequency", type=float, default=0.0022, show_default=True, help="Share of sentences on a topic, at most."
)
@click.option(
    "--corpus-sentences", type=float, default=5e10, show_default=True, help="Sentences of the training corpus."
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the interval.")
@as_json
def novelty(as_json: bool, **asked: Any) -> None:
    """Bound the share of a model's successes that no text of its corpus can have shown it."""
    found = novelty_asked(**asked)
    click.echo(json.dumps(found) if as_json else found["says"])


def novelty_asked(*, success: float | None, successes: int | None, of: int | None, **asked: Any) -> dict[str, Any]:
    """What `skillscale mix novelty --json` prints."""
    from skillscale.laws.skill_mix.novelty import novelty
    from skillscale.laws.skill_mix.novelty_document import novelty_json

    rate = _rate(success, successes, of)
    found: Novelty = novelty(success=rate, of=of, **asked)
    return novelty_json(
        found, **{name: asked[name] for name in ("skill_frequency", "topic_frequency", "corpus_sentences")}
    )


def _rate(success: float | None, successes: int | None, of: int | None) -> float:
    """The success rate as it was given, in one way or in two that agree."""
    from skillscale.laws.skill_mix.novelty import rounding

    if successes is None:
        if success is None:
            raise SkillscaleError("No success was given. Give --success .12, or --successes 12 --of 100.")
        return success
    if of is None or of < 1 or not 0 <= successes <= of:
        raise SkillscaleError(
            f"{successes:,} successes of {of or 0:,} combinations were given; give --successes 12 --of 100."
        )
    if success is not None and not abs(success - successes / of) <= rounding(success):
        raise SkillscaleError(
            f"--success {success:.12g} is not {successes:,} of {of:,}, which is {successes / of:.4g}. Give one of them."
        )
    return successes / of if success is None else success
