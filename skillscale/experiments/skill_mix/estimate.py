"""What a run will take, before it starts: calls, tokens and cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skillscale.experiments.skill_mix.plan import MixPlan
from skillscale.models.hosted.calling import Call, Message
from skillscale.models.hosted.prices import Prices, likely_tokens_in
from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.prompting import grade_prompt, improve_prompt, write_prompt
from skillscale.tasks.skill_mix.rubric import AskedPoint, skill_key

# Tokens of an answer, without reasoning: a text with its explanation, and a sentence for each point of a grading. Rough on purpose.
TOKENS_OF_A_SENTENCE = 35
TOKENS_OF_AN_EXPLANATION = 60  # for each skill
TOKENS_OF_A_POINT = 40


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


def estimate_of(plan: MixPlan, prices: Prices) -> Estimate:
    """About what the run takes, from its own prompts and answers of the usual length."""
    tokens: dict[str, tuple[int, int]] = {}
    for asked in plan.asked:
        for model, n, n_in, n_out in _calls(plan, asked):
            before = tokens.get(model, (0, 0))
            tokens[model] = before[0] + n * n_in, before[1] + n * n_out
    found = {model: prices.price(model) for model in tokens}
    unpriced = tuple(model for model, price in found.items() if price is None)
    costs = [price.cost_usd(*tokens[model]) for model, price in found.items() if price is not None]
    return Estimate(
        calls=plan.n_calls,
        input_tokens=sum(n_in for n_in, _ in tokens.values()),
        output_tokens=sum(n_out for _, n_out in tokens.values()),
        cost_usd=None if unpriced else sum(costs),
        unpriced=unpriced,
    )


def _calls(plan: MixPlan, asked: Asked) -> Iterator[tuple[str, int, int, int]]:
    """For each kind of call: model, how many, tokens in, tokens out."""
    settings, kind = plan.settings, kind_named(plan.settings.kind)
    text_tokens = TOKENS_OF_A_SENTENCE * asked.most_sentences
    answer = text_tokens + TOKENS_OF_AN_EXPLANATION * asked.k
    first = _tokens_in(write_prompt(kind, asked, improve=settings.improve))
    yield plan.model, settings.generations, first, answer
    if settings.improve:
        yield plan.model, settings.generations, first + answer + _tokens_in(improve_prompt(kind, asked)), answer
    points = [AskedPoint(key=skill_key(i), skill=skill) for i, skill in enumerate(asked.skills)]
    points += [AskedPoint(key="on_topic"), AskedPoint(key="makes_sense")]
    graded = _tokens_in(grade_prompt(kind, asked, "", points)) + text_tokens
    for grader in plan.graders:
        yield grader, settings.generations * settings.gradings, graded, TOKENS_OF_A_POINT * len(points)


def _tokens_in(prompt: str) -> int:
    message = Message(role="user", content=prompt)
    return likely_tokens_in(Call(model="", messages=(message,), draw="", temperature=0, max_tokens=1))


def tell_estimate(found: Estimate, prices: Prices, graders: Sequence[str]) -> str:
    """`6,000 calls, about 3.1 million tokens in and .9 million out, about $12.40 (prices: …)`."""
    tokens = f"about {_millions(found.input_tokens)} tokens in and {_millions(found.output_tokens)} out"
    if found.cost_usd is None:
        cost = f"cost unknown, for there is no price of {' and '.join(found.unpriced)}"
    elif found.cost_usd == 0:
        cost = "free"
    else:
        cost = f"about ${found.cost_usd:,.2f}, more where a model thinks before it answers (prices: {prices.source})"
    who = "1 grader" if len(graders) == 1 else f"{len(graders)} graders"
    return f"{found.calls:,} calls with {who}, {tokens}, {cost}"


def _millions(n: int) -> str:
    return f"{n / 1e6:.1f} million" if n >= 1e5 else f"{n:,}"
