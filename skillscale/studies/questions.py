"""Single questions to a lab's table: which rows are meant, and what a law says of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import polars as pl

from skillscale.errors import SkillscaleError
from skillscale.laws import (
    Allocation,
    Law,
    allocate,
    fit,
    forecast,
    forecast_mixed,
    hold_out,
    law_named,
    rank_laws,
)
from skillscale.laws.conclusions import answered_tasks, classify_answers, longest, rows_for
from skillscale.laws.emergence.discoveries import USUAL_LEVEL
from skillscale.laws.fitting.profile import profile_intervals
from skillscale.laws.fitting.train_flops import with_train_flops
from skillscale.laws.forms.law import AXES
from skillscale.laws.forms.laws import LAWS
from skillscale.laws.forms.objective import OBJECTIVES
from skillscale.observations import Lab
from skillscale.studies.laboratory import latest_family
from skillscale.studies.summary import class_json, fit_json, forecast_json, ranking_json

LANGUAGE = "language"
TOTAL = "n_params_total"


def rows_asked(lab: Lab, family: str | None, metric: str | None = None) -> pl.DataFrame:
    """Rows of one family: the one named, or of the latest ladder, or the only one that was measured (in `metric`).

    A law is fitted to one family, since what differs between families is not only scale.
    """
    rows = families_asked(lab, family, metric)
    families = _names(rows, "family")
    if len(families) > 1:
        raise SkillscaleError(
            f"{lab.folder} holds {len(families)} families ({_listed(families)}), and no one law describes them all. "
            "Name one with --family."
        )
    return rows


def families_asked(lab: Lab, family: str | None, metric: str | None = None) -> pl.DataFrame:
    """Rows of the family named, or of the latest ladder, or of all families, where there is no ladder (with `metric`)."""
    table = lab.observations()
    known = _names(table, "metric")
    if metric is not None and metric not in known:
        raise SkillscaleError(f"No {metric!r} was measured in {lab.folder}; there are {_listed(known)}.")
    families = _names(table if metric is None else table.filter(metric=metric), "family")
    latest = latest_family(lab)
    if family is not None and family not in families:
        raise SkillscaleError(f"{lab.folder} has no family {family!r}{_in(metric)}; it has {_listed(families)}.")
    if family is None and latest in families:
        family = latest
    return table.filter(pl.col("family").is_in(families if family is None else [family]))


def task_asked(rows: pl.DataFrame, task: str | None, metric: str | None = None) -> str:
    """The task named, or the only one that was measured (in `metric`), or `language`."""
    known = _names(rows if metric is None else rows.filter(metric=metric), "task")
    if task is not None and task not in known:
        raise SkillscaleError(f"No task {task!r} was measured{_in(metric)}; there are {_listed(known)}.")
    if task is None and len(known) > 1 and LANGUAGE not in known:
        raise SkillscaleError(
            f"{len(known)} tasks were measured{_in(metric)} ({_listed(known)}). Name one with --task."
        )
    return task or (LANGUAGE if LANGUAGE in known else known[0])


def law_asked(name: str, axis: str | None = None, objective: str | None = None) -> Law:
    """The law of that name, fitted by `objective` where one is given.

    A law of one axis runs along `axis`; one of parameters counts them in total, where that is the axis.
    """
    law = law_named(name)
    if axis is not None and len(law.axes) == 1:
        law = replace(law, axes=(axis,))
    elif axis == TOTAL:
        law = replace(law, axes=tuple(TOTAL if one == "n_params" else one for one in law.axes))
    if objective is None:
        return law
    if objective not in OBJECTIVES:
        raise SkillscaleError(f"There is no objective {objective!r}. Choose one of: {', '.join(OBJECTIVES)}.")
    return replace(law, objective=OBJECTIVES[objective])


def refuse_unfit(law: Law, rows: pl.DataFrame, metric: str, axis: str | None) -> None:
    """A law of losses is not for shares, which end at 1; nothing runs along itself, or along a column that is no scale."""
    scales = [*AXES, *(name for name in _names(rows, "metric") if name != metric)]
    if axis is not None and axis not in scales:
        raise SkillscaleError(f"{metric} cannot run along {axis!r}. Choose one of: {_listed(scales)}.")
    if metric in law.axes:
        raise SkillscaleError(f"{law.name} runs along {metric} itself. Name another --metric, or another --axis.")
    directions = rows.filter(metric=metric)["direction"].drop_nulls().unique().to_list()
    if directions == ["up"] and law_named(law.name).objective.relative:
        shares = [name for name, one in LAWS.items() if "chance" in one.requires]
        raise SkillscaleError(
            f"{law.name} is a law of losses, and {metric} is better when larger. Choose a law of shares: {', '.join(shares)}."
        )


def fit_lab(
    *,
    folder: Path,
    family: str | None,
    law: str,
    task: str | None,
    metric: str,
    axis: str | None = None,
    objective: str | None = None,
    level: float = 0.95,
    bootstrap: int = 1000,
    intervals: Literal["bootstrap", "profile"] = "bootstrap",
) -> dict[str, Any]:
    """What `skillscale fit --json` prints."""
    rows = rows_asked(Lab(folder), family, metric)
    asked = law_asked(law, axis, objective)
    task = task_asked(rows, task, metric)
    refuse_unfit(asked, rows, metric, axis)
    if axis is not None and axis not in asked.axes:
        raise SkillscaleError(
            f"{law} was to be fitted along {axis}, but it runs along {' and '.join(asked.axes)}. Leave --axis out, or choose another law."
        )
    given = _Given(rows_for(asked, rows), asked.axes, metric, task)
    found = fit(asked, given.frame, metric=metric, task=task, level=level, n_draws=bootstrap)
    if intervals == "profile":
        found = replace(found, intervals=profile_intervals(found))
    return fit_json(found) | {"intervals_by": intervals} | given.told


def forecast_lab(
    *,
    folder: Path,
    family: str | None,
    laws: Sequence[str],
    task: str | None,
    metric: str,
    axis: str | None,
    below: float | None,
    level: float = 0.9,
) -> dict[str, Any]:
    """What `skillscale forecast --json` prints; several laws are joined into one interval, and ranked by held-out error."""
    rows = rows_asked(Lab(folder), family, metric)
    asked = [law_asked(law, axis) for law in laws]
    task = task_asked(rows, task, metric)
    for one in asked:
        refuse_unfit(one, rows, metric, axis)
    axis = axis or ("n_params" if "n_params" in asked[0].axes else asked[0].axes[0])
    at_ends = longest(rows) if any(rows_for(law, rows).height < rows.height for law in asked) else rows
    given = _Given(at_ends, {axis}.union(*(law.axes for law in asked)), metric, task)
    split = hold_out(given.frame, axis=axis, below=below)
    if len(asked) == 1:
        found = forecast(asked[0], split, metric=metric, task=task, axis=axis, level=level)
        return forecast_json(found) | given.told
    mixed = forecast_mixed(asked, split, metric=metric, task=task, axis=axis, level=level)
    ranked = rank_laws(asked, given.frame, metric=metric, task=task, axis=axis, below=below, level=level)
    return forecast_json(mixed) | {"ranking": ranking_json(ranked)} | given.told


def allocate_lab(
    *, folder: Path, family: str | None, metric: str, task: str | None, bootstrap: int, **asked: Any
) -> Allocation:
    """The allocation of a lab's rows of one family; `asked` goes to `allocate`."""
    rows = rows_asked(Lab(folder), family, metric)
    return allocate(rows, metric=metric, task=task_asked(rows, task, metric), n_draws=bootstrap, **asked)


def classify_lab(
    *, folder: Path, family: str | None, task: str | None, axis: str | None, false_discoveries: float = USUAL_LEVEL
) -> list[dict[str, Any]]:
    """What `skillscale classify --json` prints. A task asked for alone is still held against all the others."""
    rows = families_asked(Lab(folder), family)
    if axis is not None and axis not in AXES:
        raise SkillscaleError(f"Tasks cannot be classified along {axis!r}. Choose one of: {_listed(AXES)}.")
    rows = with_train_flops(rows).frame if axis == "train_flops" else rows
    known = dict(answered_tasks(rows))
    if task is not None and task not in known:
        raise SkillscaleError(f"No task {task!r} has answers in {folder}; there are {_listed(list(known))}.")
    classes = classify_answers(rows, axis=axis, false_discoveries=false_discoveries)
    return [class_json(found) for found in classes if task in (None, found.task)]


class _Given:
    """The rows of a question; along compute, with 6·N·D where it was not stated, and for how many of its rows that is."""

    def __init__(self, rows: pl.DataFrame, axes: Collection[str], metric: str, task: str) -> None:
        self.frame, self.n_derived = rows, 0
        if "train_flops" in axes:
            self.frame = with_train_flops(rows).frame
            stated, used = (frame.filter(metric=metric, task=task)["train_flops"] for frame in (rows, self.frame))
            self.n_derived = int((used.is_not_null() & used.ne_missing(stated)).sum())

    @property
    def told(self) -> dict[str, Any]:
        return {"train_flops_derived": self.n_derived}


def _names(rows: pl.DataFrame, column: str) -> list[str]:
    return rows[column].unique().sort().to_list()


def _in(metric: str | None) -> str:
    return "" if metric is None else f" in {metric}"


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "") or "none"
