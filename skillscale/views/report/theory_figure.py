"""The theory of skill emergence, held against models whose skills are known."""

import math

import numpy as np
import polars as pl

from skillscale.laws.fitting.fitted import Interval
from skillscale.laws.theory.measured import Estimate
from skillscale.laws.theory.measured_tuples import NeverSeen, Tensorization
from skillscale.laws.theory.on_ladder import TheoryOnLadder
from skillscale.views.charts.skill_graph import (
    curve_rows,
    draw_competence,
    draw_tuples,
    never_seen_rows,
    tuple_rows,
)
from skillscale.views.report.figure import Figure
from skillscale.views.report.source import ReportSource
from skillscale.views.wording import listed, percent, power_of_ten, rung_label

ALPHA = 0.2  # of the sentence: what all but a fifth of the skills have
FORECAST = 10  # the theory's compute factor for doubling k


def skills_and_theory(source: ReportSource) -> Figure | None:
    """None where no checkpoint was asked pieces of known skills."""
    found = source.findings.theory
    if found is None:
        return None
    return Figure(
        name="theory",
        title="Skills that are known, and what the theory of their emergence guarantees",
        sentence=_guarantee(found),
        headline=_unseen_headline(found),
        reading=f"{_most_guaranteed(found)}Text pieces of four customs each, drawn at random; one wrong step fails a piece, and θ is the share that fails. To the "
        "right ever more skills are left out, the weakest first; the solid line is the competence that all others have at least. The dashed line is "
        "what remains if an adversary places the same errors, the dotted one what the theorem proves; where it is absent it proves nothing.",
        chart=draw_competence(found),
        numbers=curve_rows(found).filter(pl.col("alpha").is_in([0.1, 0.2, 0.5, 0.8])),
        diagnostics=(_competence_and_loss(found), _mastered(found), _never_seen(found)),
    )


def _guarantee(found: TheoryOnLadder) -> str:
    """What the largest rung has, what is proved of it, and whether any rung has less than was proved."""
    curve = found.curves[-1]
    at = int(np.argmin(np.abs(curve.alpha_a - ALPHA)))
    measured = Estimate(
        value=float(curve.measured_a[at]),
        interval=Interval(low=float(curve.low_a[at]), high=float(curve.high_a[at]), level=curve.theta.interval.level),
    )
    status = str(curve.bound.status[at])
    proved = {
        "ok": f"the theorem guarantees {curve.bound.guarantee[at]:.2f}",
        "vacuous": "the theorem's guarantee is empty (βθ ≥ 1)",
        "infeasible": "no β satisfies the theorem",
    }[status]
    text = (
        f"{rung_label(curve.point.run)} fails a share θ = {_with(curve.theta)} of pieces of {curve.k} skills; all but "
        f"{percent(ALPHA)} of its skills have a competence of at least {_with(measured)}, where {proved}."
    )
    below = [
        rung_label(c.point.run)
        for c in found.curves
        if np.any(c.high_a < np.nan_to_num(c.bound.guarantee, nan=-1.0) - 1e-9)
    ]
    n_tested = sum(bool(np.any(c.bound.status == "ok")) for c in found.curves)
    if not n_tested:
        return f"{text} At no rung does the theorem guarantee anything, so it cannot be tested."
    return f"{text} Of {n_tested} rungs with a guarantee {'none' if not below else listed(below)} is surely below it."


def _most_guaranteed(found: TheoryOnLadder) -> str:
    """The exact worst case beside the sentence's competence, and where the theorem guarantees the most."""
    curve = found.curves[-1]
    at = int(np.argmin(np.abs(curve.alpha_a - ALPHA)))
    text = f"The exact worst case for all but {percent(ALPHA)} of the skills is {curve.bound.exact[at]:.2f}. "
    if not np.any(curve.bound.status == "ok"):
        return text
    most = int(np.nanargmax(curve.bound.guarantee))
    return (
        f"{text}The most that the theorem guarantees is {curve.bound.guarantee[most]:.2f}, to all but {percent(curve.alpha_a[most])} of them; "
        f"measured there is {curve.measured_a[most]:.2f} ({percent(curve.theta.interval.level)} interval {curve.low_a[most]:.2f} to "
        f"{curve.high_a[most]:.2f}). "
    )


def _unseen_headline(found: TheoryOnLadder) -> str:
    """Of the longest tuples asked: those mastered that the training text never has."""
    told = {k: one for k, one in found.never_seen.items() if k > 2}
    if not told:
        return "The data cannot tell: no tuples of known skills were asked."
    k = max(told)
    return f"Of combinations of the 32 commonest skills, {rung_label(found.curves[-1].point.run)} masters {_unseen(k, told[k])}."


def _competence_and_loss(found: TheoryOnLadder) -> Figure:
    numbers = [
        {
            "rung": rung_label(loss.point.run),
            "n_tokens": loss.point.n_tokens,
            "nats a step": loss.nats.value,
            "steps wrong": loss.error.value,
            "average competence": loss.average.value,
            "each skill once": loss.each_skill_once.value,
        }
        for loss in found.losses
    ]
    return Figure(
        name="theory-loss",
        title="Average competence and average loss",
        sentence=_loss(found),
        numbers=pl.DataFrame(numbers),
    )


def _loss(found: TheoryOnLadder) -> str:
    """Average competence is not average loss."""
    told = [loss for loss in found.losses if loss.nats_an_error is not None]
    if not told:
        return "How many nats an error costs cannot be told: no step was wrong."
    last = next(loss for loss in reversed(told))
    low = min(loss.nats_an_error.interval.low for loss in told if loss.nats_an_error is not None)
    high = max(loss.nats_an_error.interval.high for loss in told if loss.nats_an_error is not None)
    apart = "is not" if last.gap.excludes(0.0) else "cannot be told from"
    return (
        f"Average competence is not average loss: {rung_label(last.point.run)} loses {_with(last.nats)} nats a step and errs on "
        f"{_with(last.error)} of them; were every nat an error, average competence would be {_with(last.from_loss)}, which {apart} the "
        f"{_with(last.average)} measured, and with each skill counted once it is {_with(last.each_skill_once)}. Over all checkpoints an error goes with "
        f"{low:.1f} to {high:.1f} nats."
    )


def _mastered(found: TheoryOnLadder) -> Figure:
    laws = " ".join(_tensorized(k, tested) for k, tested in found.tensorization.items())
    untested = (
        ""
        if found.tensorization
        else "Whether halving θ doubles k′ cannot be told: no two checkpoints are so far apart."
    )
    return Figure(
        name="theory-tuples",
        title="Competence on tuples of k′ skills, by compute",
        sentence=f"{_doubling(found)} {laws or untested}",
        reading="Tuples are drawn by their frequency and asked as worked chains with several first symbols; a tuple is mastered if seven of "
        "eight are right throughout. A point is a checkpoint, the line the best so far.",
        chart=draw_tuples(found),
        numbers=tuple_rows(found),
    )


def _doubling(found: TheoryOnLadder) -> str:
    compute = found.compute
    if compute is None or not compute.factors:
        return "What compute doubles k′ cannot be told: competence on tuples is too low at every size of this ladder."
    factor = compute.doubling
    beyond = math.isinf(factor.interval.high)
    steps = listed([f"{_times(one)} from {k} to {2 * k}" for k, one in compute.factors.items()])
    against = (
        f"the theory's factor of {FORECAST} lies inside, so the data cannot tell"
        if FORECAST in factor.interval
        else f"{'less' if factor.interval.high < FORECAST else 'more'} than the theory's {FORECAST}"
    )
    return (
        f"A competence of {percent(compute.level)} on tuples of twice as many skills takes {_times(factor)} the compute"
        f"{' (other rungs might not have reached them)' if beyond else ''}, {against}: {steps}."
    )


def _times(found: Estimate) -> str:
    high = "any number" if math.isinf(found.interval.high) else f"{found.interval.high:.1f}"
    return f"{found.value:.1f} times ({percent(found.interval.level)} interval {found.interval.low:.1f} to {high})"


def _tensorized(k: int, tested: Tensorization) -> str:
    verdict = {
        True: "lies on",
        False: "does not lie on",
        None: "cannot be told from, nor be shown to lie on,",
    }[tested.holds]
    return (
        f"The curve of {2 * k}-tuples at half θ {verdict} that of {'single skills' if k == 1 else f'{k}-tuples'}: its competence is "
        f"{tested.difference.value:+.3f} ({percent(tested.difference.interval.level)} interval {tested.difference.interval.low:+.3f} to "
        f"{tested.difference.interval.high:+.3f}) from it, in the mean."
    )


def _never_seen(found: TheoryOnLadder) -> Figure:
    told = [_unseen(k, one) for k, one in found.never_seen.items() if k > 2]
    run = rung_label(found.curves[-1].point.run)
    return Figure(
        name="theory-never-seen",
        title="Tuples mastered that the training text never has",
        sentence=f"Of tuples of the 32 commonest customs, {run} masters {listed(told)}."
        if told
        else "Nothing can be told: no tuples were asked.",
        reading="Estimated from tuples drawn with equal probability; those of the text are counted, all customs included.",
        numbers=never_seen_rows(found),
    )


def _unseen(k: int, one: NeverSeen) -> str:
    low, high = one.mastered.interval.low, one.mastered.interval.high
    apart = "more than" if low > one.in_text else "fewer than" if high < one.in_text else "not to be told from"
    n = f"{power_of_ten(one.mastered.value)} tuples" if low else "no tuple"
    return (
        f"{n} of {k} skills that it never saw ({percent(one.mastered.interval.level)} interval "
        f"{power_of_ten(low) if low else '0'} to {power_of_ten(high)}), {apart} the {one.in_text:,} that the text has"
    )


def _with(found: Estimate) -> str:
    interval = found.interval
    return f"{found.value:.2f} ({percent(interval.level)} interval {interval.low:.2f} to {interval.high:.2f})"
