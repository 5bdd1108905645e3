"""A lab's summary in a few lines."""

from typing import Any


def tell_lab(summary: dict[str, Any]) -> str:
    """The loss law, the forecast and the classes, then where the report is."""
    lines = [f"{len({rung['name'] for rung in summary['rungs']})} runs, {len(summary['rungs'])} checkpoints"]
    if summary["entropy_nats"]:
        lines.append(f"true entropy: {summary['entropy_nats']['value']:.4f} nats per token")
    if summary["fit"]:
        lines.append(tell_fit(summary["fit"]))
        lines += _tell_floor(summary["fit"], summary["entropy_nats"])
    if summary["forecast"]:
        lines.append(tell_forecast(summary["forecast"]))
    lines += [tell_class(found) for found in summary["classes"]]
    lines += [f"not concluded: {problem}" for problem in summary["problems"]]
    if summary["missing"]:
        reasons = sorted({one["missing"] for one in summary["missing"]})
        lines.append(f"{len(summary['missing'])} measurements are missing: {'; '.join(reasons)}")
    return "\n".join([*lines, f"report: {summary['report']}"])


def _tell_floor(fit: dict[str, Any], entropy: dict[str, float] | None) -> list[str]:
    """Nothing where the law has no floor E, the true entropy is not known, or E's interval holds it."""
    floor = fit["intervals"].get("E")
    if floor is None or not entropy or floor["low"] <= entropy["value"] <= floor["high"]:
        return []
    side = "above" if floor["low"] > entropy["value"] else "below"
    return [f"the law's floor E lies {side} the true entropy: its interval leaves it out"]


def tell_fit(fit: dict[str, Any]) -> str:
    params = ", ".join(
        f"{name} {value:.4g} ({fit['intervals'][name]['low']:.4g} to {fit['intervals'][name]['high']:.4g})"
        for name, value in fit["params"].items()
    )
    advice = "" if fit["status"] == "converged" else f": {fit['advice']}"
    starts = f"{fit['starts_at_optimum']} of {fit['starts']} starts at the optimum"
    told = f"law: {fit['equation']}: {params} at {fit['level']:.0%}; {fit['n_rows']} rows, {starts}; {fit['status']}{advice}"
    return f"{told}{_left_out(fit)}{_derived(fit)}"


def _left_out(fit: dict[str, Any]) -> str:
    return "".join(f"\nleft out, {one['n_rows']} rows: {one['reason']}" for one in fit["excluded"])


def _derived(answer: dict[str, Any]) -> str:
    n_rows = answer.get("train_flops_derived", 0)
    return f"\ntrain_flops is 6·N·D in {n_rows} rows, since not all state it" if n_rows else ""


def tell_forecast(found: dict[str, Any]) -> str:
    """The forecast of the largest held-out row, and how all of them came out."""
    said = f"{found['task']} {found['metric']} of {found['model']}: {found['predicted']:.4f}"
    said += f" ({found['low']:.4f} to {found['high']:.4f} at {found['level']:.0%})"
    if found["measured"] is None:
        return f"forecast: {said}; it was not measured{_derived(found)}"
    told = f"forecast: {said}; measured {found['measured']:.4f}, {'inside' if found['inside'] else 'outside'}"
    measured = [row for row in found["rows"] if row["measured"] is not None]
    if len(measured) > 1:
        inside = sum(row["inside"] for row in measured)
        told += (
            f"\nof {len(measured)} held-out measurements {inside} lie inside; median error {found['median_error']:.2%}"
        )
    return f"{told}{_ranked(found)}{_derived(found)}"


def _ranked(found: dict[str, Any]) -> str:
    """The weight of each law and its error on scales that it did not see, where several were joined."""
    if "ranking" not in found:
        return ""
    lines = [f"\n{found['ranking']['verdict']}"]
    for one in found["ranking"]["laws"]:
        said = one["problem"] or f"held-out error {one['error']:.3g}"
        weight = found["weights"].get(one["law"])
        lines.append(f"  {one['law']}: {said}" + ("" if weight is None else f", weight {weight:.0%}"))
    return "\n".join(lines)


def tell_classes(found: list[dict[str, Any]]) -> str:
    if not found:
        return "No task has a measured share of right answers, so none was classified."
    return "\n".join([*map(tell_class, found), *_kept_to(found)])


def _kept_to(found: list[dict[str, Any]]) -> list[str]:
    """The level of false discoveries, where anything is called emergent."""
    emergent = [one for one in found if one["class"] == "emergent"]
    level = next((one["false_discoveries"] for one in emergent), None)
    if level is None:
        return []
    worst = max(one["q_value"] for one in emergent)
    return [
        f"false discoveries: of tasks called emergent at most {level:.0%} may be expected not to be; here {worst:.1%}"
    ]


def tell_class(found: dict[str, Any]) -> str:
    """The class with its probability; where it cannot be told, why not."""
    told = f"{found['task']} ({found['metric']}): {found['class']}"
    if found["class"] == "cannot tell":
        return f"{told}: {found['reason']}"
    told += f", probability {found['probability']:.2f}"
    if found["jump_at"] is not None:
        told += f", jumps at {found['axis']} {found['jump_at']:.3g}"
        if found["jump_interval"]:
            told += " ({:.3g} to {:.3g})".format(*found["jump_interval"])
    return told if found["artefact"] is None else f"{told}; {found['artefact']}"
