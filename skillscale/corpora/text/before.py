"""What a model may read before a gap."""

import bisect

Offsets = list[tuple[int, int]]
"""Where each token of a text starts and ends, in characters."""


def text_before(stop: int, text: str, offsets: Offsets, budget: int) -> str:
    """The text before `stop`, at most `budget` tokens of it, from before a word (where the writing has spaces)."""
    last = bisect.bisect_left(offsets, stop, key=lambda span: span[1])
    first = last + 1 - budget
    if first <= 0:
        return text[:stop]
    starts = (offsets[i - 1][1] for i in range(first, last) if text[offsets[i - 1][1]].isspace())
    return text[next(starts, offsets[first - 1][1]) : stop]
