"""Solving against verifying: does a model judge chains better than it solves them, and what do both cost a program?"""

import math
from functools import cache

import numpy as np
import polars as pl

from skillscale.tasks.puzzles import PUZZLES
from skillscale.tasks.puzzles.asymmetry import Asymmetry, asymmetry
from skillscale.views.charts.asymmetry import draw_asymmetry
from skillscale.views.charts.judging import draw_judging, judging_rows
from skillscale.views.report.figure import Figure, item_links
from skillscale.views.report.source import ReportSource
from skillscale.views.selection import seed_mean
from skillscale.views.wording import error_factor, listed, percent

N_PUZZLES = 8  # of each kind and difficulty: a second in all
PAIRS = {"direct": ("solving at once", "judging a result"), "worked": ("solving step by step", "judging steps")}


def solving_and_judging(source: ReportSource) -> Figure | None:
    """None where this lab has no chains that are both solved and judged."""
    rows = judging_rows(source.table, source.findings)
    if (
        not {"judging a result", "judging steps"} & set(rows["what"].to_list())
        or not rows["what"].str.contains("solving").any()
    ):
        return None
    return Figure(
        name="judging",
        title="Solving against judging",
        sentence=_gaps(rows, source.findings.level),
        reading="Chains of k customs in combinations that the training text never has: solved, and, of what somebody says of them, judged. Half of the candidates "
        "are right; a wrong result is mostly any other symbol, sometimes what a careless solver says. Steps are judged one by one up to the first wrong one; asked is the last verdict. Both are drawn above "
        "guessing: 0 is what guessing scores, 1 is all right.",
        chart=draw_judging(rows),
        numbers=rows.drop("held_out"),
        links=item_links(
            [task for task in ("checking", "chains-direct", "chains-worked") if task in source.item_tasks]
        ),
        diagnostics=(_exact_programs(),),
    )


def _gaps(rows: pl.DataFrame, level: float) -> str:
    """At the largest rung, judging less solving above guessing, all k together, at once and step by step."""
    top = rows.filter(pl.col("n_params") == pl.col("n_params").max())
    means = seed_mean(
        top.with_columns(stderr=pl.col("stderr") / (1 - pl.col("chance").fill_null(0.0)), value=pl.col("above")),
        ["k", "what"],
    )
    said = [words for kind in PAIRS if (words := _gap(means, kind, level)) is not None]
    rung = top["rung"][0]
    if not said:
        return f"Whether {rung}, the largest rung, judges better than it solves cannot be told: no k has both with their errors."
    return f"Above guessing, {rung}, the largest rung, {listed(said)}."


def _gap(means: pl.DataFrame, kind: str, level: float) -> str | None:
    solving, judging = (means.filter(what=what).drop_nulls("stderr") for what in PAIRS[kind])
    both = solving.join(judging, on="k", suffix="_judged")
    if both.is_empty():
        return None
    n = both.height
    gap = float((both["value_judged"] - both["value"]).sum()) / n
    stderr = math.sqrt(float((both["stderr"] ** 2 + both["stderr_judged"] ** 2).sum())) / n
    reach = error_factor(level) * stderr
    what = {"direct": "results {} than it finds them at once", "worked": "steps {} than it takes them"}[kind]
    ks = listed([str(k) for k in both["k"].to_list()])
    low, value, high = (f"{100 * end:+.0f}".replace("-", "−") for end in (gap - reach, gap, gap + reach))
    told = f"{value} points ({percent(level)} interval {low} to {high}, k = {ks})"
    if abs(gap) <= reach:
        return f"judges {what.format('neither surely better nor surely worse')}, by {told}"
    return f"judges {what.format('better' if gap > 0 else 'worse')}, by {told}"


@cache
def exact_costs() -> tuple[Asymmetry, ...]:
    """Steps of an exact solver and of the verifier for every kind and difficulty of puzzle: always the same."""
    return tuple(
        asymmetry(kind, difficulty, np.random.default_rng(difficulty), N_PUZZLES)
        for kind in PUZZLES.values()
        for difficulty in kind.difficulties
    )


def _exact_programs() -> Figure:
    found = exact_costs()
    cheap = [one for one in found if one.ratio.low > 1]
    dear = [one for one in found if one.ratio.high < 1]
    most = max(found, key=lambda one: one.ratio.value)
    rows = [
        {
            "puzzle": one.kind,
            "difficulty": f"{one.dial}: {one.difficulty}",
            "steps to solve": one.solve_steps.value,
            "steps to check": one.check_steps.value,
            "solving by checking": one.ratio.value,
            "low": one.ratio.low,
            "high": one.ratio.high,
            "n": one.ratio.n,
        }
        for one in found
    ]
    return Figure(
        name="judging-programs",
        title="What solving and checking cost an exact program",
        sentence=f"Checking is surely cheaper than solving for {len(cheap)} of {len(found)} puzzles and surely dearer for {len(dear)}: it depends on the puzzle. "
        f"Most is {most.kind} ({most.dial}: {most.difficulty}): {most.ratio.value:.3g} times ({percent(most.level)} interval {most.ratio.low:.3g} to {most.ratio.high:.3g}).",
        reading="Elementary operations of an exact solver and of a verifier that checks all constraints, means over fresh puzzles. They are of programs, not of models, and the same "
        "in every lab. Drawn are the easiest and the hardest of each kind; beside each row: how many times dearer solving is.",
        chart=draw_asymmetry(_ends(found)),
        numbers=pl.DataFrame(rows),
    )


def _ends(found: tuple[Asymmetry, ...]) -> list[Asymmetry]:
    """The easiest and the hardest of each kind."""
    kinds = {one.kind: [other for other in found if other.kind == one.kind] for one in found}
    return [own[end] for own in kinds.values() for end in (0, -1)]
