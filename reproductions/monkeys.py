"""Brown et al. 2024 and Schaeffer et al. 2025: coverage at 10,000 samples, forecast from 100 samples of each problem."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from reproductions.reproduction import Reproduction, Row, Table
from skillscale.laws.test_time.coverage import pass_at_k
from skillscale.laws.test_time.forecast import CoverageForecast, forecast_coverage
from skillscale.laws.test_time.tries import PassCurve, Tries
from skillscale.laws.test_time.tries_file import Series, read_tries

FILE = "data/monkeys_pass_at_k/large_language_monkeys_original_pass_at_k.parquet"
FIT_BELOW, AT = 100, 10_000
N_DRAWS_OF_SAMPLES = 10
METHODS = {
    "single_try": "distribution of single-try success",
    "power_law": "power law exp(a·k^b)",
    "log_linear": "straight line over log k",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Errors by method, (series × draws of samples), signed, and how often our interval holds what was measured."""

    errors: dict[str, np.ndarray]
    inside: float
    width: float


def held(found: list[CoverageForecast]) -> Held:
    errors = {"single_try": [one.these.value - (one.measured or 0.0) for one in found]}
    for place, peer in enumerate(found[0].peers):
        errors[peer.method] = [(one.peers[place].value or 0.0) - (one.measured or 0.0) for one in found]
    intervals = [(one.these.interval, one.measured) for one in found]
    inside = [interval is not None and measured in interval for interval, measured in intervals if measured is not None]
    width = [interval.high - interval.low for interval, _ in intervals if interval is not None]
    return Held(
        errors={name: np.array(own) for name, own in errors.items()},
        inside=float(np.mean(inside)),
        width=float(np.mean(width)),
    )


def reproduce_monkeys(shared: Path) -> Reproduction:
    """The published pass@k from its counts, and what 100 of 10,000 samples say of all of them."""
    series = read_tries(shared / FILE)
    frame = pl.read_parquet(shared / FILE)
    by_draw = [
        [forecast_coverage(one.seen, at=AT, fit_below=FIT_BELOW, seed=seed) for seed in range(N_DRAWS_OF_SAMPLES)]
        for one in series
    ]
    by_curve = [forecast_coverage(_curve(frame, one), at=AT, fit_below=FIT_BELOW) for one in series]
    sampled, curves = held([one for own in by_draw for one in own]), held(by_curve)
    medians = {name: float(np.median(np.abs(own))) for name, own in sampled.errors.items()}
    of_curves = {name: float(np.median(np.abs(own))) for name, own in curves.errors.items()}
    rows = [_estimator_row(frame), *_coverage_rows(frame, series)]
    rows += [
        Row(quantity=f"median absolute error from 100 samples, {METHODS[name]}", ours=value, headline=True)
        for name, value in medians.items()
    ]
    rows += [
        Row(quantity=f"median absolute error from the published curve at k ≤ 100, {METHODS[name]}", ours=value)
        for name, value in of_curves.items()
    ]
    rows += [
        Row(
            quantity="share of 90 % intervals that hold pass@10,000, from 100 samples",
            ours=sampled.inside,
            headline=True,
        ),
        Row(quantity="mean width of these intervals", ours=sampled.width),
    ]
    return Reproduction(
        rows=tuple(rows),
        sentence=(
            f"From 100 samples of each problem, pass@10,000 is forecast with a median absolute error of {medians['single_try']:.3f}, the power law's is"
            f" {medians['power_law']:.3f} and the straight line's {medians['log_linear']:.3f}; our 90 % intervals hold {sampled.inside:.0%}."
        ),
        method=(
            f"`forecast_coverage(…, at={AT}, fit_below={FIT_BELOW})`, as `skillscale think forecast` does: 100 of each problem's 10,000 samples are drawn without"
            f" replacement, by {N_DRAWS_OF_SAMPLES} seeds; 7 models on 128 MATH problems. The power law is a straight line through log(−log pass@k)."
        ),
        limits=(
            "one task and one family of models, so seven series that are alike; choices of the forecast were made on simulated truth only. The published curve at"
            " k ≤ 100 was itself estimated from 10,000 samples, and knows more than 100 samples do."
        ),
        source="github.com/RylanSchaeffer/KoyejoLab-Large-How-Do-Language-Monkey-Power-Get-Their-Power (data of Brown et al. 2024, arXiv 2407.21787)",
        tables=(_table(series, by_draw, by_curve),),
    )


def _curve(frame: pl.DataFrame, one: Series) -> PassCurve:
    """The published pass@k of one series, its mean over problems."""
    own = frame.filter(pl.concat_str("Model", "Benchmark", separator=" ") == one.name)
    means = own.group_by("Scaling Parameter").agg(pl.col("Score").mean()).sort("Scaling Parameter")
    k, share = means["Scaling Parameter"].cast(pl.Float64).to_numpy(), means["Score"].to_numpy()
    return PassCurve(k_k=k, pass_k=share, n_problems=own["Problem Idx"].n_unique())


def _estimator_row(frame: pl.DataFrame) -> Row:
    n, c = frame["Num. Samples Total"].to_numpy(), frame["Num. Samples Correct"].to_numpy().astype(int)
    ks, score = frame["Scaling Parameter"].to_numpy(), frame["Score"].to_numpy()
    off = max(float(np.abs(pass_at_k(n[ks == k], c[ks == k], int(k)) - score[ks == k]).max()) for k in np.unique(ks))
    return Row(
        quantity=f"largest difference of {len(score):,} values of pass@k",
        ours=off,
        note="ours from the published counts",
    )


def _coverage_rows(frame: pl.DataFrame, series: tuple[Series, ...]) -> list[Row]:
    rows: list[Row] = []
    for one in series:
        assert isinstance(one.seen, Tries)
        own = frame.filter(
            pl.col("Scaling Parameter") == AT, pl.concat_str("Model", "Benchmark", separator=" ") == one.name
        )
        published = float(own["Score"].to_numpy().mean())
        ours = float(pass_at_k(one.seen.n_samples_i, one.seen.n_correct_i, AT).mean())
        rows.append(Row(quantity=f"{one.name}: pass@10,000", published=published, ours=ours, tolerance=1e-6))
    return rows


def _table(
    series: tuple[Series, ...], by_draw: list[list[CoverageForecast]], by_curve: list[CoverageForecast]
) -> Table:
    rows: list[tuple[str, ...]] = []
    for one, drawn, curve in zip(series, by_draw, by_curve, strict=True):
        middle = np.median([own.these.value for own in drawn])
        inside = np.mean([own.these.interval is not None and own.measured in own.these.interval for own in drawn])
        peers = [np.median([own.peers[place].value or np.nan for own in drawn]) for place in range(2)]
        numbers = (drawn[0].measured or np.nan, middle, peers[1], peers[0], curve.these.value)
        rows.append((one.name, *(f"{value:.3f}" for value in numbers), f"{inside:.0%}"))
    columns = (
        "series",
        "measured",
        "ours",
        "power law",
        "straight line",
        "ours from the curve",
        "intervals that hold it",
    )
    return Table(
        caption=f"pass@10,000, medians over {N_DRAWS_OF_SAMPLES} draws of 100 samples",
        columns=columns,
        rows=tuple(rows),
    )
