"""Richer in one strand: what more of it bought, and what that cost elsewhere."""

import polars as pl

from skillscale.views.charts.enrichment import draw_enrichment, enrichment_rows
from skillscale.views.reasoning import EnrichedStrand
from skillscale.views.report.figure import Figure
from skillscale.views.report.source import ReportSource
from skillscale.views.wording import anchor, error_factor, listed, percent, rung_label, short


def richer_strands(source: ReportSource) -> list[Figure]:
    """One figure for each enrichment of this ladder's checkpoints."""
    reasoning = source.findings.reasoning
    return [] if reasoning is None else [_figure(one, source.findings.level) for one in reasoning.enriched]


def _figure(one: EnrichedStrand, level: float) -> Figure:
    reach = error_factor(level)
    name = f"{rung_label(one.model)}, {one.times:g} times {one.strand} in {short(one.n_tokens)} more tokens"
    return Figure(
        name=anchor("richer", f"{one.model}-{one.strand}-{one.times:g}-{one.n_tokens}"),
        title=f"Richer in one strand: {name}",
        sentence=_bought(one, level),
        reading="Two runs from the same checkpoint: as many new tokens of the old mixture, and of one richer in the strand. Drawn is the loss of the right answer, the richer run less the other, on the "
        "same items: below zero the richer text was better. Bars are intervals over items; one training seed each, so they say nothing of other seeds.",
        chart=draw_enrichment(one.changes, one.strand, reach=reach),
        numbers=enrichment_rows(one.changes, one.strand, reach=reach).drop("richer"),
    )


def _bought(one: EnrichedStrand, level: float) -> str:
    """What it bought on its strand and what it surely cost, in nats of the answer, at the last token count."""
    last = one.changes.filter(pl.col("metric") == "answer_nll", pl.col("n_tokens") == pl.col("n_tokens").max())
    rows = enrichment_rows(last, one.strand, reach=error_factor(level))
    own, others = rows.filter("richer"), rows.filter(~pl.col("richer"))
    # so many tasks would have some beyond a single interval by chance
    shared = error_factor(1 - (1 - level) / max(1, others.height))
    others = enrichment_rows(last, one.strand, reach=shared).filter(~pl.col("richer"))
    bought = [_told(row, level) for row in own.iter_rows(named=True)]
    worse = [row["task"] for row in others.filter(pl.col("low") > 0).iter_rows(named=True)]
    better = [row["task"] for row in others.filter(pl.col("high") < 0).iter_rows(named=True)]
    per = f"After {short(one.n_tokens)} more tokens, {one.times:g} times the share of {one.strand}"
    gain = f"changes the answers' loss of {listed(bought)}" if bought else "was not asked about itself"
    cost = f"surely costs {listed(worse)}" if worse else "costs no other task surely"
    extra = f", and surely helps {listed(better)}" if better else ""
    return (
        f"{per} {gain}; it {cost}{extra} (of {others.height} others, which share the {percent(1 - level)} of errors)."
    )


def _told(row: dict[str, float | str | None], level: float) -> str:
    if row["low"] is None or row["high"] is None:
        return f"{row['task']} by an amount that cannot be told"
    numbers = f"{row['value']:+.3f} nats ({percent(level)} interval {row['low']:+.3f} to {row['high']:+.3f}), {row['per_million_tokens']:+.3g} a million tokens"
    return f"{row['task']} by {numbers.replace('-', '−')}"
