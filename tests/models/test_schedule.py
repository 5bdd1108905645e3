"""Warm-up, stable, decay, with branches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.models.row_order import RowOrder
from skillscale.models.rung import Rung, rung_of_width
from skillscale.models.schedule import Segment, schedule_of


def rung(n_tokens: int, marks: tuple[int, ...], batch_rows: int = 10, warmup_tokens: int = 0) -> Rung:
    return rung_of_width(
        8, vocab_size=22, context=16, n_tokens=n_tokens, seed=0, pad_id=0, eos_id=1, marks=marks,
        batch_rows=batch_rows, warmup_tokens=warmup_tokens, learning_rate=0.01,
    )  # fmt: skip


def test_each_branch_leaves_the_trunk_at_four_fifths_of_its_mark() -> None:
    schedule = schedule_of(rung(4000, (1000, 4000)), tokens_per_row=10)
    assert schedule.segments == (
        Segment(start=0, stop=8),
        Segment(start=8, stop=10, mark=1000),
        Segment(start=8, stop=32),
        Segment(start=32, stop=40, mark=4000),
    )
    assert schedule.n_steps_total == 42
    assert schedule.steps_before(2) == 10


def test_the_rate_warms_up_holds_and_decays() -> None:
    schedule = schedule_of(rung(4000, (1000, 4000), warmup_tokens=400), tokens_per_row=10)
    assert [schedule.learning_rate(0, step) for step in range(8)] == pytest.approx([0.0025, 0.005, 0.0075] + [0.01] * 5)
    assert [schedule.learning_rate(1, step) for step in (8, 9)] == pytest.approx([0.01 * 2 / 3, 0.01 / 3])
    assert schedule.learning_rate(2, 8) == 0.01
    rates = [schedule.learning_rate(3, step) for step in range(32, 40)]
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < rates[0] < 0.01


@given(marks=st.sets(st.integers(1, 5_000), min_size=1, max_size=6), tokens_per_row=st.floats(1, 15))
def test_every_branch_is_the_path_from_the_start_to_its_mark(marks: set[int], tokens_per_row: float) -> None:
    ordered = tuple(sorted(marks))
    schedule = schedule_of(rung(ordered[-1], ordered), tokens_per_row=tokens_per_row)
    trunk = 0
    for segment in schedule.segments:
        assert segment.start == trunk < segment.stop
        trunk = segment.stop if segment.mark is None else trunk
    ends = {segment.mark: segment.stop for segment in schedule.segments if segment.mark is not None}
    per_step = 10 * tokens_per_row
    assert list(ends) == list(ordered)
    assert all(stop == 1 or abs(stop * per_step - mark) <= per_step / 2 + 1e-6 for mark, stop in ends.items())


def test_rows_come_in_order_then_each_epoch_once_in_a_seeded_order() -> None:
    order = RowOrder(10, batch_rows=4, seed=3)
    taken = [int(row) for step in range(10) for row in order.rows_of_step(step)]
    epochs = [taken[at : at + 10] for at in range(0, 40, 10)]
    assert epochs[0] == list(range(10))
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert list(RowOrder(10, batch_rows=4, seed=3).rows_of_step(7)) == taken[28:32]


def test_a_batch_larger_than_the_corpus_takes_rows_again() -> None:
    rows = RowOrder(3, batch_rows=8, seed=0).rows_of_step(0)
    assert list(rows[:3]) == [0, 1, 2]
    assert sorted(rows[3:6]) == [0, 1, 2]
