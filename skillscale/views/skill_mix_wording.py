"""Skill-Mix scores as text for a terminal. Names come from outside, and are escaped."""

from collections.abc import Iterator

from skillscale.laws.intervals import Estimate
from skillscale.laws.skill_mix.answers import OF
from skillscale.laws.skill_mix.assessment import Assessment
from skillscale.laws.skill_mix.saturation_point import SaturationPoint
from skillscale.laws.skill_mix.scores import MixScore, Scores
from skillscale.tasks.skill_mix.names import shown
from skillscale.views.wording import percent

COLUMNS = {"full_marks": "Full Marks", "all_skills": "All Skills", "skill_fraction": "Skill Fraction"}


def tell_scores(found: Assessment) -> str:
    """A table for each model and grader, then what follows, one line each."""
    lines: list[str] = []
    told = None
    for row in found.scores:
        if told != (row.model, row.grader):
            lines += ["" if told else f"intervals at {percent(found.level)}, over combinations", *_head(row)]
            told = row.model, row.grader
        lines += _rows(row)
    lines += ["", *_follows(found)]
    return "\n".join(lines).rstrip()


def _head(row: MixScore) -> list[str]:
    head = f"{'k':<4}{'':<8}{'of':<7}" + "".join(f"{name:<20}" for name in COLUMNS.values())
    return [f"{shown(row.model)}, graded by {shown(row.grader)}", f"{head}combinations, texts missing"]


def _rows(row: MixScore) -> Iterator[str]:
    for kind, scores in (("plain", row.plain), ("strict", row.strict)):
        for of in OF:
            cells = "".join(f"{interval(scores.estimates[name][of]):<20}" for name in COLUMNS)
            name = "1" if of == "mean" else f"best {row.n_generations}"
            yield f"{row.k:<4}{kind:<8}{name:<7}{cells}{_counts(scores)}"
    for reason, n in row.gradings_missing.items():
        yield f"    {n} of {row.n_gradings} gradings are missing: {shown(reason)}"


def _counts(scores: Scores) -> str:
    return f"{scores.n}, {scores.missing} of {scores.n_texts}"


def interval(one: Estimate) -> str:
    """`.12 (.07 to .19)`, or that there is none."""
    if one.value is None:
        return "missing"
    if one.low is None or one.high is None:
        return f"{_share(one.value)} (too few)"
    return f"{_share(one.value)} ({_share(one.low)} to {_share(one.high)})"


def _share(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("0.", ".", 1) if f"{abs(value):.2f}" < "1" else f"{value:.2f}"


def _follows(found: Assessment) -> Iterator[str]:
    for point in (point for point in found.saturation if not point.strict):
        if not (point.never and point.of == "best"):  # said once
            yield _saturation(point)
    for pair in found.comparisons:
        if pair.metric == "full_marks" and pair.of == "mean" and pair.difference.n:
            sure = "" if pair.significant else ", not significant"
            yield f"k {pair.k}, Full Marks of one, {shown(pair.model)} less {shown(pair.other)}, graded by {shown(pair.grader)}: {interval(pair.difference)} on {pair.difference.n} combinations{sure}"
    for one in found.cramming:
        flag = "CRAMMED" if one.crammed else "no evidence of cramming"
        yield f"{shown(one.model)}, graded by {shown(one.grader)}: Skill Fraction on public less private skills: {interval(one.difference)}; {flag}"
    for one in found.agreement:
        said = "undefined, all verdicts are the same" if one.alpha.value is None else interval(one.alpha)
        yield f"agreement of {shown(one.between)}: α {said}, {one.n_units} points"
    for one in found.family_bias:
        flag = "favours its family" if one.significant else "not significant"
        yield f"{shown(one.grader)} to its own family {shown(one.family)}, less to others: {interval(one.bias)} of the points; {flag}"
    for one in (one for one in found.corrected if one.metric == "full_marks"):
        halve = "more combinations are needed" if one.reviews_to_halve is None else f"{one.reviews_to_halve} reviewed"
        more = f"; for half the interval: {halve}" if one.corrected.low is not None else ""
        yield (
            f"{shown(one.model)}, k {one.k}, {COLUMNS[one.metric]} of one, corrected by people: {interval(one.corrected)} with {one.n_reviewed} reviewed; "
            f"people alone {interval(one.people)}; {shown(one.grader)} alone {interval(one.automatic)}{more}"
        )


def _saturation(point: SaturationPoint) -> str:
    of = "one" if point.of == "mean" else "the best"
    what = f"{shown(point.model)}, graded by {shown(point.grader)}: Full Marks of {of}"
    if not point.tried:
        return f"{what}: no k has a verdict"
    if point.never:
        return f"{shown(point.model)}, graded by {shown(point.grader)}: no text has Full Marks"
    return f"{what} {saturated(point)}"


def saturated(point: SaturationPoint) -> str:
    """`fall below 5 % at k = 4 (4 to 5)`, or up to which k they do not. Where no text has them (`never`), say that instead."""
    last = f"beyond {point.tried[-1]}"
    if point.k is None:
        may = "" if point.low is None else f", where they may be from k = {point.low} on"
        return f"do not fall below 5 % up to k = {point.tried[-1]}{may}"
    return f"fall below 5 % at k = {point.k} ({point.low} to {point.high or last})"
