"""A run learns, is the same each time, survives kill -9, and says in one sentence what went wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.models import durable, training
from skillscale.models.rung import Rung, rung_of_width
from skillscale.models.training import Diverged, Progress, train
from tests.tiny_corpus import write_tiny_corpus

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Bit-equal runs need the same number of threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    return write_tiny_corpus(tmp_path_factory.mktemp("tiny") / "corpus", n_rows=600)


@pytest.fixture(scope="module")
def whole(one_thread: None, corpus: PackedCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run(tiny_rung(), corpus, folder)
    return folder


def tiny_rung(n_tokens: int = 40_000, **overrides: Any) -> Rung:
    return rung_of_width(
        8,
        vocab_size=22,
        context=16,
        n_tokens=n_tokens,
        pad_id=0,
        eos_id=1,
        **{"seed": 0, "batch_rows": 16, **overrides},
    )


def run(rung: Rung, corpus: PackedCorpus, folder: Path) -> tuple[list[Progress], list[tuple[str, int]]]:
    progress: list[Progress] = []
    checkpoints: list[tuple[str, int]] = []
    train(
        rung, corpus, folder,
        on_progress=progress.append, on_checkpoint=lambda path, mark: checkpoints.append((path.name, mark)),
    )  # fmt: skip
    return progress, checkpoints


def weights(folder: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in folder.glob("tokens-*/model.safetensors")}


def log_lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_the_loss_falls_to_near_the_entropy_of_the_language(corpus: PackedCorpus, tmp_path: Path) -> None:
    progress, checkpoints = run(tiny_rung(120_000, learning_rate=0.02), corpus, tmp_path / "run")
    assert corpus.card.entropy is not None
    loss = log_lines(tmp_path / "run")[-1]["loss_nats"]
    assert loss == pytest.approx(corpus.card.entropy["all"].nats, rel=0.15)
    assert checkpoints == [("tokens-30000", 30_000), ("tokens-60000", 60_000), ("tokens-120000", 120_000)]
    assert (progress[-1].step, progress[-1].loss_nats, progress[-1].seconds_left) == (
        progress[-1].n_steps_total, loss, 0.0,
    )  # fmt: skip
    assert progress[-1].tokens == pytest.approx(120_000, rel=0.01)


def test_branches_leave_the_trunk_untouched(corpus: PackedCorpus, tmp_path: Path) -> None:
    branched, alone = tiny_rung(marks=(10_000, 40_000), warmup_tokens=800), tiny_rung(marks=(40_000,))
    assert branched.warmup_tokens == alone.warmup_tokens
    run(branched, corpus, tmp_path / "branched")
    run(alone, corpus, tmp_path / "alone")
    assert weights(tmp_path / "branched")["tokens-40000"] == weights(tmp_path / "alone")["tokens-40000"]


def test_the_log_holds_each_step_range_once(whole: Path) -> None:
    places = [(line["mark"], line["step"]) for line in log_lines(whole)]
    assert len(set(places)) == len(places)
    for mark in (None, 10_000, 20_000, 40_000):
        steps = [step for at, step in places if at == mark]
        assert steps == sorted(steps) != []


def test_a_finished_run_is_not_trained_again(corpus: PackedCorpus, whole: Path) -> None:
    before = weights(whole), (whole / "log.jsonl").read_bytes()
    progress, checkpoints = run(tiny_rung(), corpus, whole)
    assert progress == []
    assert [mark for _, mark in checkpoints] == [10_000, 20_000, 40_000]
    assert before == (weights(whole), (whole / "log.jsonl").read_bytes())
    assert not (whole / "resume.pt").exists()


KILLED = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from skillscale.corpora.packed import PackedCorpus
from skillscale.models import training
from tests.models.test_training import tiny_rung
training.RESUME_INTERVAL_S, training.RESUME_COST_SHARE = 0.0, 1e9  # a point after every step
corpus, folder = PackedCorpus(Path(sys.argv[1])), Path(sys.argv[2])
training.train(tiny_rung(), corpus, folder, on_progress=print, on_checkpoint=lambda path, mark: None)
"""


def test_kill_9_ends_in_the_same_bytes(corpus: PackedCorpus, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    _kill_once(corpus.folder, folder, seen=folder / "tokens-10000")
    assert (folder / "resume.pt").exists()
    assert not (folder / "tokens-40000").exists()
    _, checkpoints = run(tiny_rung(), corpus, folder)
    assert [mark for _, mark in checkpoints] == [10_000, 20_000, 40_000]
    assert weights(folder) == weights(whole)
    assert log_lines(folder) == log_lines(whole)


def _kill_once(corpus_folder: Path, folder: Path, *, seen: Path) -> None:
    """Train in a process of its own, and kill -9 as soon as `seen` is there."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(corpus_folder), str(folder)],
        cwd=REPOSITORY, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not seen.exists():
        assert process.poll() is None and time.monotonic() < deadline, "the run ended before it could be killed"
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


class Stop(Exception):  # noqa: N818
    """The test's own interruption."""


@pytest.mark.parametrize("stop_at", [3, 40, 46, 170])
def test_stopped_in_trunk_or_branch_it_goes_on_to_the_same_weights(
    stop_at: int, corpus: PackedCorpus, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(training, "RESUME_INTERVAL_S", 0.0)
        patch.setattr(training, "RESUME_COST_SHARE", 1e9)
        patch.setattr(training, "PROGRESS_INTERVAL_S", 0.0)

        def stop(progress: Progress) -> None:
            if progress.step == stop_at:
                raise Stop

        with pytest.raises(Stop):
            train(tiny_rung(), corpus, tmp_path / "run", on_progress=stop, on_checkpoint=lambda path, mark: None)
    run(tiny_rung(), corpus, tmp_path / "run")
    assert weights(tmp_path / "run") == weights(whole)
    assert log_lines(tmp_path / "run") == log_lines(whole)


def test_a_loss_that_is_not_finite_is_said_and_leaves_no_checkpoint(corpus: PackedCorpus, tmp_path: Path) -> None:
    wild = tiny_rung(learning_rate=0.9, weight_decay=1e30)
    with pytest.raises(Diverged, match="Lower the learning rate"):
        run(wild, corpus, tmp_path / "run")
    assert not (tmp_path / "run" / "tokens-40000").exists()


def test_a_damaged_resume_point_is_named(corpus: PackedCorpus, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "resume.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(SkillscaleError, match=r"resume\.pt is damaged .* delete that file"):
        run(tiny_rung(), corpus, folder)
    (folder / "resume.pt").unlink()
    assert len(run(tiny_rung(), corpus, folder)[1]) == 3


def test_a_full_disk_is_said_and_the_run_goes_on_later(
    corpus: PackedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(durable, "_sync", full)
        with pytest.raises(SkillscaleError, match=r"run could not be written \(No space left on device\)"):
            run(tiny_rung(), corpus, tmp_path / "run")
    assert len(run(tiny_rung(), corpus, tmp_path / "run")[1]) == 3


def test_a_folder_of_another_run_and_a_corpus_that_does_not_fit_are_refused(
    corpus: PackedCorpus, whole: Path, tmp_path: Path
) -> None:
    with pytest.raises(SkillscaleError, match="other settings"):
        run(tiny_rung(seed=1), corpus, whole)
    with pytest.raises(SkillscaleError, match="vocab_size 23, but the corpus"):
        run(replace(tiny_rung(), vocab_size=23), corpus, tmp_path / "other")
