"""What a ladder tells while it is climbed, and how a person sees it: a live table, or a line now and then."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

LINE_EVERY_S = 10.0  # of one run, where there is no terminal to draw a table on


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTrains:
    """`run` has taken `step` of `n_steps` steps, branches included; `loss_nats` is the latest mean per training token.

    What is not known yet is None.
    """

    run: str
    step: int
    n_steps: int
    loss_nats: float | None
    tokens_per_s: float | None
    left_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMeasured:
    """The checkpoint of `run` after `n_tokens` was measured; `loss_nats` is of held-out text, if it is known."""

    run: str
    n_tokens: int
    loss_nats: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """`run` is done; `before` says that it was already done when the command started."""

    run: str
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed:
    run: str
    reason: str


LadderEvent = RunTrains | CheckpointMeasured | RunFinished | RunFailed
OnEvent = Callable[[LadderEvent], None]


@dataclass(slots=True, kw_only=True)
class _Row:
    """What is known of one run."""

    trains: RunTrains | None = None
    held_out_nats: float | None = None
    state: str = "waits"


@dataclass(slots=True, kw_only=True)
class Scoreboard:
    """The state of every run of a ladder, from its events."""

    runs: tuple[str, ...]
    start_s: float
    _rows: dict[str, _Row] = field(default_factory=dict[str, _Row], init=False)

    def __post_init__(self) -> None:
        self._rows.update((run, _Row()) for run in self.runs)

    def take(self, event: LadderEvent) -> None:
        row = self._rows.setdefault(event.run, _Row())
        match event:
            case RunTrains():
                row.trains, row.state = event, "trains"
            case CheckpointMeasured():
                row.held_out_nats = event.loss_nats
            case RunFinished():
                row.state = "was done" if event.before else "done"
            case RunFailed():
                row.state = f"failed: {event.reason}"

    def table(self, now_s: float) -> Table:
        states = [row.state for row in self._rows.values()]
        done = sum(state in ("done", "was done") for state in states)
        table = Table(title=f"{done} of {len(states)} runs done, {clock(now_s - self.start_s)}", title_justify="left")
        table.add_column("run")
        for heading in ("step", "loss", "held-out", "tokens/s", "left"):
            table.add_column(heading, justify="right")
        table.add_column("state")
        for run, row in self._rows.items():
            table.add_row(run, *_cells(row), row.state)
        return table


def _cells(row: _Row) -> tuple[str, str, str, str, str]:
    """Step, loss, held-out loss, tokens/s, time left; a dash for what is not known."""
    held_out = _number(row.held_out_nats, ".3f")
    seen = row.trains
    if seen is None:
        return "–", "–", held_out, "–", "–"
    left = clock(seen.left_s) if seen.left_s is not None and row.state == "trains" else "–"
    step = f"{seen.step:,}/{seen.n_steps:,}"
    return step, _number(seen.loss_nats, ".3f"), held_out, _number(seen.tokens_per_s, ",.0f"), left


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def clock(seconds: float) -> str:
    """`1:02:03`, `2:03`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def line(event: LadderEvent) -> str:
    """One line about an event."""
    match event:
        case RunTrains():
            return ", ".join([f"{event.run}: step {event.step:,} of {event.n_steps:,}", *_known(event)])
        case CheckpointMeasured(loss_nats=None):
            return f"{event.run}: measured after {event.n_tokens:,} tokens"
        case CheckpointMeasured():
            return f"{event.run}: measured after {event.n_tokens:,} tokens, held-out loss {event.loss_nats:.3f}"
        case RunFinished():
            return f"{event.run}: was done before" if event.before else f"{event.run}: done"
        case RunFailed():
            return f"{event.run}: failed: {event.reason}"


def _known(event: RunTrains) -> list[str]:
    known = list[str]()
    if event.loss_nats is not None:
        known.append(f"loss {event.loss_nats:.3f}")
    if event.tokens_per_s is not None:
        known.append(f"{event.tokens_per_s:,.0f} tokens/s")
    if event.left_s is not None:
        known.append(f"{clock(event.left_s)} left")
    return known


def due_lines(now: Callable[[], float], every_s: float = LINE_EVERY_S) -> Callable[[LadderEvent], str | None]:
    """Gives the line of an event, or None where the run's last training line is younger than `every_s`."""
    last_s = dict[str, float]()

    def due(event: LadderEvent) -> str | None:
        if isinstance(event, RunTrains):
            if event.run in last_s and now() - last_s[event.run] < every_s:
                return None
            last_s[event.run] = now()
        return line(event)

    return due


@contextmanager
def shown(
    runs: tuple[str, ...], console: Console | None = None, now: Callable[[], float] = time.monotonic
) -> Generator[OnEvent]:
    """Gives the function that shows each event: in a table on a terminal, in lines elsewhere; on standard error."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        due = due_lines(now)

        def show(event: LadderEvent) -> None:
            text = due(event)
            if text is not None:
                console.print(text, markup=False, highlight=False, soft_wrap=True)

        yield show
        return
    board = Scoreboard(runs=runs, start_s=now())
    with Live(console=console, get_renderable=lambda: board.table(now()), refresh_per_second=2):
        yield board.take
