"""The report's sections on reasoning: what they say follows from the numbers, and what is absent or damaged is said or left out."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.studies.reasoning import reasoning_of, thinking_on_ladder
from skillscale.studies.summary import reasoning_json
from skillscale.views.charts.ways import chosen_rows, draw_ways, effort_rows, way_rows
from skillscale.views.reasoning import EnrichedStrand, Reasoning
from skillscale.views.report.calibration_figure import knows_what_it_knows
from skillscale.views.report.enrichment_figure import richer_strands
from skillscale.views.report.figure import Figure, all_of
from skillscale.views.report.judging_figure import solving_and_judging
from skillscale.views.report.page import figures_and_charts, report_html
from skillscale.views.report.reinforcement_figure import reinforcements
from skillscale.views.report.source import ReportSource
from skillscale.views.report.thinking_figure import thinking_longer
from skillscale.views.report.tries import raw_tries
from skillscale.views.report.ways_figure import ways_to_ask
from tests.views.simulated_lab import Simulated, simulate
from tests.views.simulated_rows import MARKS, run_name
from tests.views.simulated_tries import (
    N_PROBLEMS,
    enrichment_changes,
    reinforced,
    tries,
    write_judging,
    write_tries,
)
from tests.views.test_report import Page

WIDTHS = (8, 24, 64)
UNASKED = 5
TOP = f"{run_name(64, 0)}/tokens-{MARKS[-1]}"


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    made = simulate(tmp_path_factory.mktemp("thinking") / "lab", np.random.default_rng(0), widths=WIDTHS)
    write_tries(made.lab, WIDTHS, unasked=UNASKED)
    write_judging(made.lab, WIDTHS)
    reasoning = reasoning_of(made.lab, made.lab.observations())
    return replace(made, findings=replace(made.findings, reasoning=reasoning))


def source_of(made: Simulated, reasoning: Reasoning | None = None) -> ReportSource:
    findings = made.findings if reasoning is None else replace(made.findings, reasoning=reasoning)
    return ReportSource(made.lab, findings)


def drawn(figure: Figure | None) -> Figure:
    assert figure is not None and figure.chart is not None
    figure.chart.to_dict()
    return figure


def sentences(figures: list[Figure]) -> Iterator[str]:
    yield from (figure.sentence for figure in all_of(figures))


def test_without_tries_answers_or_runs_there_is_no_such_section(own_text: Simulated) -> None:
    for reasoning in (None, Reasoning()):
        source = source_of(own_text, reasoning)
        assert ways_to_ask(source) is None and thinking_longer(source) is None and knows_what_it_knows(source) is None
        assert (
            reinforcements(source) == []
            and richer_strands(source) == []
            and raw_tries(source, np.random.default_rng(0)) is None
        )
        assert solving_and_judging(source) is None
    nothing: dict[str, object] = {"thinking": None, "calibration": [], "reinforced": [], "enriched": []}
    assert reasoning_json(Reasoning()) == nothing


def test_the_crossover_and_the_largest_rungs_shares_are_told(thinker: Simulated) -> None:
    figure = drawn(ways_to_ask(source_of(thinker)))
    assert re.match(
        r"Working step by step overtakes answering at once at [\d.]+k parameters \(90\s% interval", figure.sentence
    )
    own = tries(64, unasked=UNASKED).filter(way="worked")["right"].mean()
    assert f"{100 * own:.0f}\u00a0% (90\u00a0% interval" in figure.sentence and "d64 solves" in figure.sentence  # type: ignore[operator]
    rows = way_rows(thinker.findings.reasoning.thinking.solved)  # type: ignore[union-attr]
    assert rows["part"].unique(maintain_order=True).to_list() == ["k = 2", "k = 4", "all k"]
    top = rows.filter(rung="d64", part="all k")
    assert set(top["way"]) == {
        "direct",
        "worked",
        "few-shot direct",
        "few-shot worked",
        "least-to-most",
        "self-consistency",
    }
    assert top.filter(way="worked")["value"].item() == pytest.approx(own)
    assert draw_ways(thinker.findings.reasoning.thinking.solved).to_dict()  # type: ignore[union-attr]


def test_missing_tries_are_counted_and_never_wrong(thinker: Simulated) -> None:
    figure = drawn(ways_to_ask(source_of(thinker)))
    assert f"{2 * UNASKED * len(WIDTHS)} tries could not be made" in figure.reading
    rows = way_rows(thinker.findings.reasoning.thinking.solved)  # type: ignore[union-attr]
    few = rows.filter(rung="d64", way="few-shot worked", part="all k")
    asked = tries(64, unasked=UNASKED).filter(way="few-shot worked")["right"].drop_nulls()
    assert few["n"].item() == N_PROBLEMS - UNASKED and few["value"].item() == pytest.approx(asked.mean())


def test_more_samples_are_told_with_what_a_perfect_verifier_would_reach(thinker: Simulated) -> None:
    figure = drawn(thinking_longer(source_of(thinker)))
    assert "a majority of 8" in figure.sentence and figure.headline == ""
    names = [each.name for each in figure.diagnostics]
    assert names == ["thinking-selectors", "thinking-effort", "thinking-budget", "thinking-exchange"]
    rows = chosen_rows(thinker.findings.reasoning.thinking.chosen)  # type: ignore[union-attr]
    at = {(row["selector"], row["m"]): row["value"] for row in rows.filter(rung="d64").iter_rows(named=True)}
    assert at["oracle", 8] >= at["best_of_n", 8] >= at["majority", 1] == at["oracle", 1]
    effort = effort_rows(thinker.findings.reasoning.thinking.solved, TOP)  # type: ignore[union-attr]
    assert effort.filter(effort="steps allowed", name="k = 4")["x"].to_list() == [0, 1, 2, 3, 4]
    assert effort.filter(effort="attempts", name="k = 2")["x"].to_list() == [1, 2, 3]


def test_every_sentence_has_an_interval_or_says_that_it_cannot_tell(thinker: Simulated) -> None:
    reasoning = thinker.findings.reasoning
    assert reasoning is not None
    more = replace(reasoning, reinforced=(reinforced(0.2), reinforced(0.01)), enriched=(enriched(),))
    source = source_of(thinker, more)
    shown = [ways_to_ask(source), thinking_longer(source), solving_and_judging(source), knows_what_it_knows(source)]
    figures = [drawn(figure) for figure in (*shown, *reinforcements(source), *richer_strands(source))]
    for sentence in sentences(figures):
        assert re.search(
            r"90\s% interval|cannot (be )?tell|cannot be told|without intervals|no smaller model", sentence
        ), sentence
        assert "nan" not in sentence and " inf" not in sentence and "None" not in sentence


def test_judging_is_held_against_solving_above_guessing(thinker: Simulated) -> None:
    figure = drawn(solving_and_judging(source_of(thinker)))
    assert figure.numbers is not None
    steps = figure.numbers.filter(what="judging steps", rung="d64")
    assert steps["above"].to_list() == pytest.approx([2 * value - 1 for value in steps["value"]])
    assert "Above guessing, d64, the largest rung, judges" in figure.sentence
    programs = figure.diagnostics[0].numbers
    assert programs is not None and (programs["low"] <= programs["high"]).all() and programs["n"].min() >= 8  # type: ignore[operator]


def test_calibration_says_how_far_confidence_is_off(thinker: Simulated) -> None:
    figure = drawn(knows_what_it_knows(source_of(thinker)))
    top = [one for one in thinker.findings.reasoning.calibration if one.task is None][-1]  # type: ignore[union-attr]
    assert top.model == TOP and f"{top.n:,} answers" in figure.reading
    assert f"off by {100 * (top.reliability.debiased.value or 0):.1f} points" in figure.sentence
    assert figure.diagnostics[0].numbers is not None and figure.diagnostics[0].numbers.height == len(WIDTHS)


def enriched() -> EnrichedStrand:
    return EnrichedStrand(model=TOP, strand="translation", times=4.0, n_tokens=100_000, changes=enrichment_changes())


def test_a_richer_strand_is_told_by_what_it_bought_and_what_it_cost(thinker: Simulated) -> None:
    (figure,) = richer_strands(source_of(thinker, Reasoning(enriched=(enriched(),))))
    assert "translation by −0.200 nats (90\u00a0% interval −0.216 to −0.184), −2 a million tokens" in figure.sentence
    assert "surely costs grammar (of 2 others, which share the 10\u00a0% of errors)" in figure.sentence
    drawn(figure)


def test_reward_is_told_by_its_difference_and_by_what_it_cannot_tell(thinker: Simulated) -> None:
    latest, earlier = reinforcements(source_of(thinker, Reasoning(reinforced=(reinforced(0.01), reinforced(0.2)))))
    assert (latest.name, earlier.name) == ("reinforcement", "reinforcement-1")
    assert "by +20.0 points (90\u00a0% interval +16.0 to +24.0), from 30\u00a0% to 50\u00a0%." in latest.sentence
    assert "the data cannot tell whether it helps" in earlier.sentence
    assert "not done yet: 1 run." in latest.reading and "k = 6 +1.0 points" in latest.diagnostics[1].sentence
    drawn(latest)


def test_the_page_shows_tries_escaped_and_links_to_them(thinker: Simulated) -> None:
    source = source_of(thinker)
    page = Page(report_html(source, *figures_and_charts(source)))
    assert {"ways", "thinking", "judging", "calibration", "tries", "tries-k-2", "tries-k-4"} <= set(page.ids)
    assert {href[1:] for href in page.hrefs} <= set(page.ids) and len(page.ids) == len(set(page.ids))
    assert "two </script><b>babo</b> keto rose" in page.text and "b" not in page.tags
    assert "Does it pay to think longer?" in page.text
    shown = raw_tries(source, np.random.default_rng(0))
    assert shown is not None and shown.model == TOP
    for group in shown.groups:
        worked = [one.right for problem in group.problems for one in problem.tries if one.way == "step by step"]
        assert set(worked) <= {True, False} and all(
            sum(s.n for s in p.samples) <= p.n_samples == 8 for p in group.problems
        )


@pytest.mark.parametrize("spoil", ["bytes", "columns"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, spoil: str) -> None:
    made = simulate(tmp_path / "lab", np.random.default_rng(0), widths=(8, 24))
    write_tries(made.lab, (8, 24))
    path = made.lab.runs / f"{run_name(24, 0)}/tokens-{MARKS[-1]}" / "thinking.parquet"
    if spoil == "bytes":
        path.write_bytes(path.read_bytes()[:100])
    else:
        pl.read_parquet(path).drop("truth").write_parquet(path)
    with pytest.raises(SkillscaleError, match=rf"{path} (cannot be read|lacks truth).*Delete thinking.json") as raised:
        thinking_on_ladder(made.lab, made.lab.observations())
    assert "\n" not in str(raised.value)
    path.unlink()
    found = thinking_on_ladder(made.lab, made.lab.observations())
    assert found is not None and found.crossovers == {} and len(found.chosen) == 1


def test_programs_read_the_same_numbers(thinker: Simulated) -> None:
    found = reasoning_json(thinker.findings.reasoning)  # type: ignore[arg-type]
    assert found["thinking"]["crossovers"]["all"]["verdict"] == "crossover"
    selectors = found["thinking"]["selectors"]
    assert selectors["model"] == TOP and {one["selector"] for one in selectors["curves"]} == {
        "best_of_n",
        "majority",
        "oracle",
        "weighted",
    }
    assert found["calibration"][0]["n_params"] < found["calibration"][-1]["n_params"]
    assert found["calibration"][0]["abstention"][-1]["answered"] == 1.0
    thinking = found["thinking"]
    assert thinking["budgets"]["model"] and {
        one["per_item"] for one in thinking["budgets"]["by_difficulty_less_evenly"]
    } == {1, 2, 4}
    assert len(thinking["iso_accuracy"]) == 3 * len(WIDTHS) and len(thinking["exchanges"]) == 3
    changed = replace(
        Reasoning(),
        reinforced=(reinforced(0.2),),
        enriched=(
            EnrichedStrand(model=TOP, strand="translation", times=4.0, n_tokens=100_000, changes=enrichment_changes()),
        ),
    )
    told = reasoning_json(changed)
    assert told["reinforced"][0]["curves"][-1]["entropy_nats"] == pytest.approx(0.1)
    assert {one["task"] for one in told["enriched"][0]["changes"]} == {"translation", "grammar", "lexical"}
    json.dumps([found, told], allow_nan=False)
