"""What is going on before training starts, on standard error."""

import sys
import time
from collections.abc import Callable


def on_stage(every_s: float = 5.0) -> Callable[[str, float | None], None]:
    """A function that is told of each stage and its share done, and prints a line now and then."""
    last: dict[str, float] = {}

    def show(what: str, share: float | None = None) -> None:
        now = time.monotonic()
        if what not in last or now - last[what] > every_s:
            last[what] = now
            done = f" {share:.0%}" if share else ""
            print(f"{what}{done} …", file=sys.stderr, flush=True)

    return show
