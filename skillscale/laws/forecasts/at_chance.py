"""A curve that has not left chance on the known scales: where it will rise cannot be told from them."""

import numpy as np
import polars as pl
from scipy.stats import norm

from skillscale.errors import SkillscaleError
from skillscale.laws.fitting.points import one_curve
from skillscale.laws.forecasts.splitting import SAME_SCALE
from skillscale.laws.forecasts.together import Asked

SURE = 0.95  # that some known row is above chance, over all of them together


def refuse_at_chance(known: pl.DataFrame, asked: Asked) -> None:
    """Raises SkillscaleError where standard errors and chance of all known rows are known, and none is surely better than chance.

    Any law that may rise later fits such rows as well as one that never does, and its interval does not show that: its resamples
    stay at chance too. A largest scale that is surely worse than chance is a curve that falls, which a law may follow; a smaller one is a
    model that always says the same. To be asked after the fit, whose own reasons (too few scales) come first.
    """
    if not {"chance", "stderr", "direction"} <= set(known.columns):
        return
    rows = one_curve(known, **asked.curve).filter(pl.col("value").is_not_null())
    if rows.is_empty() or rows["direction"].n_unique() != 1 or rows["direction"][0] not in ("up", "down"):
        return
    if any(rows[name].null_count() for name in ("chance", "stderr", asked.axis)):
        return
    value, chance, stderr, scale = (
        rows[name].cast(pl.Float64).to_numpy() for name in ("value", "chance", "stderr", asked.axis)
    )
    better = (value - chance) * (1 if rows["direction"][0] == "up" else -1) / np.maximum(stderr, np.finfo(float).tiny)
    most = norm.isf((1 - SURE) / len(rows))
    if better.max() > most or better[scale >= scale.max() / SAME_SCALE].min() < -most:
        return
    raise SkillscaleError(
        f"On the known scales {asked.task or asked.metric} goes from {value.min():.3g} to {value.max():.3g}, nowhere surely better than "
        f"chance ({chance.mean():.3g}): whether and where it will rise cannot be told from these. Add larger scales, or items."
    )
