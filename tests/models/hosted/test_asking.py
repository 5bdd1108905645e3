"""Journal, budget and bounded attempts around a provider that does what a test says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillscale.models.hosted.asking import GIVES_UP_AFTER, OVER_BUDGET, Asker
from skillscale.models.hosted.budget import Budget
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.hosted.prices import Price, Prices
from skillscale.models.hosted.provider import Failure
from skillscale.models.hosted.terms import Patience

CALL = Call(model="m", messages=(Message(role="user", content="Hello"),), draw="0", temperature=0.7, max_tokens=100)
PRICES = Prices(of={"m": Price(input=0, output=10_000)}, source="test")  # a call costs at most 1 dollar
QUICK = Patience(attempts=3, call_s=1, total_s=5, pause_s=0.001)
BUSY = Failure(reason="429", again=True, may_cost=False)
LOST = Failure(reason="lost", again=True, may_cost=True)
WRONG = Failure(reason="401", again=False, may_cost=False)
FINE = Reply(text="fine", input_tokens=5, output_tokens=10)


class Scripted:
    """Answers by a function of call and number of attempts so far."""

    def __init__(self, script: Callable[[Call, int], Reply | Failure], latency_s: float = 0.0) -> None:
        self.script, self.latency_s = script, latency_s
        self.asked: list[Call] = []
        self.n_open = self.most_open = 0

    async def attempt(self, call: Call) -> Reply | Failure:
        nth = self.asked.count(call)
        self.asked.append(call)
        self.n_open += 1
        self.most_open = max(self.most_open, self.n_open)
        await asyncio.sleep(self.latency_s)
        self.n_open -= 1
        return self.script(call, nth)


def run(
    folder: Path, provider: Scripted, calls: list[Call], *, limit_usd: float | None = None, patience: Patience = QUICK,
    concurrency: int = 64, prices: Prices = PRICES,
) -> tuple[list[Reply], Asker]:  # fmt: skip
    async def asking() -> tuple[list[Reply], Asker]:
        journal = Journal(folder)
        budget = Budget(limit_usd, spent_usd=journal.spent_usd)
        ask = Asker(provider, journal, prices, budget, patience=patience, concurrency=concurrency)
        try:
            return list(await asyncio.gather(*map(ask, calls))), ask
        finally:
            journal.close()

    return asyncio.run(asking())


def calls(n: int) -> list[Call]:
    return [replace(CALL, draw=str(i)) for i in range(n)]


def test_a_reply_has_its_cost_and_is_not_asked_for_again(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: FINE)
    (reply,), _ = run(tmp_path, provider, [CALL])
    assert reply == replace(FINE, cost_usd=0.1)
    again, ask = run(tmp_path, provider, [CALL, CALL])
    assert again == [reply, reply] and len(provider.asked) == 1 and ask.tally.from_journal == 2
    assert ask.budget.spent_usd == pytest.approx(0.1)


def test_the_same_call_twice_at_once_is_made_once(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: FINE, latency_s=0.01)
    replies, _ = run(tmp_path, provider, [CALL] * 5)
    assert len(provider.asked) == 1 and len(set(map(id, replies))) == 1


def test_where_tokens_or_prices_are_not_told(tmp_path: Path) -> None:
    untold = Scripted(lambda call, nth: Reply(text="fine"))
    (reply,), _ = run(tmp_path / "a", untold, [CALL])
    assert reply.cost_usd == pytest.approx(1.0)  # the most it can have cost
    (reply,), _ = run(tmp_path / "b", untold, [CALL], prices=Prices(of={}, source="test"))
    assert reply.cost_usd is None


def test_what_fails_is_tried_again_and_counted(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: FINE if nth == 2 else BUSY)
    (reply,), ask = run(tmp_path, provider, [CALL])
    assert reply.text == "fine" and (ask.tally.retried, ask.tally.answered) == (2, 1)
    assert ask.budget.spent_usd == pytest.approx(0.1)


def test_what_fails_in_the_end_is_missing_and_asked_again_by_the_next_invocation_only(tmp_path: Path) -> None:
    broken = Scripted(lambda call, nth: BUSY)
    replies, ask = run(tmp_path, broken, [CALL, CALL])
    assert {one.missing for one in replies} == {"429 (3 attempts)"}
    assert len(broken.asked) == 3 and ask.tally.failed == {"429 (3 attempts)": 1}
    (reply,), _ = run(tmp_path, Scripted(lambda call, nth: FINE), [CALL])
    assert reply.text == "fine"


def test_what_cannot_succeed_is_not_tried_again(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: WRONG)
    (reply,), _ = run(tmp_path, provider, [CALL])
    assert reply.missing == "401" and len(provider.asked) == 1


def test_the_total_time_bounds_the_attempts_and_the_server_may_ask_for_more_patience_than_there_is(
    tmp_path: Path,
) -> None:
    provider = Scripted(lambda call, nth: replace(BUSY, after_s=60.0))
    (reply,), _ = run(tmp_path, provider, [CALL])
    assert reply.missing == "429" and len(provider.asked) == 1


def test_pauses_double_and_are_apart_and_retry_after_is_kept() -> None:
    patience = Patience(pause_s=1, longest_pause_s=10)
    for attempt, usual in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (9, 10)):
        pauses = {patience.pause(attempt, str(key), None) for key in range(50)}
        assert len(pauses) == 50 and 0.5 * usual <= min(pauses) and max(pauses) <= 1.5 * usual
    assert patience.pause(1, "k", 7.5) == 7.5


def test_a_dead_server_is_given_up(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: WRONG)
    replies, _ = run(tmp_path, provider, calls(200), concurrency=4)
    assert GIVES_UP_AFTER <= len(provider.asked) <= GIVES_UP_AFTER + 4
    assert sum(one.missing == "401" for one in replies) == len(provider.asked)
    assert replies[-1].missing == "not asked: 20 calls of m failed one after another"


def test_one_reply_now_and_then_is_no_dead_server(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: FINE if int(call.draw) % 10 == 0 else WRONG)
    replies, ask = run(tmp_path, provider, calls(200), concurrency=1)
    assert len(provider.asked) == 200 and sum(ask.tally.failed.values()) == 180
    assert sum(one.text is not None for one in replies) == 20


def test_no_more_than_so_many_at_once(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: FINE, latency_s=0.002)
    run(tmp_path, provider, calls(40), concurrency=7)
    assert provider.most_open == 7


def test_the_limit_on_cost_is_never_passed_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: FINE, latency_s=0.002)
    replies, ask = run(tmp_path, provider, calls(40), limit_usd=2.5)
    n = sum(one.text is not None for one in replies)
    # Each may cost a dollar and costs a tenth: the last that was begun had 1.5 dollars spent before it at most.
    assert n == 16 and ask.budget.spent_usd == pytest.approx(1.6) and ask.budget.exhausted
    assert {one.missing for one in replies if one.text is None} == {OVER_BUDGET} and ask.tally.over_budget == 24
    replies, ask = run(tmp_path, provider, calls(40), limit_usd=10)
    assert all(one.text == "fine" for one in replies) and len(provider.asked) == 40 and not ask.budget.exhausted


def test_attempts_that_may_have_been_paid_count_against_the_limit_and_in_the_next_invocation(tmp_path: Path) -> None:
    provider = Scripted(lambda call, nth: LOST)
    _, ask = run(tmp_path, provider, [CALL], limit_usd=2.5)
    assert len(provider.asked) == 2 and ask.budget.spent_usd == pytest.approx(2.0)
    _, ask = run(tmp_path, provider, [CALL], limit_usd=2.5)
    assert len(provider.asked) == 2 and ask.budget.exhausted
