"""Jobs run elsewhere, their failures stay theirs, and no worker outlives its driver."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import Emitted, Event, Executor, Failed, Finished, InThisProcess, LocalProcesses
from tests.experiments import jobs

ROOT = Path(__file__).resolve().parents[2]
# Runs two endless jobs and says when both are under way.
DRIVER = """
import sys
from contextlib import closing
from skillscale.experiments.executor import LocalProcesses
from tests.experiments.jobs import pid_then_sleep
with closing(LocalProcesses(n_workers=2).run(pid_then_sleep, sys.argv[1:])) as events:
    for event in events:
        print(event, flush=True)
"""


def outcomes(events: list[Event]) -> dict[int, Event]:
    ends = [event for event in events if not isinstance(event, Emitted)]
    assert len(ends) == len({event.job for event in ends})
    return {event.job: event for event in ends}


def gone(pid: int) -> bool:
    """Is there no such process, or only what its parent has yet to collect?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(pids: list[int], limit_s: float) -> float:
    start = time.monotonic()
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() - start < limit_s, "a worker outlived its driver"
        time.sleep(0.01)
    return time.monotonic() - start


@pytest.mark.parametrize("executor", [InThisProcess(), LocalProcesses(n_workers=2)])
def test_each_job_tells_its_way_and_then_its_end(executor: Executor) -> None:
    events = list(executor.run(jobs.square, [3, 4, 5]))
    for index, job in enumerate([3, 4, 5]):
        own = [event for event in events if event.job == index]
        assert own == [
            Emitted(job=index, payload=("working on", job)),
            Finished(job=index, result=job * job),
        ]


@pytest.mark.parametrize("executor", [InThisProcess(), LocalProcesses(n_workers=1)])
def test_what_a_job_raises_is_its_reason(executor: Executor) -> None:
    ends = outcomes(list(executor.run(jobs.misbehave, ["mistake", "bug", "memory", "fine"])))
    assert ends[0] == Failed(job=0, reason="The text is empty.")
    assert ends[1] == Failed(job=1, reason="ValueError: first line")
    assert ends[2] == Failed(job=2, reason="out of memory")
    assert ends[3] == Finished(job=3, result="fine")


def test_workers_stay_for_the_next_job_with_one_thread_each() -> None:
    ends = outcomes(list(LocalProcesses(n_workers=2).run(jobs.who, [0.2, 0.0, 0.0, 0.0])))
    said = [event.result for event in ends.values() if isinstance(event, Finished)]
    assert len(said) == 4
    assert len({pid for pid, _ in said}) == 2
    assert {threads for _, threads in said} == {"1"}
    assert os.getpid() not in {pid for pid, _ in said}


def test_a_worker_that_dies_fails_its_job_alone() -> None:
    ends = outcomes(
        list(LocalProcesses(n_workers=1).run(jobs.misbehave, ["kill", "fine", "segfault", "exit", "print"]))
    )
    assert ends[0] == Failed(job=0, reason="worker was killed by signal 9, perhaps out of memory")
    assert ends[1] == Finished(job=1, result="fine")
    assert ends[2] == Failed(job=2, reason="worker was killed by signal 11 (SIGSEGV)")
    assert ends[3] == Failed(job=3, reason="worker ended with exit code 3 before its job was done")
    assert ends[4] == Finished(job=4, result="print")


def test_what_workers_print_is_kept_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "lab" / "workers.log"
    list(LocalProcesses(n_workers=1, log=log).run(jobs.misbehave, ["print", "bug"]))
    assert "noise on standard output" in log.read_text()
    assert "ValueError: first line" in log.read_text()


def test_closing_the_events_ends_the_workers(tmp_path: Path) -> None:
    with closing(LocalProcesses(n_workers=1).run(jobs.pid_then_sleep, [str(tmp_path / "pid")])) as events:
        assert next(events) == Emitted(job=0, payload="started")
    wait_until_gone([int((tmp_path / "pid").read_text())], 1)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_driver(tmp_path: Path, how: signal.Signals) -> None:
    files = [tmp_path / "first", tmp_path / "second"]
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, *map(str, files)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert driver.stdout is not None
    for _ in files:
        assert b"started" in driver.stdout.readline()
    driver.send_signal(how)
    driver.wait(5)
    driver.stdout.close()
    wait_until_gone([int(file.read_text()) for file in files], 2)


def test_what_cannot_run_is_refused_at_once() -> None:
    with pytest.raises(SkillscaleError, match="at least one worker"):
        LocalProcesses(n_workers=0)
    assert list(LocalProcesses(n_workers=3).run(jobs.square, [])) == []
