"""Reinforcement learning on chains of thought: what reward bought, what it did not, and how the model speaks since."""

from skillscale.views.charts.reinforced import change_rows, draw_coverage_change, draw_habits
from skillscale.views.charts.reinforcement import draw_reinforcement
from skillscale.views.reasoning import BeforeAfter, Reinforced
from skillscale.views.report.figure import Figure
from skillscale.views.report.source import ReportSource
from skillscale.views.thinking_wording import points_words
from skillscale.views.wording import listed, percent, rung_label


def reinforcements(source: ReportSource) -> list[Figure]:
    """A figure for each checkpoint of this ladder that was reinforced; none where none was."""
    reasoning = source.findings.reasoning
    found = () if reasoning is None else reasoning.reinforced
    return [
        _figure(one, "reinforcement" + (f"-{place}" if place else ""), source.findings.level)
        for place, one in enumerate(reversed(found))
    ]


def _figure(one: Reinforced, name: str, level: float) -> Figure:
    rung = rung_label(one.model)
    drawn = one.curves.drop_nulls("rl_flops")
    return Figure(
        name=name,
        title=f"Reinforcement learning from {rung}, rewarded for right results",
        sentence=_bought(one, level),
        headline=_bought(one, level),
        reading="pass@1 on chains of combinations that the training text never has, the same questions throughout. The dashed rule is before any reward; a line for each seed, bands are "
        "intervals over questions. Compute is all sampling and updating. The interval of the sentence is over seeds and questions; with one seed it is over questions alone."
        + _unfinished(one.n_unfinished),
        chart=draw_reinforcement(drawn) if (drawn["rl_flops"] > 0).any() else None,
        numbers=one.curves,
        diagnostics=(_coverage(one, name, level), _transfer(one, name, level), _habits(one, name)),
    )


def _unfinished(n: int) -> str:
    return f" Not counted as they are not done yet: {n} {'run' if n == 1 else 'runs'}." if n else ""


def _bought(one: Reinforced, level: float) -> str:
    """pass@1 before and after, with the interval of the difference; what cannot be told is said."""
    change = one.pass_at_1
    seeds = "1 seed" if one.n_seeds == 1 else f"{one.n_seeds} seeds"
    text = (
        f"Over {seeds} reward changes {rung_label(one.model)}'s single tries on combinations never seen by {points_words(change.difference, level)}, "
        f"from {_percent(change.before.value)} to {_percent(change.after.value)}"
    )
    return f"{text}{'' if sure(change) else ': the data cannot tell whether it helps'}."


def sure(change: BeforeAfter) -> bool:
    """Does the interval of the difference leave 0 out?"""
    low, high = change.difference.low, change.difference.high
    return low is not None and high is not None and (low > 0 or high < 0)


def _percent(share: float | None) -> str:
    return "unknown" if share is None else percent(share)


def _coverage(one: Reinforced, name: str, level: float) -> Figure:
    last = one.coverage[-1]
    return Figure(
        name=f"{name}-coverage",
        title="Did it learn, or only sharpen?",
        sentence=f"{one.learned} In all, {last.name} changes by {points_words(last.difference, level)}.",
        reading="pass@k is the share of questions with a right answer among k. If reward only makes likelier what could be said before, the curves meet at large k, or cross.",
        chart=draw_coverage_change(one.coverage),
        numbers=change_rows(one.coverage),
    )


def _transfer(one: Reinforced, name: str, level: float) -> Figure:
    longer = [part for part in one.parts if "longer" in part.name]
    told = [f"{part.name.partition(',')[0]} {points_words(part.difference, level)}" for part in longer]
    surely = [part.name.partition(",")[0] for part in longer if sure(part)]
    told_surely = "none of these is sure" if not surely else f"sure of these is {listed(surely)}"
    sentence = (
        f"On chains longer than any it was rewarded for, single tries change: {listed(told)}; {told_surely}."
        if longer
        else "Whether it transfers to longer chains cannot be told: none were asked."
    )
    return Figure(
        name=f"{name}-transfer",
        title="Transfer: combinations never seen, and longer chains",
        sentence=sentence,
        reading="Rewarded were chains of combinations that the training text has. That text also has longer chains, so what is new about these is only that none was rewarded.",
        numbers=change_rows(one.parts),
    )


def _habits(one: Reinforced, name: str) -> Figure:
    ends = one.curves.sort("step").group_by("seed", maintain_order=True)
    first, last = ends.first(), ends.last()
    words = listed(
        [
            f"{title} {before:.2f} to {after:.2f}"
            for column, title in (
                ("thought_tokens", "tokens of an answer from"),
                ("entropy_nats", "entropy of a token, in nats, from"),
            )
            if isinstance(before := first[column].mean(), float) and isinstance(after := last[column].mean(), float)
        ]
    )
    rejected = [frame["rewarded_rejected"].mean() for frame in (first, last)]
    shares = [percent(share) if isinstance(share, float) else "none rewarded" for share in rejected]
    return Figure(
        name=f"{name}-habits",
        title="How it speaks: length, entropy, and rewards that a second check rejects",
        sentence=f"Means over seeds, without intervals: {words}; right results with a wrong step, which reward cannot see, from {shares[0]} to {shares[1]}.",
        reading="Each seed before, during and after, on held-out combinations. Entropy is estimated from what was said. A rising share of rewarded answers whose steps are wrong would be "
        "reward hacking.",
        chart=draw_habits(one),
        numbers=one.curves.select("seed", "step", "thought_tokens", "entropy_nats", "rewarded_rejected"),
    )
