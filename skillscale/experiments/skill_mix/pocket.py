"""Skill-Mix in the pocket world: a checkpoint writes pieces, and the world's own verifier marks them exactly."""

# n texts, c combinations, g generations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world.pieces.constructions import longest_piece
from skillscale.corpora.world.pieces.verifier import PieceVerdict, verify_piece
from skillscale.experiments.evaluate import Identity
from skillscale.experiments.item_records import write_parquet
from skillscale.experiments.skill_mix.pocket_asked import Asked, PocketMix, has_pieces, pocket_mix
from skillscale.models.local import LocalModel
from skillscale.models.sampling import Sample
from skillscale.observations.observation import Observation
from skillscale.tasks.skill_mix.metrics import METRICS

TASK = "skill-mix"
GENERATIONS = 3
TEMPERATURE = 0.7
LONGEST_ANSWER = 52  # tokens: eight clauses, what joins them, and the end
PROVENANCE = "skillscale pocket Skill-Mix"

TEXT_SCHEMA = {
    "stratum": pl.String,
    "k": pl.Int64,
    "combination": pl.String,
    "topic": pl.String,
    "skills": pl.List(pl.String),
    "in_training_text": pl.Boolean,
    "set_in_training_text": pl.Boolean,
    "generation": pl.Int64,
    "text": pl.String,
    "points": pl.List(pl.Int64),
    "reasons": pl.List(pl.String),
    "text_in_training_text": pl.Boolean,
    "missing": pl.String,
}


def measure_pocket_skill_mix(
    model: LocalModel, corpus: PackedCorpus, *, identity: Identity, folder: Path | None = None
) -> tuple[Observation, ...]:
    """Ask all combinations, three generations each at temperature .7, in the form in which the training text announces a piece.

    With `folder`, every text goes to `skill-mix.parquet` there, with its points (skills, topic, sense, length) and why points were lost.
    Nothing is measured of a corpus without pieces, nor of a model with other tokens than the corpus's.
    """
    if not has_pieces(corpus) or model.tokenizer.get_vocab() != corpus.tokenizer.get_vocab():
        return ()
    mix = pocket_mix(corpus.folder)
    said = _written(model, mix.asked)
    texts = pl.DataFrame(
        [
            _row(mix, one, number, sample)
            for one, samples in zip(mix.asked, said, strict=True)
            for number, sample in enumerate(samples)
        ],
        schema=TEXT_SCHEMA,
        orient="row",
    )
    if folder is not None:
        write_parquet(texts, folder / "skill-mix.parquet")
    return scored(texts, identity)


def _written(model: LocalModel, asked: Sequence[Asked]) -> list[list[Sample]]:
    """The generations of every prompt; those that the model's context cannot hold to their end are missing, not failures."""
    room = [one for one in asked if model.context is None or longest_piece(one.k) <= model.context]
    said = model.sample(
        [one.prompt for one in room],
        n=GENERATIONS,
        temperature=TEMPERATURE,
        seed=0,
        max_new_tokens=LONGEST_ANSWER,
    )
    found = dict(zip(room, said, strict=True))
    too_long = Sample(missing=f"texts on so many skills do not fit into the model's context of {model.context}")
    return [found.get(one, [too_long] * GENERATIONS) for one in asked]


def _row(mix: PocketMix, one: Asked, generation: int, sample: Sample) -> dict[str, object]:
    row: dict[str, object] = {
        "stratum": one.stratum,
        "k": one.k,
        "combination": one.combination,
        "topic": one.topic,
        "skills": one.skills,
        "in_training_text": one.in_text,
        "set_in_training_text": one.set_in_text,
        "generation": generation,
        "missing": sample.missing,
    }
    if sample.text is None:
        return row
    verdict = verify_piece(mix.truths, one.topic, one.skills, sample.text)
    return row | {
        "text": sample.text,
        "points": verdict.points,
        "reasons": told(verdict),
        "text_in_training_text": sample.ended and mix.text.has_text(sample.tokens),
    }


def told(verdict: PieceVerdict) -> list[str]:
    """Why each lost point was lost, in one line each."""
    return [f"{name}: {reason}" for name, reason in verdict.lost.items()]


def scored(texts: pl.DataFrame, identity: Identity) -> tuple[Observation, ...]:
    """The rows of the table, by stratum and k: each metric as the mean of one generation and of the best of three, and what was copied.

    Standard errors are over combinations. A text without an answer is missing in all of them, and with it its combination's best.
    """
    made: list[Observation] = []
    for (stratum, k), own in texts.group_by("stratum", "k", maintain_order=True):
        reasons = own["missing"].drop_nulls()
        where = Part(
            identity=identity,
            stratum=str(stratum),
            k=int(str(k)),
            why_missing=None if reasons.is_empty() else str(reasons[0]),
        )
        points_cgp = _points(own, where.k)
        for name, metric in METRICS.items():
            value_cg = metric(points_cgp)
            made.append(where.row(name, _mean_of_known(value_cg)))
            made.append(where.row(f"{name}_best", value_cg.max(axis=1)))  # NaN where one is missing
        made.append(where.copied(own))
    return tuple(made)


def _points(own: pl.DataFrame, k: int) -> NDArray[np.float64]:
    """(combinations, generations, k + 3), NaN where a text is missing."""
    unread = [None] * (k + 3)
    points = [unread if one is None else one for one in own["points"].to_list()]
    return np.array(points, dtype=np.float64).reshape(-1, GENERATIONS, k + 3)


def _mean_of_known(value_cg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each combination, over the generations that have a value; NaN where none has."""
    known_c = (~np.isnan(value_cg)).sum(axis=1)
    return np.where(known_c > 0, np.nansum(value_cg, axis=1) / np.maximum(known_c, 1), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The texts of one stratum and k, whose rows are made."""

    identity: Identity
    stratum: str
    k: int
    why_missing: str | None

    def row(self, metric: str, value_c: NDArray[np.float64]) -> Observation:
        """The mean over combinations, with its standard error."""
        known_c = value_c[~np.isnan(value_c)]
        n = len(known_c)
        return Observation(
            **self.identity,
            task=TASK,
            stratum=self.stratum,
            k=self.k,
            metric=metric,
            value=float(known_c.mean()) if n else None,
            missing=None if n else self.why_missing,
            n_items=n,
            stderr=float(known_c.std(ddof=1) / n**0.5) if n > 1 else None,
            direction="up",
            thresholded=True,
            provenance=PROVENANCE,
        )

    def copied(self, own: pl.DataFrame) -> Observation:
        """The share of texts that have full marks and stand in the training text word for word: what full marks owe to memory."""
        judged = own.filter(pl.col("points").is_not_null())
        from_memory = (judged["points"].list.min() == 1) & judged["text_in_training_text"]
        share = from_memory.mean()
        return Observation(
            **self.identity,
            task=TASK,
            stratum=self.stratum,
            k=self.k,
            metric="copied",
            value=None if share is None else float(str(share)),
            missing=self.why_missing if share is None else None,
            n_items=len(judged),
            provenance=PROVENANCE,
        )
