"""A forecast that does not choose one law: several, each weighted by how its rehearsals went, in one interval."""

# k laws, n held-out rows, o rehearsals

from collections.abc import Sequence

import numpy as np
import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.laws.forecasts.at_chance import refuse_at_chance
from skillscale.laws.forecasts.forecasting import Forecasts, LawWeight, forecasts_from
from skillscale.laws.forecasts.predictive import Prediction, StudentT, predict_ahead, rehearsed
from skillscale.laws.forecasts.splitting import HeldOut
from skillscale.laws.forecasts.together import Asked, Together, labelled, rehearse_together
from skillscale.laws.forms.law import Array, Law

N_RESAMPLES = 2_000
BISECTIONS = 60


def forecast_mixed(
    laws: Sequence[Law],
    split: HeldOut,
    *,
    metric: str,
    axis: str | None = None,
    task: str | None = None,
    stratum: str | None = "all",
    level: float = 0.9,
    n_draws: int = 200,
    seed: int = 0,
) -> Forecasts:
    """Forecast by several laws at once: the interval includes noise, parameters, drift, and the choice of law.

    Each law says a Student t for each row, as in `forecast`. Their mixture is weighted by pseudo-BMA+ (Yao et al. 2018) on the
    log density of what the rehearsals measured, a rehearsal counting as one observation and resampled by the Bayesian
    bootstrap, so that few rehearsals leave the weights nearly even. `predicted` is the mixture's median; `low` and `high` are
    its quantiles. `fit`, `origins` and the scales of the rows are those of the heaviest law. A law that cannot be fitted
    is left out; SkillscaleError where none can.
    """
    axis = axis or laws[0].axes[0] if laws else "n_params"
    asked = Asked(metric=metric, axis=axis, task=task, stratum=stratum, seed=seed)
    made = _predictions(laws, split, asked, level=level, n_draws=n_draws)
    refuse_at_chance(split.known, asked)
    _refuse_different_rows(made, axis)
    weights = _weights(made, split, asked)
    heaviest = max(weights, key=lambda label: weights[label])
    said = [made[label].said for label in weights]
    share_k = np.array(list(weights.values()))
    low, middle, high = (_quantile(said, share_k, p) for p in ((1 - level) / 2, 0.5, (1 + level) / 2))
    return forecasts_from(
        made[heaviest],
        axis=axis,
        level=level,
        predicted=middle,
        low=low,
        high=high,
        weights=tuple(LawWeight(law=label, weight=weight) for label, weight in weights.items()),
    )


def _predictions(
    laws: Sequence[Law], split: HeldOut, asked: Asked, *, level: float, n_draws: int
) -> dict[str, Prediction]:
    """What each law says, by its label; those that cannot be fitted are left out."""
    made: dict[str, Prediction] = {}
    problems: list[str] = []
    for label, law in labelled(laws).items():
        try:
            made[label] = predict_ahead(law, split, asked, level=level, n_draws=n_draws)
        except SkillscaleError as error:
            problems.append(str(error))
    if not made:
        raise SkillscaleError(f"None of the laws can forecast these rows. {' '.join(problems)}")
    return made


def _refuse_different_rows(made: dict[str, Prediction], axis: str) -> None:
    """Laws are joined row by row, so each must have forecast the same rows in the same order."""
    first, *others = [one.ahead.select(pl.col(axis), pl.col("value")) for one in made.values()]
    if any(not first.equals(other) for other in others):
        raise SkillscaleError(
            f"{', '.join(made)} can forecast different rows, for they need different columns. Join laws of the same rows."
        )


def _weights(made: dict[str, Prediction], split: HeldOut, asked: Asked) -> dict[str, float]:
    """Of each law, adding up to 1. Even where nothing could be rehearsed; a law that could not be is given the least weight."""
    laws = {label: one.fit.law for label, one in made.items()}
    ends = [(_largest(one.ahead, asked.axis), _largest(one.fit.points.frame, asked.axis)) for one in made.values()]
    reach = max(ahead / known for ahead, known in ends)
    try:
        together = rehearse_together(list(laws.values()), split.known, asked, reach=reach)
    except SkillscaleError:
        return dict.fromkeys(laws, 1 / len(laws))
    found = dict(
        zip(together.laws, pseudo_bma_plus(log_scores(together), np.random.default_rng(asked.seed)), strict=True)
    )
    least = min(found.values())
    weights = {label: float(found.get(label, least)) for label in laws}
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()}


def _largest(frame: pl.DataFrame, axis: str) -> float:
    return float(frame.select(pl.col(axis).cast(pl.Float64).max()).item())


def log_scores(together: Together) -> Array:
    """Mean log density of what each rehearsal measured, (k, o): laws in the order of `together.laws`."""
    return np.array(
        [
            [
                float(np.average(said.log_density(one.measured), weights=one.weight))
                for said, one in zip(
                    rehearsed(law, together.rehearsals[label]), together.rehearsals[label], strict=True
                )
            ]
            for label, law in together.laws.items()
        ]
    )


def pseudo_bma_plus(score_ko: Array, rng: np.random.Generator) -> Array:
    """Weights of k laws, (k,), from their log scores in o rehearsals, (k, o). Yao et al. 2018, section 3.4."""
    n_rehearsals = score_ko.shape[1]
    resample_ro = rng.dirichlet(np.ones(n_rehearsals), size=N_RESAMPLES)
    total_rk = n_rehearsals * resample_ro @ score_ko.T
    weight_rk = np.exp(total_rk - total_rk.max(axis=1, keepdims=True))
    return (weight_rk / weight_rk.sum(axis=1, keepdims=True)).mean(axis=0)


def _quantile(said: Sequence[StudentT], share_k: Array, p: float) -> Array:
    """The mixture's quantile at each row, (n,): between the smallest and the largest of its laws', by bisection."""
    each = np.array([one.quantile(p) for one in said])
    low, high = each.min(axis=0), each.max(axis=0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        below = sum(share * one.cdf(middle) for share, one in zip(share_k, said, strict=True)) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
