"""A ladder whose tries are simulated: what is concluded is what was put in."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from skillscale.laws.test_time.on_ladder import CheckpointTries, think_on_ladder

N = 60
K = {problem: (2, 4)[problem % 2] for problem in range(N)}


def row(problem: int, way: str, sample: int, right: bool | None, **more: object) -> dict[str, object]:
    answer = "fern" if right else f"w{sample}"
    return {
        "problem": problem,
        "way": way,
        "sample": sample,
        "said": None if right is None else f" a b = {answer}",
        "right": right,
        "k": K[problem],
        "read_flops": 100.0,
        "said_flops": 50.0,
        "verifier": None,
        "verifier_flops": None,
    } | more


def checkpoint(n_params: int, *, direct: float, worked: float, n_samples: int = 8, seed: int = 0) -> CheckpointTries:
    """Each problem is solved with the given chances; a verifier is right about every sample."""
    rng = np.random.default_rng((seed, n_params))
    rows: list[dict[str, object]] = []
    for problem in range(N):
        rows.append(row(problem, "direct", 0, bool(rng.random() < direct)))
        rows.append(row(problem, "worked", 0, bool(rng.random() < worked)))
        rows += [row(problem, "revised", number, number == 2) for number in range(3)]
        for sample in range(n_samples):
            right = bool(rng.random() < worked)
            rows.append(row(problem, "sampled", sample, right, verifier=0.9 if right else 0.1, verifier_flops=7.0))
    tries = pl.DataFrame(rows, infer_schema_length=None)
    return CheckpointTries(
        run=f"d{n_params}",
        model=f"d{n_params}/tokens-1",
        n_params=n_params,
        n_tokens=1,
        train_flops=1e6 * n_params,
        tries=tries,
    )


def test_each_way_is_told_with_its_share_interval_and_cost() -> None:
    point = checkpoint(1000, direct=0.3, worked=0.6)
    found = think_on_ladder([point])
    (worked,) = [one for one in found.solved if one.way == "worked" and one.k is None]
    truth = point.tries.filter(way="worked")["right"].mean()
    assert worked.estimate.value == pytest.approx(truth)
    assert worked.estimate.low < truth < worked.estimate.high  # type: ignore[operator]
    assert worked.inference_flops == 150.0
    revised = {one.number: one.estimate.value for one in found.solved if one.way == "revised" and one.k == 4}
    assert revised == {0: 0.0, 1: 0.0, 2: 1.0}


def test_samples_cost_one_reading_and_a_verifier_only_where_it_is_used() -> None:
    found = think_on_ladder([checkpoint(1000, direct=0.3, worked=0.6)])
    costs = {(one.selector, one.m): one.cost for one in found.chosen[0].curves}
    assert costs["majority", 8] == 100 + 8 * 50 and costs["best_of_n", 8] == 100 + 8 * 57
    values = {(one.selector, one.m): one.estimate.value for one in found.chosen[0].curves}
    assert values["best_of_n", 8] == pytest.approx(values["oracle", 8])  # this verifier is never wrong
    assert values["majority", 1] == values["oracle", 1] < values["oracle", 8]  # type: ignore[operator]


def test_the_crossover_lies_between_the_sizes_where_the_sign_changes() -> None:
    sizes = {1_000: (0.4, 0.05), 4_000: (0.4, 0.2), 16_000: (0.4, 0.65), 64_000: (0.4, 0.9)}
    found = think_on_ladder([checkpoint(n, direct=d, worked=w) for n, (d, w) in sizes.items()])
    assert set(found.crossovers) == {"k = 2", "k = 4", "all"}
    crossed = found.crossovers["all"]
    assert crossed.verdict == "crossover"
    assert 4_000 < crossed.n_params < 16_000 and crossed.low < crossed.n_params < crossed.high  # type: ignore[operator]
    assert {one.larger for one in found.exchanges} == {f"d{n}/tokens-1" for n in (4_000, 16_000, 64_000)}
    assert found.budget_model == "d16000/tokens-1" and found.budgets[0].per_item == 1


def test_what_could_not_be_asked_is_counted_and_left_out() -> None:
    point = checkpoint(1000, direct=0.3, worked=0.6)
    unasked = pl.col("way").eq("worked") & pl.col("problem").lt(10)
    tries = point.tries.with_columns(
        right=pl.when(unasked).then(None).otherwise(pl.col("right")),
        said=pl.when(unasked).then(None).otherwise(pl.col("said")),
    )
    broken = CheckpointTries(run="r", model="m", n_params=1000, n_tokens=1, train_flops=1.0, tries=tries)
    found = think_on_ladder([broken, checkpoint(4000, direct=0.3, worked=0.6)])
    assert found.n_unasked == 10
    (worked,) = [one for one in found.solved if (one.model, one.way, one.k) == ("m", "worked", None)]
    assert worked.estimate.n == N - 10
    assert found.crossovers["all"].scales[0].difference.n == found.crossovers["all"].scales[1].difference.n == N - 10


def test_compute_that_is_not_known_is_none_and_never_nothing() -> None:
    point = checkpoint(1000, direct=0.3, worked=0.6)
    unknown = pl.lit(None, dtype=pl.Float64)
    found = think_on_ladder([replace(point, tries=point.tries.with_columns(said_flops=unknown))])
    assert {one.cost for one in found.chosen[0].curves} == {None}
    assert {one.inference_flops for one in found.solved} == {None}
    assert found.contours == () and found.exchanges == ()
    unjudged = think_on_ladder([replace(point, tries=point.tries.with_columns(verifier_flops=unknown))])
    costs = {(one.selector, one.m): one.cost for one in unjudged.chosen[0].curves}
    assert costs["majority", 8] == 100 + 8 * 50 and costs["best_of_n", 8] is None


def test_without_samples_or_points_nothing_is_made_up() -> None:
    nothing = think_on_ladder([])
    assert (nothing.solved, nothing.chosen, nothing.crossovers, nothing.budgets) == ((), (), {}, ())
    point = checkpoint(1000, direct=0.3, worked=0.6)
    only = CheckpointTries(
        run="r",
        model="m",
        n_params=1,
        n_tokens=1,
        train_flops=1.0,
        tries=point.tries.filter(pl.col("way") != "sampled"),
    )
    found = think_on_ladder([only])
    assert found.chosen == () and found.budget_model is None and not math.isnan(found.solved[0].estimate.value or 0.0)
