"""Figures of Skill-Mix: scores against k of all models, and full marks of the ladder's rungs against k and against scale."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from skillscale.laws.skill_mix.answers import gather
from skillscale.laws.skill_mix.doubling import KCurve, doublings
from skillscale.laws.skill_mix.look_up import NoveltyOnLadder
from skillscale.laws.skill_mix.saturation_point import SaturationPoint
from skillscale.views.charts.skill_mix import draw_by_scale, draw_over_k, draw_saturation, score_rows
from skillscale.views.report.figure import Figure, Link
from skillscale.views.report.leaderboard import Board, BoardRow
from skillscale.views.report.novelty_figure import beyond_parrots
from skillscale.views.skill_mix_wording import interval, saturated
from skillscale.views.wording import listed, percent, significant

MOST_LINES = 8  # more cannot be told apart
LEADERBOARD = Link(text="the leaderboard", target="leaderboard")
READING = (
    "Scores of one generation, with intervals over combinations; points of one k stand a little apart so that bars do not hide each other. The dotted line "
    "is the 5 % below which a model counts as saturated."
)


def figures_of_board(
    board: Board, flops: Mapping[str, float] | None = None, novelty: NoveltyOnLadder | None = None
) -> list[Figure]:
    """A figure of asked models and one of trained rungs, as far as there are any; `flops` is what training a model took, `novelty` of the rungs."""
    asked = [row for row in board.rows if row.run.n_params is None]
    trained = [row for row in board.rows if row.run.n_params is not None]
    return [
        *([_of_models(board, asked)] if asked else []),
        *([_of_rungs(board, trained, flops or {}, novelty)] if trained else []),
    ]


def _of_models(board: Board, rows: Sequence[BoardRow]) -> Figure:
    table = _table(rows)
    lines = list(dict.fromkeys(table.filter(metric="full_marks", of="mean").sort("k", pl.col("value") * -1)["line"]))
    drawn = table.filter(pl.col("line").is_in(lines[:MOST_LINES]))
    more = f" Drawn are the {MOST_LINES} best of {len(lines)} at the smallest k." if len(lines) > MOST_LINES else ""
    return Figure(
        name="skill-mix",
        title="Skill-Mix: how many skills models combine",
        sentence=_sentence(board, rows),
        reading=READING + more,
        chart=draw_over_k(drawn) if _known(rows) else None,
        numbers=table,
        links=(LEADERBOARD,),
    )


def _of_rungs(
    board: Board, rows: Sequence[BoardRow], flops: Mapping[str, float], novelty: NoveltyOnLadder | None
) -> Figure:
    """Combinations that the training text cannot have; folded below, those it has, and the same against scale."""
    seen = [row for row in rows if row.run.stratum == "seen"]
    unseen = [row for row in rows if row.run.stratum != "seen"]
    main = unseen or seen
    by_scale = Figure(
        name="skill-mix-by-scale",
        title="Full Marks against scale, for each k",
        sentence=f"{_by_scale_sentence(main)} {_doubling_sentence(rows, flops, board.level)}".strip(),
        reading="Points of one size stand a little apart so that bars do not hide each other.",
        chart=draw_by_scale(_table(main)) if _known(main) else None,
        links=(LEADERBOARD,),
    )
    of_seen = Figure(
        name="skill-mix-seen",
        title="The same for combinations that stand in the training text",
        sentence=_sentence(board, seen),
        reading=READING,
        chart=draw_over_k(_table(seen)) if _known(seen) else None,
        numbers=_table(seen) if seen else None,
        links=(LEADERBOARD,),
    )
    never = " Combinations are such as the training text never shows." if unseen else ""
    return Figure(
        name="skill-mix-rungs",
        title="Pocket Skill-Mix: how many skills each rung combines",
        sentence=_sentence(board, main),
        reading=f"{READING} Every point is decided by a program.{never}",
        chart=draw_over_k(_table(main)) if _known(main) else None,
        numbers=_table(main),
        links=(LEADERBOARD,),
        diagnostics=(
            by_scale,
            _of_saturation(board, main),
            *([of_seen] if seen and unseen else []),
            *([] if novelty is None else [beyond_parrots(novelty)]),
        ),
    )


SATURATION_SCHEMA = {
    "line": pl.String,
    "n_params": pl.Int64,
    "k": pl.Int64,
    "low": pl.Int64,
    "high": pl.Int64,
    "tried": pl.Int64,
}


def _of_saturation(board: Board, rows: Sequence[BoardRow]) -> Figure:
    """The saturation point of every rung."""
    lines = {_line(row): row for row in sorted(rows, key=lambda row: row.run.n_params or 0)}
    found = [
        (row.run.name or row.score.model, row.run.n_params, point.k, point.low, point.high, point.tried[-1])
        for line, row in lines.items()
        if (point := board.saturation[line]).tried
    ]
    table = pl.DataFrame(found, schema=SATURATION_SCHEMA, orient="row")
    ends = [(row.run.name, board.saturation[line]) for line, row in lines.items() if board.saturation[line].tried]
    told = [_saturation(name, point) for name, point in dict.fromkeys((ends[0], ends[-1]))] if ends else []
    return Figure(
        name="skill-mix-saturation",
        title="The saturation point of each rung",
        sentence=f"Full Marks of one text: {'; '.join(told)}." if told else "No rung has a verdict.",
        reading=f"The first k whose score is below 5 %, with its {percent(board.level)} interval; a bar beyond the last k that was asked is open.",
        chart=draw_saturation(table) if len(table) else None,
        numbers=table if len(table) else None,
        links=(LEADERBOARD,),
    )


def _saturation(name: str | None, point: SaturationPoint) -> str:
    return f"no text of {name} has them" if point.never else f"of {name} they {saturated(point)}"


def _known(rows: Sequence[BoardRow]) -> list[BoardRow]:
    return [row for row in rows if row.score.plain.estimates["full_marks"]["mean"].value is not None]


def _table(rows: Sequence[BoardRow]) -> pl.DataFrame:
    """Rows of the chart. A line is named by its model, and by its grader where a model has several, and by its run where even those are the same."""
    names = {_line(row): row.run.name or row.score.model for row in rows}
    for more in (2, 0):
        double = {name for name in names.values() if list(names.values()).count(name) > 1}
        names = {key: f"{name}, {key[more]}" if name in double else name for key, name in names.items()}
    return pl.concat(
        score_rows(
            [row.score],
            {(row.score.model, row.score.grader): names[row.run.key, row.score.model, row.score.grader]},
            n_params={} if row.run.n_params is None else {row.score.model: row.run.n_params},
        )
        for row in sorted(rows, key=lambda row: (row.run.n_params or 0, row.name, row.score.k))
    )


def _sentence(board: Board, rows: Sequence[BoardRow]) -> str:
    """Of the model, or the rung, that is best at the largest k that any has: where it starts, where it ends, and where it saturates."""
    known = _known(rows)
    if not known:
        return "Nothing can be told of Skill-Mix: no text has a verdict."
    best = max(known, key=lambda row: (row.score.k, _full(row), row.run.n_params or 0))
    own = sorted((row for row in known if _line(row) == _line(best)), key=lambda row: row.score.k)
    scores = [
        f"{interval(row.score.plain.estimates['full_marks']['mean'])} at k = {row.score.k}"
        for row in (own[0], own[-1])[: len(own)]
    ]
    point = board.saturation[_line(best)]
    end = "no text has Full Marks" if point.never else f"Full Marks {saturated(point)}"
    return f"{best.name} has Full Marks on a share of {listed(scores)} of its texts ({percent(board.level)} intervals); {end}."


def _line(row: BoardRow) -> tuple[str, str, str]:
    return row.run.key, row.score.model, row.score.grader


def _full(row: BoardRow) -> float:
    return row.score.plain.estimates["full_marks"]["mean"].value or 0.0


def _by_scale_sentence(rows: Sequence[BoardRow]) -> str:
    """At the smallest and the largest k: what the smallest and the largest rung have."""
    ends: list[str] = []
    for k in sorted({row.score.k for row in rows})[:: max(1, len({row.score.k for row in rows}) - 1)]:
        own = sorted((row for row in rows if row.score.k == k), key=lambda row: row.run.n_params or 0)
        scores = [interval(row.score.plain.estimates["full_marks"]["mean"]) for row in (own[0], own[-1])]
        ends.append(f"at k = {k} {own[0].name} has {scores[0]} and {own[-1].name} {scores[1]}")
    return f"Full Marks of one text: {'; '.join(ends)}."


def _doubling_sentence(rows: Sequence[BoardRow], flops: Mapping[str, float], level: float) -> str:
    """Compute that doubles k, of combinations never seen where there are any at a k; nothing where no two such k were asked."""
    told: list[str] = []
    for found in doublings(_k_curves(rows, flops), level=level):
        if found.factor is None or found.low is None or found.high is None:
            told.append(f"from k = {found.k} to {2 * found.k} it cannot be told: {found.missing}")
            continue
        verdict = "holds the 10 of the theory" if found.holds else "does not hold the 10 of the theory"
        told.append(
            f"from k = {found.k} to {2 * found.k} (at {percent(found.target or 0.0)} Full Marks) {significant(found.factor, 2)} times "
            f"({percent(level)} interval {significant(found.low, 2)} to {significant(found.high, 2)}), which {verdict}"
        )
    return f"Training compute that doubles k: {'; '.join(told)}." if told else ""


def _k_curves(rows: Sequence[BoardRow], flops: Mapping[str, float]) -> list[KCurve]:
    """Full Marks of each combination, by rung, for every k that all rungs were asked without a missing text."""
    curves: list[KCurve] = []
    for k in sorted({row.score.k for row in rows}):
        own = [row for row in rows if row.score.k == k and row.score.model in flops]
        part = [row for row in own if row.run.stratum != "seen"] or own
        part.sort(key=lambda row: flops[row.score.model])
        values = [
            answers.values("full_marks").mean(1)
            for row in part
            for answers in gather([one for one in row.run.gradings if one.k == k])
        ]
        if len(part) > 1 and len({one.shape for one in values}) == 1 and not np.isnan(values).any():
            flops_s = np.array([flops[row.score.model] for row in part])
            curves.append(KCurve(k=k, flops_s=flops_s, values_sc=np.array(values)))
    return curves
