"""What a lab's checkpoints say of reasoning: their tries, their confidence, what reinforcement and richer text changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.laws.calibration.on_ladder import Calibrated, CheckpointAnswers, calibrate
from skillscale.laws.test_time.on_ladder import CheckpointTries, ThinkingOnLadder, think_on_ladder
from skillscale.observations import Lab
from skillscale.studies.reinforcement.shown import reinforced_in
from skillscale.views.reasoning import EnrichedStrand, Reasoning

# Of each rung, whose answers are thousands: an end of an interval is then off by a seventh of a standard error, and a ladder takes seconds.
N_DRAWS = 250
PROMPTING = "prompting"  # the task of tries
TRIES, ITEMS = "thinking.parquet", "items.parquet"
NEEDED = {
    TRIES: (
        *("problem", "way", "sample", "said", "right", "missing", "k", "asked", "truth"),
        *("verifier", "read_flops", "said_flops", "verifier_flops"),
    ),
    ITEMS: ("task", "choice_logprobs", "right_choice"),
}
SCALES = ("run", "model", "n_params", "n_tokens", "train_flops")


def reasoning_of(lab: Lab, rows: pl.DataFrame, *, level: float = 0.9) -> Reasoning:
    """All of it, of the checkpoints that these rows of the table are of. Raises SkillscaleError where a file is damaged."""
    return Reasoning(
        thinking=thinking_on_ladder(lab, rows, level=level),
        calibration=calibration_on_ladder(lab, rows, level=level),
        reinforced=reinforced_in(lab, rows, level=level),
        enriched=_enriched(lab, rows),
    )


def thinking_on_ladder(lab: Lab, rows: pl.DataFrame, *, level: float = 0.9) -> ThinkingOnLadder | None:
    """What the tries of the checkpoints say; None where none are kept."""
    asked = rows.filter(pl.col("task") == PROMPTING)
    points = [CheckpointTries(**row, tries=tries) for row, tries in _read(lab, asked, SCALES, TRIES)]
    return think_on_ladder(points, level=level) if points else None


def calibration_on_ladder(lab: Lab, rows: pl.DataFrame, *, level: float = 0.9) -> tuple[Calibrated, ...]:
    """How well the longest training of each run knows what it knows; empty where no answers with choices are kept."""
    known = rows.filter(pl.col("task") != PROMPTING, pl.col("metric") == "accuracy")
    last = known.filter(pl.col("n_tokens") == pl.col("n_tokens").max().over("run"))
    points = [CheckpointAnswers(**row, items=items) for row, items in _read(lab, last, ("model", "n_params"), ITEMS)]
    return calibrate(points, level=level, n_draws=N_DRAWS)


def _read(
    lab: Lab, rows: pl.DataFrame, names: Sequence[str], file: str
) -> Iterator[tuple[dict[str, Any], pl.DataFrame]]:
    """The file of each checkpoint of `rows` that has one, with what the table knows of that checkpoint."""
    for row in rows.select(names).drop_nulls().unique(maintain_order=True).iter_rows(named=True):
        path = lab.runs / row["model"] / file
        if path.is_file():
            yield row, _frame(path)


def _frame(path: Path) -> pl.DataFrame:
    measured = {TRIES: "thinking.json", ITEMS: "observations.json"}[path.name]
    advice = f"Delete {measured} beside it and run `skillscale lab` again: it is measured anew."
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SkillscaleError(f"{path} cannot be read ({error}). {advice}") from error
    lacking = [name for name in NEEDED[path.name] if name not in frame.columns]
    if lacking:
        raise SkillscaleError(f"{path} lacks {', '.join(lacking)}. {advice}")
    return frame


def _enriched(lab: Lab, rows: pl.DataFrame) -> tuple[EnrichedStrand, ...]:
    """The enrichments of checkpoints that these rows are of."""
    from skillscale.studies.enrichment import read_enrichments, what_it_bought

    models = set(rows["model"].to_list())
    return tuple(
        EnrichedStrand(
            model=one.asked.model,
            strand=one.asked.strand,
            times=one.asked.times,
            n_tokens=one.asked.n_tokens,
            changes=what_it_bought(lab, one),
        )
        for one in read_enrichments(lab)
        if one.asked.model in models
    )
