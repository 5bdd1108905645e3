"""The saturation point: the k from which a model's score is below 5 %, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from skillscale.laws.skill_mix.scores import MixScore

THRESHOLD = 0.05  # Yu et al. 2023 raise k until the score falls below it


@dataclass(frozen=True, slots=True, kw_only=True)
class SaturationPoint:
    """`k`: the first whose score is below 5 %, with the interval `low` to `high`; each None where it is not reached up to the largest k that was tried.

    At every tried k before `low` even the lower bound of the score is at 5 % or more; at `high` the upper bound is below 5 %.
    `never`: no text has any of the score, at whatever k.
    """

    model: str
    grader: str
    metric: str
    of: str
    strict: bool
    k: int | None
    low: int | None
    high: int | None
    never: bool
    tried: tuple[int, ...]


def saturation_point(
    rows: Sequence[MixScore], *, metric: str = "full_marks", of: str = "mean", stricter: bool = False
) -> SaturationPoint:
    """Where the curve of one model and grader saturates. `rows` are its scores at each k.

    A k at which every text is missing was not tried.
    """
    by_k = {row.k: (row.strict if stricter else row.plain).estimates[metric][of] for row in rows}
    tried = tuple(k for k in sorted(by_k) if by_k[k].n > 0)

    def first(end: str) -> int | None:
        return next((k for k in tried if (getattr(by_k[k], end) or 0.0) < THRESHOLD), None)

    return SaturationPoint(
        model=rows[0].model,
        grader=rows[0].grader,
        metric=metric,
        of=of,
        strict=stricter,
        k=first("value"),
        low=first("low"),
        high=first("high"),
        never=len(tried) > 0 and all(by_k[k].value == 0 for k in tried),
        tried=tried,
    )
