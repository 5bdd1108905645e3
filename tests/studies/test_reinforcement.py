"""Reinforcement learning of a lab: which checkpoint it takes, what it writes into the table, and what it says came of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import InThisProcess
from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.records import ReinforcementRun, read_run
from skillscale.observations import Lab, Observation
from skillscale.studies.laboratory import Ladder, write_ladder
from skillscale.studies.reinforcement import running
from skillscale.studies.reinforcement.outcome import outcome_of, over_seeds
from skillscale.studies.reinforcement.rows import reinforcement_rows
from skillscale.studies.reinforcement.running import reinforce
from tests.experiments.reinforce.even_world import BASE, CONFIG, small_corpus
from tests.tiny_checkpoint import write_tiny_checkpoint

FAMILY = "pocket world 3/abc"


def small_lab(folder: Path, corpus: PackedCorpus | None = None) -> Lab:
    """Two rungs of a ladder, the wider one with two checkpoints; none of them was trained."""
    lab = Lab.create(folder)
    corpus = corpus or small_corpus(folder / "corpus" / "world")
    for width, marks in ((8, (100,)), (16, (100, 200))):
        run = f"d{width}-s0-0"
        for mark in marks:
            write_tiny_checkpoint(
                lab.runs / run / f"tokens-{mark}", corpus.tokenizer, width=width, context=64, seed=mark
            )
            lab.record(
                [
                    Observation(
                        family=FAMILY, run=run, model=f"{run}/tokens-{mark}", task="language", metric="loss_nats", value=1.0,
                        n_params=width, n_params_total=2 * width, n_tokens=mark, unique_tokens=mark, train_flops=1e9, seed=0,
                    )
                ]
            )  # fmt: skip
    write_ladder(
        lab,
        Ladder(
            family=FAMILY,
            corpus=corpus.folder.relative_to(folder),
            settings={},
            runs=("d8-s0-0", "d16-s0-0"),
            failed={},
        ),
    )
    return lab


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_lab(tmp_path_factory.mktemp("template") / "lab").folder


@pytest.fixture
def lab(template: Path, tmp_path: Path) -> Lab:
    return Lab(shutil.copytree(template, tmp_path / "lab"))


def pretend(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What each checkpoint is found to solve, in place of measuring it; small settings, and no other process."""
    found = {"d8-s0-0/tokens-100": 0.2, "d16-s0-0/tokens-100": 0.3, "d16-s0-0/tokens-200": 0.7}
    monkeypatch.setattr(running, "_single_try", lambda start: found[start.name])
    monkeypatch.setattr(running, "LocalProcesses", lambda n_workers: InThisProcess())

    def small(**settings: Any) -> ReinforceConfig:
        asked = ReinforceConfig(**settings)
        return replace(asked, n_steps=2, n_marks=2, n_prompts=2, n_samples=4, n_items=2, n_tries=2, n_tries_ends=8)

    monkeypatch.setattr(running, "ReinforceConfig", small)
    return found


@pytest.fixture
def success(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    return pretend(monkeypatch)


def test_the_widest_checkpoint_that_can_learn_is_reinforced_once(lab: Lab, success: dict[str, float]) -> None:
    told: list[str] = []
    done = reinforce(lab, seeds=(0, 1), tell=told.append)
    assert done.start.name == "d16-s0-0/tokens-100" and done.failed == {} and done.single_try == 0.3
    assert [read_run(lab.runs / run).config.seed for run in done.runs] == [0, 1]
    rows = lab.observations().filter(family=f"{FAMILY}: reinforced on chains-worked")
    assert set(rows["run"]) == set(done.runs)
    last = rows.filter(pl.col("model") == f"{done.runs[0]}/step-2", metric="pass_at_1", stratum="unseen").row(
        0, named=True
    )
    run = read_run(lab.runs / done.runs[0])
    assert last["train_flops"] == 1e9 + run.steps["rl_flops"][-1] > 1e9
    assert last["n_params"] == 16 and last["n_tokens"] == 100
    kept = {path: path.stat().st_mtime_ns for path in lab.runs.rglob("model.safetensors")}
    again = reinforce(lab, seeds=(0, 1), tell=told.append)
    assert again.runs == done.runs and again.failed == {}
    assert {path: path.stat().st_mtime_ns for path in lab.runs.rglob("model.safetensors")} == kept
    assert told[-1] == f"{done.runs[1]}: was done before"
    assert len(lab.observations()) == len(rows) + 3


def test_a_checkpoint_outside_the_window_is_refused_with_those_that_would_do(
    lab: Lab, success: dict[str, float]
) -> None:
    with pytest.raises(SkillscaleError) as caught:
        reinforce(lab, checkpoint=Path("d16-s0-0/tokens-200"))
    assert str(caught.value) == (
        "d16-s0-0/tokens-200 solves 70.0% of held-out chains-worked at a single try; reinforcement learns from 5% to 60%. "
        "These would do: d16-s0-0/tokens-100 (30%), d8-s0-0/tokens-100 (20%)."
    )
    success.update(dict.fromkeys(success, 0.01))
    with pytest.raises(SkillscaleError, match="No checkpoint of .* solves 5% to 60%"):  # noqa: RUF043
        reinforce(lab)
    with pytest.raises(SkillscaleError, match="No other checkpoint of this lab would do"):
        reinforce(lab, checkpoint=lab.runs / "d8-s0-0" / "tokens-100")


def test_success_is_measured(lab: Lab) -> None:
    """Untrained models solve next to nothing."""
    with pytest.raises(SkillscaleError, match=r"solves 0\.\d% of held-out chains-worked at a single try"):
        reinforce(lab, checkpoint=lab.runs / "d8-s0-0" / "tokens-100")


def test_what_makes_no_sense_is_refused(lab: Lab) -> None:
    with pytest.raises(SkillscaleError, match="'spatial' cannot be reinforced"):
        reinforce(lab, task="spatial")
    with pytest.raises(SkillscaleError, match="different whole numbers"):
        reinforce(lab, seeds=(1, 1))
    with pytest.raises(SkillscaleError, match="is no checkpoint"):
        reinforce(lab, checkpoint=Path("nowhere"))


def fake_run(seed: int, after: float, *, n: int = 40, rejected: int = 0) -> ReinforcementRun:
    """Half of 8 tries of every question right before, a share `after` of them after."""
    config = replace(CONFIG, seed=seed, n_tries_ends=8)
    rng = np.random.default_rng(seed)
    rows = [
        ("unseen", 2, i, 8, right, max(right - rejected, 0), 48, 12.0, step, step * 1e6)
        for step, share in ((0, 0.5), (config.n_steps, after))
        for i in range(n)
        for right in [int(rng.binomial(8, share))]
    ]
    names = ("part", "k", "item", "tries", "right", "strict", "tokens", "nats", "step", "rl_flops")
    return ReinforcementRun(
        config=config, base=BASE, folder=Path("runs") / config.run, steps=pl.DataFrame(), evaluations=pl.DataFrame(rows, schema=names, orient="row")
    )  # fmt: skip


def test_the_outcome_is_the_difference_over_seeds() -> None:
    found = outcome_of([fake_run(seed, 0.8) for seed in range(3)])
    change = found.pass_at_1
    assert change.difference.value == pytest.approx(0.3, abs=0.05)
    assert change.difference.low is not None and change.difference.high is not None
    assert 0.2 < change.difference.low < change.difference.high < 0.4
    assert change.difference.value == pytest.approx(
        np.mean([one.pass_at_1.difference.value or np.nan for one in found.seeds])
    )
    assert [one.k for one in found.coverage] == [1, 2, 4, 8]
    assert (
        found.before.thought_tokens == 6.0
        and found.before.entropy_nats == 0.25
        and found.before.rewarded_rejected == 0.0
    )
    assert found.seeds[0].rl_flops == 24e6
    assert json.dumps([one.run for one in found.seeds])


@pytest.mark.parametrize(
    ("after", "verdict"), [(0.8, "sharpened"), (0.5, "that is nothing"), (0.2, "It lost: pass@1 −")]
)
def test_what_was_learned_is_said(after: float, verdict: str) -> None:
    assert verdict in outcome_of([fake_run(seed, after) for seed in range(3)]).learned


def test_solvable_where_it_was_not_is_learning() -> None:
    runs = [fake_run(seed, 0.9) for seed in range(3)]
    hard = pl.when(pl.col("step") == 0, pl.col("item") < 20).then(0).otherwise("right").alias("right")
    learned = [replace(run, evaluations=run.evaluations.with_columns(hard)) for run in runs]
    assert outcome_of(learned).learned.startswith("It learned: pass@1 +")


def test_no_finished_run_has_no_outcome() -> None:
    run = fake_run(0, 0.8)
    with pytest.raises(SkillscaleError, match="is done"):
        outcome_of([replace(run, evaluations=run.evaluations.filter(step=0))])


def test_intervals_over_seeds_and_questions_cover() -> None:
    """Crossed effects of seeds and questions, as they are assumed: 90 % intervals hold the truth in 87 to 95 %."""
    rng, held, n = np.random.default_rng(0), 0, 1500
    for _ in range(n):
        values = (
            0.1
            + 0.03 * rng.standard_normal((3, 1))
            + 0.3 * rng.standard_normal((1, 100))
            + 0.2 * rng.standard_normal((3, 100))
        )
        found = over_seeds(values, level=0.9, ends=(-1, 1))
        assert found.low is not None and found.high is not None
        held += found.low <= 0.1 <= found.high
    assert 0.87 <= held / n <= 0.95


def test_rows_say_what_is_missing_and_the_share_of_hacked_rewards() -> None:
    run = fake_run(0, 0.8, rejected=1)
    rows = reinforcement_rows(run)
    by = {(row.model, row.metric): row for row in rows if row.stratum == "unseen"}
    share = by[f"{run.config.run}/step-24", "rewarded_rejected"]
    table = run.evaluations.filter(step=24)
    assert share.value == pytest.approx(1 - table["strict"].to_numpy().sum() / table["right"].to_numpy().sum())
    assert by[run.config.model, "pass_at_1"].train_flops == 1e6  # the base alone
    assert by[f"{run.config.run}/step-24", "pass_at_8"].train_flops == 25e6
    assert by[run.config.model, "thought_tokens"].value == 6.0
    assert {row.k for row in rows if row.stratum == "k=2 unseen"} == {2}
    none = run.evaluations.with_columns(right=pl.lit(0), strict=pl.lit(0))
    unknown = replace(run, base=replace(run.base, train_flops=None), evaluations=none)
    missing = next(row for row in reinforcement_rows(unknown) if row.metric == "rewarded_rejected")
    assert (
        missing.value is None and missing.missing == "none of 320 answers was rewarded" and missing.train_flops is None
    )
