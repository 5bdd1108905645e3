"""Beyond parrots, in the pocket world: the novelty bound from frequencies that were looked up, and what look-up says itself."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world.pieces.reading import read_pieces
from skillscale.experiments.skill_mix.pocket import TASK
from skillscale.experiments.skill_mix.pocket_asked import MOST_K, has_pieces
from skillscale.laws.skill_mix.look_up import InText, LookedUp, NoveltyOnLadder, RungNovelty, in_text, look_up

SUCCESS = "full_marks_best"  # of a combination: Full Marks in the best of its texts, as in Yu et al. 2023
KS = range(2, MOST_K + 1)  # one skill combines nothing
Asked = dict[tuple[str, str, int], tuple[int, int]]  # (model, stratum, k): successes, combinations


def novelty_on_ladder(rows: pl.DataFrame, corpus: Path | None, *, level: float = 0.9) -> NoveltyOnLadder | None:
    """Of the longest training of every run that these rows of the table are of; reads the training text. None where no pieces were asked.

    Combinations that were asked as `seen` stand for all that the text has, those asked as `unseen` for all others. A k without an
    answer is left out.
    """
    known = rows.filter(
        pl.col("task") == TASK, pl.col("metric") == SUCCESS, pl.col("stratum").is_in(["seen", "unseen"])
    ).drop_nulls(["value", "n_items", "n_params", "k"])
    last = known.filter(pl.col("n_tokens") == pl.col("n_tokens").max().over("run"))
    if last.is_empty() or corpus is None or not has_pieces(packed := PackedCorpus(corpus)):
        return None
    counts = read_pieces(packed).counts
    if counts.n == 0:
        return None
    texts = in_text(counts, KS)
    asked: Asked = {
        (row["model"], row["stratum"], row["k"]): (round(row["value"] * row["n_items"]), row["n_items"])
        for row in last.iter_rows(named=True)
    }
    models = last.select("model", "run", "n_params").unique().sort("n_params", "model")
    return NoveltyOnLadder(
        counts=counts,
        texts=tuple(texts),
        rungs=tuple(
            RungNovelty(**row, found=_looked_up(row["model"], texts, asked, level)) for row in models.to_dicts()
        ),
        level=level,
    )


def _looked_up(model: str, texts: list[InText], asked: Asked, level: float) -> tuple[LookedUp, ...]:
    found = (
        look_up(text, seen=asked.get((model, "seen", text.k)), unseen=asked.get((model, "unseen", text.k)), level=level)
        for text in texts
    )
    return tuple(one for one in found if one is not None)


def novelty_json(found: NoveltyOnLadder) -> dict[str, Any]:
    """`skill_mix` of `skillscale lab --json`; docs/pocket-skill-mix.md says what stands where."""
    counts = found.counts
    return {
        "level": found.level,
        "pieces": counts.n,
        "skills": _shares(counts.skills, counts.n),
        "topics": _shares(counts.topics, counts.n),
        "pieces_of_k_skills": {str(k): n for k, n in counts.sizes.items()},
        "in_text": [
            {
                "k": one.k,
                "combinations": one.of,
                "standing": one.standing,
                "rate": one.rate,
                "rate_at_most": one.rate_at_most,
                "company": one.company,
            }
            for one in found.texts
        ],
        "novelty": [
            {
                "model": rung.model,
                "n_params": rung.n_params,
                "k": one.k,
                "seen": None if one.seen is None else {"successes": one.seen.successes, "of": one.seen.of},
                "unseen": None if one.unseen is None else {"successes": one.unseen.successes, "of": one.unseen.of},
                "success": asdict(one.success),
                "unseen_share_at_least": one.at_least,
                "unseen_share_at_least_low": one.at_least_low,
                "unseen_share_by_look_up": asdict(one.exact),
                "verdict": one.verdict,
            }
            for rung in found.rungs
            for one in rung.found
        ],
    }


def _shares(counts: Mapping[str, int], n: int) -> dict[str, dict[str, float]]:
    """How many pieces of all, and which share."""
    return {name: {"pieces": shown, "share": shown / n} for name, shown in counts.items()}
