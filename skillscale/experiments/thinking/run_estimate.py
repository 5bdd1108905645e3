"""What a run will take, before it starts: calls, tokens and cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from skillscale.experiments.thinking.run_plan import Asked, ThinkPlan
from skillscale.models.hosted.prices import BYTES_OF_A_TOKEN, Prices

# Tokens of an answer alone and of a worked one, of a model that does not think beforehand. Rough on purpose.
TOKENS_OF_AN_ANSWER, TOKENS_OF_WORKING = 30, 300
ALONE = ("direct", "few-shot")
PUZZLES_ESTIMATED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Of a whole run, as if nothing was asked yet. `cost_usd` is None where a model's price is not known; `unpriced` names those models."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    unpriced: tuple[str, ...]


def estimate_of(plan: ThinkPlan, prices: Prices) -> Estimate:
    """About what the run takes: of hosted models. Each different answer is checked once; all are taken to differ, so it may be less."""
    problems = plan.problems()[:PUZZLES_ESTIMATED]
    stated = sum(len(plan.kind.state(one.puzzle).encode()) for one in problems) // (BYTES_OF_A_TOKEN * len(problems))
    tries = plan.n_problems * plan.n_samples
    calls, n_in, n_out = 0, 0, 0
    for way in plan.ways:
        n = plan.usual_calls(way)
        said = TOKENS_OF_AN_ANSWER if way in ALONE else TOKENS_OF_WORKING
        shown = 4 if way == "few-shot" else 1
        calls += tries * n
        # each later call of a conversation reads what came before it
        n_in += tries * (n * shown * (stated + 60) + said * n * (n - 1) // 2)
        n_out += tries * n * said
    uses: list[tuple[Asked, int, int, int]] = [(plan.model, calls, n_in, n_out)]
    if plan.verifier is not None:
        n = plan.n_checks
        uses.append((plan.verifier, n, n * (stated + 200), n * TOKENS_OF_WORKING))
    return _summed([use for use in uses if not use[0].local], prices)


def _summed(uses: Sequence[tuple[Asked, int, int, int]], prices: Prices) -> Estimate:
    costs: list[float] = []
    unpriced: list[str] = []
    for model, _, n_in, n_out in uses:
        price = prices.price(model.name)
        if price is None:
            unpriced.append(model.name)
        else:
            costs.append(price.cost_usd(n_in, n_out))
    return Estimate(
        calls=sum(calls for _, calls, _, _ in uses),
        input_tokens=sum(n_in for _, _, n_in, _ in uses),
        output_tokens=sum(n_out for _, _, _, n_out in uses),
        cost_usd=None if unpriced else sum(costs),
        unpriced=tuple(dict.fromkeys(unpriced)),
    )


def tell_estimate(found: Estimate, prices: Prices) -> str:
    """`800 calls, about 90,000 tokens in and 240,000 out, about $1.20 (prices: …)`."""
    tokens = f"about {found.input_tokens:,} tokens in and {found.output_tokens:,} out"
    if found.cost_usd is None:
        cost = f"cost unknown, for there is no price of {' and '.join(found.unpriced)}"
    elif found.cost_usd == 0:
        cost = "free"
    else:
        cost = f"about ${found.cost_usd:,.2f}, more where a model thinks before it answers (prices: {prices.source})"
    return f"about {found.calls:,} calls, {tokens}, {cost}"
