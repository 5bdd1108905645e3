"""What is on disk is there after any end, and one process writes it."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skillscale.errors import SkillscaleError
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.models.hosted.journal import Journal

CALL = Call(model="m", messages=(Message(role="user", content="Hello"),), draw="d", temperature=0.7, max_tokens=5)
REPLY = Reply(text="Hi \ud7ff", cut=True, input_tokens=3, output_tokens=None, cost_usd=0.25, latency_s=0.5)


def test_a_reply_is_read_back_by_its_key(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    asyncio.run(journal.keep(journal.begin(CALL.key, 1.0), CALL.key, CALL, REPLY))
    assert journal.reply(CALL.key) == REPLY
    journal.close()
    again = Journal(tmp_path)
    assert (len(again), again.reply(CALL.key), again.spent_usd, again.n_interrupted) == (1, REPLY, 0.25, 0)
    again.close()


def test_attempts_without_a_reply_count_at_the_most_and_failures_that_cost_nothing_do_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.end(journal.begin("a", 1.0), "429", 0.0)
    journal.end(journal.begin("b", 1.0), "no answer", 1.0)
    journal.begin("c", 4.0)
    journal.begin("d", None)
    journal.close()
    again = Journal(tmp_path)
    assert (len(again), again.spent_usd, again.n_interrupted) == (0, 5.0, 2)
    again.close()


def test_a_reply_is_on_disk_when_keep_returns_even_if_the_process_is_killed(tmp_path: Path) -> None:
    code = """
import asyncio, os, signal, sys
from pathlib import Path
from skillscale.models.hosted.calling import Call, Message, Reply
from skillscale.models.hosted.journal import Journal
journal = Journal(Path(sys.argv[1]))
async def keep(i):
    call = Call(model="m", messages=(Message(role="user", content="x"),), draw=str(i), temperature=0, max_tokens=1)
    await journal.keep(journal.begin(call.key, None), call.key, call, Reply(text=str(i)))
async def run():
    await asyncio.gather(*(keep(i) for i in range(100)))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(run())
"""
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    journal = Journal(tmp_path)
    assert len(journal) == 100
    journal.close()


def test_a_second_writer_is_refused_with_the_firsts_pid(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    with pytest.raises(SkillscaleError, match=r"Another process \(pid \d+\)"):
        Journal(tmp_path)
    first.close()
    Journal(tmp_path).close()


def test_a_damaged_or_newer_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "calls.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(SkillscaleError, match="cannot be read"):
        Journal(tmp_path)
    (tmp_path / "calls.db").unlink()
    with sqlite3.connect(tmp_path / "calls.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(SkillscaleError, match="newer version"):
        Journal(tmp_path)


def test_where_it_cannot_be_written_whoever_waits_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with sqlite3.connect(tmp_path / "calls.db") as db:
        db.execute("DROP TABLE replies")
    db.close()
    with pytest.raises(SkillscaleError, match="cannot be written"):
        asyncio.run(journal.keep(1, CALL.key, CALL, REPLY))
    assert journal.reply(CALL.key) is None
    journal.close()


@pytest.mark.parametrize("row", [("\ud800", None), ("a", 2**70), (object(), None)])
def test_whatever_a_row_is_the_writer_lives_and_nothing_more_is_begun(tmp_path: Path, row: tuple[Any, Any]) -> None:
    journal = Journal(tmp_path)
    journal.begin(*row)
    with pytest.raises(SkillscaleError, match=r"calls\.db cannot be written .* run the same command again"):
        asyncio.run(asyncio.wait_for(journal.keep(2, CALL.key, CALL, REPLY), 10))
    with pytest.raises(SkillscaleError, match="cannot be written"):
        journal.begin("b", 1.0)
    journal.close()


def test_a_failed_write_that_nobody_waits_for_any_more_ends_no_other(tmp_path: Path) -> None:
    """A call that was broken off has cancelled its wait; whoever comes after it is told all the same."""
    journal = Journal(tmp_path)
    with sqlite3.connect(tmp_path / "calls.db") as db:
        db.execute("DROP TABLE replies")
    db.close()

    async def broken_off() -> None:
        waiting = asyncio.ensure_future(journal.keep(1, CALL.key, CALL, REPLY))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(journal.keep(2, CALL.key, CALL, REPLY), 10)

    for _ in range(5):
        with pytest.raises(SkillscaleError, match="cannot be written"):
            asyncio.run(broken_off())
    journal.close()
