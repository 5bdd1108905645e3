"""The error of a difference of two losses on the same documents."""

import math

import numpy as np
import polars as pl
import pytest

from skillscale.observations.ratio import ratio_of
from skillscale.views.report.loss_figures import loss_by_compute, loss_by_scale
from skillscale.views.report.paired import paired_change
from skillscale.views.report.source import ReportSource
from tests.views.simulated_lab import Simulated


def frame(*documents: list[float]) -> pl.DataFrame:
    """A document for each list of token losses in nats."""
    rows = [
        {"document": place, "tokens": list(range(len(losses))), "logprobs": [-loss for loss in losses]}
        for place, losses in enumerate(documents)
    ]
    return pl.DataFrame(rows)


def test_by_hand() -> None:
    # differences −2 and −1 over 2 tokens each: −3/4 a token; residuals ∓.5; √(2·(.25 + .25))/4
    found = paired_change(frame([3.0, 3.0], [1.0, 1.0]), frame([2.0, 2.0], [0.5, 0.5]))
    assert found is not None
    assert found.value == -0.75
    assert found.stderr == pytest.approx(0.25)


def test_a_change_that_is_the_same_in_every_token_has_no_error() -> None:
    found = paired_change(frame([3.0, 1.0], [9.0]), frame([2.5, 0.5], [8.5]))
    assert found is not None
    assert (found.value, found.stderr) == (-0.5, pytest.approx(0, abs=1e-12))


def test_it_is_the_ratio_estimate_of_the_measured_losses_and_far_below_quadrature() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 60, 200)
    hard = rng.gamma(4, 0.5, 200)  # what makes a document hard, it makes for both
    first = [(level + rng.normal(0, 0.1, n)).tolist() for level, n in zip(hard, lengths, strict=True)]
    last = [(level - 0.2 + rng.normal(0, 0.1, n)).tolist() for level, n in zip(hard, lengths, strict=True)]
    found = paired_change(frame(*first), frame(*last))
    assert found is not None
    change = ratio_of([sum(b) - sum(a) for a, b in zip(first, last, strict=True)], lengths.tolist())
    assert (found.value, found.stderr) == (pytest.approx(change.value), pytest.approx(change.stderr))
    assert found.value == pytest.approx(-0.2, abs=4 * found.stderr)
    alone = [ratio_of([sum(each) for each in losses], lengths.tolist()).stderr or 0.0 for losses in (first, last)]
    assert found.stderr < math.hypot(*alone) / 10


def test_other_documents_are_not_paired() -> None:
    assert paired_change(frame([1.0], [2.0]), frame([1.0], [2.0, 3.0])) is None
    assert paired_change(frame([1.0], [2.0]), frame([1.0])) is None
    assert paired_change(frame([1.0]), frame([2.0])) is None
    assert paired_change(None, frame([1.0], [2.0])) is None


def test_the_report_takes_the_paired_error_where_both_left_their_losses(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ReportSource(world.lab, world.findings)
    rows = source.table.filter(task="language", metric="loss_nats").sort("n_params", "n_tokens")
    longest = rows.filter(pl.col("n_tokens") == pl.col("n_tokens").max())
    found = source.paired_change(longest["model"][0], longest["model"][-1])
    assert found is not None
    assert f" ± {found.stderr:.3f} nats and at" in loss_by_scale(source).sentence
    monkeypatch.setattr(ReportSource, "paired_change", lambda *_: None)
    assert " ± 0.017 nats and at" in loss_by_scale(source).sentence  # .012·√2
    assert loss_by_compute(source).sentence.startswith("With 384 times")
