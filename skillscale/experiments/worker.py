"""The process at the other end of `LocalProcesses`: takes jobs from a pipe, runs them, sends what comes of them.

`python -m skillscale.experiments.worker FD`, where FD is the inherited end of the pipe.
"""

import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any, cast

from skillscale.experiments.executor import JobFunction, reason_of


def work(connection: "Connection[Any, Any]") -> None:
    """Run jobs until the driver is gone."""
    tasks = queue.SimpleQueue[bytes]()
    threading.Thread(target=_read, args=(connection, tasks), daemon=True).start()
    while True:
        connection.send(_outcome(connection, tasks.get()))


def _read(connection: "Connection[Any, Any]", tasks: "queue.SimpleQueue[bytes]") -> None:
    """Take in jobs. The pipe ends when the driver does, even by kill -9: then this process ends at once, too."""
    try:
        while True:
            tasks.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)


def _outcome(connection: "Connection[Any, Any]", task: bytes) -> tuple[str, object]:
    try:
        function, job = cast("tuple[JobFunction, object]", pickle.loads(task))
        return "finished", function(job, lambda payload: connection.send(("emitted", payload)))
    except Exception as error:  # whatever a job does, the worker goes on with the next one
        traceback.print_exc()
        return "failed", reason_of(error)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work(Connection(int(sys.argv[1])))
    except OSError:  # the driver is gone
        os._exit(0)


if __name__ == "__main__":
    main()
