"""What a lab says of reasoning, as the report needs it: concluded elsewhere, gathered here."""

from dataclasses import dataclass

import polars as pl

from skillscale.laws.calibration.on_ladder import Calibrated
from skillscale.laws.intervals import Estimate
from skillscale.laws.test_time.on_ladder import ThinkingOnLadder


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnrichedStrand:
    """`changes` (columns `task, metric, n_tokens, value, stderr, n_items, per_million_tokens`): text with `times` the share of `strand`, less as much of the same."""

    model: str
    strand: str
    times: float
    n_tokens: int
    changes: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """A share before and after reinforcement learning and the difference; `name` says of what."""

    name: str
    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reinforced:
    """Reinforcement learning from checkpoint `model`, all seeds together.

    `curves` has for each `seed` and measured `step` on held-out tuples: `rl_flops`, pass@1 as `value, low, high`, mean `thought_tokens` of an answer,
    `entropy_nats` of a token, and `rewarded_rejected`, the share of right results with a wrong step (null where none is right). `coverage` is by k of
    pass@k, `parts` by what was trained on and what was not. `learned` says whether more became possible, or only likelier.
    """

    model: str
    task: str
    n_seeds: int
    n_unfinished: int  # runs that are not done, which nothing here counts
    curves: pl.DataFrame
    pass_at_1: BeforeAfter
    coverage: tuple[BeforeAfter, ...]
    parts: tuple[BeforeAfter, ...]
    learned: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reasoning:
    """`thinking` is None where no checkpoint's tries are kept, the others are empty where nothing was measured."""

    thinking: ThinkingOnLadder | None = None
    calibration: tuple[Calibrated, ...] = ()
    reinforced: tuple[Reinforced, ...] = ()
    enriched: tuple[EnrichedStrand, ...] = ()
