"""The report: one HTML file that needs nothing from outside, and its figures as pictures."""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import vl_convert
from altair.utils.schemapi import debug_mode
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skillscale.models.durable import write_file, writing_to
from skillscale.observations import Lab
from skillscale.views.charts.loss import is_ladder, loss_rows
from skillscale.views.charts.tasks import task_rows
from skillscale.views.charts.theme import config, specification
from skillscale.views.charts.weighted_sum import contribution_rows
from skillscale.views.findings import Findings
from skillscale.views.report.calibration_figure import knows_what_it_knows
from skillscale.views.report.chain_figure import direct_against_worked
from skillscale.views.report.class_figures import every_task
from skillscale.views.report.enrichment_figure import richer_strands
from skillscale.views.report.figure import Figure, all_of
from skillscale.views.report.fit_figures import the_fit
from skillscale.views.report.forecast_figure import forecast_against_measured
from skillscale.views.report.items import raw_items
from skillscale.views.report.judging_figure import solving_and_judging
from skillscale.views.report.leaderboard import VERSIONS
from skillscale.views.report.leaderboard_cramming import cramming_of_board
from skillscale.views.report.leaderboard_figures import figures_of_board
from skillscale.views.report.loss_figures import loss_by_compute, loss_by_scale, training_curves
from skillscale.views.report.missing import missing_rows, missing_sentence, readable_problem
from skillscale.views.report.overview import headlines, settings, sizes
from skillscale.views.report.reinforcement_figure import reinforcements
from skillscale.views.report.saturation_figure import still_improving
from skillscale.views.report.source import ReportSource
from skillscale.views.report.task_figures import by_rank, weighted_sum
from skillscale.views.report.texts import texts_side_by_side
from skillscale.views.report.theory_figure import skills_and_theory
from skillscale.views.report.thinking_figure import thinking_longer
from skillscale.views.report.tries import raw_tries
from skillscale.views.report.ways_figure import ways_to_ask
from skillscale.views.wording import error_factor, short, significant

Charts = dict[str, dict[str, Any]]
PICTURE_SCALE = 2.0  # pixels of a picture for one of the chart
ITEM_SEED = 0  # which items are shown: the same in every report of a lab


def figures_of(source: ReportSource) -> list[Figure]:
    """All figures with a chart, or with the reason why there is none, in the order of the page."""
    made = _of_trained(source) if source.trained else _of_imported(source)
    return [figure for figure in made if figure is not None]


def _of_trained(source: ReportSource) -> list[Figure | None]:
    return [
        loss_by_compute(source),
        forecast_against_measured(source),
        loss_by_scale(source),
        the_fit(source),
        still_improving(source),
        every_task(source),
        by_rank(source),
        direct_against_worked(source),
        ways_to_ask(source),
        thinking_longer(source),
        solving_and_judging(source),
        knows_what_it_knows(source),
        *reinforcements(source),
        *richer_strands(source),
        skills_and_theory(source),
        *figures_of_board(source.board, source.flops, source.findings.novelty),
        weighted_sum(source),
        training_curves(source),
    ]


def _of_imported(source: ReportSource) -> list[Figure | None]:
    """Of measurements that came without models: what their rows cannot show is left out."""
    losses = loss_rows(source.table, source.findings)
    by_compute = losses["train_flops"].drop_nulls().n_unique() > 1
    by_scale = losses["n_tokens"].drop_nulls().n_unique() > 1 and is_ladder(losses, source.findings)
    tasks = task_rows(source.table, source.findings)
    summed = contribution_rows(source.table, source.findings) if len(source.findings.families) == 1 else None
    return [
        loss_by_compute(source) if by_compute else None,
        the_fit(source),
        forecast_against_measured(source) if source.findings.forecasts else None,
        loss_by_scale(source) if by_scale else None,
        still_improving(source),
        every_task(source) if tasks.height else None,
        *figures_of_board(source.board, source.flops, source.findings.novelty),
        weighted_sum(source) if summed is not None and summed["task"].n_unique() > 1 else None,
    ]


def render_report(lab: Lab, findings: Findings) -> Path:
    """Write `report.html` and `figures/*.png` of the lab and return the report's path. A kill leaves the old file.

    SkillscaleError where they cannot be written.
    """
    source = ReportSource(lab, findings)
    figures, charts = figures_and_charts(source)
    html = report_html(source, figures, charts)
    with writing_to(lab.report, resumes=False):
        write_pictures(charts, lab.figures)
        write_file(lab.report, lambda partial: partial.write_text(html, encoding="utf-8"))
    return lab.report


def figures_and_charts(source: ReportSource) -> tuple[list[Figure], Charts]:
    """The figures, and those of their charts that there are, by name, as Vega-Lite without a theme."""
    with debug_mode(False):  # see `specification`
        figures = figures_of(source)
        return figures, {one.name: specification(one.chart) for one in all_of(figures) if one.chart is not None}


def write_pictures(charts: Charts, folder: Path) -> None:
    """One PNG for each chart, in the light theme."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        picture = vl_convert.vegalite_to_png({**chart, "config": config("light")}, scale=PICTURE_SCALE)
        (folder / f"{name}.png").write_bytes(picture)


def report_html(source: ReportSource, figures: list[Figure], charts: Charts) -> str:
    """The page as text."""
    page = _environment()
    script = _script(charts)
    return page.get_template("report.html.jinja").render(
        family=source.findings.title,
        trained=source.trained,
        problems=[readable_problem(each) for each in source.findings.problems],
        headlines=headlines(figures),
        sizes=sizes(source),
        settings=settings(source),
        figures=figures,
        pictures=bool(charts),
        tables={figure.name: _table(figure) for figure in all_of(figures) if figure.numbers is not None},
        texts=texts_side_by_side(source) if source.trained else None,
        items=raw_items(source, np.random.default_rng(ITEM_SEED)) if source.trained else None,
        tries=raw_tries(source, np.random.default_rng(ITEM_SEED)) if source.trained else None,
        board=source.board,
        board_versions=VERSIONS,
        cramming=cramming_of_board(source.board),
        missing=missing_rows(source.table).to_dicts(),
        missing_sentence=missing_sentence(source.table, n_too_large=source.n_too_large),
        level=source.findings.level,
        error_factor=error_factor(source.findings.level),
        script=Markup(script),  # ours: the bundle, and JSON made safe below
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=Markup(_template("report.css")),
    )


def _environment() -> Environment:
    """Everything that a template is given is escaped: it comes from models and from files."""
    page = Environment(
        loader=PackageLoader("skillscale.views.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters["short"] = short
    return page


def _template(name: str) -> str:
    return (resources.files("skillscale.views.report") / "template" / name).read_text(encoding="utf-8")


def _script(charts: Charts) -> str:
    """The one script of the page: Vega, the charts, both themes. Its hash is all that the page lets run."""
    themes = {"light": config("light"), "dark": config("dark")}
    data = f"const charts = {safe_json(charts)};\nconst themes = {safe_json(themes)};\n"
    return "\n".join((_vega(), data, _template("charts.js"), _template("leaderboard.js")))


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    return vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue]  # its stub lacks the default


def safe_json(value: Any) -> str:
    """JSON that may stand in a script of a page: no text in it can end the script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _table(figure: Figure) -> dict[str, Any]:
    """Heads and cells of the numbers behind a figure; an unknown number is an empty cell."""
    assert figure.numbers is not None
    return {
        "heads": figure.numbers.columns,
        "rows": [[_cell(value) for value in row] for row in figure.numbers.iter_rows()],
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3e}" if abs(value) >= 1e7 else significant(value, 4)
    return f"{value:,}" if isinstance(value, int) else str(value)
