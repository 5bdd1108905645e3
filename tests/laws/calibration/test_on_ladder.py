"""Calibration over a ladder: confidence from the choices' log-probabilities, the smallest checkpoint first."""

import numpy as np
import polars as pl
import pytest

from skillscale.laws.calibration.on_ladder import CheckpointAnswers, calibrate, confidences


def answers(n: int, *, task: str = "t", sure: float = 2.0, seed: int = 0) -> pl.DataFrame:
    """Two choices with log-probabilities ±sure/2; the first is right exactly as often as it claims."""
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-sure))
    return pl.DataFrame(
        {
            "task": [task] * n,
            "choice_logprobs": [[sure / 2 - 5.0, -sure / 2 - 5.0]] * n,
            "right_choice": rng.random(n) < p,
        }
    )


def test_confidence_is_the_share_of_the_chosen_answer() -> None:
    items = pl.DataFrame(
        {
            "task": ["a", "a", "b"],
            "choice_logprobs": [[-1000.0, -1000.0 - np.log(3)], [-2.0, -2.0, -2.0, -2.0], None],
            "right_choice": [True, False, None],
        }
    )
    confidence, right = confidences(items)
    assert confidence == pytest.approx([0.75, 0.25]) and right.tolist() == [1.0, 0.0]


def test_all_answers_of_each_checkpoint_and_the_tasks_of_the_largest() -> None:
    both = pl.concat([answers(400, task="a"), answers(300, task="b", sure=0.5), answers(20, task="few")])
    found = calibrate(
        [
            CheckpointAnswers(model="large", n_params=100, items=both),
            CheckpointAnswers(model="small", n_params=10, items=answers(200)),
        ]
    )
    assert [(one.model, one.task, one.n) for one in found] == [
        ("small", None, 200),
        ("large", None, 720),
        ("large", "a", 400),
        ("large", "b", 300),
    ]
    honest = found[2].reliability
    assert honest.debiased.low <= 0.03 and honest.confidence == pytest.approx(1 / (1 + np.exp(-2)))  # type: ignore[operator]
