"""Skill-Mix scores as Inspect has them: one text's from its gradings, and metrics over texts, at each k.

`skillscale mix score` gives more of the same scores: bootstrap intervals, strict ones, agreement, comparisons.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from inspect_ai.scorer import Metric, MetricProtocol, SampleScore, Value, metric, stderr

from skillscale.tasks.skill_mix.grading import Grading, Point
from skillscale.tasks.skill_mix.metrics import METRICS, majority


def text_scores(gradings: Sequence[Grading]) -> dict[str, float] | None:
    """The three scores of one text and its points for topic, sense and length, by the majority of each point.

    None where a point was never read, or where its gradings tie.
    """
    length = gradings[0].short_enough
    judged = majority(np.array([[_number(point) for point in one.judged] for one in gradings]).T)
    points = np.append(judged, _number(length))
    if np.isnan(points).any():
        return None
    others = zip(("on_topic", "makes_sense", "short_enough"), points[-3:].tolist(), strict=True)
    return {name: float(of(points)) for name, of in METRICS.items()} | dict(others)


def _number(point: Point) -> float:
    return math.nan if point is None else float(point)


# Scores of samples whose metadata has `k`, `pair` (the combination, the same at every k) and `generation`.


@metric
def mean_of_one() -> Metric:
    """At each k, the mean over texts."""
    return _at_each_k(lambda scores: _mean([one.score.as_float() for one in scores]))


@metric
def best_of_n(n: int) -> Metric:
    """At each k, the mean over combinations of the best of n generations, of those of which all n have a score."""

    def best(scores: list[SampleScore]) -> float:
        by_pair: dict[str, list[float]] = defaultdict(list)
        for one in scores:
            by_pair[str((one.sample_metadata or {})["pair"])].append(one.score.as_float())
        return _mean([max(own) for own in by_pair.values() if len(own) == n])

    return _at_each_k(best)


@metric
def stderr_of_one() -> Metric:
    """At each k, the standard error of the mean over texts, clustered on combinations; NaN for one combination, which tells nothing."""
    clustered = cast(MetricProtocol, stderr(cluster="pair"))

    def spread(scores: list[SampleScore]) -> float:
        pairs = {(one.sample_metadata or {})["pair"] for one in scores}
        return math.nan if len(pairs) < 2 else cast(float, clustered(scores))

    return _at_each_k(spread)


def _at_each_k(of: Callable[[list[SampleScore]], float]) -> Metric:
    def at_each_k(scores: list[SampleScore]) -> Value:
        by_k: dict[int, list[SampleScore]] = defaultdict(list)
        for one in scores:
            by_k[int((one.sample_metadata or {})["k"])].append(one)
        return {f"k{k}": of(by_k[k]) for k in sorted(by_k)}

    return at_each_k


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
