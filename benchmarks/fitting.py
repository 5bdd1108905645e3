"""How fast a Chinchilla fit is, against the usual way in the same process: `python benchmarks/fitting.py [CSV]`.

The peer is the method of the published notebooks: scipy's L-BFGS-B with numeric gradients on the log-sum-exp objective, from a
grid of 4,500 starts (Hoffmann et al. 2022), and warm-started for each bootstrap resample. It is timed on a random part of
the starts and resamples, and its total is that time multiplied up, which is stated. CSV has columns N, D, loss and epoch_kept.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import logsumexp

from skillscale.laws import CHINCHILLA, fit

GRID = {
    "a": np.arange(0, 30, 5),
    "b": np.arange(0, 30, 5),
    "e": np.arange(-1, 1.5, 0.5),
    "alpha": np.arange(0, 2.5, 0.5),
    "beta": np.arange(0, 2.5, 0.5),
}
N_RESAMPLES = 4_000
DELTA = 1e-3


def objective(
    theta: np.ndarray, log_n: np.ndarray, log_d: np.ndarray, log_loss: np.ndarray, weight: np.ndarray
) -> float:
    a, b, e, alpha, beta = theta
    terms = [a - alpha * log_n, b - beta * log_d, np.full_like(log_n, e)]
    size = np.abs(logsumexp(terms, axis=0) - log_loss)
    return float((weight * np.where(size < DELTA, size**2 / 2, DELTA * (size - DELTA / 2))).sum())


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    seconds: list[float] = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def published(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path).filter(pl.col("epoch_kept"))
    return frame.rename({"N": "n_params", "D": "n_tokens", "loss": "loss_nats"})


def simulated() -> pl.DataFrame:
    """240 points of Chinchilla's law (Besiroglu et al. 2024) with 1 % noise."""
    rng = np.random.default_rng(1)
    n, d = np.exp(rng.uniform(np.log(4e7), np.log(1.6e10), 240)), np.exp(rng.uniform(np.log(1e9), np.log(4e11), 240))
    loss = (1.8172 + 477.8 / n**0.3473 + 2143.4 / d**0.3672) * np.exp(rng.normal(0, 0.01, 240))
    return pl.DataFrame({"n_params": n, "n_tokens": d, "loss_nats": loss})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", type=Path, nargs="?", help="published points; simulated ones where it is not given")
    parser.add_argument("--starts", type=int, default=150, help="starts on which the peer is timed")
    parser.add_argument("--resamples", type=int, default=50, help="resamples on which the peer is timed")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    frame = simulated() if options.csv is None else published(options.csv)
    logs = [np.log(frame[c].to_numpy()) for c in ("n_params", "n_tokens", "loss_nats")]
    rng = np.random.default_rng(0)
    grid = np.array(list(itertools.product(*GRID.values())), float)
    starts = rng.choice(grid, options.starts, replace=False)
    even = np.ones(frame.height)
    ends: list[float] = []

    def peer_grid() -> None:
        ends[:] = [minimize(objective, s, args=(*logs, even), method="L-BFGS-B").fun for s in starts]

    def peer_bootstrap() -> None:
        for _ in range(options.resamples):
            weight = rng.multinomial(frame.height, even / frame.height).astype(float)
            minimize(objective, best, args=(*logs, weight), method="L-BFGS-B")

    ours = fit(CHINCHILLA, frame, metric="loss_nats", n_draws=1)
    best = np.array([*np.log([ours.params[p] for p in ("A", "B", "E")]), ours.params["alpha"], ours.params["beta"]])
    peer_fit_s = median_seconds(peer_grid, options.repeats) * len(grid) / len(starts)
    peer_boot_s = median_seconds(peer_bootstrap, options.repeats) * N_RESAMPLES / options.resamples
    fit_s = median_seconds(lambda: fit(CHINCHILLA, frame, metric="loss_nats", n_draws=1), options.repeats)
    both_s = median_seconds(lambda: fit(CHINCHILLA, frame, metric="loss_nats", n_draws=N_RESAMPLES), options.repeats)
    share = np.mean(np.array(ends) <= ours.objective * 1.001)
    print(f"{frame.height} points; medians of {options.repeats}; the peer timed on {len(starts)} of {len(grid)} starts")
    print(f"and {options.resamples} of {N_RESAMPLES} resamples, multiplied up.")
    print(f"objective: ours {ours.objective:.11f}, the peer's best {min(ends):.11f}")
    print(f"starts within .1 % of the optimum: ours {ours.n_at_optimum}/{ours.n_starts}, the peer's {share:.1%}")
    print(f"cold fit:  ours {fit_s:7.3f} s   peer {peer_fit_s:7.1f} s   {peer_fit_s / fit_s:6.0f} x")
    boot_s = both_s - fit_s
    print(f"bootstrap: ours {boot_s:7.3f} s   peer {peer_boot_s:7.1f} s   {peer_boot_s / boot_s:6.0f} x")


if __name__ == "__main__":
    main()
