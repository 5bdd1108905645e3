"""Tries of a simulated ladder: small models answer at once, large ones step by step, and every file that a report reads of it."""

import numpy as np
import polars as pl

from skillscale.laws.intervals import Estimate
from skillscale.observations import Lab, Observation
from skillscale.views.reasoning import BeforeAfter, Reinforced
from tests.views.simulated_rows import MARKS, n_params, row, run_name

N_PROBLEMS, N_SAMPLES = 40, 8
KS = (2, 4)
NASTY = "</script><b>babo</b>"


def a_try(problem: int, width: int, way: str, right: bool | None, sample: int = 0, **more: object) -> dict[str, object]:
    """A row of `thinking.parquet`; `right` None could not be asked."""
    missing = {} if right is not None else {"said": None, "missing": "longer than the context"}
    row = {
        "problem": problem,
        "way": way,
        "sample": sample,
        "said": f" a b = {'fern' if right else f'w{(problem + sample) % 4}'}",
        "right": right,
        "missing": None,
        "k": KS[problem % 2],
        "asked": f"two {NASTY} keto rose",
        "truth": "lamp fern",
        "verifier": None,
        "read_flops": 100.0 * width**2,
        "said_flops": 50.0 * width**2,
        "verifier_flops": None,
    }
    return row | missing | more


def tries(width: int, *, unasked: int = 0) -> pl.DataFrame:
    """As `thinking.parquet`. The first `unasked` problems do not fit with examples before them."""
    rng = np.random.default_rng(width)
    share = 1 / (1 + (20 / width) ** 3)
    rows: list[dict[str, object]] = []

    def happens(p: float) -> bool:
        return bool(rng.random() < p)

    for problem in range(N_PROBLEMS):
        rows.append(a_try(problem, width, "direct", happens(0.35)))
        rows += [a_try(problem, width, way, happens(share)) for way in ("worked", "least-to-most")]
        few = [None if problem < unasked else happens(0.3) for _ in range(2)]
        rows += [
            a_try(problem, width, way, right)
            for way, right in zip(("few-shot direct", "few-shot worked"), few, strict=True)
        ]
        rows += [a_try(problem, width, "revised", happens(share), number) for number in range(3)]
        rows += [a_try(problem, width, "forced", happens(0.3), number) for number in range(KS[problem % 2])]
        for number in range(N_SAMPLES):
            right = happens(share)
            verified = {"verifier": 0.8 if right else 0.3, "verifier_flops": 20.0 * width**2}
            rows.append(a_try(problem, width, "sampled", right, number, **verified))
    return pl.DataFrame(rows, infer_schema_length=None)


def write_tries(lab: Lab, widths: tuple[int, ...], *, unasked: int = 0) -> None:
    """Tries of the last checkpoint of each width, and the table's rows that name them."""
    found: list[Observation] = []
    for width in widths:
        folder = lab.runs / f"{run_name(width, 0)}/tokens-{MARKS[-1]}"
        folder.mkdir(parents=True, exist_ok=True)
        tries(width, unasked=unasked).write_parquet(folder / "thinking.parquet")
        found.append(
            row(width, 0, MARKS[-1], True, task="prompting", stratum="direct", metric="solved", value=0.4, n_items=40)
        )
    lab.record(found)


def write_judging(lab: Lab, widths: tuple[int, ...]) -> None:
    """Rows of the task `checking`: verdicts on steps get better with size, verdicts on results do not."""
    found: list[Observation] = []
    for width in widths:
        for k in KS:
            for kind, value in (("direct", 0.52), ("worked", 0.5 + 0.45 / (1 + 3e4 / n_params(width)))):
                of = {
                    "task": "checking",
                    "stratum": f"k={k} {kind} unseen",
                    "k": k,
                    "metric": "accuracy",
                    "n_items": 200,
                }
                found.append(row(width, 0, MARKS[-1], True, **of, value=value, chance=0.5, stderr=0.03))
    lab.record(found)


def change(name: str, before: float, after: float, half: float = 0.04) -> BeforeAfter:
    def of(value: float) -> Estimate:
        return Estimate(value=value, low=value - half, high=value + half, n=3)

    return BeforeAfter(name=name, before=of(before), after=of(after), difference=of(after - before))


def reinforced(gain: float) -> Reinforced:
    """Three seeds whose single tries gain so much."""
    rows = [
        {
            "seed": seed,
            "step": step,
            "rl_flops": 1e10 * step,
            "value": 0.3 + gain * step / 60,
            "low": 0.25,
            "high": 0.55,
            "thought_tokens": 6.0 + step / 60,
            "entropy_nats": 0.4 - step / 200,
            "rewarded_rejected": None if step == 0 else 0.1,
        }
        for seed in range(3)
        for step in (0, 20, 40, 60)
    ]
    return Reinforced(
        model=f"{run_name(24, 0)}/tokens-{MARKS[-1]}",
        task="chains-worked",
        n_seeds=3,
        n_unfinished=1,
        curves=pl.DataFrame(rows, infer_schema_length=None),
        pass_at_1=change("pass@1", 0.3, 0.3 + gain),
        coverage=(change("pass@1", 0.3, 0.3 + gain), change("pass@8", 0.7, 0.7), change("pass@64", 0.9, 0.85)),
        parts=(change("k = 2, seen in training", 0.4, 0.6), change("k = 6, longer than any rewarded", 0.2, 0.21)),
        learned="It sharpened: pass@1 more, pass@64 not.",
    )


def enrichment_changes() -> pl.DataFrame:
    """A strand that gains, one that loses, and one of which nothing can be told."""
    shifts = {"translation": -0.2, "grammar": 0.1, "lexical": 0.0}
    rows = [
        {
            "task": task,
            "metric": metric,
            "n_tokens": tokens,
            "value": shift * tokens / 1e5,
            "stderr": 0.01,
            "n_items": 40,
            "per_million_tokens": 10 * shift,
        }
        for task, shift in shifts.items()
        for metric in ("answer_nll", "accuracy")
        for tokens in (50_000, 100_000)
    ]
    return pl.DataFrame(rows)
