"""What a law says of scales it was not fitted to, with an interval that was earned on smaller scales."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from skillscale.laws.fitting.fitted import Fit
from skillscale.laws.forecasts.at_chance import refuse_at_chance
from skillscale.laws.forecasts.predictive import Prediction, predict_ahead
from skillscale.laws.forecasts.rehearsal import Rehearsal
from skillscale.laws.forecasts.splitting import HeldOut, hold_out
from skillscale.laws.forecasts.together import Asked
from skillscale.laws.forms.law import Array, Law

__all__ = ["Forecast", "Forecasts", "HeldOut", "LawWeight", "Origin", "forecast", "hold_out"]

MOST_ROWS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One value said in advance. `low` to `high` holds the measurement, noise included, with probability `level`."""

    run: str | None
    model: str | None
    scales: Mapping[str, float]  # the columns the law requires
    predicted: float
    low: float
    high: float
    level: float
    measured: float | None

    @property
    def relative_error(self) -> float | None:
        """(predicted − measured) / measured."""
        if self.measured is None or self.measured == 0:
            return None
        return self.predicted / self.measured - 1

    @property
    def inside(self) -> bool | None:
        return None if self.measured is None else self.low <= self.measured <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A rehearsal: the law fitted to the scales up to `largest_known` and held against known rows above them."""

    largest_known: float
    n_rows: int
    rms_error: float  # relative (natural logarithm) for losses, in the metric's unit for shares


@dataclass(frozen=True, slots=True, kw_only=True)
class LawWeight:
    """How much one of several laws counts in a forecast."""

    law: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasts:
    """Forecasts of all held-out rows, smallest scale first, with the fit and the rehearsals behind them.

    Of several laws (`forecast_mixed`), `weights` says how much each counts, and `fit` and `origins` are of the heaviest.
    """

    axis: str
    fit: Fit
    origins: tuple[Origin, ...]
    rows: tuple[Forecast, ...]
    weights: tuple[LawWeight, ...] = ()

    @property
    def top(self) -> Forecast:
        """The forecast at the largest scale (of several token counts, the last)."""
        return self.rows[-1]

    @property
    def n_measured(self) -> int:
        """Held-out rows whose value is known."""
        return sum(row.measured is not None for row in self.rows)

    @property
    def coverage(self) -> float | None:
        """Share of the measured rows that lie in their interval; None where nothing was measured."""
        inside = [row.inside for row in self.rows if row.inside is not None]
        return float(np.mean(inside)) if inside else None

    @property
    def median_error(self) -> float | None:
        """Median of |predicted / measured − 1|; None where nothing was measured."""
        errors = [abs(row.relative_error) for row in self.rows if row.relative_error is not None]
        return float(np.median(errors)) if errors else None

    def _repr_html_(self) -> str:
        """A small table for notebooks: the largest rows, and the summary."""
        shown = self.rows[-MOST_ROWS_SHOWN:]
        head = ["model", *shown[0].scales, "forecast", f"{shown[0].level:.0%} interval", "measured"]
        lines = [_cells("th", head), *(_cells("td", _row_cells(row)) for row in shown)]
        said = f"{len(self.rows)} held-out rows along {self.axis}"
        if self.coverage is not None and self.median_error is not None:
            said += f", {self.coverage:.0%} of those measured inside; median error {self.median_error:.2%}"
        laws = ", ".join(f"{w.law} {w.weight:.0%}" for w in self.weights) or self.fit.law.name
        return f"<table><caption>{escape(laws)}: {escape(said)}</caption>{''.join(lines)}</table>"


def _row_cells(row: Forecast) -> list[str]:
    measured = "" if row.measured is None else f"{row.measured:.4g}"
    scales = [f"{value:.3g}" for value in row.scales.values()]
    return [row.model or row.run or "", *scales, f"{row.predicted:.4g}", f"{row.low:.4g} to {row.high:.4g}", measured]


def _cells(tag: str, cells: list[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def forecast(
    law: Law,
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
    """Fit `law` to the known rows and say what the held-out ones will measure; their values are only compared, never used.

    Rehearsals (rolling origin) measure how far this law drifts on this ladder: it is fitted to the scales up to some of the
    known ones along `axis` (the law's first, if not given) and held against those above, as far again as the forecast
    reaches. The interval is a Student t interval of √(parameter variance by bootstrap + residual variance + drift² · e-folds²
    beyond the known scales). What it covers is in docs/forecasting.md. SkillscaleError where the known rows are all at chance.
    """
    axis = axis or law.axes[0]
    asked = Asked(metric=metric, axis=axis, task=task, stratum=stratum, seed=seed)
    made = predict_ahead(law, split, asked, level=level, n_draws=n_draws)
    refuse_at_chance(split.known, asked)
    low, high = (made.said.quantile((1 + side * level) / 2) for side in (-1, 1))
    return forecasts_from(made, axis=axis, level=level, predicted=made.said.centre, low=low, high=high)


def forecasts_from(
    made: Prediction,
    *,
    axis: str,
    level: float,
    predicted: Array,
    low: Array,
    high: Array,
    weights: tuple[LawWeight, ...] = (),
) -> Forecasts:
    """Rows of a forecast from arrays (n,) in the order of `made.ahead`."""
    return Forecasts(
        axis=axis,
        fit=made.fit,
        origins=tuple(_origin(one) for one in made.rehearsals),
        rows=tuple(
            Forecast(
                run=row.get("run"),
                model=row.get("model"),
                scales=dict(zip(made.fit.law.requires, map(float, made.x[i]), strict=True)),
                predicted=float(predicted[i]),
                low=float(low[i]),
                high=float(high[i]),
                level=level,
                measured=row["value"],
            )
            for i, row in enumerate(made.ahead.iter_rows(named=True))
        ),
        weights=weights,
    )


def _origin(one: Rehearsal) -> Origin:
    return Origin(largest_known=one.largest_known, n_rows=len(one.error), rms_error=one.rms_error)
