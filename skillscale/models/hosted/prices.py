"""What a call costs, from a table of prices that the user may override."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.calling import Call, Reply

OURS = Path(__file__).parent / "prices.yaml"
# `gpt-4o-2024-08-06`, `claude-sonnet-4-5-20250929`, `gpt-3.5-turbo-0125`, `…-latest` cost what the name without it costs
VERSION = re.compile(r"[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$")
LARGEST_FILE = 1_000_000  # bytes
# Most providers put some tokens around each message and before the answer; a byte of text is never more than one token.
TOKENS_AROUND_A_MESSAGE, TOKENS_AROUND_A_CALL = 8, 32
BYTES_OF_A_TOKEN = 4  # in English, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Model → price. `source` says whose, and of when."""

    of: Mapping[str, Price]
    source: str

    def price(self, model: str) -> Price | None:
        """The price of that name, or of the name without its date; None where it is not known."""
        return self.of.get(model) or self.of.get(VERSION.sub("", model))


def read_prices(own: Path | None = None) -> Prices:
    """Our table; `own` comes before it. Raises SkillscaleError with one sentence for a file that is none."""
    ours, date, source = _read(OURS)
    if own is None:
        return Prices(of=ours, source=f"{source} ({date})")
    theirs, _, _ = _read(own)
    return Prices(of={**ours, **theirs}, source=f"{own.name}, else {source} ({date})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`usd` None: a price is not known. `at_most`: a server did not tell its tokens, and the most that its answer can have cost is counted."""

    usd: float | None
    at_most: bool

    def __str__(self) -> str:
        if self.usd is None:
            return "cost unknown"
        return f"at most {dollars(self.usd)}" if self.at_most else dollars(self.usd)


def cost_of(replies: Iterable[Reply]) -> Cost:
    """Of all that were answered together; nothing where none was."""
    answered = [one for one in replies if one.text is not None]
    costs = [one.cost_usd for one in answered if one.cost_usd is not None]
    usd = sum(costs) if len(costs) == len(answered) else None
    return Cost(usd=usd, at_most=usd is not None and any(map(costs_at_most, answered)))


def costs_at_most(reply: Reply) -> bool:
    """Is its cost the most that it can be, for want of its tokens?"""
    return bool(reply.cost_usd) and None in (reply.input_tokens, reply.output_tokens)


def dollars(usd: float) -> str:
    """`$12.40`, and as many digits as it takes to tell a small amount from nothing: `$0.0001`; `$0` is nothing."""
    if usd == 0:
        return "$0"
    digits = max(2, 2 - math.floor(math.log10(usd)))
    whole, point, rest = f"{usd:,.{digits}f}".partition(".")
    return f"${whole}{point}{rest.rstrip('0'):0<2}"


def most_tokens_in(call: Call) -> int:
    """More input tokens than the call can have: one for each byte."""
    return TOKENS_AROUND_A_CALL + _bytes(call) + TOKENS_AROUND_A_MESSAGE * len(call.messages)


def likely_tokens_in(call: Call) -> int:
    """Input tokens of an English call, about."""
    return TOKENS_AROUND_A_CALL + _bytes(call) // BYTES_OF_A_TOKEN + TOKENS_AROUND_A_MESSAGE * len(call.messages)


def _bytes(call: Call) -> int:
    said = sum(len(one.content.encode("utf-8", "replace")) for one in call.messages)
    return said + (0 if call.schema is None else len(str(call.schema)))


def _read(path: Path) -> tuple[dict[str, Price], str, str]:
    form = "Give a YAML file of the form `models: {provider/name: {input: 2.5, output: 10}}`, in dollars per million tokens."
    if not path.is_file():
        raise SkillscaleError(f"There is no file {path}. {form}")
    if path.stat().st_size > LARGEST_FILE:
        raise SkillscaleError(f"{path} is larger than {LARGEST_FILE:,} bytes. {form}")
    try:
        held: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise SkillscaleError(f"{path} is no YAML. {form}") from error
    models = held.get("models") if isinstance(held, dict) else None
    if not isinstance(models, dict) or not models:
        raise SkillscaleError(f"{path} has no `models`. {form}")
    found = {str(name): _price(path, str(name), value) for name, value in models.items()}
    return found, str(held.get("date", "no date")), str(held.get("source", path.name))


def _price(path: Path, name: str, value: Any) -> Price:
    if not isinstance(value, dict) or set(value) != {"input", "output"} or not all(map(_is_price, value.values())):
        raise SkillscaleError(
            f"{path} has no price for {name!r}: give `input` and `output` in dollars per million tokens, 0 or more."
        )
    return Price(input=float(value["input"]), output=float(value["output"]))


def _is_price(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1e6
