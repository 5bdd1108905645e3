"""A person sees how far each run is, without a flood of lines."""

import io

import pytest
from rich.console import Console

from skillscale.experiments.progress import (
    CheckpointMeasured,
    LadderEvent,
    RunFailed,
    RunFinished,
    RunTrains,
    Scoreboard,
    clock,
    due_lines,
    line,
    shown,
)


def trains(run: str, step: int = 10) -> RunTrains:
    return RunTrains(run=run, step=step, n_steps=2000, loss_nats=3.14159, tokens_per_s=51234.5, left_s=83.0)


EVENTS: list[LadderEvent] = [
    trains("d8"),
    CheckpointMeasured(run="d8", n_tokens=4096, loss_nats=2.71828),
    RunFinished(run="d8"),
    RunFinished(run="d12", before=True),
    RunFailed(run="d16", reason="out of memory"),
]


@pytest.mark.parametrize(
    ("seconds", "shown_as"), [(0, "0:00"), (59.6, "1:00"), (83, "1:23"), (3723, "1:02:03"), (-4, "0:00")]
)
def test_clock(seconds: float, shown_as: str) -> None:
    assert clock(seconds) == shown_as


def test_lines_say_what_happened() -> None:
    assert [line(event) for event in EVENTS] == [
        "d8: step 10 of 2,000, loss 3.142, 51,234 tokens/s, 1:23 left",
        "d8: measured after 4,096 tokens, held-out loss 2.718",
        "d8: done",
        "d12: was done before",
        "d16: failed: out of memory",
    ]
    first = RunTrains(run="d8", step=0, n_steps=2000, loss_nats=None, tokens_per_s=None, left_s=None)
    assert line(first) == "d8: step 0 of 2,000"
    assert line(CheckpointMeasured(run="d8", n_tokens=4096, loss_nats=None)) == "d8: measured after 4,096 tokens"


def test_a_run_tells_of_its_training_once_in_ten_seconds() -> None:
    time_s = 0.0
    due = due_lines(lambda: time_s)
    told = list[tuple[float, str]]()
    for second in range(35):
        time_s = float(second)
        told += [(time_s, run) for run in ("d8", "d16") if due(trains(run)) is not None]
    assert told == [(s, run) for s in (0.0, 10.0, 20.0, 30.0) for run in ("d8", "d16")]
    assert due(RunFinished(run="d8")) == "d8: done"  # what happens once is always told


def test_off_a_terminal_there_are_plain_lines() -> None:
    stream = io.StringIO()
    with shown(("d8",), Console(file=stream, width=40)) as show:
        for event in EVENTS:
            show(event)
    assert stream.getvalue().splitlines() == [line(event) for event in EVENTS]


def test_on_a_terminal_there_is_a_table_of_all_runs() -> None:
    stream = io.StringIO()
    with shown(("d8", "d12", "d16", "d24"), Console(file=stream, force_terminal=True, width=120)) as show:
        for event in EVENTS:
            show(event)
    last = stream.getvalue().rsplit("runs done", 1)[1]
    rows = {
        cells[0]: cells[1:]
        for cells in ([part.strip() for part in row.split("│")[1:-1]] for row in last.splitlines())
        if len(cells) == 7
    }
    assert rows["d8"] == ["10/2,000", "3.142", "2.718", "51,234", "–", "done"]
    assert rows["d12"] == ["–", "–", "–", "–", "–", "was done"]
    assert rows["d16"][-1] == "failed: out of memory"
    assert rows["d24"][-1] == "waits"


def test_the_title_counts_what_is_done() -> None:
    board = Scoreboard(runs=("d8", "d12", "d16"), start_s=100.0)
    for event in EVENTS:
        board.take(event)
    assert board.table(163.0).title == "2 of 3 runs done, 1:03"
