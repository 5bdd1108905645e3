"""The top of the page: the three things found, and what the lab consists of."""

from dataclasses import dataclass

import polars as pl

from skillscale.views.charts.axes import axis_title
from skillscale.views.report.figure import Figure
from skillscale.views.report.source import ReportSource
from skillscale.views.selection import final, loss_of, measured, rung_order, whole
from skillscale.views.wording import held_out_words, interval_text, listed, power_of_ten, short, significant

N_HEADLINES = 3  # and those of `_ALWAYS`, where they were measured
_ALWAYS = ("theory", "thinking", "reinforcement")
MOST_NAMED = 12
_QUESTIONS = {
    "forecast": "Could the largest model have been foreseen?",
    "tasks": "Do all skills grow alike?",
    "chains": "Does it help to write the steps down?",
    "weighted-sum": "Where does the overall score come from?",
    "fit": "Which law do the measurements follow?",
    "loss-by-compute": "What does more compute bring?",
    "skill-mix": "How many skills can models combine?",
    "skill-mix-rungs": "How many skills does each model combine?",
    "theory": "Do models master what they never saw?",
    "thinking": "Does it pay to think longer?",
    "reinforcement": "Does reward teach them to reason?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    title: str
    sentence: str
    target: str


def headlines(figures: list[Figure]) -> list[Headline]:
    """The sentences of the most telling figures that could be drawn."""
    by_name = {figure.name: figure for figure in figures if figure.chart is not None}
    chosen = [by_name[name] for name in _QUESTIONS if name in by_name and name not in _ALWAYS][:N_HEADLINES]
    chosen += [by_name[name] for name in _ALWAYS if name in by_name]
    return [
        Headline(title=_QUESTIONS[figure.name], sentence=figure.headline or figure.sentence, target=figure.name)
        for figure in chosen
    ]


def sizes(source: ReportSource) -> str:
    """`d8 (1.5k parameters), d16 (6.1k) and d96 (221k)`; empty where no model was measured."""
    found = {point.rung: point.n_params for point in source.checkpoints}
    words = [
        f"{rung} ({short(size)}{'' if place else ' parameters'})" for place, (rung, size) in enumerate(found.items())
    ]
    return listed(words) if words else ""


def settings(source: ReportSource) -> dict[str, str]:
    """What was trained on what, as name and words."""
    table, findings = source.table, source.findings
    rows = final(loss_of(table, findings))
    found: dict[str, str] = {}
    if not source.trained:
        found["families"] = _few(list(findings.families))
    if rows.height:
        found["rungs" if source.trained else "runs"] = f"{rows['rung'].n_unique()}: {_few(rung_order(rows))}"
        counted = "n_params_total" if rows["n_params"].null_count() == rows.height else "n_params"
        if rows[counted].null_count() == rows.height:
            found["parameters"] = "unknown"
        else:
            found[axis_title(counted)] = _span(rows, counted)
        found["tokens trained on"] = _span(table.filter(pl.col("value").is_not_null()), "n_tokens")
        flops = rows["train_flops"].drop_nulls()
        if len(flops):
            found["training compute"] = f"{power_of_ten(flops.sum())} FLOPs in all"  # pyright: ignore
    seeds = table["seed"].drop_nulls().unique().sort().to_list()
    found["seeds of training"] = listed([str(seed) for seed in seeds]) if seeds else "unknown"
    found["measured values"] = f"{table.filter(pl.col('value').is_not_null()).height:,}"
    return {**found, **_corpus(source), **_laws(source), **findings.settings}


def _few(names: list[str]) -> str:
    return (
        listed(names)
        if len(names) <= MOST_NAMED
        else f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    )


def _span(rows: pl.DataFrame, column: str) -> str:
    values = rows[column].drop_nulls().unique().sort().to_list()
    if not values:
        return "unknown"
    return short(values[0]) if len(values) == 1 else f"{short(values[0])} to {short(values[-1])}"


def _corpus(source: ReportSource) -> dict[str, str]:
    if source.corpus is None:
        return {}
    card = source.corpus.card
    found = {
        "text": f"{card.name}: {short(card.n_tokens)} tokens to learn from, a vocabulary of {card.vocab_size:,}, "
        f"{card.context} tokens of context",
        "held-out text": f"{card.held_out_tokens:,} tokens, {card.held_out_bytes:,} bytes",
    }
    if source.entropy is not None:
        entropy = source.entropy
        found["true entropy of the text"] = f"{entropy.nats:.4f} ± {entropy.stderr:.4f} nats per token"
    bits = final(whole(measured(source.table, source.findings, metric="bits_per_byte", task="language")))
    if bits.height:
        top = bits.row(-1, named=True)
        found["bits per byte"] = f"{significant(top['value'], 4)} at {top['rung']}, the largest rung"
    return found


def _laws(source: ReportSource) -> dict[str, str]:
    found: dict[str, str] = {}
    rungs = source.findings.held_out_rungs
    without = f", fitted without {held_out_words(rungs)}" if rungs else ""
    for law in source.findings.laws:
        params = [
            f"{name} = {significant(value, 4)}"
            + (f" ({interval_text(law.intervals[name])})" if name in law.intervals else "")
            for name, value in law.params.items()
        ]
        state = "" if law.converged else f". Not to be relied on: {law.advice}"
        found[f"law ({law.law}){without}"] = f"{law.equation}: {', '.join(params)}{state}"
    if found and rungs:
        found["law of all rungs"] = (
            f"not shown here: `skillscale fit`, and `fit` in the JSON, use all rungs, {held_out_words(rungs)} as well, so their "
            "numbers differ from these"
        )
    return found
