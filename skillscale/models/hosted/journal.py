"""Replies on disk, by the key of their call, before anyone uses them: what a killed run goes on from.

A reply is final; a failure is not, and is asked again by the next invocation. `attempts` keeps what may have been paid without a reply: attempts that
were in flight when the process was killed (`ended` is null), and those that ended without an answer although the provider may have counted them.
"""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.calling import Call, Reply

SCHEMA_VERSION = 1
TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, draw TEXT NOT NULL, text TEXT NOT NULL, cut INTEGER NOT NULL,
    input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL, latency_s REAL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (id INTEGER PRIMARY KEY, key TEXT NOT NULL, at REAL NOT NULL, most_usd REAL, ended TEXT);
"""
COLUMNS = "text, cut, input_tokens, output_tokens, cost_usd, latency_s"

Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Write:
    """Statements of one transaction, and who waits for it."""

    statements: list[Statement]
    done: Future[None]


class Journal:
    """The journal `calls.db` in `folder`; `close` it. A second process on the same folder gets SkillscaleError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "calls.db"
        self._lock = _locked(folder / "lock", folder)
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=60)
            self._open()
        except (sqlite3.Error, ValueError) as error:
            self._lock.close()
            raise SkillscaleError(
                f"{self.path} cannot be read ({error}). Move it away to ask every call again, or use another folder."
            ) from error
        except SkillscaleError:
            self._db.close()
            self._lock.close()
            raise
        self._failed: SkillscaleError | None = None
        self._writes: SimpleQueue[_Write | None] = SimpleQueue()
        self._writer = Thread(target=self._write_all, name="journal", daemon=True)
        self._writer.start()

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # a reply that was paid for survives a power cut
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise SkillscaleError(f"{self.path} was written by a newer version. Update skillscale to go on with it.")
        self._db.executescript(TABLES)
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._replies = {row[0]: _reply(row[1:]) for row in self._db.execute(f"SELECT key, {COLUMNS} FROM replies")}
        asked = "SELECT coalesce(max(id), 0), coalesce(sum(most_usd), 0), count(*) FILTER (WHERE ended IS NULL) FROM attempts"
        self._last_attempt, lost_usd, self.n_interrupted = self._db.execute(asked).fetchone()
        # What all earlier invocations may have cost: replies at their cost, attempts without a reply at the most.
        self.spent_usd = float(lost_usd) + sum(one.cost_usd or 0.0 for one in self._replies.values())

    def __len__(self) -> int:
        return len(self._replies)

    def reply(self, key: str) -> Reply | None:
        """What is known of the call of that key."""
        return self._replies.get(key)

    def replies(self) -> Iterable[Reply]:
        """All that are known."""
        return self._replies.values()

    def begin(self, key: str, most_usd: float | None) -> int:
        """Note an attempt, which may cost `most_usd`; it is on disk a few milliseconds later. Returns its id.

        Raises SkillscaleError where something before it could not be written: then nothing more is to be paid for.
        """
        if self._failed is not None:
            raise self._failed
        self._last_attempt += 1
        row = self._last_attempt, key, time.time(), most_usd
        self._submit([("INSERT INTO attempts (id, key, at, most_usd) VALUES (?, ?, ?, ?)", row)])
        return self._last_attempt

    def end(self, attempt: int, reason: str, spent_usd: float | None) -> None:
        """The attempt brought no reply, and may have cost `spent_usd`; where that is nothing there is nothing to remember."""
        if spent_usd:
            ended = "UPDATE attempts SET ended = ?, most_usd = ? WHERE id = ?", (reason, spent_usd, attempt)
        else:
            ended = "DELETE FROM attempts WHERE id = ?", (attempt,)
        self._submit([ended])

    async def keep(self, attempt: int, key: str, call: Call, reply: Reply) -> None:
        """Returns when the reply is on disk. Raises SkillscaleError where it cannot be written."""
        said = reply.text, reply.cut, reply.input_tokens, reply.output_tokens, reply.cost_usd, reply.latency_s
        kept = f"INSERT OR REPLACE INTO replies (key, model, draw, at, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        row = (key, call.model, call.draw, time.time(), *said)
        await asyncio.wrap_future(self._submit([(kept, row), ("DELETE FROM attempts WHERE id = ?", (attempt,))]))
        self._replies[key] = reply

    def close(self) -> None:
        """Returns when everything noted is on disk."""
        self._writes.put(None)
        self._writer.join()
        self._db.close()
        self._lock.close()

    def _submit(self, statements: list[Statement]) -> Future[None]:
        one = _Write(statements, Future())
        self._writes.put(one)
        return one.done

    def _write_all(self) -> None:
        """Commits in groups: while one is being written, the next gathers. Whatever cannot be written, whoever waits is told."""
        group: list[_Write | None] = []
        while None not in group:
            group = [self._writes.get()]
            with contextlib.suppress(Empty):
                while True:
                    group.append(self._writes.get_nowait())
            notes = [one for one in group if one is not None]
            try:
                self._write(notes)
            except BaseException as error:
                self._failed = SkillscaleError(
                    f"{self.path} cannot be written ({error}). Make room or mend the permissions, and run the same command again."
                )
            for one in notes:
                if one.done.set_running_or_notify_cancel():
                    one.done.set_exception(self._failed) if self._failed else one.done.set_result(None)

    def _write(self, group: list[_Write]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for one in group:
                for sql, row in one.statements:
                    self._db.execute(sql, row)
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _locked(path: Path, folder: Path) -> IO[str]:
    """The lock file, held until it is closed; the operating system lets go of it when the process ends, even by kill -9."""
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        lock.close()
        raise SkillscaleError(
            f"Another process (pid {pid}) asks for the run in {folder}. Wait for it, or end it and give the same command again."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _reply(row: tuple[Any, ...]) -> Reply:
    text, cut, input_tokens, output_tokens, cost_usd, latency_s = row
    return Reply(
        text=text,
        cut=bool(cut),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=cost_usd,
        latency_s=latency_s,
    )
