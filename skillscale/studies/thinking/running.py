"""A run of `skillscale think run`: asks, judges, scores, and records what came of it in the lab's table."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillscale.experiments.thinking.checked_answers import AskingChecker, Checker, LocalChecker
from skillscale.experiments.thinking.reading_messages import STOP, as_text
from skillscale.experiments.thinking.run_files import run_folder, write_plan, write_samples
from skillscale.experiments.thinking.run_plan import ThinkPlan
from skillscale.experiments.thinking.run_samples import ThinkRun, heard, run_thinking
from skillscale.models.hosted.asking import Asker, asker, run_asking
from skillscale.models.hosted.calling import Ask, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.hosted.provider import InspectProvider
from skillscale.models.hosted.terms import Terms
from skillscale.models.inference_flops import InferenceShape, inference_shape
from skillscale.observations import Lab
from skillscale.studies.thinking.document import Thought, record
from skillscale.studies.thinking.opened import Opened, hosted_of

if TYPE_CHECKING:  # which would load torch
    from skillscale.experiments.thinking.local_ask import LocalAsk


def think(
    given: Opened, lab: Path, terms: Terms, *, on_reply: Callable[[Reply], None] = lambda _: None
) -> Thought:  # fmt: skip
    """Make the run in `lab/think/<run>`, going on from what was asked before, and record what came of it in the lab's table.

    Raises SkillscaleError where a model cannot be asked or answers nothing, or a limit on cost cannot be kept; Interrupted where the user stops it.
    """
    terms.refuse_unpriced(one.name for one in hosted_of(given.plan))
    folder = run_folder(lab, given.plan)

    async def made() -> Thought:
        async with _answering(given, lab, folder, terms, on_reply) as who:
            write_plan(folder, given.plan)
            run = await run_thinking(given.plan, who.ask, checker=who.checker, shape=_shape(given))
            if who.hosted is not None and not given.plan.model.local:
                who.hosted.refuse_silence([given.plan.model.called])
            return _thought(given.plan, folder, run, who)

    found = run_asking(made(), folder)
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
    given: Opened, lab: Path, folder: Path, terms: Terms, on_reply: Callable[[Reply], None]
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
            ask_hosted = await stack.enter_async_context(asker(folder, terms, ready=ready))
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
        n_calls = plan.n_calls + plan.n_checks
        answered += who.hosted.tally.answered
        known += who.hosted.tally.from_journal
        failed = sum(who.hosted.tally.failed.values())
        lost, stopped = who.hosted.lost_usd, who.hosted.stopped(n_calls)
        left = 0 if stopped is None else who.hosted.calls_left(n_calls)
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


def _shape(given: Opened) -> InferenceShape | None:
    return None if given.model is None else inference_shape(given.model.config, given.model.n_params)
