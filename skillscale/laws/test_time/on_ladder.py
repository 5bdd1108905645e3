"""What the tries of a ladder's checkpoints say: ways of asking, samples and verifiers, each against what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from skillscale.laws.intervals import LEVEL, Estimate, estimate
from skillscale.laws.test_time.budget import N_PROBES, Budgeted, budget_curve
from skillscale.laws.test_time.compared import Compared, compare_ways
from skillscale.laws.test_time.coverage import powers_of_two
from skillscale.laws.test_time.crossover import Crossover, crossover
from skillscale.laws.test_time.iso_accuracy import Exchange, Reached, Thinker, exchanges, iso_accuracy
from skillscale.laws.test_time.samples import Samples, gather_samples
from skillscale.laws.test_time.selectors import SELECTORS, Selected, selector_curves
from skillscale.tasks.worked_chain import result_of

ASKED_ONCE = ("direct", "few-shot direct", "worked", "few-shot worked", "least-to-most")
NEEDS_VERIFIER = ("best_of_n", "weighted")
SELF_CONSISTENCY = "self-consistency"  # the majority of all samples of a problem; its `number` says how many
LEVELS = (0.25, 0.5, 0.75)  # accuracies whose contours are drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckpointTries:
    """One checkpoint and all its tries, as `thinking.parquet` keeps them."""

    run: str
    model: str
    n_params: int
    n_tokens: int
    train_flops: float
    tries: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The share of problems solved in one way by one checkpoint; `number` is of a revision, the steps allowed or the samples, else 0.

    `k` None is over all k. `inference_flops` is the mean compute of an answer.
    """

    model: str
    n_params: int
    train_flops: float
    way: str
    k: int | None
    number: int
    estimate: Estimate
    inference_flops: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What selectors make of one checkpoint's samples; `cost` of each is in FLOPs: reading once, m samples, and their verification."""

    model: str
    n_params: int
    train_flops: float
    curves: tuple[Selected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingOnLadder:
    """All that is concluded of the tries. `crossovers` are of worked over direct answers, by `k = 2` … and `all`.

    `budgets` are of the checkpoint `budget_model`: the one whose samples are right closest to half of the time.
    """

    level: float
    solved: tuple[Solved, ...]
    chosen: tuple[Chosen, ...]
    compared: tuple[Compared, ...]
    crossovers: Mapping[str, Crossover]
    contours: tuple[Reached, ...]
    exchanges: tuple[Exchange, ...]
    budget_model: str | None
    budgets: tuple[Budgeted, ...]
    n_unasked: int  # tries that could not be made

    def comparison(self, model: str, first: str, second: str) -> Compared | None:
        """Of `compared`; None where the model was not asked both ways."""
        return next(
            (one for one in self.compared if (one.model, one.first, one.second) == (model, first, second)), None
        )


def think_on_ladder(points: Sequence[CheckpointTries], *, level: float = LEVEL, seed: int = 0) -> ThinkingOnLadder:
    """Conclude from the tries of several checkpoints, asked the same problems."""
    ordered = sorted(points, key=lambda point: (point.n_params, point.n_tokens))
    sampled = {point.model: found for point in ordered if (found := _samples(point.tries)) is not None}
    with_samples = [point for point in ordered if point.model in sampled]
    thinkers = [one for point in with_samples if (one := _thinker(point, sampled[point.model])) is not None]
    rights = {model: float(samples.right_is.mean()) for model, samples in sampled.items()}
    middle = min(rights, key=lambda model: abs(rights[model] - 0.5), default=None)
    return ThinkingOnLadder(
        level=level,
        solved=tuple(one for point in ordered for one in _solved(point, level, seed)),
        chosen=tuple(_chosen(point, sampled[point.model], level, seed) for point in with_samples),
        compared=tuple(
            one
            for point in ordered
            for one in compare_ways(point.model, point.tries, sampled.get(point.model), level=level, seed=seed)
        ),
        crossovers=_crossovers(ordered, level, seed),
        contours=iso_accuracy(thinkers, LEVELS, level=level, seed=seed) if thinkers else (),
        exchanges=exchanges(thinkers, level=level, seed=seed) if len(thinkers) > 1 else (),
        budget_model=middle,
        budgets=() if middle is None else _budgets(sampled[middle], level, seed),
        n_unasked=sum(int(point.tries["right"].null_count()) for point in ordered),
    )


def _solved(point: CheckpointTries, level: float, seed: int) -> list[Solved]:
    tries = point.tries.filter(pl.col("right").is_not_null())
    found: list[Solved] = []
    for way in (*ASKED_ONCE, "forced", "revised"):
        own = tries.filter(way=way)
        for number in own["sample"].unique().sort().to_list():
            at = own.filter(sample=number)
            found += [
                _one(point, way, k, number, at.filter(k=k), level, seed) for k in at["k"].unique().sort().to_list()
            ]
            if way != "forced":  # as many steps are another share of the chain at another k
                found.append(_one(point, way, None, number, at, level, seed))
    return found + _agreed(point, level, seed)


def _agreed(point: CheckpointTries, level: float, seed: int) -> list[Solved]:
    """Self-consistency (Wang et al. 2022): the majority of all samples of a problem, ties split evenly."""
    found: list[Solved] = []
    for k in (*point.tries["k"].unique().sort().to_list(), None):
        own = point.tries if k is None else point.tries.filter(k=k)
        samples = _samples(own)
        if samples is None:
            continue
        n, (read, said, _) = samples.n_samples, _costs(own)
        (most,) = SELECTORS["majority"](samples, (n,), np.random.default_rng(seed))
        found.append(
            Solved(
                model=point.model,
                n_params=point.n_params,
                train_flops=point.train_flops,
                way=SELF_CONSISTENCY,
                k=k,
                number=n,
                estimate=estimate(most.value_i, np.random.default_rng(seed), level=level),
                inference_flops=None if read is None or said is None else read + n * said,
            )
        )
    return found


def _one(
    point: CheckpointTries, way: str, k: int | None, number: int, rows: pl.DataFrame, level: float, seed: int
) -> Solved:
    flops = (rows["read_flops"] + rows["said_flops"]).mean()
    return Solved(
        model=point.model,
        n_params=point.n_params,
        train_flops=point.train_flops,
        way=way,
        k=k,
        number=number,
        estimate=estimate(rows["right"].cast(pl.Float64).to_numpy(), np.random.default_rng(seed), level=level),
        inference_flops=flops if isinstance(flops, float) else None,
    )


def _samples(tries: pl.DataFrame) -> Samples | None:
    """The sampled chains as a table, problems by samples; None where there are none, or some problem could not be asked."""
    drawn = tries.filter(way="sampled").sort("problem", "sample")
    if drawn.is_empty() or drawn["right"].null_count():
        return None
    by_problem = drawn.with_columns(
        answer=pl.col("said").map_elements(_answer, return_dtype=pl.String, skip_nulls=False)
    ).group_by("problem", maintain_order=True)
    rows = by_problem.agg("answer", "right", "verifier")
    scores = rows["verifier"].to_list() if drawn["verifier"].count() else None
    return gather_samples(rows["answer"].to_list(), rows["right"].to_list(), scores)


def _answer(said: str | None) -> str | None:
    words = None if said is None else result_of(said)
    return None if words is None else " ".join(words)


def _costs(tries: pl.DataFrame) -> tuple[float | None, float | None, float | None]:
    """Mean FLOPs of reading a problem, of one sample, and of verifying it; None where they are not known."""
    drawn = tries.filter(way="sampled")
    means = (drawn[name].mean() for name in ("read_flops", "said_flops", "verifier_flops"))
    read, said, verifier = (mean if isinstance(mean, float) else None for mean in means)
    return read, said, verifier


def _chosen(point: CheckpointTries, samples: Samples, level: float, seed: int) -> Chosen:
    read, said, verifier = _costs(point.tries)

    def cost(one: Selected) -> float | None:
        judged = verifier if one.selector in NEEDS_VERIFIER else 0.0
        return None if read is None or said is None or judged is None else read + one.m * (said + judged)

    curves = (replace(one, cost=cost(one)) for one in selector_curves(samples, level=level, seed=seed))
    return Chosen(model=point.model, n_params=point.n_params, train_flops=point.train_flops, curves=tuple(curves))


def _thinker(point: CheckpointTries, samples: Samples) -> Thinker | None:
    """The checkpoint with majority votes over more and more samples; None where its compute is not known."""
    read, said, _ = _costs(point.tries)
    if read is None or said is None:
        return None
    sizes = powers_of_two(samples.n_samples)
    expected = SELECTORS["majority"](samples, sizes, np.random.default_rng(0))
    return Thinker(
        name=point.model,
        n_params=point.n_params,
        train_flops=point.train_flops,
        inference_flops_m=read + np.array(sizes) * said,
        right_im=np.stack([one.value_i for one in expected], axis=1),
    )


def _crossovers(points: Sequence[CheckpointTries], level: float, seed: int) -> dict[str, Crossover]:
    """Worked over direct, on the problems that every checkpoint was asked both ways; none with fewer than two sizes."""
    pairs = pl.concat([_pairs(point) for point in points]) if points else pl.DataFrame()
    if pairs.is_empty() or pairs["n_params"].n_unique() < 2:
        return {}
    everywhere = pairs.group_by("item").len().filter(pl.col("len") == len(points))["item"]
    pairs = pairs.filter(pl.col("item").is_in(everywhere.implode()))
    ks = pairs["k"].unique().sort().to_list()
    parts = {f"k = {k}": pairs.filter(k=k) for k in ks} | {"all": pairs}
    return {name: crossover(part, level=level, seed=seed) for name, part in parts.items() if part.height}


def _pairs(point: CheckpointTries) -> pl.DataFrame:
    known = point.tries.filter(pl.col("right").is_not_null()).with_columns(pl.col("right").cast(pl.Float64))
    first, second = (
        known.filter(way=way).select("problem", "k", right=pl.col("right")) for way in ("direct", "worked")
    )
    return first.join(second, on=["problem", "k"], suffix="_worked").select(
        n_params=pl.lit(float(point.n_params)),
        run=pl.lit(point.run),
        item=pl.col("problem"),
        k=pl.col("k"),
        first=pl.col("right"),
        second=pl.col("right_worked"),
    )


def _budgets(samples: Samples, level: float, seed: int) -> tuple[Budgeted, ...]:
    left = samples.n_samples - N_PROBES
    sizes = [m for m in (1, 2, 4, 8, 16) if m <= left]
    if not sizes:
        return ()
    return budget_curve(samples.right_is, n_probes=N_PROBES, per_item=sizes, level=level, seed=seed)
