"""What the table says: law forms, fitters, uncertainty, forecasts, emergence classes."""

from skillscale.laws.emergence import Emergence, classify, classify_tasks
from skillscale.laws.fitted import Band, Fit, Interval
from skillscale.laws.fitter import fit
from skillscale.laws.forecasting import Forecast, Forecasts, HeldOut, forecast, hold_out
from skillscale.laws.law import Law, Parameter
from skillscale.laws.laws import CHINCHILLA, LAWS, LOGISTIC, POWER, law_named

__all__ = [
    "CHINCHILLA",
    "LAWS",
    "LOGISTIC",
    "POWER",
    "Band",
    "Emergence",
    "Fit",
    "Forecast",
    "Forecasts",
    "HeldOut",
    "Interval",
    "Law",
    "Parameter",
    "classify",
    "classify_tasks",
    "fit",
    "forecast",
    "hold_out",
    "law_named",
]
