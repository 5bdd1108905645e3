"""What a run of `skillscale think run` says: its JSON, its table on a terminal, and its rows in the lab's table."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from skillscale.experiments.thinking.run_files import SAMPLES
from skillscale.experiments.thinking.run_plan import ThinkPlan
from skillscale.experiments.thinking.run_samples import ThinkRun
from skillscale.laws.intervals import LEVEL, Estimate
from skillscale.models.hosted.calling import total_of, used
from skillscale.models.hosted.prices import Cost, cost_of, dollars
from skillscale.observations import SCHEMA, Lab, Observation
from skillscale.studies.thinking.confidence import calibration_json
from skillscale.studies.thinking.curves import Curve, Point, Share, curves_of
from skillscale.studies.thinking.judging import asymmetry_json
from skillscale.studies.thinking.opened import Opened, hosted_of
from skillscale.studies.thinking.sharing import sharing_json
from skillscale.views.skill_mix_wording import interval
from skillscale.views.wording import percent

if TYPE_CHECKING:  # which would load torch
    from skillscale.experiments.evaluate import Identity

NAMES = {"pass_at_k": "pass_at_{}", "majority": "majority_of_{}", "weighted": "weighted_of_{}", "best_of_n": "best_of_{}"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What came of a run. `stopped` says why it is not whole, and then nothing is measured. `lost_usd`: what calls without an answer may have cost."""

    plan: ThinkPlan
    folder: Path
    run: ThinkRun
    stopped: str | None
    calls_made: int
    calls_known: int
    calls_left: int
    lost_usd: float


def curves_in(found: Thought) -> list[Curve]:
    """The curves of a whole run; none of one that was stopped."""
    if found.stopped is not None:
        return []
    return curves_of(found.run, n_samples=found.plan.n_samples, verified=found.plan.verifier is not None)


def record(lab: Path, found: Thought, given: Opened) -> None:
    """Rows of the table; what an earlier invocation of the same run put there gives way."""
    rows = [asdict(one) for one in observations_of(found, identity_of(given))]
    place = (found.folder / SAMPLES).relative_to(lab).as_posix()
    frame = pl.DataFrame(rows, schema=SCHEMA).with_columns(file=pl.lit(SAMPLES), place=pl.lit(place))
    Lab(lab).import_table(frame, lambda _: frame, replace=True)


def identity_of(given: Opened) -> "Identity":
    """Who is measured: a checkpoint of a ladder as its lab has it, another one by its folder, a hosted model by its name."""
    plan = given.plan
    if given.model is None:
        return {"family": plan.model.name, "run": plan.key, "model": plan.model.name}
    folder = given.model.folder.resolve()
    home = folder.parent.parent.parent
    own: Identity = {
        "family": folder.name,
        "run": folder.name,
        "model": folder.name,
        "n_params": given.model.n_params,
        "n_params_total": given.model.n_params_total,
    }
    if not (home / "lab.db").is_file():
        return own
    rows = Lab(home).observations().filter(run=folder.parent.name, model=f"{folder.parent.name}/{folder.name}")
    if rows.is_empty():
        return own
    names = ("family", "run", "model", "n_params", "n_params_total", "n_tokens", "unique_tokens", "train_flops", "seed")
    found: Any = rows.select(names).row(0, named=True)
    return found


def observations_of(found: Thought, identity: "Identity") -> list[Observation]:
    """For each way, k and metric a row. Where there is no verifier there are no rows of what needs one."""
    return [
        _observation(found, identity, curve, point, name)
        for curve in curves_in(found)
        for point in curve.points
        for name in NAMES
        if found.plan.verifier is not None or name in ("pass_at_k", "majority")
    ]


def _observation(found: Thought, identity: "Identity", curve: Curve, point: Point, name: str) -> Observation:
    share = point.shares[name]
    plan = found.plan
    return Observation(
        **identity,
        task=f"think-{plan.kind.name}",
        stratum=curve.way,
        metric=NAMES[name].format(point.k),
        value=share.estimate.value,
        missing=share.missing,
        stderr=share.stderr,
        n_items=len(curve.problems) or None,
        inference_flops=point.cost.inference_flops,
        direction="up",
        thresholded=True,
        provenance=f"skillscale think run {plan.key}, prompts {plan.record['prompts']}, temperature {plan.temperature:g}",
    )


def thought_json(found: Thought) -> dict[str, Any]:
    """What `skillscale think run --json` prints; docs/thinking.md says what stands where."""
    plan, curves = found.plan, curves_in(found)
    whole = found.stopped is None
    cost = _cost_of(found)
    return {
        "run": plan.key,
        "folder": str(found.folder),
        "task": plan.kind.name,
        "model": plan.model.name,
        "local": plan.model.local,
        "language": plan.language,
        "verifier": None if plan.verifier is None else plan.verifier.name,
        "difficulties": list(plan.difficulties),
        "problems": plan.n_problems,
        "samples": plan.n_samples,
        "seed": plan.seed,
        "prompts": plan.record["prompts"],
        "stopped": found.stopped,
        "calls_made": found.calls_made,
        "calls_known": found.calls_known,
        "calls_left": found.calls_left,
        **used(found.run.replies),
        "cost_usd": cost.usd if hosted_of(plan) else None,
        "cost_at_most": cost.at_most,
        "lost_usd_at_most": found.lost_usd,
        "level": LEVEL,
        "curve": [row for curve in curves for row in _rows(curve)] if whole else None,
        "ways": [_way(curve, verified=plan.verifier is not None) for curve in curves] if whole else None,
    }


def _cost_of(found: Thought) -> Cost:
    """Of all calls over the network."""
    of_model = [] if found.plan.model.local else [reply for one in found.run.samples for reply in one.replies]
    of_verifier = [reply for one in found.run.samples if one.score is not None for reply in one.score.replies]
    once = {id(reply): reply for reply in (*of_model, *of_verifier)}
    return cost_of(once.values())


def _rows(curve: Curve) -> Iterator[dict[str, Any]]:
    counts = {
        "n_problems": len(curve.problems),
        "problems_missing": curve.problems_missing,
        "missing": sum(curve.missing.values()),
        "no_answer": sum(curve.no_answer.values()),
    }
    for point in curve.points:
        yield {"way": curve.way, **_point(point), **counts}


def _point(point: Point) -> dict[str, Any]:
    return {"k": point.k, **{name: _share(one) for name, one in point.shares.items()}, **asdict(point.cost)}


def _share(share: Share) -> dict[str, Any]:
    one = share.estimate
    return {"value": one.value, "low": one.low, "high": one.high, "missing": share.missing}


def _way(curve: Curve, *, verified: bool) -> dict[str, Any]:
    every = [one for samples in curve.problems for one in samples]
    scores = {id(one.score): one.score for one in every if one.score is not None}.values()
    replies = [reply for score in scores for reply in score.replies]
    return {
        "way": curve.way,
        "samples": {
            "valid": sum(one.valid is True for one in every),
            "invalid": sum(one.verdict is not None and not one.verdict.valid for one in every),
            "no_answer": dict(curve.no_answer),
            "missing": dict(curve.missing),
        },
        "scores_missing": sum(
            one.answer is not None and one.score is not None and one.score.value is None for one in every
        ),
        "verifier": {**used(replies), "inference_flops": total_of([one.flops for one in scores])} if scores else None,
        "by_difficulty": [
            {"difficulty": difficulty, "n_problems": _n_of(curve, difficulty), **_point(point)}
            for difficulty, points in curve.by_difficulty.items()
            for point in points
        ],
        "asymmetry": asymmetry_json(curve.problems, verified=verified),
        "budget_by_difficulty": sharing_json(curve.problems),
        "calibration": calibration_json(curve.problems),
    }


def _n_of(curve: Curve, difficulty: int) -> int:
    return sum(samples[0].problem.difficulty == difficulty for samples in curve.problems)


def tell_thought(found: Thought) -> Sequence[str]:
    """A table, and what it took, in lines."""
    cost = f"; {_cost_of(found)}" if hosted_of(found.plan) else ""
    more = f", at most {dollars(found.lost_usd)} more for calls that ended without an answer" if found.lost_usd else ""
    calls = f"{found.calls_known:,} calls were answered before, {found.calls_made:,} were made now{cost}{more}"
    if found.stopped is not None:
        return calls, found.stopped
    plan = found.plan
    head = f"{plan.model.name}, {plan.kind.name}: {plan.n_problems} problems in {plan.language} words, {plan.n_samples} samples each; intervals at {percent(LEVEL)}, over problems"
    lines = [
        head,
        f"{'way':<16}{'k':<6}{'pass@k':<20}{'majority':<20}{'weighted':<20}{'best of k':<20}{'cost of k samples'}",
    ]
    for curve in curves_in(found):
        for point in curve.points if curve.problems else ():
            cells = "".join(f"{_cell(point.shares[name]):<20}" for name in NAMES)
            lines.append(f"{curve.way:<16}{point.k:<6}{cells}{_cost(point)}")
        lines += [] if curve.problems else [f"{curve.way:<16}no sample came"]
        lines += [f"    {n} samples missing: {reason}" for reason, n in curve.missing.items()]
        lines += [*_unscored(curve, found), *_judged(curve, found)]
        lines += [f"    {n} samples without an answer: {reason}" for reason, n in curve.no_answer.items()]
    return [*lines, "", calls, f"samples: {found.folder / SAMPLES}"]


def _unscored(curve: Curve, found: Thought) -> list[str]:
    """Why a verifier's columns are empty, where there is a verifier."""
    why = curve.points[0].shares["weighted"].missing
    return [f"    no weighted votes: {why}"] if why is not None and curve.problems and found.plan.verifier else []


def _judged(curve: Curve, found: Thought) -> list[str]:
    """Solving against judging, where there is a verifier."""
    told = asymmetry_json(curve.problems, verified=found.plan.verifier is not None)
    judging = told["judging"]
    if judging["value"] is None:
        return []
    units = {"inference_flops": "FLOPs", "cost_usd": "cost", "tokens": "tokens"}
    ratio = (
        ""
        if told["ratio"] is None
        else f"; a sample takes {told['ratio']:.3g} times the {units[told['ratio_of']]} of judging one"
    )
    return [
        f"    solves {percent(told['solving']['value'])}, judges {interval(Estimate(**judging))} (guessing .5){ratio}"
    ]


def _cell(share: Share) -> str:
    return "–" if share.estimate.value is None else interval(share.estimate)


def _cost(point: Point) -> str:
    cost = point.cost
    if cost.inference_flops is not None:
        return f"{cost.inference_flops:.3g} FLOPs"
    if cost.input_tokens is None or cost.output_tokens is None:
        return "unknown" if cost.cost_usd is None else f"at most {dollars(cost.cost_usd)}"
    usd = "" if cost.cost_usd is None else f", {dollars(cost.cost_usd)}"
    return f"{cost.input_tokens:,.0f} + {cost.output_tokens:,.0f} tokens{usd}"
