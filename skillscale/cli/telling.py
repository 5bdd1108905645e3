"""A lab's summary in a few lines."""

from typing import Any


def tell_lab(summary: dict[str, Any]) -> str:
    """The loss law, the forecast and the classes, then where the report is."""
    lines = [f"{len({rung['name'] for rung in summary['rungs']})} runs, {len(summary['rungs'])} checkpoints"]
    if summary["entropy_nats"]:
        lines.append(f"true entropy: {summary['entropy_nats']['value']:.4f} nats per token")
    if summary["fit"]:
        lines.append(tell_fit(summary["fit"]))
    if summary["forecast"]:
        lines.append(tell_forecast(summary["forecast"]))
    lines += [tell_class(found) for found in summary["classes"]]
    lines += [f"not concluded: {problem}" for problem in summary["problems"]]
    if summary["missing"]:
        reasons = sorted({one["missing"] for one in summary["missing"]})
        lines.append(f"{len(summary['missing'])} measurements are missing: {'; '.join(reasons)}")
    return "\n".join([*lines, f"report: {summary['report']}"])


def tell_fit(fit: dict[str, Any]) -> str:
    params = ", ".join(
        f"{name} {value:.4g} ({fit['intervals'][name]['low']:.4g} to {fit['intervals'][name]['high']:.4g})"
        for name, value in fit["params"].items()
    )
    advice = "" if fit["status"] == "converged" else f": {fit['advice']}"
    return f"law: {fit['equation']}: {params} at {fit['level']:.0%}; {fit['status']}{advice}"


def tell_forecast(found: dict[str, Any]) -> str:
    said = f"{found['task']} {found['metric']} of {found['model']}: {found['predicted']:.4f}"
    said += f" ({found['low']:.4f} to {found['high']:.4f} at {found['level']:.0%})"
    if found["measured"] is None:
        return f"forecast: {said}; it was not measured"
    return f"forecast: {said}; measured {found['measured']:.4f}, {'inside' if found['inside'] else 'outside'}"


def tell_class(found: dict[str, Any]) -> str:
    return f"{found['task']} ({found['metric']}): {found['class']}, probability {found['probability']:.2f}"
