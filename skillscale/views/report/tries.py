"""Raw tries: problems with what the largest rung said to them in every way it was asked, right and wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from skillscale.laws.test_time.on_ladder import ASKED_ONCE, SELF_CONSISTENCY
from skillscale.tasks.worked_chain import result_of
from skillscale.views.charts.ways import WAYS
from skillscale.views.report.figure import Link
from skillscale.views.report.source import ReportSource, read_records
from skillscale.views.wording import anchor, rung_label

OF_EACH = 2  # problems of a k that the largest rung has right step by step, and as many that it has wrong
MOST_ANSWERS = 5  # different ones of its samples that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTry:
    """One way's answer. `right` is None where nothing was said, and `said` then says why."""

    way: str
    said: str
    right: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An answer of the samples: how many gave it, and the mean probability that the model itself gave to every step being right."""

    answer: str
    n: int
    right: bool
    verifier: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProblem:
    asked: str
    truth: str
    tries: tuple[ShownTry, ...]
    samples: tuple[Counted, ...]
    n_samples: int
    n_more: int  # different answers that are not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class TriesOfK:
    k: int
    target: str  # id on the page
    problems: tuple[ShownProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTries:
    rung: str
    model: str
    groups: tuple[TriesOfK, ...]


def raw_tries(source: ReportSource, rng: np.random.Generator) -> ShownTries | None:
    """For every k a random few problems that the largest rung has right and wrong step by step; None where no tries are kept."""
    model = _largest(source)
    frame = None if model is None else read_records(source.lab.runs / model, "thinking")
    if model is None or frame is None:
        return None
    groups = [
        TriesOfK(k=k, target=anchor("tries", f"k-{k}"), problems=_problems(frame.filter(k=k), rng))
        for k in frame["k"].unique().sort().to_list()
    ]
    return ShownTries(rung=rung_label(model), model=model, groups=tuple(groups))


def try_links(source: ReportSource) -> tuple[Link, ...]:
    """Links to the raw tries of each k."""
    thinking = None if source.findings.reasoning is None else source.findings.reasoning.thinking
    model = _largest(source)
    if thinking is None or model is None or not (source.lab.runs / model / "thinking.parquet").is_file():
        return ()
    ks = sorted({one.k for one in thinking.solved if one.model == model and one.k is not None})
    return tuple(Link(text=f"tries at k = {k}", target=anchor("tries", f"k-{k}")) for k in ks)


def _largest(source: ReportSource) -> str | None:
    thinking = None if source.findings.reasoning is None else source.findings.reasoning.thinking
    return thinking.solved[-1].model if thinking is not None and thinking.solved else None


def _problems(of_k: pl.DataFrame, rng: np.random.Generator) -> tuple[ShownProblem, ...]:
    """By what was said step by step; problems that could not be asked so come as wrong ones."""
    worked = of_k.filter(way="worked").sort("problem")
    right = worked["right"].fill_null(False).to_numpy()
    chosen: list[int] = []
    for wanted in (True, False):
        places = np.flatnonzero(right == wanted)
        chosen += sorted(rng.choice(places, size=min(OF_EACH, len(places)), replace=False).tolist())
    return tuple(_problem(of_k.filter(problem=worked["problem"][place])) for place in chosen)


def _problem(tries: pl.DataFrame) -> ShownProblem:
    first = tries.row(0, named=True)
    once = [row for way in ASKED_ONCE for row in tries.filter(way=way).iter_rows(named=True)]
    revised = tries.filter(way="revised").sort("sample").rows(named=True)
    shown = [_shown(row, WAYS[row["way"]]) for row in once]
    shown += [_shown(row, f"step by step, attempt {row['sample'] + 1}") for row in revised]
    samples = _counted(tries.filter(way="sampled"))
    return ShownProblem(
        asked=first["asked"],
        truth=first["truth"],
        tries=tuple(shown),
        samples=tuple(samples[:MOST_ANSWERS]),
        n_samples=tries.filter(way="sampled").height,
        n_more=max(0, len(samples) - MOST_ANSWERS),
    )


def _shown(row: dict[str, Any], way: str) -> ShownTry:
    said = row["said"]
    words = row["missing"] or "no reason was recorded" if said is None else said.strip() or "(said nothing)"
    return ShownTry(way=way, said=words, right=row["right"])


def _counted(sampled: pl.DataFrame) -> list[Counted]:
    """Different answers of the samples, the most frequent first."""
    own = sampled.drop_nulls("said").with_columns(
        answer=pl.col("said").map_elements(_answer, return_dtype=pl.String, skip_nulls=False)
    )
    counts = own.group_by("answer", maintain_order=True).agg(
        n=pl.len(), right=pl.col("right").any(), verifier=pl.col("verifier").cast(pl.Float64).mean()
    )
    return [Counted(**row) for row in counts.sort("n", "answer", descending=[True, False]).iter_rows(named=True)]


def _answer(said: str) -> str:
    words = result_of(said)
    return "(no result)" if words is None else " ".join(words)


SAMPLED = WAYS[SELF_CONSISTENCY]
