"""A run of Skill-Mix from its plan to the lab's table: asks, scores, records, and says what came of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from skillscale.experiments.skill_mix.plan import MixPlan, all_models
from skillscale.experiments.skill_mix.run import MixRun, Text, run_mix
from skillscale.experiments.skill_mix.run_files import LOGS, run_folder, write_plan, write_texts
from skillscale.laws.skill_mix.answers import OF, Answers, gather
from skillscale.laws.skill_mix.assessment import Assessment, assess, assessment_json
from skillscale.models.hosted.asking import asker, run_asking
from skillscale.models.hosted.calling import Reply, used
from skillscale.models.hosted.prices import cost_of, dollars
from skillscale.models.hosted.provider import InspectProvider
from skillscale.models.hosted.terms import Terms
from skillscale.observations import SCHEMA, Lab, Observation
from skillscale.tasks.skill_mix.grading import GRADINGS, Grading
from skillscale.tasks.skill_mix.library import aliases_of
from skillscale.tasks.skill_mix.metrics import METRICS

TASK = "skill-mix"
NAMES = {"mean": "{}", "best": "{}_best"}  # of a metric, of one generation and of the best of n


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """What came of a run. `stopped` says why it is not whole, and then nothing is scored.

    `calls_made` in this invocation, `calls_known` from the journal; `lost_usd`: what calls that ended without an answer may have cost at most, in all
    invocations.
    """

    plan: MixPlan
    folder: Path
    run: MixRun
    assessment: Assessment | None
    stopped: str | None
    calls_made: int
    calls_known: int
    calls_left: int
    lost_usd: float


def mix(
    plan: MixPlan, lab: Path, terms: Terms, *, on_reply: Callable[[Reply], None] = lambda _: None
) -> Mixed:  # fmt: skip
    """Run the plan in `lab/mix/<run>`, going on from what was asked before, and record its scores in the lab's table.

    Raises SkillscaleError where a model cannot be asked, the model or all graders answer nothing, or a limit on cost cannot be kept; Interrupted where the user stops it.
    """
    terms.refuse_unpriced(name for name, _ in all_models(plan))
    folder = run_folder(lab, plan)
    found = run_asking(_asked(plan, lab, folder, terms, on_reply), folder)
    if found.stopped is None:
        _record(lab, found)
    return found


async def _asked(plan: MixPlan, lab: Path, folder: Path, terms: Terms, on_reply: Callable[[Reply], None]) -> Mixed:
    def ready(provider: InspectProvider) -> None:
        for name, url in all_models(plan):
            provider.ready(name, url)
        Lab.create(lab)  # not before it is known that the models can be asked

    async with asker(folder, terms, ready=ready) as ask:
        write_plan(folder, plan)
        run = await run_mix(plan, ask, on_reply)
        ask.refuse_silence([plan.model])
        ask.refuse_silence(plan.graders)
        stopped = ask.stopped(plan.n_calls)
        return Mixed(
            plan=plan,
            folder=folder,
            run=run,
            assessment=None if stopped else _assessed(plan, run),
            stopped=stopped,
            calls_made=ask.tally.answered + sum(ask.tally.failed.values()),
            calls_known=ask.tally.from_journal,
            calls_left=ask.calls_left(plan.n_calls),
            lost_usd=ask.lost_usd,
        )


def gradings_of(run: MixRun) -> list[Grading]:
    return [one.grading for text in run.texts for one in text.gradings]


def _assessed(plan: MixPlan, run: MixRun) -> Assessment:
    return assess(gradings_of(run), aliases=aliases_of(plan.library))


def _record(lab: Path, found: Mixed) -> None:
    """Files, Inspect's log and the table. What an earlier invocation of the same run put into the table gives way."""
    from skillscale.experiments.skill_mix.inspect_log import write_log

    write_texts(found.folder, found.run)
    write_log(found.folder / LOGS, found.plan, found.run)
    rows = [asdict(one) for one in observations_of(found.plan, found.run)]
    place = (found.folder / GRADINGS).relative_to(lab).as_posix()
    frame = pl.DataFrame(rows, schema=SCHEMA).with_columns(file=pl.lit(GRADINGS), place=pl.lit(place))
    Lab(lab).import_table(frame, lambda _: frame, replace=True)


def observations_of(plan: MixPlan, run: MixRun) -> list[Observation]:
    """Rows of the table: for each grader, k and metric the mean of one generation and the best of n."""
    found = gather(gradings_of(run))
    return [
        _observation(plan, answers, metric, of)
        for answers in found
        for metric in METRICS
        for of in OF
    ]  # fmt: skip


def _observation(plan: MixPlan, answers: Answers, metric: str, of: str) -> Observation:
    values = OF[of](answers.values(metric))
    known = values[~np.isnan(values)]
    n = len(known)
    return Observation(
        family=plan.model,
        run=plan.key,
        model=plan.model,
        task=TASK,
        stratum=f"graded by {answers.grader}",
        k=answers.k,
        metric=NAMES[of].format(metric),
        value=float(known.mean()) if n else None,
        missing=None if n else _why(answers, of),
        n_items=n or None,
        stderr=float(known.std(ddof=1) / np.sqrt(n)) if n > 1 else None,
        direction="up",
        thresholded=metric != "skill_fraction",
        provenance=f"skillscale mix run {plan.key}, graded by {answers.grader}, draw {plan.draw_digest}, prompts {plan.settings.prompts}",
    )


def _why(answers: Answers, of: str) -> str:
    reasons = Counter(answers.missing).most_common(1)
    whose = "no text has a verdict" if of == "mean" else "of no combination have all texts a verdict"
    return whose + (f": {reasons[0][0]}" if reasons else "")


def mixed_json(found: Mixed) -> dict[str, Any]:
    """What `skillscale mix run --json` prints; `docs/hosted.md` says what stands where."""
    plan, replies = found.plan, found.run.replies
    cost = cost_of(replies)
    told = None if found.assessment is None else assessment_json(found.assessment)
    graders = plan.graders
    return {
        "run": plan.key,
        "folder": str(found.folder),
        "model": plan.model,
        "grader": graders[0] if len(graders) == 1 else list(graders),
        "draw": plan.draw_digest,
        "committed": plan.commitment is not None,
        "seed": plan.drawn.seed,
        "k": list(plan.drawn.ks),
        "combinations": len(plan.drawn.combinations),
        "stopped": found.stopped,
        "calls": sum(one.text is not None for one in replies),
        "calls_made": found.calls_made,
        "calls_left": found.calls_left,
        **used(replies),
        "cost_usd": cost.usd,
        "cost_at_most": cost.at_most,
        "lost_usd_at_most": found.lost_usd,
        "missing": None if told is None else sum(row["missing"] for row in told["scores"]),
        "missing_reasons": None if told is None else _reasons(found.run),
        "level": None if told is None else told["level"],
        "scores": None if told is None else [_with_use(row, found.run) for row in told["scores"]],
        **{name: None if told is None else told[name] for name in ("saturation", "agreement", "family_bias")},
    }


def _reasons(run: MixRun) -> dict[str, int]:
    """Gradings without a verdict, by reason."""
    reasons = Counter(one.missing for one in gradings_of(run) if one.missing is not None)
    return dict(sorted(reasons.items()))


def _with_use(row: Mapping[str, Any], run: MixRun) -> dict[str, Any]:
    """The scores of one grader at one k with the calls of the student and of this grader, and what they cost."""
    texts = [text for text in run.texts if text.asked.k == row["k"]]
    replies = [reply for text in texts for reply in (*text.generation.turns, *_of_grader(text, row["grader"]))]
    calls = sum(one.text is not None for one in replies)
    cost = cost_of(replies)
    return {**row, "calls": calls, "cost_usd": cost.usd, "cost_at_most": cost.at_most}


def _of_grader(text: Text, grader: str) -> Iterable[Reply]:
    return (reply for one in text.gradings if one.grading.grader == grader for reply in one.replies)


def tell_mixed(found: Mixed) -> Sequence[str]:
    """The scores and what they took, in lines."""
    from skillscale.views.skill_mix_wording import tell_scores

    cost = cost_of(found.run.replies)
    more = f", at most {dollars(found.lost_usd)} more for calls that ended without an answer" if found.lost_usd else ""
    calls = f"{found.calls_known:,} calls were answered before, {found.calls_made:,} were made now; {cost}{more}"
    if found.assessment is None:
        return (calls, found.stopped or "")
    return (tell_scores(found.assessment), "", calls, f"texts, gradings and log: {found.folder}")
