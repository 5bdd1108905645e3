"""Public against private skills beside the leaderboard: one test a model and grader, controlled for how many there are."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from skillscale.laws.skill_mix.answers import gather
from skillscale.laws.skill_mix.comparison import cramming, cramming_of_several
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.views.report.leaderboard import MixRun, board_of
from skillscale.views.report.leaderboard_cramming import CrammingTable, cramming_of_board
from skillscale.views.report.page import figures_and_charts, report_html
from skillscale.views.report.source import ReportSource
from tests.laws.skill_mix.gradings import simulated
from tests.views.simulated_lab import Simulated

LEARNT = {"points": (1, 1, 1), "on_topic": 1, "makes_sense": 1, "short_enough": 1}


def gradings(
    public: bool | None, *, seed: int = 0, learnt: bool = False, n: int = 24, **changed: object
) -> list[Grading]:
    """Of one library; names are the same for both, as two draws of one seed from libraries of one's own would have them."""
    own, _ = simulated(np.random.default_rng(seed), n=n, n_gradings=1, error=0.0)
    more = (LEARNT if learnt else {}) | changed
    return [replace(one, public=public, topic=f"T{one.combination}", **more) for one in own]  # pyright: ignore


def run(key: str, own: Sequence[Grading], **protocol: object) -> MixRun:
    return MixRun(
        key=key,
        gradings=own,
        digest=None,
        standing="not verifiable",
        cost_usd=None,
        reasons={},
        definitions={},
        protocol=protocol,
    )


def table(*runs: MixRun) -> CrammingTable:
    return cramming_of_board(board_of(runs))


def test_a_model_that_learnt_public_skills_is_flagged_and_an_honest_one_is_not() -> None:
    runs = [
        run("a", gradings(True, learnt=True)),
        run("b", gradings(False)),
        run("c", gradings(True, model="other/n")),
        run("d", gradings(False, seed=1, model="other/n")),
        run("e", gradings(True, model="only/public")),
        run("f", gradings(None, model="unknown/library")),
    ]
    found = table(*runs)
    assert [(row.found.model, row.found.crammed) for row in found.rows] == [("acme/m", True), ("other/n", False)]
    assert [row.verdict for row in found.rows] == ["better on public skills", "cannot be told apart"]
    assert found.sentence == (
        "2 pairs of model and grader were tested; acme/m (graded by acme/g) does significantly better on public skills."
    )
    assert found.level_words == "90\u00a0% intervals that hold for all 2 at once" and found.untold == ()
    honest = table(*runs[2:4])
    assert "1 pair of model and grader was tested; it cannot be told that it does better" in honest.sentence
    assert honest.level_words == "90\u00a0% intervals"


def test_one_pair_has_the_interval_of_mix_score_and_several_wider_ones() -> None:
    own = [*gradings(True), *gradings(False, seed=1)]
    (row,) = table(run("a", own[: len(own) // 2]), run("b", own[len(own) // 2 :])).rows
    renamed = [replace(one, combination=f"{one.public}-{one.combination}") for one in own]
    alone = cramming(gather(renamed))
    assert alone is not None and alone.difference.value == pytest.approx(row.found.difference.value)
    assert (alone.n_public, alone.n_private) == (row.found.n_public, row.found.n_private) == (24, 24)
    assert alone.difference.low == pytest.approx(row.found.difference.low, abs=0.02)
    several = cramming_of_several([gather(renamed)] * 4 + [gather(gradings(True))])
    assert several[4] is None and several[0] is not None
    assert several[0] == cramming(gather(renamed), level=1 - 0.1 / 4)


def test_what_several_runs_asked_counts_once() -> None:
    private = run("b", gradings(False, seed=1))
    once = table(run("a", gradings(True)), private).rows[0].found
    turned = [replace(one, skills=one.skills[::-1], points=one.points[::-1]) for one in gradings(True)]
    twice = table(run("a", gradings(True)), run("again", turned), private).rows[0].found
    assert twice == once


def test_runs_that_were_asked_differently_are_not_compared() -> None:
    ways = run("a", gradings(True, learnt=True), temperature=0.7), run("b", gradings(False), temperature=0.0)
    found = table(*ways)
    assert found.rows == () and found.sentence == ""
    assert found.untold == (
        "acme/m, graded by acme/g: the runs on public and on private skills differ in temperature.",
    )
    both = [*ways, run("c", gradings(False, seed=2), temperature=0.7), run("d", gradings(True), temperature=0.0)]
    rows = table(*both).rows
    assert sorted((row.settings, row.found.crammed) for row in rows) == [
        ("temperature 0.0", False),
        ("temperature 0.7", True),
    ]


def test_without_a_verdict_on_both_nothing_can_be_told() -> None:
    lost = gradings(False, points=(None,) * 3, on_topic=None, makes_sense=None, missing="no JSON")
    found = table(run("a", gradings(True)), run("b", lost))
    assert found.rows == () and "no k has a text with a verdict on public skills and one on private" in found.untold[0]


def test_the_page_shows_it_beside_the_board_and_only_where_there_are_pairs(world: Simulated) -> None:
    def page(*runs: MixRun) -> str:
        source = ReportSource(world.lab, world.findings)
        source.__dict__["board"] = board_of(runs)
        return report_html(source, *figures_and_charts(source))

    html = page(
        run("a", gradings(True, learnt=True, model="acme/<b>")),
        run("b", gradings(False, model="acme/<b>")),
        run("c", gradings(True), prompts="1"),
        run("d", gradings(False), prompts="2"),
    )
    assert '<span class="wrong">better on public skills</span>' in html and "acme/&lt;b&gt;" in html
    assert (
        "24 public, 24 private" in html
        and "acme/g: the runs on public and on private skills differ in prompts." in html
    )
    assert "public-private" not in page(run("a", gradings(True)), run("b", gradings(True, model="other/n")))
