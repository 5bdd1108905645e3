"""One call of a hosted model and what came of it: the seam between what is asked and who answers."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Literal

MOST_TOKENS = 1_000_000  # that an answer may be allowed
MOST_CALLS = 1_000_000  # of a run; they are held in memory
NO_CHARACTER = re.compile("[\ud800-\udfff]")  # half of a surrogate pair, which JSON may hold and UTF-8 may not


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of `model` (an Inspect name such as `openai/gpt-4o`), and how.

    `draw` tells calls apart whose messages are the same, such as the second of three generations: `s7-k2-03/g1`. `schema` is the JSON
    schema that the answer should keep to; a provider without structured output is asked without it.
    """

    model: str
    messages: tuple[Message, ...]
    draw: str
    temperature: float
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    base_url: str | None = None

    @property
    def key(self) -> str:
        """Equal for calls that need not be made twice."""
        return blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a call: `text`, or the reason in `missing`. What the provider does not tell is None.

    What is no character in `text` or `missing` is replaced by U+FFFD. `cut` is true where the answer ended at `max_tokens`. `cost_usd` is None where the price of the model is unknown.
    """

    text: str | None
    missing: str | None = None
    cut: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.missing is None):
            raise ValueError("a reply has a text or the reason why there is none, not both or neither")
        for name in ("text", "missing"):
            said = getattr(self, name)
            object.__setattr__(self, name, None if said is None else NO_CHARACTER.sub("\ufffd", said))


def used(replies: Sequence[Reply]) -> dict[str, Any]:
    """Tokens and cost of several replies; None where there is none, or one of them does not tell."""
    names = ("input_tokens", "output_tokens", "cost_usd")
    return {name: total_of([getattr(one, name) for one in replies if one.text is not None]) for name in names}


def total_of(values: Sequence[float | None]) -> float | None:
    """The sum; None where there is nothing, or one is not known."""
    known = [one for one in values if one is not None]
    return sum(known) if known and len(known) == len(values) else None


# Whoever answers calls: bounded in retries, time and cost by its maker, and never raising for what a model or its server does.
Ask = Callable[[Call], Awaitable[Reply]]
