"""On what terms hosted models are asked: what it may cost, how many calls at once, how long an answer is waited for."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.prices import Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an answer is waited for, and how often it is asked for.

    `call_s`: one attempt; `total_s`: all attempts of a call with the pauses between them, after which no other is begun. A pause is twice
    as long as the one before, from `pause_s` on, or what the server asks for (`Retry-After`).
    """

    attempts: int = 6
    call_s: float = 120.0
    total_s: float = 600.0
    pause_s: float = 1.0
    longest_pause_s: float = 60.0

    def pause(self, attempt: int, key: str, after_s: float | None) -> float:
        """Seconds before the attempt after this one (counted from 1); calls that failed together come back apart."""
        if after_s is not None and after_s > 0:
            return after_s
        apart = int.from_bytes(blake2b(f"{key}{attempt}".encode(), digest_size=4).digest()) / 2**32
        return min(self.longest_pause_s, self.pause_s * 2 ** (attempt - 1)) * (0.5 + apart)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`max_cost_usd`: no call is begun that could take a run, all its invocations together, beyond it."""

    prices: Prices
    max_cost_usd: float | None = None
    concurrency: int = 64
    patience: Patience = Patience()

    def refuse_unpriced(self, models: Iterable[str]) -> None:
        """Raises SkillscaleError where a limit is to be kept and a price is not known."""
        if self.max_cost_usd is None:
            return
        unknown = sorted({name for name in models if self.prices.price(name) is None})
        if unknown:
            raise SkillscaleError(
                f"--max-cost cannot be kept, for there is no price of {' and '.join(unknown)}. Give it with --prices, 0 where it is free."
            )
