"""Beyond parrots: what the novelty bound says of a pocket ladder, and what look-up finds."""

from collections.abc import Sequence

from skillscale.laws.skill_mix.look_up import InText, LookedUp, NoveltyOnLadder, RungNovelty, Verdict
from skillscale.views.charts.novelty import draw_novelty, novelty_rows
from skillscale.views.report.figure import Figure
from skillscale.views.wording import listed, percent, rung_label, significant

ALIKE = 0.05  # so near to 1 a multiple counts as the same
Scored = tuple[RungNovelty, LookedUp]


def beyond_parrots(found: NoveltyOnLadder) -> Figure:
    """One figure with its numbers; without a chart where no rung has a success."""
    rows = novelty_rows(found)
    told = [_of_best(found), _verdicts(found), _empty(found), _never(found), _independence(found)]
    nobody = "No rung has Full Marks on two skills or more, so the bound has no successes to speak of."
    return Figure(
        name="skill-mix-novelty",
        title="Beyond parrots: what the bound says and what look-up finds",
        sentence=" ".join(part for part in told if part) if len(rows) else nobody,
        reading=f"{_prevalence(found)} A success is a combination with Full Marks in the best of its texts, combinations drawn at random from all. Circles: the share of "
        "successes whose combination stands nowhere in the training text, looked up. Triangles: the share that the bound of Yu et al. says it is at least, from "
        f"the largest of these frequencies. Bars are {percent(found.level)} intervals; a triangle whose bar goes to the foot is within noise.",
        chart=draw_novelty(rows) if len(rows) else None,
        numbers=rows if len(rows) else None,
    )


def _prevalence(found: NoveltyOnLadder) -> str:
    """How often skills and topics stand in the text: exact, for all of it was read."""
    counts = found.counts
    skills, topics = (
        f"{percent(min(held.values()) / counts.n, 1)} to {percent(max(held.values()) / counts.n, 1)}"
        for held in (counts.skills, counts.topics)
    )
    return f"The training text has {counts.n:,} pieces; skills stand in {skills} of them, topics in {topics}."


def _of_best(found: NoveltyOnLadder) -> str:
    """The largest rung of which the bound says something beyond noise, where it says most."""
    told = [(rung, one) for rung in found.rungs for one in rung.found if one.at_least_low is not None]
    if not told:
        return "The bound says nothing beyond noise of any rung."
    rung, one = max(told, key=lambda each: (each[0].n_params, each[1].at_least_low or 0.0))
    return (
        f"At k = {one.k} at least {_percent(one.at_least)} of the successes of {rung_label(rung.run)} were on combinations that never stood in the training text, says the "
        f"bound ({_percent(one.at_least_low)} at the lower end of its {percent(found.level)} interval); by look-up {_exact(one)} were."
    )


def _exact(one: LookedUp) -> str:
    value, low, high = (_percent(end) for end in (one.exact.value, one.exact.low, one.exact.high))
    return value if low == high else f"{value} ({low} to {high})"


def _percent(share: float | None) -> str:
    """One decimal; what is not quite all does not become all."""
    assert share is not None
    return percent(share, 1 if share in (0.0, 1.0) or 0.0005 <= share < 0.9995 else 3)


def _verdicts(found: NoveltyOnLadder) -> str:
    """Of all rungs and k with a success: how often the bound holds, and where it does not."""
    by: dict[Verdict, list[Scored]] = {}
    for rung in found.rungs:
        for one in rung.found:
            by.setdefault(one.verdict, []).append((rung, one))
    n = sum(len(each) for verdict, each in by.items() if verdict != "no success")
    words: list[tuple[Verdict, str]] = [
        ("holds", "is beyond noise and true of"),
        ("within noise", "is within noise of"),
        ("empty", "says nothing of"),
        ("overstates", "says more than is true of"),
        ("cannot tell", "may be true or not of"),
    ]
    parts = [f"{said} {len(by[verdict])}{_names(verdict, by[verdict])}" for verdict, said in words if verdict in by]
    return f"Of {n} scores above 0 the bound {listed(parts)}."


def _names(verdict: Verdict, scored: Sequence[Scored]) -> str:
    """Which they are, of those that a reader wants to know."""
    if verdict not in ("within noise", "overstates", "cannot tell"):
        return ""
    return f" ({listed([f'{rung_label(rung.run)} at k = {one.k}' for rung, one in scored])})"


def _empty(found: NoveltyOnLadder) -> str:
    """Where the bound is empty whatever a model scores: each combination is expected once or more."""
    told = [one for one in found.texts if one.rate_at_most >= 1]
    if not told:
        return ""
    ks, times, rates = (
        listed(words)
        for words in (
            [str(one.k) for one in told],
            [significant(one.rate_at_most, 2) for one in told],
            [percent(one.rate, 1) for one in told],
        )
    )
    return f"At k = {ks} it must be empty, for by it each combination may stand there {times} times; {rates} of them do at all."


def _never(found: NoveltyOnLadder) -> str:
    """The k at which nobody has a success."""
    ks = sorted({one.k for rung in found.rungs for one in rung.found})
    none = [k for k in ks if all(one.verdict == "no success" for rung in found.rungs for one in rung.found if one.k == k)]  # fmt: skip
    return f"At k = {listed([str(k) for k in none])} no rung has a success." if none else ""


def _independence(found: NoveltyOnLadder) -> str:
    """Whether skills are drawn independently in the text, as the bound assumes, and what comes of it where they are not."""
    there = [one for one in found.texts if one.standing]
    if not there:
        return ""
    company = listed([f"{significant(one.company, 2)} (k = {one.k})" for one in there])
    worse = [one for one in there if not one.allowed]
    if not worse and all(abs(one.company - 1) <= ALIKE for one in there):
        return "Skills stand together there as often as independent ones would, as the bound assumes."
    result = f"at k = {_ks(worse)} more combinations stand there than it allows" if worse else _slack(there)
    return f"Skills are not drawn independently there, as the bound assumes: they stand together {company} times as often as independent ones would; {result}."


def _slack(there: Sequence[InText]) -> str:
    last = there[-1]
    return f"still no more combinations stand there than it allows, at k = {last.k} {_percent(last.rate)} of all and not {_percent(last.rate_at_most)}"


def _ks(texts: Sequence[InText]) -> str:
    return listed([str(one.k) for one in texts])
