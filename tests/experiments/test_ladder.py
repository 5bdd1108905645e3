"""A ladder's table is the same however often it was interrupted."""

import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import Interrupted, SkillscaleError
from skillscale.experiments.executor import Event, InThisProcess, JobFunction, LocalProcesses
from skillscale.experiments.job import sole_use
from skillscale.experiments.ladder import climb, corpus_key, job_of
from skillscale.experiments.progress import CheckpointMeasured, LadderEvent, RunFailed, RunFinished
from skillscale.models.rung import Rung, rung_of_width
from skillscale.observations.lab import Lab
from tests.experiments import jobs
from tests.tiny_corpus import write_tiny_corpus

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (8, 16)
# Climbs the tiny ladder in the folder given, one line an event.
DRIVER = """
import sys
from pathlib import Path
from skillscale.corpora.packed import PackedCorpus
from skillscale.experiments.executor import LocalProcesses
from skillscale.experiments.ladder import climb
from skillscale.observations.lab import Lab
from tests.experiments.jobs import real_job_in_small_steps
from tests.experiments.test_ladder import tiny_rungs

corpus = PackedCorpus(Path(sys.argv[1]))
climb(Lab.create(sys.argv[2]), tiny_rungs(corpus), corpus, LocalProcesses(n_workers=1), function=real_job_in_small_steps,
      items_per_stratum=5, on_event=lambda event: print(event, flush=True))
"""


def tiny_rungs(corpus: PackedCorpus, n_tokens: int = 30_000) -> list[Rung]:
    card = corpus.card
    ids = {"pad_id": card.pad_id, "eos_id": card.eos_id}
    return [
        rung_of_width(
            width, vocab_size=card.vocab_size, context=card.context, n_tokens=n_tokens, seed=0, batch_rows=32, **ids
        )
        for width in WIDTHS
    ]


@pytest.fixture
def corpus(tmp_path: Path) -> PackedCorpus:
    return write_tiny_corpus(tmp_path / "corpus")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.create(tmp_path / "lab")


def losses(lab: Lab) -> list[tuple[int, int, float | None, str | None]]:
    return lab.observations().select("n_params", "n_tokens", "value", "missing").rows()


def expected(corpus: PackedCorpus) -> list[tuple[int, int, float | None, str | None]]:
    return [(rung.n_params, mark, 1000 / mark, None) for rung in tiny_rungs(corpus) for mark in rung.marks]


def test_every_rung_is_measured_at_every_mark_the_longest_first(lab: Lab, corpus: PackedCorpus) -> None:
    events = list[LadderEvent]()
    rungs = tiny_rungs(corpus)
    ended = climb(lab, rungs, corpus, InThisProcess(), function=jobs.pretend_job, on_event=events.append)
    assert losses(lab) == expected(corpus)
    runs = [rung.run_name(corpus_key(corpus)) for rung in rungs[::-1]]
    assert list(ended.done) == runs
    assert ended.failed == {}
    assert [event.run for event in events if isinstance(event, RunFinished)] == runs
    assert [event.loss_nats for event in events if isinstance(event, CheckpointMeasured)] == [
        1000 / mark for rung in rungs for mark in rung.marks
    ]


def test_what_is_done_is_not_done_again(lab: Lab, corpus: PackedCorpus) -> None:
    climb(lab, tiny_rungs(corpus), corpus, InThisProcess(), function=jobs.pretend_job)
    before, events = lab.observations(), list[LadderEvent]()
    climb(lab, tiny_rungs(corpus), corpus, InThisProcess(), function=jobs.pretend_job, on_event=events.append)
    assert lab.observations().equals(before)
    assert all(isinstance(event, RunFinished) and event.before for event in events)
    assert len(events) == len(WIDTHS)


def test_a_deleted_table_is_made_again_from_the_runs(lab: Lab, corpus: PackedCorpus) -> None:
    climb(lab, tiny_rungs(corpus), corpus, InThisProcess(), function=jobs.pretend_job)
    for file in lab.folder.glob("lab.db*"):
        file.unlink()
    again = Lab.create(lab.folder)
    climb(again, tiny_rungs(corpus), corpus, InThisProcess(), function=jobs.pretend_job)
    assert losses(again) == expected(corpus)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("kill", "worker was killed by signal 9, perhaps out of memory"),
        ("memory", "out of memory"),
        ("mistake", "The text is empty."),
    ],
)
def test_a_failed_run_is_missing_with_its_reason_until_it_succeeds(
    lab: Lab, corpus: PackedCorpus, kind: str, reason: str
) -> None:
    narrow, wide = tiny_rungs(corpus)
    (lab.folder / "fault").write_text(f"d16 {wide.marks[1]} {kind}")
    events = list[LadderEvent]()
    executor = LocalProcesses(n_workers=1, log=lab.folder / "workers.log")
    ended = climb(lab, [narrow, wide], corpus, executor, function=jobs.pretend_job, on_event=events.append)
    full = expected(corpus)
    assert losses(lab) == full[:4] + [(wide.n_params, mark, None, reason) for mark in wide.marks[1:]]
    failed = wide.run_name(corpus_key(corpus))
    assert ended.failed == {failed: reason}
    assert RunFailed(run=failed, reason=reason) in events
    assert ended.done == (narrow.run_name(corpus_key(corpus)),)

    (lab.folder / "fault").unlink()
    shutil.rmtree(lab.runs / failed)
    assert climb(lab, [narrow, wide], corpus, executor, function=jobs.pretend_job).failed == {}
    assert losses(lab) == full


def test_ctrl_c_says_how_to_go_on_and_keeps_what_was_measured(lab: Lab, corpus: PackedCorpus) -> None:
    class CtrlC:
        """Stops after the first run, as a user would."""

        def run(self, function: JobFunction, jobs: Sequence[object]) -> Generator[Event]:
            yield from InThisProcess().run(function, jobs[:1])
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"1 of 2 runs done.*the same command again"):
        climb(lab, tiny_rungs(corpus), corpus, CtrlC(), function=jobs.pretend_job)
    assert losses(lab) == expected(corpus)[3:]


def test_a_lab_is_climbed_by_one_process_at_a_time(lab: Lab, corpus: PackedCorpus) -> None:
    with lab.training(), pytest.raises(SkillscaleError, match="being trained by another process"):
        climb(Lab(lab.folder), tiny_rungs(corpus), corpus, InThisProcess(), function=jobs.pretend_job)
    with lab.training():  # the command that made the corpus holds the lab already
        climb(lab, tiny_rungs(corpus), corpus, InThisProcess(), function=jobs.pretend_job)
    assert losses(lab) == expected(corpus)


def test_a_run_waits_for_the_worker_that_still_writes_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skillscale.experiments.job.LOCK_S", 0.1)
    refused = pytest.raises(SkillscaleError, match="Another process trains in")
    with sole_use(tmp_path / "run"), refused, sole_use(tmp_path / "run"):
        pass
    with sole_use(tmp_path / "run"):
        assert (tmp_path / "run" / "lock").exists()


def test_a_runs_name_follows_from_its_corpus(lab: Lab, corpus: PackedCorpus, tmp_path: Path) -> None:
    rung = tiny_rungs(corpus)[0]
    other = write_tiny_corpus(tmp_path / "other", seed=1)
    copy = PackedCorpus(Path(shutil.copytree(corpus.folder, tmp_path / "copy")))
    names = [job_of(lab, rung, c, items_per_stratum=5, items_seed=0).run for c in (corpus, copy, other)]
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("d8-s0-")


def drive(corpus: PackedCorpus, lab: Path, kill_after: int | None = None) -> int:
    """Climb in another process; kill -9 it after so many events. Returns how many came."""
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(corpus.folder), str(lab)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert driver.stdout is not None
    n_events = 0
    for n_events, _ in enumerate(driver.stdout, start=1):
        if n_events == kill_after:
            driver.kill()
            break
    driver.stdout.close()
    assert driver.wait(30) == (0 if kill_after is None or n_events < kill_after else -9)
    return n_events


def test_five_kills_leave_the_table_as_it_would_have_been(corpus: PackedCorpus, tmp_path: Path) -> None:
    rng = np.random.default_rng(20)
    n_events = drive(corpus, tmp_path / "quiet")
    for _ in range(5):
        drive(corpus, tmp_path / "killed", kill_after=int(rng.integers(1, n_events // 3)))
    drive(corpus, tmp_path / "killed")
    quiet, killed = Lab(tmp_path / "quiet").observations(), Lab(tmp_path / "killed").observations()
    assert killed.equals(quiet)
    assert quiet.filter(pl.col("metric") == "loss_nats", pl.col("stratum") == "all").height == 3 * len(WIDTHS)
    assert quiet["missing"].null_count() == quiet.height
