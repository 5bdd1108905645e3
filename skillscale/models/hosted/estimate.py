"""What a run of calls will take, before it starts: calls, tokens and cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from skillscale.models.hosted.prices import Prices, dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Calls of one model with the tokens of all of them together."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Of a whole run, as if nothing was asked yet. `cost_usd` is None where a model's price is not known; `unpriced` names those models.

    A model that thinks before it answers uses several times as many output tokens.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    unpriced: tuple[str, ...]

    def may_cost(self, *, own_server: bool) -> bool:
        """Is it not free? What has no price on a server of one's own (`own_server`) is taken to be."""
        return bool(self.cost_usd) or (self.cost_usd is None and not own_server)


def estimate_of(uses: Sequence[Use], prices: Prices) -> Estimate:
    """The sum of several uses, at the prices of their models."""
    found = [(use, prices.price(use.model)) for use in uses]
    unpriced = tuple(dict.fromkeys(use.model for use, price in found if price is None))
    costs = [price.cost_usd(use.input_tokens, use.output_tokens) for use, price in found if price is not None]
    return Estimate(
        calls=sum(use.calls for use in uses),
        input_tokens=sum(use.input_tokens for use in uses),
        output_tokens=sum(use.output_tokens for use in uses),
        cost_usd=None if unpriced else sum(costs),
        unpriced=unpriced,
    )


def tell_estimate(found: Estimate, prices: Prices) -> str:
    """`about 6,000 calls, 3.1 million tokens in and 900,000 out, about $12.40 (prices: …)`."""
    tokens = f"{_millions(found.input_tokens)} tokens in and {_millions(found.output_tokens)} out"
    if found.cost_usd is None:
        cost = f"cost unknown, for there is no price of {' and '.join(found.unpriced)}"
    elif found.cost_usd == 0:
        cost = "free"
    else:
        cost = f"about {dollars(found.cost_usd)}, more where a model thinks before it answers (prices: {prices.source})"
    return f"about {found.calls:,} calls, {tokens}, {cost}"


def _millions(n: int) -> str:
    return f"{n / 1e6:.1f} million" if n >= 1e6 else f"{n:,}"
