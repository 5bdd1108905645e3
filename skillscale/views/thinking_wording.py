"""Sentences on thinking: what crossed where, what more samples bought, what a smaller model that thinks longer is worth."""

import math

from skillscale.laws.skill_mix.intervals import Estimate
from skillscale.laws.test_time.crossover import Crossover
from skillscale.laws.test_time.iso_accuracy import Exchange
from skillscale.views.wording import listed, percent, power_of_ten, rung_label, short

POINT = 100.0  # percentage points of a share


def share_words(found: Estimate, level: float) -> str:
    """`43 % (90 % interval 37 % to 50 %)`; what has no value is missing."""
    if found.value is None or found.low is None or found.high is None:
        return "missing"
    return f"{percent(found.value)} ({percent(level)} interval {percent(found.low)} to {percent(found.high)})"


def points_words(found: Estimate, level: float) -> str:
    """A difference of shares: `+2.1 points (90 % interval −0.3 to +4.4)`."""
    if found.value is None or found.low is None or found.high is None:
        return "missing"
    return f"{_points(found.value)} points ({percent(level)} interval {_points(found.low)} to {_points(found.high)})"


def _points(share: float) -> str:
    return f"{POINT * share:+.1f}".replace("-", "−")


def apart(first: Estimate, second: Estimate) -> bool | None:
    """Do the intervals leave each other free? None where one has none. Of the same problems, this is stricter than it need be."""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return None
    return first.low > second.high or second.low > first.high


def crossover_words(found: Crossover) -> str:
    """`at 31k parameters (90 % interval 22k to 45k)`; only of a crossover."""
    assert found.n_params is not None
    low = "below the smallest asked" if found.low is None else short(found.low)
    high = "beyond the largest asked" if found.high is None else short(found.high)
    return f"at {short(found.n_params)} parameters ({percent(found.level)} interval {low} to {high})"


def crossovers_sentence(found: dict[str, Crossover]) -> str:
    """Where working step by step overtakes answering at once, over all k and for each; or that it cannot be told, and why."""
    if not found:
        return "Whether working step by step overtakes answering at once cannot be told: fewer than two sizes were asked both ways."
    parts = {name: one for name, one in found.items() if name != "all"}
    crossed = {name: one for name, one in parts.items() if one.verdict == "crossover"}
    by_k = listed([f"{crossover_words(one)} for {name}" for name, one in crossed.items()])
    untold = [name for name, one in parts.items() if one.verdict == "cannot tell"]
    rest = f" For {listed(untold)} the data cannot tell." if untold else ""
    alone = f" It does so {by_k}." if crossed else ""
    return f"{_pooled(found['all'])}{alone}{rest}" if "all" in found else f"{alone.strip()}{rest}"


def _pooled(found: Crossover) -> str:
    if found.verdict == "crossover":
        return f"Working step by step overtakes answering at once {crossover_words(found)}, all k together."
    sizes = f"all {len(found.scales)} sizes asked, {short(found.scales[0].n_params)} to {short(found.scales[-1].n_params)} parameters"
    if found.verdict == "second better throughout":
        return f"Working step by step is surely better than answering at once at {sizes}: the crossover, if any, lies below."
    if found.verdict == "first better throughout":
        return f"Working step by step is surely worse than answering at once at {sizes}: the crossover, if any, lies beyond."
    return (
        f"Where working step by step overtakes answering at once cannot be told, all k together: {plain_reason(found)}."
    )


def plain_reason(found: Crossover) -> str:
    """The reason of a crossover with its ways named."""
    return found.reason.replace("the first way is", "answering at once is").replace("the second at", "step by step at")


def exchange_sentence(found: tuple[Exchange, ...], level: float) -> str:
    """What the best exchange is: the smaller model cheapest to train that equals a larger one by voting; or that none does."""
    if not found:
        return "Whether a smaller model that thinks longer equals a larger one cannot be told: fewer than two sizes have samples."
    equal = [one for one in found if one.inference_ratio is not None]
    already = sum(one.missing is not None and "already" in one.missing for one in found)
    too = f" In {already} of them the smaller is as accurate with one sample already." if already else ""
    if not equal:
        return f"Within the samples drawn, no smaller model equals a larger one's single sample by majority vote, of {len(found)} pairs of sizes.{too}"
    sure = [one for one in equal if math.isfinite(one.high)] or equal
    best = min(sure, key=lambda one: (one.train_ratio, one.inference_ratio))
    return (
        f"In {len(equal)} of {len(found)} pairs of sizes the smaller model equals the larger one's single sample by majority vote.{too} "
        f"{rung_label(best.smaller)} does so against {rung_label(best.larger)} ({percent(best.accuracy)}) with {ratio_words(best, level)} the compute "
        f"of an answer, after {percent(best.train_ratio)} of its training{_break_even(best)}."
    )


def ratio_words(one: Exchange, level: float) -> str:
    """`3.1 times (90 % interval 1.2 to 8.4)`."""
    assert one.inference_ratio is not None
    low = "one sample" if one.low == 0 else f"{one.low:.2g}"
    high = "more than was tried" if math.isinf(one.high) else f"{one.high:.2g}"
    return f"{one.inference_ratio:.2g} times ({percent(level)} interval {low} to {high})"


def _break_even(one: Exchange) -> str:
    if one.break_even is None:
        return ", and is cheaper for each answer too"
    return f", so that in all it is cheaper up to {power_of_ten(one.break_even)} answers"
