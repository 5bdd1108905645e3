"""Thinking longer: more samples and who picks among them, against training more; broken off or revised; shared by difficulty."""

import math

import polars as pl

from skillscale.laws.test_time.budget import N_PROBES, Budgeted
from skillscale.laws.test_time.compared import FIRST_ATTEMPT, LAST_ATTEMPT, Compared
from skillscale.laws.test_time.on_ladder import Chosen, ThinkingOnLadder
from skillscale.laws.test_time.selectors import Selected
from skillscale.views.charts.test_time import draw_iso_accuracy, draw_selectors
from skillscale.views.charts.ways import chosen_rows, draw_effort, draw_train_and_think, effort_rows
from skillscale.views.report.figure import Figure
from skillscale.views.report.source import ReportSource
from skillscale.views.report.tries import try_links
from skillscale.views.report.ways_figure import unasked_words
from skillscale.views.thinking_wording import exchange_sentence, points_words, share_words
from skillscale.views.wording import listed, rung_label

BY_VERIFIER = {"best_of_n": "the best of {} by its own verdicts", "weighted": "the majority weighted by them"}


def thinking_longer(source: ReportSource) -> Figure | None:
    """None where no checkpoint drew samples."""
    reasoning = source.findings.reasoning
    found = None if reasoning is None else reasoning.thinking
    if found is None or not found.chosen:
        return None
    top = found.chosen[-1]
    n = max(one.m for one in top.curves)
    return Figure(
        name="thinking",
        title="Thinking longer: more samples against more training",
        sentence=_more_samples(found, top, n),
        reading=f"{n} worked chains of each problem are drawn once at temperature 1; every curve is computed from them. Left: the longest training of each rung, with one "
        f"sample and with {n}: the majority; the majority weighted by the model's own verdicts; the best by these verdicts; and any right one (pass@{n}), which is what a "
        "perfect verifier would reach. Its verdict is the probability it gives to each step being right, as the world's text judges chains. Right: majority votes among ever more "
        "samples. FLOPs of an answer are reading the problem once and saying all samples. Bands are intervals over problems, the same for all, all k together."
        f"{unasked_words(found)}",
        chart=draw_train_and_think(found.chosen),
        numbers=chosen_rows(found.chosen).select(
            *("rung", "n_params", "train_flops", "selector", "m", "value", "low", "high", "inference_flops", "n_runs")
        ),
        links=try_links(source),
        diagnostics=tuple(
            each for each in (_selectors(found, top), _effort(found), _shared(found), _exchanges(found)) if each
        ),
    )


def _of(curves: tuple[Selected, ...], selector: str, m: int) -> Selected | None:
    return next((one for one in curves if (one.selector, one.m) == (selector, m)), None)


def _more_samples(thinking: ThinkingOnLadder, top: Chosen, n: int) -> str:
    """What n samples buy the largest rung: by majority, and at most."""
    level, added = thinking.level, thinking.comparison(top.model, "sampled", "majority")
    one, most, ceiling = (_of(top.curves, *at) for at in (("majority", 1), ("majority", n), ("oracle", n)))
    assert one is not None and most is not None and ceiling is not None
    sure = added is not None and added.sure
    verb = "raises that to" if sure and (most.estimate.value or 0) > (one.estimate.value or 0) else "gives"
    return (
        f"{rung_label(top.model)} solves {share_words(one.estimate, level)} of the problems with one sample; a majority of {n} {verb} "
        f"{share_words(most.estimate, level)}{'' if sure else ', which the data cannot tell apart'}; in {share_words(ceiling.estimate, level)} at least one of "
        f"{n} is right."
    )


def _verdicts(thinking: ThinkingOnLadder, top: Chosen) -> str:
    """What the model's own verdicts add to counting votes."""
    n, level = max(one.m for one in top.curves), thinking.level
    most = _of(top.curves, "majority", n)
    judged = [(name, found) for name in BY_VERIFIER if (found := _of(top.curves, name, n)) is not None]
    assert most is not None
    if not judged:
        return f"What {rung_label(top.model)}'s own verdicts add cannot be told: it was not asked for any."
    words = [
        f"{BY_VERIFIER[name].format(n)} {_beside(found, thinking.comparison(top.model, 'majority', name), level)}"
        for name, found in judged
    ]
    return f"Of {rung_label(top.model)}'s samples the majority of {n} solves {share_words(most.estimate, level)}, {listed(words)}."


def _beside(found: Selected, more: Compared | None, level: float) -> str:
    """A selector's share, and what it adds to that of the majority."""
    if more is None or not more.sure:
        return f"{share_words(found.estimate, level)}, which the data cannot tell from it"
    than = "more" if (more.difference.value or 0) > 0 else "less"
    return f"surely {than}, {share_words(found.estimate, level)}"


def _selectors(thinking: ThinkingOnLadder, top: Chosen) -> Figure:
    return Figure(
        name="thinking-selectors",
        title=f"Who picks: {rung_label(top.model)}'s samples by compute",
        sentence=_verdicts(thinking, top),
        reading="Picking by the model's own verdicts costs the reading of each candidate as well, so these curves lie further to the right at the same number of samples.",
        chart=draw_selectors(top.curves),
    )


def _effort(found: ThinkingOnLadder) -> Figure | None:
    """Broken off early, and worked again."""
    model = found.solved[-1].model
    rows = effort_rows(found.solved, model)
    if rows.is_empty():
        return None
    return Figure(
        name="thinking-effort",
        title="Broken off early, or worked again",
        sentence=_revision(found, model),
        reading=f"{rung_label(model)}. Left: its own worked chain is broken off after some steps and the answer forced; with all k steps it is the "
        "worked chain itself. Right: it reads its own attempt before it works the same problem again. No text of the world revises an attempt, so what "
        "happens on the right was never trained. Compute is that of reading once all that stands before the answer, its own steps and attempts with it, and of "
        "saying the rest; the marks' numbers are steps, or attempts.",
        chart=draw_effort(found.solved, model),
        numbers=rows,
    )


def _revision(found: ThinkingOnLadder, model: str) -> str:
    """First attempt against the last, all k together."""
    own = sorted(
        (one for one in found.solved if (one.model, one.way, one.k) == (model, "revised", None)),
        key=lambda one: one.number,
    )
    if len(own) < 2:
        return "What revising brings cannot be told: no problem was worked again."
    first, last = own[0].estimate, own[-1].estimate
    text = f"{rung_label(model)} solves {share_words(first, found.level)} at its first attempt and {share_words(last, found.level)} at attempt {own[-1].number + 1}"
    more = found.comparison(model, FIRST_ATTEMPT, LAST_ATTEMPT)
    if more is None or not more.sure:
        return f"{text}, so whether reading its own attempts helps or hurts the data cannot tell."
    helps = "helps" if (more.difference.value or 0) > 0 else "hurts"
    return f"{text}: reading its own attempts {helps}."


def _shared(found: ThinkingOnLadder) -> Figure | None:
    """Samples shared by difficulty against evenly."""
    if not found.budgets or found.budget_model is None:
        return None
    rows = [
        {
            "samples a problem": one.per_item,
            "by difficulty": one.by_difficulty.value,
            "evenly": one.uniform.value,
            "difference": one.difference.value,
            "low": one.difference.low,
            "high": one.difference.high,
            "problems": one.difference.n,
        }
        for one in found.budgets
    ]
    return Figure(
        name="thinking-budget",
        title="Samples shared by difficulty, against evenly",
        sentence=_shared_words(found.budgets, rung_label(found.budget_model), found.level),
        reading=f"{N_PROBES} probes of each problem tell how hard it is; the same number of further samples is then shared so that each goes where it is expected to add "
        "most, or evenly. Counted is whether any further sample is right. Both pay for the probes, which are not counted.",
        numbers=pl.DataFrame(rows),
    )


def _shared_words(budgets: tuple[Budgeted, ...], rung: str, level: float) -> str:
    """The largest sure gain, else the middle budget and that it cannot be told."""
    sure = [
        one
        for one in budgets
        if one.difference.low is not None and (one.difference.low > 0 or (one.difference.high or 0) < 0)
    ]
    one = max(sure, key=lambda each: abs(each.difference.value or 0)) if sure else budgets[len(budgets) // 2]
    some = "1 sample" if one.per_item == 1 else f"{one.per_item} samples"
    against = f"sharing {some} a problem by difficulty solves {points_words(one.difference, level)} against sharing them evenly"
    return f"With {rung}, {against}{'' if sure else ', so the data cannot tell which is better'}."


def _exchanges(found: ThinkingOnLadder) -> Figure:
    rows = [
        {
            "smaller": rung_label(one.smaller),
            "larger": rung_label(one.larger),
            "accuracy of both": one.accuracy,
            "compute of an answer, times": one.inference_ratio,
            "low": one.low if 0 < one.low < math.inf else None,
            "high": one.high if math.isfinite(one.high) else None,
            "compute of training, times": one.train_ratio,
            "cheaper in all up to answers": one.break_even,
            "why not": one.missing,
        }
        for one in found.exchanges
    ]
    floats = ("compute of an answer, times", "low", "high", "cheaper in all up to answers")
    schema = {**dict.fromkeys(floats, pl.Float64), "why not": pl.String}
    reached = any(one.inference_flops is not None for one in found.contours)
    return Figure(
        name="thinking-exchange",
        title="A smaller model that thinks longer against a larger one",
        sentence=exchange_sentence(found.exchanges, found.level),
        reading="Lines of equal accuracy: what an answer costs, by majority vote, at each size of training. Where a rung is better with one sample already, or "
        "not good enough with all of them, it has no mark. A bar that goes on to the edge, an interval without an end in the numbers, reaches beyond what was tried.",
        chart=draw_iso_accuracy(found.contours) if reached else None,
        numbers=pl.DataFrame(rows, schema_overrides=schema) if rows else None,
    )
