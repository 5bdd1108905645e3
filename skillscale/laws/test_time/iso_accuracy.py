"""Training compute against inference compute at equal accuracy: which smaller model that thinks longer equals a larger one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.laws.intervals import LEVEL, Array
from skillscale.laws.test_time.over_items import mean_draws_over

# r model, i item, m budget, d draw

N_ISO_DRAWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thinker:
    """One trained model at several test-time budgets.

    `inference_flops_m` (m,), rising, is the compute of an answer at each budget; `right_im` (items, m) the expected correctness of each item
    there (a selector's `value_i`, or right or wrong). Items are the same, in the same order, for all models of a question.
    """

    name: str
    n_params: float
    train_flops: float
    inference_flops_m: Array
    right_im: Array

    def __post_init__(self) -> None:
        flops = np.asarray(self.inference_flops_m, dtype=float)
        if (
            self.right_im.ndim != 2
            or self.right_im.shape[1] != len(flops)
            or len(flops) == 0
            or len(self.right_im) == 0
        ):
            raise SkillscaleError(
                f"{self.name}: {self.right_im.shape} answers and {len(flops)} budgets were given; give items × budgets."
            )
        if np.any(np.diff(flops) <= 0) or flops[0] <= 0:
            raise SkillscaleError(
                f"{self.name}: inference FLOPs must be above 0 and rise from budget to budget; sort the budgets."
            )
        if not np.all((self.right_im >= 0) & (self.right_im <= 1)):
            raise SkillscaleError(
                f"{self.name}: correctness lies outside of 0 to 1 or is missing; leave items out that were not answered."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The compute of an answer at which a model reaches an accuracy; None where `missing` says why. `low` is 0 and `high` infinite where draws
    reach it already with the smallest budget, or not with the largest; `reached` is the share of draws that reach it at all.
    """

    model: str
    n_params: float
    train_flops: float
    accuracy: float
    inference_flops: float | None
    low: float
    high: float
    reached: float
    missing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A smaller model that thinks longer against a larger one at its smallest budget: the accuracy both have, and what each pays.

    `inference_ratio` is the smaller model's compute of an answer over the larger one's, `train_ratio` likewise of training, and `break_even`
    the number of answers up to which the smaller is cheaper in all; None where the smaller is cheaper for each answer too, or never equal.
    """

    smaller: str
    larger: str
    accuracy: float
    inference_ratio: float | None
    low: float
    high: float
    train_ratio: float
    break_even: float | None
    missing: str | None


def iso_accuracy(
    models: Sequence[Thinker],
    levels: Sequence[float],
    *,
    level: float = LEVEL,
    seed: int = 0,
    n_draws: int = N_ISO_DRAWS,
) -> tuple[Reached, ...]:
    """For each accuracy of `levels` and each model, cheapest training first, the inference compute that reaches it: the contours.

    Accuracy is interpolated linearly over the logarithm of inference compute and never beyond what was measured. Items are drawn at random
    with the same weights for all models.
    """
    ordered = _checked(models)
    draws = [_draws(one, seed, n_draws) for one in ordered]
    return tuple(
        _reached(one, own_dm, accuracy, level)
        for accuracy in levels
        for one, own_dm in zip(ordered, draws, strict=True)
    )


def exchanges(
    models: Sequence[Thinker], *, level: float = LEVEL, seed: int = 0, n_draws: int = N_ISO_DRAWS
) -> tuple[Exchange, ...]:
    """Every pair of a smaller and a larger model (by training compute): how much longer the smaller must think to equal the larger's first budget."""
    ordered = _checked(models)
    draws = [_draws(one, seed, n_draws) for one in ordered]
    return tuple(
        _exchange(ordered[small], ordered[large], draws[small], draws[large], level)
        for large in range(len(ordered))
        for small in range(large)
        if ordered[small].train_flops < ordered[large].train_flops
    )


def _checked(models: Sequence[Thinker]) -> list[Thinker]:
    if len({len(one.right_im) for one in models}) != 1:
        raise SkillscaleError(
            "Iso-accuracy was asked of models that answered different numbers of items, or of none; give the items that all answered."
        )
    return sorted(models, key=lambda one: one.train_flops)


def _draws(model: Thinker, seed: int, n_draws: int) -> Array:
    """Accuracy at each budget, (d, m); the same seed weighs the items alike for all models."""
    return mean_draws_over(model.right_im, np.random.default_rng(seed), n_draws=n_draws)


def _flops_at(flops_m: Array, accuracy_dm: Array, target_d: Array) -> Array:
    """Where accuracy first reaches the target, by interpolation in log compute, (d,): 0 where it does at once, infinite where never."""
    log_m = np.log(flops_m)
    above_dm = accuracy_dm >= target_d[:, None]
    first_d = above_dm.argmax(1)
    rows = np.arange(len(accuracy_dm))
    before_d = np.maximum(first_d - 1, 0)
    low, high = accuracy_dm[rows, before_d], accuracy_dm[rows, first_d]
    step = np.divide(target_d - low, high - low, out=np.zeros_like(low), where=high > low)
    found = np.exp(log_m[before_d] + step * (log_m[first_d] - log_m[before_d]))
    found = np.where(first_d == 0, 0.0, found)
    return np.where(above_dm.any(1), found, np.inf)


def _ends(draws: Array, level: float) -> tuple[float, float]:
    """Quantiles among draws that may be infinite, where no interpolation is possible."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return float(low), float(high)


def _reached(model: Thinker, accuracy_dm: Array, accuracy: float, level: float) -> Reached:
    flops_m = np.asarray(model.inference_flops_m, dtype=float)
    mean_m = model.right_im.mean(0)
    value = float(_flops_at(flops_m, mean_m[None], np.array([accuracy]))[0])
    found_d = _flops_at(flops_m, accuracy_dm, np.full(len(accuracy_dm), accuracy))
    low, high = _ends(found_d, level)
    missing = None
    if value == 0.0:
        missing = f"more accurate already at its smallest budget ({mean_m[0]:.3f})"
    elif np.isinf(value):
        missing = f"less accurate even at its largest budget ({mean_m.max():.3f})"
    return Reached(
        model=model.name,
        n_params=model.n_params,
        train_flops=model.train_flops,
        accuracy=accuracy,
        inference_flops=value if missing is None else None,
        low=low,
        high=high,
        reached=float(np.isfinite(found_d).mean()),
        missing=missing,
    )


def _exchange(smaller: Thinker, larger: Thinker, small_dm: Array, large_dm: Array, level: float) -> Exchange:
    flops_m = np.asarray(smaller.inference_flops_m, dtype=float)
    first = float(larger.inference_flops_m[0])
    target = float(larger.right_im[:, 0].mean())
    value = float(_flops_at(flops_m, smaller.right_im.mean(0)[None], np.array([target]))[0])
    low, high = _ends(_flops_at(flops_m, small_dm, large_dm[:, 0]), level)
    missing = None
    if value == 0.0:
        missing = "the smaller is as accurate already at its smallest budget"
    elif np.isinf(value):
        missing = "the smaller never is as accurate within its budgets"
    extra = None if missing is not None else value - first
    return Exchange(
        smaller=smaller.name,
        larger=larger.name,
        accuracy=target,
        inference_ratio=None if missing is not None else value / first,
        low=low / first,
        high=high / first,
        train_ratio=smaller.train_flops / larger.train_flops,
        break_even=(larger.train_flops - smaller.train_flops) / extra if extra is not None and extra > 0 else None,
        missing=missing,
    )
