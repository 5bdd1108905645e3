"""What one law says of held-out rows before it is summed up: a Student t for each, with what lies behind it."""

# n held-out rows

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import gammaln, stdtr, stdtrit

from skillscale.errors import SkillscaleError
from skillscale.laws.fitting.fitted import Fit
from skillscale.laws.fitting.fitter import fit
from skillscale.laws.fitting.points import design, rows_with_scales
from skillscale.laws.forecasts.rehearsal import (
    Drift,
    Rehearsal,
    distance_beyond,
    drift_of,
    items_of,
    origins_of,
    rehearse,
    stated_variance,
)
from skillscale.laws.forecasts.splitting import HeldOut
from skillscale.laws.forecasts.together import Asked
from skillscale.laws.forms.law import Array, Law


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudentT:
    """Of each of n values: `law.objective` counts the error, which has standard deviation `spread` (n,) and `df` degrees."""

    law: Law
    centre: Array
    spread: Array
    df: int

    def quantile(self, p: float) -> Array:
        """The value that lies above a share `p`, (n,)."""
        return self.law.objective.shifted(self.centre, float(stdtrit(self.df, p)) * self.spread)

    def cdf(self, value: Array) -> Array:
        """Probability of at most `value`, (n,)."""
        objective = self.law.objective
        below = (value <= 0) & objective.relative
        away = objective.errors(np.where(below, self.centre, value), self.centre) / self._spread
        return np.where(below, 0.0, stdtr(self.df, away))

    def log_density(self, value: Array) -> Array:
        """Natural logarithm of the density at `value`, (n,), per unit of the metric."""
        objective, df = self.law.objective, self.df
        z = objective.errors(value, self.centre) / self._spread
        constant = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * np.pi)
        log_unit = np.log(value) if objective.relative else 0.0
        return constant - (df + 1) / 2 * np.log1p(z**2 / df) - np.log(self._spread) - log_unit

    @property
    def _spread(self) -> Array:
        """Never 0: a law that went through every known row is still not exact."""
        return np.maximum(self.spread, 1e-12)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """A law's fit to the known rows, its rehearsals, and its distribution of each of the n rows `ahead`."""

    fit: Fit
    rehearsals: tuple[Rehearsal, ...]
    ahead: pl.DataFrame
    x: Array  # (n, columns the law requires)
    said: StudentT


def predict_ahead(law: Law, split: HeldOut, asked: Asked, *, level: float, n_draws: int) -> Prediction:
    """Fit `law` to the known rows, rehearse it on them, and say what the others measure; their values are never used."""
    axis, seed = asked.axis, asked.seed
    _refuse_without(axis, split)
    fitted = fit(law, split.known, level=level, n_draws=n_draws, seed=seed, **asked.curve)
    ahead = rows_with_scales(law, split.held_out, **asked.curve).sort(axis, *law.axes)
    known_n = fitted.points.frame[axis].cast(pl.Float64).to_numpy()
    ahead_n = ahead[axis].cast(pl.Float64).to_numpy()
    reach = float(ahead_n.max() / known_n.max())
    origins = origins_of(known_n, reach=reach, n_parameters=len(law.parameters))
    rehearsals = rehearse(law, fitted.points, known_n, origins=origins, reach=reach, seed=seed)
    x = design(law, ahead)
    stated = stated_variance(law, fitted.points, fitted.theta, fitted.draws, x, items_of(ahead))
    distance = distance_beyond(law, fitted.points.x, known_n, x, ahead_n)
    drift = drift_of(rehearsals)
    guessed = law.guessed(fitted.theta, fitted.points.x, x)
    spread = np.maximum(drift.spread(stated, distance), guessed)
    said = StudentT(law=law, centre=law.predict(fitted.theta, x), spread=spread, df=drift.df)
    return Prediction(fit=fitted, rehearsals=tuple(rehearsals), ahead=ahead, x=x, said=said)


def _refuse_without(axis: str, split: HeldOut) -> None:
    for part in (split.known, split.held_out):
        if axis not in part.columns or part[axis].null_count() == part.height:
            raise SkillscaleError(
                f"A forecast along {axis} was asked for, and no row has it. Split with hold_out(frame, axis={axis!r})."
            )


def rehearsed(law: Law, rehearsals: tuple[Rehearsal, ...]) -> list[StudentT]:
    """What was said in each rehearsal, with the drift that the other rehearsals showed."""
    said: list[StudentT] = []
    for i, one in enumerate(rehearsals):
        others: Drift = drift_of([*rehearsals[:i], *rehearsals[i + 1 :]])
        spread = others.spread(one.variance, one.distance)
        said.append(StudentT(law=law, centre=one.predicted, spread=spread, df=max(others.df, 3)))
    return said
