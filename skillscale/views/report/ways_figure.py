"""Ways to ask: at once, after examples, step by step, with a question for each step, by the majority of samples."""

from collections.abc import Mapping

import polars as pl

from skillscale.laws.test_time.crossover import Crossover
from skillscale.laws.test_time.on_ladder import SELF_CONSISTENCY, ThinkingOnLadder
from skillscale.views.charts.test_time import draw_crossover
from skillscale.views.charts.ways import WAYS, draw_ways, way_rows
from skillscale.views.report.figure import Figure
from skillscale.views.report.source import ReportSource
from skillscale.views.report.tries import try_links
from skillscale.views.thinking_wording import (
    crossovers_by_k,
    crossovers_sentence,
    plain_reason,
    points_words,
    share_words,
)
from skillscale.views.wording import listed, rung_label

PARTS = "k = 2, 3 … are chains of as many customs, of combinations that the training text never has"


def ways_to_ask(source: ReportSource) -> Figure | None:
    """None where no checkpoint's tries are kept."""
    found = _thinking(source)
    if found is None:
        return None
    return Figure(
        name="ways",
        title="Ways to ask: at once, step by step, or several times",
        sentence=f"{crossovers_sentence(found.crossovers)} {_at_the_top(found)}",
        headline=crossovers_sentence(found.crossovers),
        reading=f"The same problems, asked in every way of the longest training of each rung; {PARTS}. A problem is solved if the final "
        "result is right, and each way is greedy but the majority, which is of samples at temperature 1, ties split evenly. Examples are two other "
        "chains of as many customs, with their answers. Bars are intervals over problems, which all rungs and all ways share, so neighbours "
        f"err together.{unasked_words(found)}",
        chart=draw_ways(found.solved),
        numbers=way_rows(found.solved).select(
            *("part", "name", "rung", "n_params", "value", "low", "high", "n", "n_runs", "inference_flops")
        ),
        links=try_links(source),
        diagnostics=_crossing(found.crossovers),
    )


def unasked_words(found: ThinkingOnLadder) -> str:
    """How many tries are missing; nothing where none is."""
    if not found.n_unasked:
        return ""
    return f" {found.n_unasked:,} tries could not be made, mostly as the context is too short for them; they are left out, never counted as wrong."


def _thinking(source: ReportSource) -> ThinkingOnLadder | None:
    reasoning = source.findings.reasoning
    return None if reasoning is None else reasoning.thinking


def _at_the_top(found: ThinkingOnLadder) -> str:
    """What the largest rung solves at once, step by step and by majority, all k together."""
    if not found.solved:
        return "No problem could be asked."
    top = found.solved[-1].model
    own = {
        one.way: one
        for one in found.solved
        if one.model == top and one.k is None and (one.number == 0 or one.way == SELF_CONSISTENCY)
    }
    words = {"direct": "at once", "worked": "step by step", SELF_CONSISTENCY: "by a majority of {} samples"}
    told = [
        f"{share_words(own[way].estimate, found.level)} {text.format(own[way].number)}"
        for way, text in words.items()
        if way in own
    ]
    return f"{rung_label(top)} solves {listed(told)}{_added(found, top)}."


def _added(found: ThinkingOnLadder, top: str) -> str:
    """Does voting add to working once? The data may not tell."""
    one = found.comparison(top, "worked", "majority")
    if one is None:
        return ""
    added = points_words(one.difference, found.level)
    return f"; to one chain the majority adds {added}{'' if one.sure else ', so whether it adds anything the data cannot tell'}"


def _crossing(crossovers: Mapping[str, Crossover]) -> tuple[Figure, ...]:
    if not crossovers:
        return ()
    rows = [
        {
            "part": "all k" if name == "all" else name,
            "verdict": one.verdict,
            "n_params": one.n_params,
            "low": one.low,
            "high": one.high,
            "share of draws that cross": one.share,
            "why": plain_reason(one),
        }
        for name, one in crossovers.items()
    ]
    schema = {"part": pl.String, "verdict": pl.String, **dict.fromkeys(("n_params", "low", "high"), pl.Float64)}
    return (
        Figure(
            name="ways-crossover",
            title="The size at which step by step overtakes at once",
            sentence=f"{crossovers_sentence(crossovers)} {crossovers_by_k(crossovers)}",
            reading="All k together. The shaded stretch is the interval of the crossover over problems (and over seeds, where there are several); it is called one only "
            "where at once is surely better at some size and step by step at a larger one.",
            chart=draw_crossover(crossovers["all"], WAYS["direct"], WAYS["worked"]) if "all" in crossovers else None,
            numbers=pl.DataFrame(rows, schema_overrides=schema),
        ),
    )
