"""Coverage of forecasts of pass@k on simulated truth, and speed of selectors: `python -m benchmarks.test_time [STUDIES [PART]…]`.

A study is 128 problems of 100 samples each, or 300 of 1,000, forecast at 100 or 10 times as many samples. `model` draws the distribution of
single-try success from the forecast's own families and ranges, so that it holds; `other` takes distributions that are none of them, or
one of them at hard places. With T studies a coverage of 90 % is known to ± 60 % / √T (two standard errors).
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from skillscale.laws.fitting.fitted import Interval
from skillscale.laws.test_time.coverage import coverage_curve, pass_at_k
from skillscale.laws.test_time.forecast import CoverageForecast, forecast_coverage
from skillscale.laws.test_time.samples import Samples
from skillscale.laws.test_time.selectors import selector_curves
from skillscale.laws.test_time.single_try import FAMILIES, P_ZERO
from skillscale.laws.test_time.tries import Tries

Array = np.ndarray
Rng = np.random.Generator

SIZES = ((128, 100, 10_000), (300, 100, 1_000))  # problems, samples, forecast at
N_MANY = 200_000
N_LOOPED = 8  # subsets a loop draws: about what the error of ours needs
OTHER: Mapping[str, Callable[[Rng, int], Array]] = {
    "beta(.3, 5)": lambda rng, n: rng.beta(0.3, 5, n),
    "beta(.15, 3)": lambda rng, n: rng.beta(0.15, 3, n),
    "beta(.6, 40)": lambda rng, n: rng.beta(0.6, 40, n),
    "beta(1, 60)": lambda rng, n: rng.beta(1, 60, n),
    "30 % at 0, beta(.5, 10)": lambda rng, n: rng.beta(0.5, 10, n) * (rng.random(n) > 0.3),
    "50 % at 0, beta(.8, 20)": lambda rng, n: rng.beta(0.8, 20, n) * (rng.random(n) > 0.5),
    "kumaraswamy(.35, 3)": lambda rng, n: (1 - (1 - rng.random(n)) ** (1 / 3)) ** (1 / 0.35),
    "log odds normal(−5, 2)": lambda rng, n: expit(rng.normal(-5, 2, n)),
    "log odds normal(−7, 3)": lambda rng, n: expit(rng.normal(-7, 3, n)),
    ".2 · beta(.4, 2)": lambda rng, n: 0.2 * rng.beta(0.4, 2, n),
    "40 % beta(.4, 30), 60 % beta(4, 3)": lambda rng, n: np.where(
        rng.random(n) < 0.4, rng.beta(0.4, 30, n), rng.beta(4, 3, n)
    ),
    "five chances, .5 to .00005": lambda rng, n: np.array([0.5, 0.05, 0.005, 0.0005, 0.00005])[rng.integers(0, 5, n)],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One forecast beside the truth: of these problems, and of problems like them."""

    found: CoverageForecast
    these: float
    like_these: float


def from_the_model(rng: Rng) -> Callable[[Rng, int], Array]:
    """A distribution drawn from the families, flat over their ranges as the forecast thinks them."""
    name = list(FAMILIES)[rng.integers(len(FAMILIES))]
    x, y = (rng.uniform(*ends) for ends in FAMILIES[name].bounds)
    zero = rng.uniform(0, 0.98) if rng.random() < P_ZERO else 0.0

    def drawn(own: Rng, n: int) -> Array:
        if name == "beta":
            p = own.beta(np.exp(x), np.exp(y), n)
        elif name == "kumaraswamy":
            p = (-np.expm1(np.log(own.random(n)) / np.exp(y))) ** (1 / np.exp(x))
        else:
            p = expit(own.normal(x, np.exp(y), n))
        return p * (own.random(n) >= zero)

    return drawn


def study(rng: Rng, truth: Callable[[Rng, int], Array], size: tuple[int, int, int], seed: int) -> Study | None:
    """None where no sample is right, which the forecast refuses."""
    n_problems, n_samples, at = size
    p_i = truth(rng, n_problems)
    correct = rng.binomial(n_samples, p_i)
    if not correct.any():
        return None
    tries = Tries(n_samples_i=np.full(n_problems, n_samples), n_correct_i=correct)
    # the samples already drawn are among the `at`
    these = np.where(correct > 0, 1.0, 1 - (1 - p_i) ** (at - n_samples))
    solved = rng.random(n_problems) < these
    like_these = float((1 - (1 - truth(rng, N_MANY)) ** at).mean())
    return Study(found=forecast_coverage(tries, at=at, seed=seed), these=float(solved.mean()), like_these=like_these)


def model_studies(n_studies: int, size: tuple[int, int, int]) -> list[Study]:
    """Only distributions of which a sample tells something: single-try success between .1 and 60 % on average, as in use."""
    rng, found = np.random.default_rng(0), list[Study]()
    while len(found) < n_studies:
        truth = from_the_model(rng)
        if 0.001 <= truth(np.random.default_rng(0), 20_000).mean() <= 0.6:
            one = study(rng, truth, size, len(found))
            found += [] if one is None else [one]
    return found


def tell(what: str, studies: Sequence[Study]) -> tuple[float, float]:
    these = [_holds(one.found.these.interval, one.these) for one in studies]
    like = [_holds(one.found.like_these.interval, one.like_these) for one in studies]
    width = np.mean([_width(one.found.these.interval) for one in studies])
    off = {"ours": np.mean([abs(one.found.these.value - one.these) for one in studies])}
    for place, peer in enumerate(studies[0].found.peers):
        own = [(one.found.peers[place].value, one.these) for one in studies]
        off[peer.method] = np.mean([abs(value - truth) for value, truth in own if value is not None])
    errors = "  ".join(f"{name} {value:.3f}" for name, value in off.items())
    print(
        f"  {what:<36} covered {np.mean(these):5.1%} of these, {np.mean(like):5.1%} of problems like these; width {width:.2f}; error {errors}",
        flush=True,
    )
    return float(np.mean(these)), float(np.mean(like))


def _holds(interval: Interval | None, truth: float) -> bool:
    # a coverage of 1 is told as 1 less some billionths
    return interval is not None and interval.low - 1e-6 <= truth <= interval.high + 1e-6


def _width(interval: Interval | None) -> float:
    return np.nan if interval is None else interval.high - interval.low


def calibration(n_studies: int, parts: Sequence[str]) -> None:
    for size in SIZES if {"model", "other"} & set(parts) else ():
        print(f"\n{size[0]} problems of {size[1]} samples, forecast at {size[2]:,}")
        if "model" in parts:
            tell(f"families as assumed ({n_studies})", model_studies(n_studies, size))
        if "other" in parts:
            for name, truth in OTHER.items():
                rng = np.random.default_rng(1)
                own = [study(rng, truth, size, i) for i in range(max(4, n_studies // 10))]
                tell(name, [one for one in own if one is not None])


def simulated_samples(n_items: int, n_samples: int, *, seed: int = 0) -> Samples:
    """Answers of ten kinds, of which the first is right, with scores that tell a little."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.6, 1.5, (n_items, 1))
    answer_is = np.where(rng.random((n_items, n_samples)) < p, 0, rng.integers(1, 10, (n_items, n_samples)))
    score_is = np.round(np.clip(0.4 + 0.3 * (answer_is == 0) + rng.normal(0, 0.2, answer_is.shape), 0, 1), 3)
    return Samples(
        answer_is=answer_is, readable_is=np.ones(answer_is.shape, bool), right_is=answer_is == 0, score_is=score_is
    )


def by_loops(samples: Samples, m: int, rng: Rng, n_subsets: int) -> Iterator[float]:
    """The three selectors and coverage of one drawn subset after another, item by item: what is usually written."""
    assert samples.score_is is not None
    for i in range(samples.n_items):
        found = np.zeros(4)
        for _ in range(n_subsets):
            chosen = rng.choice(samples.n_samples, m, replace=False)
            answers, scores = samples.answer_is[i, chosen], samples.score_is[i, chosen]
            right = samples.right_is[i, chosen]
            kinds, counts = np.unique(answers, return_counts=True)
            sums = np.array([scores[answers == kind].sum() for kind in kinds])
            found += (kinds[counts.argmax()] == 0, kinds[sums.argmax()] == 0, right[scores.argmax()], right.any())
        yield from found / n_subsets


def speed(n_items: int = 10_000, n_samples: int = 1_000, n_timed: int = 50) -> None:
    """All selectors at m = 1, 2, 4 … n, against loops over items and subsets; pass@k against its product item by item."""
    samples = simulated_samples(n_items, n_samples)
    start = time.process_time()
    found = selector_curves(samples)
    ours = time.process_time() - start
    worst = max(one.monte_carlo_stderr for one in found)
    few = Samples(
        answer_is=samples.answer_is[:n_timed],
        readable_is=samples.readable_is[:n_timed],
        right_is=samples.right_is[:n_timed],
        score_is=None if samples.score_is is None else samples.score_is[:n_timed],
    )
    ms = sorted({one.m for one in found})
    start = time.process_time()
    for m in ms:
        assert len(list(by_loops(few, m, np.random.default_rng(0), N_LOOPED))) == 4 * n_timed
    loops = (time.process_time() - start) * n_items / n_timed
    print(f"\nselectors, {n_items:,} items of {n_samples:,} samples, {len(ms)} sizes: {ours:.1f} s")
    print(
        f"  loops over items, {N_LOOPED} subsets each (from {n_timed} items): {loops:.0f} s, ratio {loops / ours:.0f}"
    )
    print(f"  largest Monte Carlo standard error {worst:.5f}")
    correct = samples.n_correct_i
    start = time.process_time()
    coverage_curve(n_samples, correct, ms)
    ours = time.process_time() - start
    start = time.process_time()
    by_hand = np.array(
        [[1 - np.prod(1 - k / np.arange(n_samples - c + 1, n_samples + 1)) for c in correct] for k in ms]
    )
    loops = time.process_time() - start
    assert np.allclose(by_hand, [pass_at_k(n_samples, correct, k) for k in ms])
    print(
        f"pass@k with intervals: {ours:.2f} s; the product item by item, without: {loops:.2f} s, ratio {loops / ours:.1f}"
    )


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wanted = sys.argv[2:] or ["model", "other", "speed"]
    calibration(n, wanted)
    if "speed" in wanted:
        speed()
