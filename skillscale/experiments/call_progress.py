"""How a run of calls is shown while it lasts: a bar on a terminal, a line now and then elsewhere; on standard error."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from skillscale.experiments.progress import LINE_EVERY_S
from skillscale.models.hosted.calling import Reply
from skillscale.models.hosted.prices import Cost, costs_at_most

OnReply = Callable[[Reply], None]


class CallCount:
    """Replies so far, of about `n_calls`."""

    def __init__(self, n_calls: int) -> None:
        self.n_calls = n_calls
        self.done = self.missing = 0
        self.cost_usd = 0.0
        self.at_most = False

    def take(self, reply: Reply) -> None:
        self.done += 1
        self.missing += reply.text is None
        self.cost_usd += reply.cost_usd or 0.0
        self.at_most |= costs_at_most(reply)

    @property
    def told(self) -> str:
        """`1,200 of 6,000 calls, 3 missing, $1.20`."""
        missing = f", {self.missing:,} missing" if self.missing else ""
        cost = f", {Cost(usd=self.cost_usd, at_most=self.at_most)}" if self.cost_usd else ""
        return f"{self.done:,} of {self.n_calls:,} calls{missing}{cost}"


@contextmanager
def calls_shown(
    n_calls: int, console: Console | None = None, now: Callable[[], float] = time.monotonic
) -> Generator[OnReply]:
    """Gives the function that shows each reply."""
    console = console or Console(stderr=True)
    count = CallCount(n_calls)
    if console.is_terminal:
        columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console, refresh_per_second=4) as progress:
            bar = progress.add_task(count.told, total=n_calls)

            def draw(reply: Reply) -> None:
                count.take(reply)
                # Gradings that had to be asked again, or were not asked at all, make the number of calls another one in the end.
                progress.update(bar, completed=count.done, total=max(count.done, n_calls), description=count.told)

            yield draw
        return
    last_s = [now()]

    def line(reply: Reply) -> None:
        count.take(reply)
        if now() - last_s[0] >= LINE_EVERY_S:
            last_s[0] = now()
            console.print(count.told, markup=False, highlight=False, soft_wrap=True)

    yield line
