"""Jobs for workers: a function must stand in a module that they can import."""

import os
import signal
import sys
import time
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import Emit


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
