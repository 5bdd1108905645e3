"""The report's section on the theory: drawn from checkpoints' answers, absent without them, its sentences with intervals."""

import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.laws.theory.on_ladder import hold_against_theory
from skillscale.studies.laboratory import theory_on_ladder
from skillscale.views.charts.skill_graph import curve_rows, draw_competence, draw_tuples, never_seen_rows, tuple_rows
from skillscale.views.report.source import ReportSource
from skillscale.views.report.theory_figure import skills_and_theory
from tests.laws.theory.test_measured import ladder
from tests.views.simulated_lab import Simulated

IN_TEXT = {1: 64, 2: 900, 4: 5000, 8: 400}


def test_a_lab_without_known_skills_has_no_such_section(own_text: Simulated) -> None:
    assert skills_and_theory(ReportSource(own_text.lab, own_text.findings)) is None


def test_every_sentence_has_an_interval_or_says_that_it_cannot_tell(own_text: Simulated) -> None:
    findings = replace(own_text.findings, theory=hold_against_theory(ladder(), IN_TEXT))
    figure = skills_and_theory(ReportSource(own_text.lab, findings))
    assert figure is not None and figure.chart is not None and len(figure.diagnostics) == 3
    assert "masters no tuple of 4 skills that it never saw" in figure.diagnostics[-1].sentence
    for each in (figure, *figure.diagnostics):
        assert re.search(r"90\s% interval|cannot be told", each.sentence), each.sentence
        assert "nan" not in each.sentence and "inf" not in each.sentence.replace("infeasible", "")


def test_charts_show_what_was_measured() -> None:
    found = hold_against_theory(ladder(), IN_TEXT)
    curves = curve_rows(found)
    guaranteed = curves.filter(what="guaranteed by the theorem")
    assert guaranteed.filter(pl.col("status") != "ok")["competence"].null_count() == len(
        guaranteed.filter(pl.col("status") != "ok")
    )
    assert draw_competence(found).to_dict()["columns"] == 4
    tuples = tuple_rows(found)
    assert len(tuples) == 14 * 4 and tuples["competence"].is_between(0, 1).all()
    drawn = draw_tuples(found).to_dict()
    assert len(drawn["layer"]) == 3
    seen = never_seen_rows(found)
    assert np.all(seen["low"].to_numpy() <= seen["mastered, never seen"].to_numpy())


def test_a_damaged_file_is_named(own_text: Simulated) -> None:
    rows = own_text.lab.observations().head(1).with_columns(task=pl.lit("skill-graph"), value=pl.lit(1.0))
    path = own_text.lab.runs / rows["model"][0] / "skill-graph.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no parquet")
    try:
        with pytest.raises(SkillscaleError, match=r"skill-graph.parquet cannot be read"):
            theory_on_ladder(own_text.lab, rows)
    finally:
        path.unlink()
    assert theory_on_ladder(own_text.lab, rows) is None
