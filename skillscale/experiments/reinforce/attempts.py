"""What a checkpoint makes of fixed sets of questions: seen (trained) tuples, unseen (held-out) ones, and longer chains than it was reinforced on."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.chains import MAX_SAID, TASK, Chain, ChainWorld
from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.records import SCHEMA
from skillscale.models.local import LocalModel
from skillscale.models.sampling import Sample

STREAM = 1_000_033  # spawn key: no stream of the world's text has it


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """Questions on k customs."""

    part: str
    k: int
    chains: tuple[Chain, ...]


def question_sets(world: ChainWorld, config: ReinforceConfig, world_seed: int) -> list[QuestionSet]:
    """The same for every checkpoint and every seed of the training."""
    asked = [(part, k, part != "seen") for part in ("seen", "unseen") for k in config.ks]
    asked += [("longer", k, True) for k in config.longer_ks]
    rng = np.random.default_rng(np.random.SeedSequence(world_seed, spawn_key=(STREAM,)))
    return [
        QuestionSet(part=part, k=k, chains=tuple(world.draw(rng, k=k, n=config.n_items, unseen=unseen)))
        for part, k, unseen in asked
    ]


def attempts(model: LocalModel, world: ChainWorld, sets: list[QuestionSet], *, n_tries: int, seed: int) -> pl.DataFrame:
    """`n_tries` answers to every question at temperature 1, counted: a table of SCHEMA.

    Raises SkillscaleError where the model cannot be asked a question: what was not asked is not wrong.
    """
    rows: list[tuple[str, int, int, int, int, int, int, float]] = []
    for one in sets:
        prompts = [world.prompt(chain) for chain in one.chains]
        samples = model.sample(prompts, n=n_tries, temperature=1.0, seed=seed, max_new_tokens=MAX_SAID)
        for item, (chain, tries) in enumerate(zip(one.chains, samples, strict=True)):
            rows.append((one.part, one.k, item, len(tries), *_counted(world, chain, tries)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _counted(world: ChainWorld, chain: Chain, tries: list[Sample]) -> tuple[int, int, int, float]:
    heard = [(one.text, one.logprob) for one in tries if one.text is not None and one.logprob is not None]
    if len(heard) < len(tries):
        why = next((one.missing for one in tries if one.missing is not None), "it said nothing")
        raise SkillscaleError(
            f"{TASK} of {chain.k} customs cannot be asked: {why}. Give a checkpoint that reads longer texts."
        )
    return (
        sum(world.result_is_right(chain, text) for text, _ in heard),
        sum(world.every_step_is_right(chain, text) for text, _ in heard),
        sum(len(sample.tokens) + sample.ended for sample in tries),
        -sum(logprob for _, logprob in heard),
    )


def single_try(table: pl.DataFrame, part: str = "unseen") -> float:
    """Mean share of right results over the questions of a part."""
    own = table.filter(part=part)
    return float((own["right"] / own["tries"]).to_numpy().mean())
