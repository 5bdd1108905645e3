"""`skillscale mix check`: the exact verifier of pieces in the pocket world."""

import json
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.options import as_json
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.corpora.world.pieces.verifier import PieceVerdict


@click.command()
@click.option("--topic", required=True, help="A topic of the pocket world, such as garden.")
@click.option("--skills", required=True, metavar="A,B,…", help="The skills that were asked for, such as classify,own.")
@click.option("--text", required=True, help="What was written: clauses, without the prompt.")
@click.option(
    "--world-seed", type=int, default=7, show_default=True, help="Which world's facts the text must agree with."
)
@as_json
def check(as_json: bool, **asked: Any) -> None:
    """Verify a text of the pocket world: which skills it shows, whether it is on topic, true, grammatical and short enough.

    docs/pocket-skill-mix.md lists skills, topics and rules.
    """
    found = checked(**asked)
    click.echo(json.dumps(found) if as_json else tell_check(found))


def checked(*, topic: str, skills: str, text: str, world_seed: int) -> dict[str, Any]:
    """What `skillscale mix check --json` prints. Raises SkillscaleError for unknown skills or topics."""
    from skillscale.corpora.world import World, WorldConfig
    from skillscale.corpora.world.pieces.truth import truths_of
    from skillscale.corpora.world.pieces.verifier import refuse_unknown, verify_piece
    from skillscale.corpora.world.strands.pieces import pieces_of

    if world_seed < 0:
        raise SkillscaleError(f"World seed {world_seed} was asked for; seeds are 0 or more.")
    names = tuple(part.strip() for part in skills.split(","))
    refuse_unknown(topic, names)
    facts = pieces_of(World(WorldConfig(seed=world_seed))).facts
    verdict = verify_piece(truths_of(facts), topic, names, text)
    return {"topic": topic, "world_seed": world_seed, **verdict_json(verdict), "held_out": facts.held_out(names)}


def verdict_json(verdict: "PieceVerdict") -> dict[str, Any]:
    """The points of one text, 1 or 0, why each was lost or won, and the three scores that they make."""
    import numpy as np

    from skillscale.tasks.skill_mix.metrics import METRICS

    points = np.array(verdict.points, dtype=float)
    return {
        "skills": {name: int(one.won) for name, one in verdict.skills.items()},
        "on_topic": int(verdict.on_topic.won),
        "makes_sense": int(verdict.makes_sense.won),
        "short_enough": int(verdict.short_enough.won),
        "reasons": {name: one.reason for name, one in verdict.by_name.items()},
        "points": list(verdict.points),
        **{name: float(metric(points)) for name, metric in METRICS.items()},
    }


def tell_check(found: dict[str, Any]) -> str:
    """One line for each point, and what they come to."""
    won = found["skills"] | {name: found[name] for name in ("on_topic", "makes_sense", "short_enough")}
    lines = [
        f"{'yes' if won[name] else 'no ':3}  {name.replace('_', ' ')}: {why}" for name, why in found["reasons"].items()
    ]
    together = (
        "no training text shows these skills together"
        if found["held_out"]
        else "training texts may show these skills together"
    )
    return "\n".join((*lines, f"{sum(won.values())} of {len(won)} points; {together}."))
