"""Where jobs run. An `Executor` takes a function and jobs, and tells what becomes of each.

`LocalProcesses` runs them in worker processes of this machine, `InThisProcess` one after the other right here (tests,
notebooks, a debugger). The function and the jobs travel by pickle, so the function stands at the top of a module.
"""

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import IO, Any, Protocol, cast

from skillscale.errors import SkillscaleError

Emit = Callable[[object], None]
JobFunction = Callable[[Any, Emit], object]  # (job, emit) -> result

STOP_S = 5.0  # a worker that was told to end is waited for this long, then killed
THREAD_COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """The job of this index sent something on its way."""

    job: int
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    job: int
    result: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The job ended without a result. `reason` is one sentence or part of one."""

    job: int
    reason: str


Event = Emitted | Finished | Failed


class Executor(Protocol):
    """Runs `function(job, emit)` for each job, started in the order given, and yields events as they come.

    Each job yields any number of `Emitted` and then one `Finished` or `Failed`; a failure leaves the others alone.
    When the generator is closed, all that runs is ended: hold it in `contextlib.closing`.
    """

    def run(self, function: JobFunction, jobs: Sequence[object]) -> Generator[Event]: ...


def reason_of(error: BaseException) -> str:
    """Why a job failed: a SkillscaleError's own sentence, or the kind of error with its first line."""
    if isinstance(error, SkillscaleError):
        return str(error)
    if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__ or "can't allocate memory" in str(error):
        return "out of memory"
    first = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


class InThisProcess:
    """Runs jobs here, one after the other. What a job emits is yielded when the job has ended."""

    def run(self, function: JobFunction, jobs: Sequence[object]) -> Generator[Event]:
        for index, job in enumerate(jobs):
            emitted = list[object]()
            try:
                result = function(job, emitted.append)
                outcome: Event = Finished(job=index, result=result)
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                outcome = Failed(job=index, reason=reason_of(error))
            yield from (Emitted(job=index, payload=payload) for payload in emitted)
            yield outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProcesses:
    """Runs jobs in `n_workers` processes that live as long as there are jobs, so heavy imports happen once in each.

    A worker that dies is replaced and its job has failed. Workers end by themselves as soon as this process is gone,
    however it went. What they print goes to the end of the file `log`, else to standard error.
    """

    n_workers: int
    threads_per_worker: int = 1
    log: Path | None = None

    def __post_init__(self) -> None:
        if self.n_workers < 1 or self.threads_per_worker < 1:
            raise SkillscaleError(
                f"Jobs need at least one worker with one thread; asked for {self.n_workers} workers "
                f"with {self.threads_per_worker} threads. Give numbers of 1 or more."
            )

    def run(self, function: JobFunction, jobs: Sequence[object]) -> Generator[Event]:
        tasks = [pickle.dumps((function, job)) for job in jobs]  # here, so that what cannot travel is refused at once
        waiting = deque(enumerate(tasks))
        workers = list[_Worker]()
        try:
            while waiting or any(worker.job is not None for worker in workers):
                self._hand_out(waiting, workers)
                busy = {worker.connection: worker for worker in workers if worker.job is not None}
                for connection in wait(list(busy)):
                    worker = busy[cast("Connection[Any, Any]", connection)]
                    yield worker.event()
                    if worker.dead:
                        workers.remove(worker)
        finally:
            for worker in workers:
                worker.stop()

    def _hand_out(self, waiting: "deque[tuple[int, bytes]]", workers: "list[_Worker]") -> None:
        """Give each idle worker a job, and start new ones while there are jobs and room for them."""
        while waiting:
            idle = next((worker for worker in workers if worker.job is None), None)
            if idle is None:
                if len(workers) >= self.n_workers:
                    return
                idle = _start_worker(self)
                workers.append(idle)
            index, task = waiting.popleft()
            idle.take(index, task)


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A worker process as the driver sees it. `job` is the index of what it works on."""

    process: "subprocess.Popen[bytes]"
    connection: "Connection[Any, Any]"
    job: int | None = None
    dead: bool = field(default=False)

    def take(self, index: int, task: bytes) -> None:
        self.job = index
        with suppress(OSError):  # it has died; `event` finds out
            self.connection.send_bytes(task)

    def event(self) -> Event:
        """Wait for the next event of the job at hand."""
        assert self.job is not None
        index = self.job
        try:
            kind, content = cast("tuple[str, Any]", self.connection.recv())
        except (EOFError, OSError):
            self.dead = True
            self.stop()
            return Failed(job=index, reason=_end(self.process.returncode))
        if kind == "emitted":
            return Emitted(job=index, payload=content)
        self.job = None
        if kind == "finished":
            return Finished(job=index, result=content)
        return Failed(job=index, reason=content)

    def stop(self) -> None:
        """End the process now, whatever it does: what it has written is whole at any moment."""
        self.connection.close()
        if not self.dead:
            self.process.kill()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _start_worker(place: LocalProcesses) -> _Worker:
    ours, theirs = Pipe()
    threads = dict.fromkeys(THREAD_COUNTS, str(place.threads_per_worker))
    environment = {
        **os.environ,
        **threads,
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
    }
    log = _open_log(place.log)
    try:
        process = subprocess.Popen(
            # -P: a file of the folder we stand in must not pass for a module
            [sys.executable, "-P", "-m", "skillscale.experiments.worker", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[theirs.fileno()],
            env=environment,
            process_group=0,  # Ctrl-C reaches this process only, which then ends its workers
        )
    finally:
        theirs.close()  # only the worker holds its end: that is how each learns of the other's death
        if not isinstance(log, int):
            log.close()
    return _Worker(process=process, connection=cast("Connection[Any, Any]", ours))


def _open_log(path: Path | None) -> "IO[bytes] | int":
    if path is None:
        return sys.__stderr__.fileno() if sys.__stderr__ is not None else subprocess.DEVNULL
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def _end(returncode: int) -> str:
    if returncode == -signal.SIGKILL:
        return "worker was killed by signal 9, perhaps out of memory"
    if returncode < 0:
        return f"worker was killed by signal {-returncode} ({signal.Signals(-returncode).name})"
    return f"worker ended with exit code {returncode} before its job was done"
