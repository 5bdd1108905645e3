"""Sentences on thinking: what crossed where, what more samples bought, what a smaller model that thinks longer is worth."""

import math
import re
from collections.abc import Mapping

from skillscale.laws.intervals import Estimate
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


def crossover_words(found: Crossover) -> str:
    """`at 31k parameters (90 % interval 22k to 45k)`; only of a crossover."""
    assert found.n_params is not None
    low = "below the smallest asked" if found.low is None else short(found.low)
    high = "beyond the largest asked" if found.high is None else short(found.high)
    return f"at {short(found.n_params)} parameters ({percent(found.level)} interval {low} to {high})"


def crossovers_sentence(found: Mapping[str, Crossover]) -> str:
    """Where working step by step overtakes answering at once, all k together; or that it cannot be told, and why."""
    if "all" not in found:
        return "Whether working step by step overtakes answering at once cannot be told: fewer than two sizes were asked both ways."
    one = found["all"]
    if one.verdict == "crossover":
        return f"Working step by step overtakes answering at once {crossover_words(one)}."
    if one.verdict == "cannot tell":
        return f"Where working step by step overtakes answering at once cannot be told: {plain_reason(one)}."
    sizes = f"all {len(one.scales)} sizes asked, {short(one.scales[0].n_params)} to {short(one.scales[-1].n_params)} parameters"
    way, where = ("better", "below") if one.verdict == "second better throughout" else ("worse", "beyond")
    return (
        f"Working step by step is surely {way} than answering at once at {sizes} (each at {percent(one.level)}, shared among them): if they cross, it "
        f"is {where} these."
    )


def crossovers_by_k(found: Mapping[str, Crossover]) -> str:
    """The same for each k in turn."""
    parts = {name: one for name, one in found.items() if name != "all"}
    crossed = [f"{name} {crossover_words(one)}" for name, one in parts.items() if one.verdict == "crossover"]
    others = {verdict: [name for name, one in parts.items() if one.verdict == verdict] for verdict in _VERDICTS}
    said = [f"It overtakes for {'; for '.join(crossed)}."] if crossed else []
    said += [words.format(listed(names)) for verdict, words in _VERDICTS.items() if (names := others[verdict])]
    return " ".join(said) or "For no single k can it be told: none was asked both ways."


_VERDICTS = {
    "second better throughout": "For {} step by step is surely better at every size asked.",
    "first better throughout": "For {} answering at once is surely better at every size asked.",
    "cannot tell": "For {} it cannot be told.",
}
_SPAN = re.compile(r"\(([\d.e+]+) to ([\d.e+]+) parameters\)")


def plain_reason(found: Crossover) -> str:
    """The reason of a crossover with its ways and sizes as a reader wants them."""

    def span(sizes: re.Match[str]) -> str:
        low, high = (short(float(size)) for size in sizes.groups())
        return f"({low} parameters)" if low == high else f"({low} to {high} parameters)"

    named = (
        found.reason.replace("the first way is", "answering at once is")
        .replace("the second at", "step by step at")
        .replace("scales", "sizes")
    )
    return _SPAN.sub(span, named)


def exchange_sentence(found: tuple[Exchange, ...], level: float) -> str:
    """The exchange for the most accurate larger model, with the smaller one that is cheapest to train; or that there is none."""
    if not found:
        return "Whether a smaller model that thinks longer equals a larger one cannot be told: fewer than two sizes have samples."
    equal = [one for one in found if one.inference_ratio is not None]
    already = sum(one.missing is not None and "already" in one.missing for one in found)
    too = f" In {already} more it is as accurate with one sample already." if already else ""
    if not equal:
        return f"Within the samples drawn, no smaller model equals a larger one's single sample by majority vote, of {len(found)} pairs of sizes.{too}"
    sure = [one for one in equal if math.isfinite(one.high)] or equal
    best = max(sure, key=lambda one: (one.accuracy, -one.train_ratio))
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
