"""The `Ask` that runs use: journal, budget, bounded attempts and the provider, one around the other."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from skillscale.errors import Interrupted, SkillscaleError
from skillscale.models.hosted.budget import Budget
from skillscale.models.hosted.calling import Call, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.hosted.prices import Prices, dollars, most_tokens_in
from skillscale.models.hosted.provider import Failure, InspectProvider
from skillscale.models.hosted.redaction import redactor
from skillscale.models.hosted.terms import Patience, Terms

Found = TypeVar("Found")
GIVES_UP_AFTER = 20  # calls of one model that fail one after another, without a single reply since
NOT_ASKED = "not asked"
OVER_BUDGET = f"{NOT_ASKED}: the limit on cost is reached"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the calls of this invocation. `failed` counts calls by their last reason, `retried` attempts after the first."""

    from_journal: int = 0
    answered: int = 0
    retried: int = 0
    over_budget: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])


class Attempts(Protocol):
    """Whoever makes one attempt at a call."""

    async def attempt(self, call: Call) -> Reply | Failure: ...


class Asker:
    """Answers calls: at most `concurrency` at once, each at most once in an invocation, what the journal has not at all.

    What fails in the end is a reply with `missing`; the journal does not keep it, so the next invocation asks again. After `GIVES_UP_AFTER` calls
    of one model that failed one after another the rest of its calls are not made.
    """

    def __init__(
        self, provider: Attempts, journal: Journal, prices: Prices, budget: Budget, *, patience: Patience, concurrency: int
    ) -> None:  # fmt: skip
        self.journal = journal
        self.budget = budget
        self.tally = Tally()
        self._provider = provider
        self._prices = prices
        self._patience = patience
        self._slots = asyncio.Semaphore(concurrency)
        self._asked: dict[str, asyncio.Future[Reply]] = {}
        self._failed_running: Counter[str] = Counter()
        self._answering: set[str] = set()  # models with an answer in this run, of this invocation or another
        self._reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)  # of failed calls, by model

    async def __call__(self, call: Call) -> Reply:
        key = call.key
        known = self.journal.reply(key)
        if known is not None and key not in self._asked:
            self.tally.from_journal += 1
            self._answering.add(call.model)
            return known
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = asyncio.ensure_future(self._ask(call, key))
        return await asyncio.shield(asked)

    @property
    def lost_usd(self) -> float:
        """What calls that ended without an answer may have cost at most, in all invocations."""
        answered_usd = sum(one.cost_usd or 0.0 for one in self.journal.replies())
        return max(0.0, round(self.budget.spent_usd - answered_usd, 9))

    def calls_left(self, n_calls: int) -> int:
        """Of about `n_calls` of the whole run, those that have no answer."""
        return max(0, n_calls - self.tally.from_journal - self.tally.answered)

    def stopped(self, n_calls: int) -> str | None:
        """Why a run of about `n_calls` is not whole; None where the limit on cost was not reached."""
        if not self.budget.exhausted or self.budget.limit_usd is None:
            return None
        return (
            f"Stopped at the limit of {dollars(self.budget.limit_usd)}: {dollars(self.budget.spent_usd)} spent, counting at the most what ended without an "
            f"answer, and about {self.calls_left(n_calls):,} of {n_calls:,} calls are left. The same command with a larger --max-cost goes on."
        )

    def refuse_silence(self, models: Iterable[str]) -> None:
        """Raises SkillscaleError where calls of these models failed, and none of the run has an answer."""
        names = list(dict.fromkeys(models))
        reasons = sum((self._reasons[name] for name in names), Counter[str]())
        if not reasons or self._answering.intersection(names):
            return
        told = [why for why, _ in reasons.most_common() if not why.startswith(NOT_ASKED)]
        lost = f" What failed may have cost at most {dollars(self.lost_usd)}." if self.lost_usd else ""
        raise SkillscaleError(
            f"Nothing was answered by {' or '.join(names)}: {(told or list(reasons))[0].rstrip('.')}. "
            f"No result is recorded; the same command asks again for what has no answer.{lost}"
        )

    async def close(self) -> None:
        """Calls that are still in flight are broken off; the journal knows that they were begun."""
        for one in self._asked.values():
            one.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _ask(self, call: Call, key: str) -> Reply:
        async with self._slots:
            reply = await self._attempts(call, key)
        if reply.text is not None:
            self.tally.answered += 1
            self._answering.add(call.model)
        elif reply.missing == OVER_BUDGET:
            self.tally.over_budget += 1
        else:
            self.tally.failed[reply.missing or ""] += 1
            self._reasons[call.model][reply.missing or ""] += 1
        return reply

    async def _attempts(self, call: Call, key: str) -> Reply:
        price = self._prices.price(call.model)
        most_usd = None if price is None else price.cost_usd(most_tokens_in(call), call.max_tokens)
        until_s = time.monotonic() + self._patience.total_s
        for n in range(1, self._patience.attempts + 1):
            if self._failed_running[call.model] >= GIVES_UP_AFTER:
                why = f"{NOT_ASKED}: {GIVES_UP_AFTER} calls of {call.model} failed one after another"
                return Reply(text=None, missing=why)
            found = await self._one(call, key, most_usd)
            if isinstance(found, Reply):
                return found
            pause_s = self._patience.pause(n, key, found.after_s)
            if not found.again or n == self._patience.attempts or time.monotonic() + pause_s > until_s:
                self._failed_running[call.model] += 1
                return Reply(text=None, missing=found.reason if n == 1 else f"{found.reason} ({n} attempts)")
            self.tally.retried += 1
            await asyncio.sleep(pause_s)
        raise AssertionError("the last attempt returns")

    async def _one(self, call: Call, key: str, most_usd: float | None) -> Reply | Failure:
        """One attempt, paid for and written down."""
        aside_usd = most_usd or 0.0
        if not await self.budget.set_aside(aside_usd):
            return Reply(text=None, missing=OVER_BUDGET)
        attempt = self.journal.begin(key, most_usd)
        spent_usd = aside_usd  # also where the process is told to stop in the middle
        try:
            found = await self._provider.attempt(call)
            if isinstance(found, Failure):
                spent_usd = aside_usd if found.may_cost else 0.0
                self.journal.end(attempt, found.reason, spent_usd)
                return found
            reply = self._priced(found, call, most_usd)
            spent_usd = reply.cost_usd or 0.0
            await self.journal.keep(attempt, key, call, reply)
            self._failed_running[call.model] = 0
            return reply
        finally:
            self.budget.settle(aside_usd, spent_usd)

    def _priced(self, reply: Reply, call: Call, most_usd: float | None) -> Reply:
        """With its cost: by its tokens; where the provider tells none, the most that it can have cost."""
        price = self._prices.price(call.model)
        if price is None:
            return replace(reply, cost_usd=None)
        if reply.input_tokens is None or reply.output_tokens is None:
            return replace(reply, cost_usd=most_usd)
        return replace(reply, cost_usd=price.cost_usd(reply.input_tokens, reply.output_tokens))


@asynccontextmanager
async def asker(
    folder: Path, terms: Terms, *, ready: Callable[[InspectProvider], None] = lambda _: None
) -> AsyncGenerator[Asker]:  # fmt: skip
    """An `Asker` through Inspect AI with its journal in `folder`. `ready` may make models before anything is asked.

    Raises SkillscaleError where Inspect AI is not installed, or another process has the folder.
    """
    provider = InspectProvider(redact=redactor(), concurrency=terms.concurrency, call_limit_s=terms.patience.call_s)
    ready(provider)
    journal = Journal(folder)
    budget = Budget(terms.max_cost_usd, spent_usd=journal.spent_usd)
    ask = Asker(provider, journal, terms.prices, budget, patience=terms.patience, concurrency=terms.concurrency)
    try:
        yield ask
    finally:
        await ask.close()
        journal.close()
        await provider.close()


def run_asking(asked: Coroutine[Any, Any, Found], folder: Path) -> Found:
    """What comes of a run that asks with its journal in `folder`. Raises Interrupted where the user stops it."""
    try:
        return asyncio.run(asked)
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"Stopped. Every answer so far is in {folder}, and the same command goes on from there."
        ) from error
