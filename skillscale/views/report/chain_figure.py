"""Chains: does writing the steps down help, and from which size on?"""

import math
from dataclasses import dataclass

import polars as pl

from skillscale.views.charts.chains import chain_rows, draw_chains
from skillscale.views.report.figure import Figure, item_links
from skillscale.views.report.source import ReportSource
from skillscale.views.selection import seed_mean
from skillscale.views.wording import error_factor, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Worked less direct, at one rung, with the error of the difference. `k` is None for the mean over all k."""

    rung: str
    k: int | None
    value: float
    stderr: float
    reach: float  # how far the interval goes to each side

    @property
    def sign(self) -> int:
        return 0 if abs(self.value) <= self.reach else 1 if self.value > 0 else -1

    @property
    def in_errors(self) -> float:
        """The gap in standard errors; an error of 0 leaves only its sign to go by."""
        return self.value / self.stderr if self.stderr else math.copysign(math.inf, self.value) if self.value else 0.0

    def __str__(self) -> str:
        points = f"{100 * abs(self.value):.0f} ± {100 * self.stderr:.0f} points"
        return points if self.k is None else f"{points} at {self.k} steps"


def direct_against_worked(source: ReportSource) -> Figure:
    title = "Chains of k steps: answered directly, or worked step by step"
    rows = chain_rows(source.table, source.findings)
    if rows["task"].n_unique() < 2:
        why = "Nothing can be drawn: this lab has no chains that are asked both directly and step by step."
        return Figure(name="chains", title=title, sentence=why)
    return Figure(
        name="chains",
        title=title,
        sentence=_verdict(rows, source.findings.level),
        reading="Above: combinations that stand in the training text; below: combinations it never shows, though it shows "
        "each single step. The longer the chain, the further to the right. Exact answers only; dotted: chance. Where no number of steps is "
        "sure by itself, the sentence compares the means over all of them.",
        chart=draw_chains(source.table, source.findings),
        numbers=rows.select("way", "seen", "k", "rung", "n_params", "value", "stderr", "chance", "n_items"),
        links=item_links(rows["task"].unique().sort().to_list()),
    )


def _verdict(rows: pl.DataFrame, level: float) -> str:
    """On unseen combinations (seen ones where there are no others): who is ahead at a small rung and at the largest."""
    kind = "unseen" if rows.filter(seen="unseen")["task"].n_unique() == 2 else "seen"
    gaps = _gaps(rows.filter(seen=kind), level)
    if not gaps:
        return "The data cannot tell: no rung was asked both ways."
    pooled = _pooled(gaps, level)
    rungs = list(pooled)
    low = _lowest(gaps, pooled)
    small, large = (_compared([gap for gap in gaps if gap.rung == rung], pooled[rung]) for rung in (low, rungs[-1]))
    where = "never seen in training" if kind == "unseen" else "seen in training"
    if len(rungs) == 1:
        return f"On combinations {where}, worked chains are {small} at {low}, the only rung measured."
    return f"On combinations {where}, worked chains are {small} at {low} and {large} at {rungs[-1]}{_crossing(gaps)}."


def _pooled(gaps: list[_Gap], level: float) -> dict[str, _Gap]:
    """For every rung the mean gap over its k. Each k has items of its own, so their errors add in quadrature."""
    rungs = list(dict.fromkeys(gap.rung for gap in gaps))
    factor = error_factor(1 - (1 - level) / max(1, len(rungs)))
    pooled: dict[str, _Gap] = {}
    for rung in rungs:
        own = [gap for gap in gaps if gap.rung == rung]
        stderr = math.hypot(*(gap.stderr for gap in own)) / len(own)
        mean = sum(gap.value for gap in own) / len(own)
        pooled[rung] = _Gap(rung=rung, k=None, value=mean, stderr=stderr, reach=factor * stderr)
    return pooled


def _lowest(gaps: list[_Gap], pooled: dict[str, _Gap]) -> str:
    """Of the rungs at which worked chains are surely behind the one where most surely over all k; else the smallest."""
    rungs = list(pooled)[:-1] or list(pooled)
    behind = {gap.rung for gap in [*gaps, *pooled.values()] if gap.sign == -1}
    sure = [rung for rung in rungs if rung in behind]
    return min(sure, key=lambda rung: pooled[rung].in_errors) if sure else rungs[0]


def _gaps(rows: pl.DataFrame, level: float) -> list[_Gap]:
    means = seed_mean(rows, ["n_params", "k", "task"])
    direct, worked = (means.filter(task=task) for task in ("chains-direct", "chains-worked"))
    # without errors nothing can be said to be surely ahead
    known = pl.col("stderr").is_not_null() & pl.col("stderr_worked").is_not_null()
    both = direct.join(worked, on=["n_params", "k"], suffix="_worked").filter(known).sort("n_params", "k")
    # several k and rungs are looked at: together they are wrong no more often than one would be (Bonferroni)
    factor = error_factor(1 - (1 - level) / max(1, both.height))
    gaps: list[_Gap] = []
    for row in both.iter_rows(named=True):
        stderr = (row["stderr"] ** 2 + row["stderr_worked"] ** 2) ** 0.5
        gap = row["value_worked"] - row["value"]
        gaps.append(_Gap(rung=row["rung"], k=row["k"], value=gap, stderr=stderr, reach=factor * stderr))
    return gaps


def _compared(gaps: list[_Gap], pooled: _Gap) -> str:
    """`below direct ones for 2 and 3 steps (by 11 ± 5 points at 2 steps)`; where no k is sure alone, all k together."""
    clauses: list[str] = []
    for sign, word in ((-1, "below"), (1, "above")):
        sure = [gap for gap in gaps if gap.sign == sign]
        if sure:
            steps = "any number of steps" if len(sure) == len(gaps) > 1 else _steps(_ks(sure))
            strongest = max(sure, key=lambda gap: abs(gap.value))
            clauses.append(f"{word} direct ones for {steps} (by {strongest})")
    if not clauses and pooled.sign:
        return f"{'below' if pooled.sign < 0 else 'above'} direct ones over all steps together (by {pooled})"
    return listed(clauses) if clauses else "not to be told from direct ones"


def _crossing(gaps: list[_Gap]) -> str:
    """From which rung on worked chains are surely ahead, by the number of steps."""
    found: dict[str, list[int]] = {}
    for k in sorted(set(_ks(gaps))):
        own = [gap for gap in gaps if gap.k == k]
        ahead = next((own[place].rung for place in range(len(own)) if all(gap.sign == 1 for gap in own[place:])), None)
        if ahead is not None:
            found.setdefault(ahead, []).append(k)
    words = [f"from {rung} on for {_steps(ks)}" for rung, ks in found.items()]
    return f"; they are surely ahead {listed(words)}" if words else ""


def _ks(gaps: list[_Gap]) -> list[int]:
    return [gap.k for gap in gaps if gap.k is not None]


def _steps(ks: list[int]) -> str:
    return f"{listed([str(k) for k in ks])} steps"
