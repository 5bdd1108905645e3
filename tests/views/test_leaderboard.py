"""The leaderboard: its rows are the scores, its texts are quoted, and its script filters and sorts."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skillscale.laws.skill_mix.answers import gather
from skillscale.laws.skill_mix.scores import score_all
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.views.report.leaderboard import Board, MixRun, board_of
from skillscale.views.report.leaderboard_figures import figures_of_board
from skillscale.views.report.page import figures_and_charts, report_html
from skillscale.views.report.source import ReportSource
from tests.laws.skill_mix.gradings import graded, simulated
from tests.tasks.skill_mix.browser import Page, in_browser
from tests.views.simulated_lab import Simulated

HOSTILE = "</div></details><script>document.title = 'taken'</script>\u202e<b>bold</b>"


def gradings(model: str, error: float = 0.05, n: int = 12, text: str = "Plain.") -> list[Grading]:
    found: list[Grading] = []
    for k in (2, 3):
        own, _ = simulated(np.random.default_rng(k), n=n, k=k, model=model, error=error, text=text)
        found += [replace(one, combination=f"k{k}-{one.combination}") for one in own]
    return found


def run(model: str, **changed: object) -> MixRun:
    fields: dict[str, object] = {
        "key": model,
        "gradings": gradings(model),
        "digest": "0123456789abcdef",
        "standing": "committed",
        "cost_usd": 1.234,
        "reasons": {("k2-c000", model, 0, "acme/g", 1): {"skill_1": f"why {HOSTILE}"}},
        "definitions": {"metaphor": "One thing is said to be another."},
    }
    return MixRun(**(fields | changed))  # pyright: ignore


@pytest.fixture(scope="module")
def runs() -> list[MixRun]:
    lost = graded(
        "-----", combination="k2-c099", text=None, short_enough=None, missing=f"cut {HOSTILE}", model="acme/m"
    )
    return [
        run("acme/m", gradings=[*gradings("acme/m", 0.3, text=HOSTILE), replace(lost, generation=0)]),
        run("other/n", cost_usd=None, standing="not verifiable", digest=None),
        run("d8/tokens-9", standing="exact", cost_usd=None, n_params=1500, name="d8"),
        run(
            "d64/tokens-9",
            standing="exact",
            cost_usd=None,
            n_params=100_000,
            name="d64",
            gradings=gradings("d64/tokens-9", 0.0),
        ),
    ]


@pytest.fixture(scope="module")
def board(runs: list[MixRun]) -> Board:
    return board_of(runs)


def test_rows_are_the_scores(runs: list[MixRun], board: Board) -> None:
    assert len(board.rows) == 8 and [row.score.k for row in board.rows] == [2, 2, 3, 3] * 2
    assert [row.run.n_params is None for row in board.rows] == [True] * 4 + [False] * 4  # asked models before rungs
    values = [row.cells[0][0].value or 0 for row in board.rows]
    assert all(values[place] >= values[place + 1] for place in (0, 2, 4, 6))
    expected = {(one.model, one.k): one for own in runs for one in score_all(gather(own.gradings))}
    for row in board.rows:
        assert row.score == expected[row.score.model, row.score.k]
        by_version = {cell.version: cell for cell in row.cells[2]}
        assert by_version["strict-best"].value == row.score.strict.estimates["skill_fraction"]["best"].value
    assert set(board.standings) == {"committed", "not verifiable", "exact"}
    assert len({row.target for row in board.rows}) == 8


def test_texts_stand_beside_their_rubric(board: Board) -> None:
    (row,) = [row for row in board.rows if (row.name, row.score.k) == ("acme/m", 2)]
    assert {text.full for text in row.texts} == {True, False, None}
    text = next(one for one in row.texts if one.full is False)
    assert [point.name for point in text.points] == [
        "metaphor",
        "red herring",
        "on the topic Knots",
        "makes sense",
        "at most 1 sentence, counted",
    ]
    assert text.points[0].meaning == "One thing is said to be another." and len(text.points[0].votes) == 3
    for point in text.points[:-1]:
        assert point.verdict == int(sum(vote or 0 for vote in point.votes) > 1)
    assert not all(point.verdict for point in text.points)
    gone = next(one for one in row.texts if one.full is None)
    assert gone.text is None and gone.missing[0].startswith("cut ") and "\u202e" not in gone.missing[0]


def test_figures_say_where_models_saturate(board: Board) -> None:
    asked, trained = figures_of_board(board)
    assert asked.chart is not None and trained.chart is not None
    assert re.search(r"Full Marks on a share of \.\d+ \(\.\d+ to \.\d+\) at k = 2 and .* up to k = 3", asked.sentence)
    assert trained.sentence.startswith("d64 ") and trained.diagnostics[0].chart is not None
    assert "d8 has" in trained.diagnostics[0].sentence
    saturation = trained.diagnostics[1]
    assert saturation.numbers is not None and saturation.numbers["line"].to_list() == ["d8", "d64"]
    assert saturation.chart is not None and "of d64 they do not fall below 5 % up to k = 3" in saturation.sentence
    assert "no text of d8 has them" not in saturation.sentence
    assert asked.numbers is not None and set(asked.numbers["line"]) == {"acme/m", "other/n"}
    assert figures_of_board(board_of([])) == []
    (none,) = figures_of_board(board_of([run("m", gradings=[graded("-----", missing="lost")])]))
    assert none.chart is None and "no text has a verdict" in none.sentence


def test_a_rung_without_any_success_has_no_full_marks() -> None:
    own = [replace(one, points=(0,) * one.k) for one in gradings("d8/tokens-9")]
    never = run("d8/tokens-9", gradings=own, n_params=1500, name="d8", standing="exact", cost_usd=None)
    (alone,) = figures_of_board(board_of([never]))
    assert alone.sentence.endswith("; no text has Full Marks.") and "5 %" not in alone.sentence
    assert alone.diagnostics[1].sentence == "Full Marks of one text: no text of d8 has them."


def test_compute_that_doubles_k_is_told_from_the_rungs() -> None:
    """k = 1 is learnt at 10⁹ FLOPs and k = 2 at 10¹⁰, on every combination."""
    learnt = {"d8": (0, 0), "d16": (1, 0), "d32": (1, 1)}
    runs: list[MixRun] = []
    for model, right in learnt.items():
        made: list[Grading] = []
        for k in (1, 2):
            own, _ = simulated(np.random.default_rng(k), n=30, k=k, model=model, error=0.0)
            marked = [
                replace(
                    one,
                    combination=f"k{k}-{one.combination}",
                    points=(right[k - 1],) * k,
                    on_topic=1,
                    makes_sense=1,
                    short_enough=1,
                )
                for one in own
            ]
            made += marked
        runs.append(run(model, gradings=made, n_params=8, name=model, stratum="unseen"))
    board = board_of(runs)
    (figure,) = figures_of_board(board, {"d8": 1e8, "d16": 1e9, "d32": 1e10})
    said = figure.diagnostics[0].sentence
    assert "from k = 1 to 2 (at 50\u00a0% Full Marks) 10 times" in said and "holds the 10 of the theory" in said
    (without,) = figures_of_board(board)
    assert "doubles" not in without.diagnostics[0].sentence


def test_lines_of_one_model_are_told_apart() -> None:
    other = [replace(one, grader="second/h") for one in gradings("acme/m")]
    (figure,) = figures_of_board(
        board_of([run("acme/m", gradings=[*gradings("acme/m"), *other]), run("acme/m", key="again")])
    )
    assert figure.numbers is not None
    assert set(figure.numbers["line"]) == {"acme/m, acme/g, acme/m", "acme/m, acme/g, again", "acme/m, second/h"}


@pytest.fixture(scope="module")
def html(world: Simulated, board: Board) -> str:
    source = ReportSource(world.lab, world.findings)
    source.__dict__["board"] = board
    return report_html(source, *figures_and_charts(source))


def test_the_page_quotes_texts_and_marks_draws(html: str) -> None:
    assert html.count("<script>") == 1 and "<b>bold" not in html and "\u202e" not in html
    assert "&lt;b&gt;bold" in html and "\\u202e" in html
    assert html.count('<span class="wrong">not verifiable</span>') == 2
    assert "$1.23" in html and "trained here" in html and "0123456789ab</span>" in html
    for target in re.findall(r'href="#(mix-[^"]+)"', html):
        assert f'<details class="within" id="{target}">' in html


def test_rows_are_filtered_and_sorted(html: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    names = "[...document.querySelectorAll('#board tbody tr:not([hidden]) th')].map((cell) => cell.textContent)"
    costs = "[...document.querySelectorAll('#board tbody tr:not([hidden]) td:nth-child(10)')].map((cell) => cell.textContent)"

    def choose(id: str, value: str) -> str:
        return f"(() => {{ const e = document.getElementById('board-{id}'); e.value = {value!r}; e.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"

    def click(column: int) -> str:
        return f"document.querySelectorAll('#board thead button')[{column}].click()"

    async def act(page: Page) -> None:
        assert await page.evaluate("document.title") != "taken"
        assert len(await page.evaluate(names)) == 8
        await page.evaluate(choose("k", "3"))
        await page.evaluate(click(0))
        assert await page.evaluate(names) == ["acme/m", "d64", "d8", "other/n"]
        await page.evaluate(click(0))
        assert await page.evaluate(names) == ["other/n", "d8", "d64", "acme/m"]
        await page.evaluate(click(9))
        assert (
            await page.evaluate(costs) == ["$1.23", "trained here", "trained here", "unknown"]
            or (await page.evaluate(costs))[0] == "$1.23"
        )
        await page.evaluate(click(2))
        assert (await page.evaluate(names))[0] == "d64"
        await page.evaluate(choose("version", "strict-best"))
        shown = "[...document.querySelectorAll('#board tbody tr span[data-version]')].filter((e) => getComputedStyle(e).display !== 'none').map((e) => e.dataset.version)"
        assert set(await page.evaluate(shown)) == {"strict-best"}
        await page.evaluate(choose("filter", "Committed ACME"))
        assert await page.evaluate(names) == ["acme/m"]
        assert page.console == []

    in_browser(path, tmp_path, act)


def test_a_narrow_screen_scrolls_charts_and_tables_but_not_the_page(html: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    drawn = "[...document.querySelectorAll('.chart')].filter((e) => e.querySelector('svg') && e.scrollWidth > e.clientWidth).length"
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

    async def act(page: Page) -> None:
        await page.send("Emulation.setDeviceMetricsOverride", width=420, height=900, deviceScaleFactor=1, mobile=False)
        while not await page.evaluate(drawn):
            await asyncio.sleep(0.05)
        for is_open in ("false", "true"):
            await page.evaluate(f"document.querySelectorAll('details').forEach((e) => {{ e.open = {is_open}; }})")
            assert await page.evaluate(beyond) == 0

    in_browser(path, tmp_path, act)
