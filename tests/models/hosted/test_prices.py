"""What calls cost, and the limit on it."""

import asyncio
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.budget import Budget
from skillscale.models.hosted.calling import Call, Message
from skillscale.models.hosted.prices import Price, likely_tokens_in, most_tokens_in, read_prices


def test_a_dated_name_costs_what_the_name_costs_and_a_smaller_model_its_own() -> None:
    prices = read_prices()
    assert prices.price("openai/gpt-4o-2024-08-06") == prices.price("openai/gpt-4o") == Price(input=2.5, output=10)
    assert prices.price("anthropic/claude-sonnet-4-5-20250929") == prices.price("anthropic/claude-sonnet-4-5")
    assert prices.price("openai/gpt-4o-mini") == Price(input=0.15, output=0.6)
    assert prices.price("openai/gpt-4o-turbo") is None
    assert "possibly outdated" in prices.source and "20" in prices.source
    assert Price(input=2.5, output=10).cost_usd(1_000, 100) == pytest.approx(0.0035)


def test_the_users_prices_come_first(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("models: {openai/gpt-4o: {input: 1, output: 2}, openai/local: {input: 0, output: 0}}")
    prices = read_prices(own)
    assert prices.price("openai/gpt-4o") == Price(input=1, output=2)
    assert prices.price("openai/local") == Price(input=0, output=0)
    assert prices.price("openai/gpt-4o-mini") is not None and prices.source.startswith("own.yaml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models: [1", "no YAML"),
        ("- a", "no `models`"),
        ("models: {}", "no `models`"),
        ("models: {a/b: 3}", "no price for 'a/b'"),
        ("models: {a/b: {input: -1, output: 2}}", "no price for 'a/b'"),
        ("models: {a/b: {input: .nan, output: 2}}", "no price for 'a/b'"),
        ("models: {a/b: {input: true, output: 2}}", "no price for 'a/b'"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(SkillscaleError, match=says):
        read_prices(tmp_path / "own.yaml")


def test_the_most_tokens_are_more_than_any_tokenizer_finds() -> None:
    call = Call(model="m", messages=(Message(role="user", content="né " * 100),), draw="d", temperature=0, max_tokens=1)
    assert most_tokens_in(call) >= 400 > likely_tokens_in(call) >= 100


def test_a_call_waits_for_room_and_the_budget_is_exhausted_only_where_it_would_not_fit_alone() -> None:
    async def run() -> None:
        budget = Budget(1.0, spent_usd=0.1)
        assert await budget.set_aside(0.5)
        second = asyncio.ensure_future(budget.set_aside(0.5))
        await asyncio.sleep(0.01)
        assert not second.done()
        budget.settle(0.5, 0.1)
        assert await second and not budget.exhausted
        budget.settle(0.5, 0.5)
        assert budget.spent_usd == pytest.approx(0.7)
        assert not await budget.set_aside(0.5) and budget.exhausted
        assert not await budget.set_aside(0.0)

    asyncio.run(run())


def test_those_who_wait_are_told_when_the_budget_is_exhausted() -> None:
    async def run() -> None:
        budget = Budget(1.0)
        assert await budget.set_aside(0.9)
        waiting = [asyncio.ensure_future(budget.set_aside(0.2)) for _ in range(3)]
        await asyncio.sleep(0)
        budget.settle(0.9, 0.9)
        assert await asyncio.gather(*waiting) == [False] * 3

    asyncio.run(run())


def test_without_a_limit_nothing_waits() -> None:
    async def run() -> None:
        budget = Budget(None)
        assert all([await budget.set_aside(1e9) for _ in range(3)])

    asyncio.run(run())
