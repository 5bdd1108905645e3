"""A run learns what is rewarded, counts its compute, and survives a kill to the very same weights."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import skillscale
from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.attempts import attempts, question_sets
from skillscale.experiments.reinforce.chains import MAX_SAID, ChainWorld
from skillscale.experiments.reinforce.config import ReinforceConfig
from skillscale.experiments.reinforce.learner import Learner
from skillscale.experiments.reinforce.records import ReinforcementRun, read_reinforcement, read_run
from skillscale.models.local import LocalModel
from skillscale.observations import Lab
from tests.experiments.reinforce.even_world import BASE, CONFIG, EvenWorld, small_checkpoint, small_corpus, train
from tests.tiny_checkpoint import write_tiny_checkpoint

ROOT = Path(skillscale.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    return small_corpus(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def checkpoint(corpus: PackedCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_checkpoint(tmp_path_factory.mktemp("model"), corpus)


@pytest.fixture(scope="module")
def done(corpus: PackedCorpus, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> ReinforcementRun:
    folder = tmp_path_factory.mktemp("lab") / "runs" / CONFIG.run
    train(checkpoint, corpus, folder)
    return read_run(folder)


def test_what_is_rewarded_becomes_likelier(done: ReinforcementRun) -> None:
    assert done.config == CONFIG and done.base == BASE and done.done
    assert done.steps["step"].to_list() == list(range(1, 25))
    rewarded = done.steps["rewarded"].to_numpy()
    assert rewarded[:3].mean() < 0.7 and rewarded[-6:].mean() > 0.85
    assert (
        done.steps["rewarded_rejected"].to_numpy().min() == 1.0
    )  # no answer has right steps, and the second check says so
    assert done.steps["entropy_nats"][-1] < done.steps["entropy_nats"][0]


def test_every_question_of_every_set_is_measured_at_the_marks(done: ReinforcementRun) -> None:
    table = done.evaluations
    assert sorted(set(table["step"])) == [0, 12, 24]
    assert table.filter(step=0)["tries"].unique().to_list() == [4]
    assert table.filter(step=12)["tries"].unique().to_list() == [2]
    asked = {("seen", 2), ("seen", 3), ("seen", 4), ("unseen", 2), ("unseen", 3), ("unseen", 4), ("longer", 6)}
    counts = table.group_by("step", "part", "k").len()
    assert set(counts.filter(step=24).select("part", "k").iter_rows()) == asked
    assert counts["len"].unique().to_list() == [3]
    assert table.filter(step=0)["rl_flops"].unique().to_list() == [0.0]
    assert table.filter(step=24)["rl_flops"][0] == done.steps["rl_flops"][-1]


def test_a_kept_checkpoint_opens_in_transformers_and_is_what_was_trained(
    done: ReinforcementRun, checkpoint: Path
) -> None:
    folder = done.folder / "step-24"
    model, before = (AutoModelForCausalLM.from_pretrained(path) for path in (folder, checkpoint))
    assert AutoTokenizer.from_pretrained(folder).get_vocab() == AutoTokenizer.from_pretrained(checkpoint).get_vocab()
    pairs = zip(model.parameters(), before.parameters(), strict=True)
    assert any(not torch.equal(new, old) for new, old in pairs)
    assert "24 steps of reinforcement learning" in (folder / "README.md").read_text()


def test_compute_is_counted_from_shapes(corpus: PackedCorpus, checkpoint: Path, tmp_path: Path) -> None:
    """One step whose answers are never rewarded differently: only sampling is paid for, and by hand."""

    class Stern(EvenWorld):
        def result_is_right(self, chain: object, said: str) -> bool:
            return False

    config = replace(CONFIG, n_steps=1, n_marks=1, ks=(2,))
    folder = tmp_path / config.run
    folder.mkdir()
    learner = Learner(config, checkpoint, folder, Stern(corpus))
    weights = [parameter.detach().clone() for parameter in learner.model.model.parameters()]
    learner.run([], lambda _: None)
    assert all(torch.equal(a, b) for a, b in zip(weights, learner.model.model.parameters(), strict=True))
    n_read = 1 + 2 + 2 + 1  # start, count, customs, symbol, colon
    at_most = config.n_prompts * learner.shape.flops(n_read=n_read) + config.n_prompts * config.n_samples * (
        learner.shape.flops(n_read=n_read + MAX_SAID, n_logits=MAX_SAID)
        - learner.shape.flops(n_read=n_read, n_logits=0)
    )
    assert 0.5 * at_most < learner.rl_flops < at_most


def test_after_kill_9_it_goes_on_to_the_same_weights(
    done: ReinforcementRun, corpus: PackedCorpus, checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / CONFIG.run
    command = [
        sys.executable,
        "-m",
        "tests.experiments.reinforce.even_world",
        str(checkpoint),
        str(corpus.folder),
        str(folder),
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    log = folder / "log.jsonl"
    give_up = time.monotonic() + 60
    while not (folder / "resume.pt").is_file() or len(log.read_text().splitlines()) < 15:
        assert process.poll() is None and time.monotonic() < give_up
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not (folder / "step-24").is_dir()
    kept = (folder / "step-12" / "model.safetensors").stat().st_mtime_ns
    train(checkpoint, corpus, folder)
    again = read_run(folder)
    assert again.steps.equals(done.steps)  # no step twice, and each as without the kill
    assert again.evaluations.equals(done.evaluations)
    assert (folder / "step-24" / "model.safetensors").read_bytes() == (
        done.folder / "step-24" / "model.safetensors"
    ).read_bytes()
    assert (folder / "step-12" / "model.safetensors").stat().st_mtime_ns == kept


def test_what_cannot_be_asked_is_refused_and_never_counted_as_wrong(corpus: PackedCorpus, tmp_path: Path) -> None:
    model = LocalModel(write_tiny_checkpoint(tmp_path / "short", corpus.tokenizer, context=8))
    world = ChainWorld(corpus)
    with pytest.raises(SkillscaleError, match="of 6 customs cannot be asked: the prompt has more tokens"):
        attempts(model, world, question_sets(world, CONFIG, 3)[-1:], n_tries=2, seed=0)


def test_a_damaged_point_says_how_it_is_healed(corpus: PackedCorpus, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "resume.pt").write_bytes(b"no")
    with pytest.raises(SkillscaleError, match="and run the same command again: this run starts over"):
        Learner(CONFIG, checkpoint, tmp_path, EvenWorld(corpus)).run([], lambda _: None)


def test_runs_are_found_in_a_lab_also_unfinished_ones_and_a_cut_line_is_none(
    done: ReinforcementRun, tmp_path: Path, corpus: PackedCorpus, checkpoint: Path
) -> None:
    lab = Lab.create(tmp_path / "lab")
    assert read_reinforcement(lab) == []
    train(checkpoint, corpus, lab.runs / "one", replace(CONFIG, n_steps=2, n_marks=2))
    with (lab.runs / "one" / "log.jsonl").open("a") as log:
        log.write('{"step": 3, "rew')
    (lab.runs / "one" / "evaluations" / "step-2.parquet").unlink()
    [run] = read_reinforcement(lab)
    assert run.steps["step"].to_list() == [1, 2] and not run.done
    assert run.steps.schema == done.steps.schema and run.evaluations.schema == done.evaluations.schema
    (lab.runs / "one" / "reinforce.json").write_text("{}")
    with pytest.raises(SkillscaleError, match="damaged run of reinforcement learning"):
        read_reinforcement(lab)


def test_a_runs_name_follows_from_all_its_settings() -> None:
    assert CONFIG.run.startswith("rl-d16-s0-0-s5-")
    others = [
        replace(CONFIG, seed=6),
        replace(CONFIG, learning_rate=0.01),
        replace(CONFIG, digest="x"),
        replace(CONFIG, n_items=4),
    ]
    assert len({CONFIG.run, *(other.run for other in others)}) == 5
    assert CONFIG.marks == (12, 24)


@pytest.mark.parametrize("wrong", [{"n_steps": 1}, {"n_samples": 1}, {"learning_rate": 0.0}, {"n_prompts": 0}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SkillscaleError, match="cannot be done"):
        replace(CONFIG, **wrong)


def test_the_defaults_make_a_config() -> None:
    config = ReinforceConfig(model="a/b", digest="", corpus_key="", seed=0, learning_rate=0.001)
    assert config.marks == (80, 160, 240, 320, 400)
