"""A run of `skillscale think run`: asks, judges, scores, and records what came of it in the lab's table."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillscale.errors import Interrupted, SkillscaleError
from skillscale.experiments.thinking.checked_answers import AskingChecker, Checker, LocalChecker
from skillscale.experiments.thinking.reading_messages import STOP, as_text
from skillscale.experiments.thinking.run_files import run_folder, write_plan, write_samples
from skillscale.experiments.thinking.run_plan import ThinkPlan
from skillscale.experiments.thinking.run_samples import ThinkRun, heard, run_thinking
from skillscale.models.hosted.asking import Asker, Patience, asker
from skillscale.models.hosted.calling import Ask, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.hosted.prices import Prices
from skillscale.models.hosted.provider import InspectProvider
from skillscale.models.inference_flops import InferenceShape, inference_shape
from skillscale.observations import Lab
from skillscale.thinking_document import Thought, record
from skillscale.thinking_opened import Opened, hosted_of

if TYPE_CHECKING:  # which would load torch
    from skillscale.experiments.thinking.local_ask import LocalAsk


def think(
    given: Opened, lab: Path, *, prices: Prices, max_cost_usd: float | None = None, concurrency: int = 64,
    patience: Patience | None = None, on_reply: Callable[[Reply], None] = lambda _: None,
) -> Thought:  # fmt: skip
    """Make the run in `lab/think/<run>`, going on from what was asked before, and record what came of it in the lab's table.

    Raises SkillscaleError where a model cannot be asked or a limit on cost cannot be kept, Interrupted where the user stops it.
    """
    refuse_unpriced(given.plan, prices, max_cost_usd)
    folder = run_folder(lab, given.plan)

    async def made() -> Thought:
        answering = _answering(given, lab, folder, prices, max_cost_usd, concurrency, patience, on_reply)
        async with answering as who:
            write_plan(folder, given.plan)
            run = await run_thinking(given.plan, who.ask, checker=who.checker, shape=_shape(given))
            return _thought(given.plan, folder, run, who)

    try:
        found = asyncio.run(made())
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"Stopped. Every answer so far is in {folder}, and the same command goes on from there."
        ) from error
    if found.stopped is None:
        write_samples(folder, found.run)
        record(lab, found, given)
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answering:
    """Whoever answers calls and checks answers; what was asked over the network goes through `hosted`, of a checkpoint through `local`."""

    ask: Ask
    checker: Checker | None
    hosted: Asker | None
    local: "LocalAsk | None"


@asynccontextmanager
async def _answering(
    given: Opened, lab: Path, folder: Path, prices: Prices, max_cost_usd: float | None, concurrency: int, patience: Patience | None,
    on_reply: Callable[[Reply], None],
) -> AsyncGenerator[_Answering]:  # fmt: skip
    """The lab is made only once it is known that hosted models can be asked."""
    hosted = hosted_of(given.plan)

    def ready(provider: InspectProvider) -> None:
        for one in hosted:
            provider.ready(one.name, one.base_url)
        Lab.create(lab)

    async with AsyncExitStack() as stack:
        ask_hosted: Asker | None = None
        if hosted:
            made = asker(
                folder, prices=prices, max_cost_usd=max_cost_usd, concurrency=concurrency, patience=patience, ready=ready
            )  # fmt: skip
            ask_hosted = await stack.enter_async_context(made)
        else:
            Lab.create(lab)
        ask_local = None if given.model is None else _local_ask(given, folder, stack)
        ask = ask_local or ask_hosted
        assert ask is not None
        checker = _checker(given, None if ask_hosted is None else heard(ask_hosted, on_reply))
        yield _Answering(ask=heard(ask, on_reply), checker=checker, hosted=ask_hosted, local=ask_local)


def _local_ask(given: Opened, folder: Path, stack: AsyncExitStack) -> "LocalAsk":
    from skillscale.experiments.thinking.local_ask import LocalAsk

    assert given.model is not None
    journal = Journal(folder / "local")
    stack.callback(journal.close)
    # What is answered together is lost together by a kill: a fiftieth of the run at most.
    most = min(512, max(16, given.plan.n_calls // 50))
    stop = STOP if given.reading is as_text else None
    return LocalAsk(given.model, journal, seed=given.plan.seed, reading=given.reading, stop=stop, most=most)


def _checker(given: Opened, ask: Ask | None) -> Checker | None:
    plan = given.plan
    if plan.verifier is None:
        return None
    if given.verifier is not None:
        return LocalChecker(model=given.verifier, kind=plan.kind, reading=given.verifier_reading)
    assert ask is not None
    return AskingChecker(
        ask=ask,
        model=plan.verifier.called,
        base_url=plan.verifier.base_url,
        kind=plan.kind,
        seed=plan.seed,
        max_tokens=plan.limits.max_tokens,
    )


def _thought(plan: ThinkPlan, folder: Path, run: ThinkRun, who: _Answering) -> Thought:
    answered = 0 if who.local is None else who.local.n_made
    known = 0 if who.local is None else who.local.n_known
    failed, left, stopped, lost = 0, 0, None, 0.0
    if who.hosted is not None:
        tally, budget = who.hosted.tally, who.hosted.budget
        answered += tally.answered
        known += tally.from_journal
        failed = sum(tally.failed.values())
        lost = max(0.0, budget.spent_usd - sum(one.cost_usd or 0.0 for one in who.hosted.journal.replies()))
        if budget.exhausted:
            n_calls = plan.n_calls + plan.n_checks
            left = max(0, n_calls - known - answered)
            stopped = (
                f"Stopped at the limit of ${budget.limit_usd:,.2f}: ${budget.spent_usd:,.4f} are spent, counting at the most what ended without an "
                f"answer, and about {left:,} of {n_calls:,} calls are left. The same command with a larger --max-cost goes on."
            )
    return Thought(
        plan=plan,
        folder=folder,
        run=run,
        stopped=stopped,
        calls_made=answered + failed,
        calls_known=known,
        calls_left=left,
        lost_usd=lost,
    )


def refuse_unpriced(plan: ThinkPlan, prices: Prices, max_cost_usd: float | None) -> None:
    """Raises SkillscaleError where a limit is to be kept and a price is not known."""
    unknown = sorted({one.name for one in hosted_of(plan) if prices.price(one.name) is None})
    if max_cost_usd is not None and unknown:
        raise SkillscaleError(
            f"--max-cost cannot be kept, for there is no price of {' and '.join(unknown)}. Give it with --prices, 0 where it is free."
        )


def _shape(given: Opened) -> InferenceShape | None:
    return None if given.model is None else inference_shape(given.model.config, given.model.n_params)
