"""What a lab says of reasoning, as the report needs it: concluded elsewhere, gathered here."""

from dataclasses import dataclass

import polars as pl

from skillscale.laws.calibration.on_ladder import Calibrated
from skillscale.laws.test_time.on_ladder import ThinkingOnLadder


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnrichedStrand:
    """`changes` (columns `task, metric, n_tokens, value, stderr, n_items`): text with `times` the share of `strand`, less as much of the same."""

    model: str
    strand: str
    times: float
    n_tokens: int
    changes: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reasoning:
    """`thinking` is None where no checkpoint's tries are kept, the others are empty where nothing was measured."""

    thinking: ThinkingOnLadder | None = None
    calibration: tuple[Calibrated, ...] = ()
    enriched: tuple[EnrichedStrand, ...] = ()
