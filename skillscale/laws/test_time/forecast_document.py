"""The forecast of coverage as programs read it, and in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skillscale.laws.test_time.extrapolated import METHODS, Extrapolated
from skillscale.laws.test_time.forecast import CoverageForecast, Forecasted

METHOD = "distribution of single-try success"
Forecasts = Mapping[str, CoverageForecast | str]  # by series, or the reason why it has none
_PEERS = {"power_law": "power law exp(a·k^b)", "log_linear": "straight line over log k"}


def forecast_json(forecasts: Forecasts, *, at: int, fit_below: int | None) -> dict[str, Any]:
    """What `skillscale think forecast --json` prints; where there is one series, its fields stand on top too."""
    series = [
        {"name": name, **(_missing(one) if isinstance(one, str) else _one(one))} for name, one in forecasts.items()
    ]
    said: dict[str, Any] = {"at": at, "fit_below": fit_below, "method": METHOD, "series": series}
    if len(series) == 1:
        return {**series[0], **said}
    return {**said, "median_absolute_error": median_errors(_made(forecasts))}


def _made(forecasts: Forecasts) -> list[CoverageForecast]:
    return [one for one in forecasts.values() if not isinstance(one, str)]


def _missing(reason: str) -> dict[str, Any]:
    return {"forecast": None, "interval": None, "measured": None, "missing": reason}


def _one(found: CoverageForecast) -> dict[str, Any]:
    inside = None
    if found.measured is not None and found.these.interval is not None:
        inside = found.measured in found.these.interval
    return {
        "forecast": found.these.value,
        "interval": _ends(found.these),
        "missing": None,
        "like_these": {"forecast": found.like_these.value, "interval": _ends(found.like_these)},
        "measured": found.measured,
        "inside": inside,
        "n_problems": found.n_problems,
        "n_samples": {"least": found.n_samples[0], "most": found.n_samples[1]},
        "never_solved": found.never_solved,
        "families": dict(found.weights),
        "p_zero": found.p_zero,
        "zero_mass": found.zero_mass,
        "peers": {peer.method: _peer(peer) for peer in found.peers},
        "warnings": list(found.warnings),
    }


def _ends(one: Forecasted) -> dict[str, float] | None:
    return (
        None
        if one.interval is None
        else {"low": one.interval.low, "high": one.interval.high, "level": one.interval.level}
    )


def _peer(peer: Extrapolated) -> dict[str, Any]:
    interval = None if peer.low is None else {"low": peer.low, "high": peer.high}
    return {"forecast": peer.value, "interval": interval, "missing": peer.missing}


def median_errors(found: Sequence[CoverageForecast]) -> dict[str, float | None]:
    """The median over series of |forecast − measured| by each method, None where nothing was measured."""
    errors: dict[str, list[float]] = {"single_try": [], **{method: [] for method in METHODS}}
    for one in found:
        if one.measured is None:
            continue
        errors["single_try"].append(abs(one.these.value - one.measured))
        for peer in one.peers:
            if peer.value is not None:
                errors[peer.method].append(abs(peer.value - one.measured))
    return {name: float(np.median(values)) if values else None for name, values in errors.items()}


def tell_forecasts(forecasts: Forecasts) -> str:
    """A few lines for each series, then how far each method was off where pass@k is measured."""
    told: list[str] = []
    for name, one in forecasts.items():
        told += [f"{name}: missing: {one}"] if isinstance(one, str) else _told(name, one)
    errors = {name: value for name, value in median_errors(_made(forecasts)).items() if value is not None}
    if errors and len(forecasts) > 1:
        told.append(
            "median absolute error: "
            + ", ".join(f"{_PEERS.get(name, METHOD)} {value:.3f}" for name, value in errors.items())
        )
    return "\n".join(told)


def _told(name: str, one: CoverageForecast) -> list[str]:
    least, most = one.n_samples
    samples = f"{least}" if least == most else f"{least} to {most}"
    problems = "an unknown number of" if one.n_problems is None else f"{one.n_problems}"
    measured = ""
    if one.measured is not None:
        within = (
            "" if one.these.interval is None else f", {'inside' if one.measured in one.these.interval else 'outside'}"
        )
        measured = f"; measured {one.measured:.3f}{within}"
    lines = [
        f"{name}: pass@{one.at} {_value(one.these)}{measured}",
        f"  from {samples} samples of {problems} problems; problems like these: {_value(one.like_these)}",
        "  families: "
        + ", ".join(f"{family} {weight:.0%}" for family, weight in one.weights.items())
        + f"; a mass at 0: {one.p_zero:.0%}",
    ]
    for peer in one.peers:
        interval = "" if peer.low is None else f" ({peer.low:.3f} to {peer.high:.3f})"
        lines.append(
            f"  {_PEERS[peer.method]}: "
            + (f"{peer.value:.3f}{interval}" if peer.value is not None else f"missing, {peer.missing}")
        )
    return [*lines, *(f"  {warning}" for warning in one.warnings)]


def _value(one: Forecasted) -> str:
    if one.interval is None:
        return f"{one.value:.3f}"
    return f"{one.value:.3f} ({one.interval.low:.3f} to {one.interval.high:.3f} at {one.interval.level:.0%})"
