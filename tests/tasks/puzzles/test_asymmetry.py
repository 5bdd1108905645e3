"""Solving against checking: counts are right where they can be known, sudoku is asymmetric and comparison is not."""

import numpy as np
import pytest

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles import PUZZLES
from skillscale.tasks.puzzles.asymmetry import ModelAsymmetry, Share, asymmetry


def test_chains_have_no_asymmetry_and_hard_searches_have() -> None:
    chains = asymmetry(PUZZLES["chains"], 4, np.random.default_rng(0), 8)
    assert (chains.solve_steps.value, chains.check_steps.value, chains.ratio.value) == (4, 5, 0.8)
    assert (chains.ratio.low, chains.ratio.high) == pytest.approx((0.8, 0.8))
    sudoku = asymmetry(PUZZLES["sudoku9"], 54, np.random.default_rng(0), 12)
    countdown = asymmetry(PUZZLES["countdown"], 6, np.random.default_rng(0), 12)
    for hard in (sudoku, countdown):
        assert 1 < hard.ratio.low < hard.ratio.value < hard.ratio.high
        assert hard.ratio_s.value > 1 and hard.solve_s.value > hard.check_s.value > 0
        assert hard.ratio.n == 12 and hard.to_json()["ratio"]["n"] == 12
    assert sudoku.check_steps.value == 4 * 81 - 54


def test_harder_sudoku_takes_more_steps() -> None:
    easy, hard = (asymmetry(PUZZLES["sudoku9"], d, np.random.default_rng(1), 10).solve_steps for d in (20, 54))
    assert easy.high < hard.low


def test_one_puzzle_has_no_interval() -> None:
    with pytest.raises(SkillscaleError, match="at least 2"):
        asymmetry(PUZZLES["chains"], 2, np.random.default_rng(0), 1)


def test_the_models_side_is_above_chance_or_missing() -> None:
    one = ModelAsymmetry(
        model="m",
        kind="chains",
        stratum="k=2",
        solving=Share(right=10, n=100, chance=0.0),
        judging=Share(right=80, n=100, chance=0.5),
    )
    assert one.gap == pytest.approx(0.6 - 0.1)
    told = one.to_json()
    assert told["judging"]["low"] < 0.8 < told["judging"]["high"] and told["solving"]["above_chance"] == 0.1
    half = ModelAsymmetry(model="m", kind="chains", stratum="k=2", solving=None, judging=one.judging)
    assert half.gap is None and half.to_json()["solving"] is None
    with pytest.raises(ValueError, match="no share"):
        Share(right=3, n=2, chance=0.0)


def test_an_interval_of_a_share_is_wilsons() -> None:
    low, high = Share(right=0, n=10, chance=0.0).interval(1.96)
    assert (low, high) == pytest.approx((0.0, 0.2775), abs=1e-4)
    low, high = Share(right=5, n=10, chance=0.0).interval(1.96)
    assert (low, high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
