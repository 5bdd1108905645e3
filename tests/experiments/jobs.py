"""Jobs for workers: a function must stand in a module that they can import."""

import json
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import Emit
from skillscale.experiments.job import Job, Measured, run_job
from skillscale.experiments.progress import RunTrains
from skillscale.observations.observation import Observation


def square(job: int, emit: Emit) -> int:
    emit(("working on", job))
    return job * job


def who(job: float, emit: Emit) -> tuple[int, str]:
    """Sleeps for `job` seconds and says which process it was, with how many threads."""
    time.sleep(job)
    return os.getpid(), os.environ["OMP_NUM_THREADS"]


def misbehave(job: str, emit: Emit) -> str:
    match job:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            sys.exit(3)
        case "mistake":
            raise SkillscaleError("The text is empty.")
        case "bug":
            raise ValueError("first line\nsecond line")
        case "memory":
            raise MemoryError
        case "print":
            sys.stdout.write("noise on standard output\n")
        case _:
            pass
    return job


def pid_then_sleep(job: str, emit: Emit) -> None:
    """Writes its process id to a file named `job`, says so and sleeps."""
    Path(job).write_text(str(os.getpid()))
    emit("started")
    time.sleep(60)


def pretend_job(job: Job, emit: Emit) -> None:
    """Measures without training: the held-out loss of a mark is 1000 / mark. A file named `fault` says where to fail."""
    fault = job.folder.parent.parent / "fault"
    for mark in job.rung.marks:
        if fault.exists():
            run, at, kind = fault.read_text().split()
            if job.run.startswith(run) and mark == int(at):
                misbehave(kind, emit)
        if job.measured_file(mark).exists():
            raise AssertionError("this was measured before")
        row = Observation(**job.identities[mark], task="language", metric="loss_nats", value=1000 / mark)
        job.measured_file(mark).parent.mkdir(parents=True)
        job.measured_file(mark).write_text(json.dumps({"asked": job.asked, "observations": [asdict(row)]}))
        emit(
            RunTrains(run=job.run, step=mark, n_steps=job.rung.n_tokens, loss_nats=None, tokens_per_s=None, left_s=None)
        )
        emit(Measured(mark=mark, observations=(row,)))


def real_job_in_small_steps(job: Job, emit: Emit) -> None:
    """The real job, which tells of every step and saves every few, so that a kill may come anywhere."""
    from skillscale.models import training

    training.PROGRESS_INTERVAL_S, training.RESUME_INTERVAL_S = 0.0, 0.1
    training.RESUME_COST_SHARE = 1e9
    run_job(job, emit)
