"""One sync fails, in each place where there is one: nothing is acknowledged until everything has been written again.

Each case is a process of its own over real files, with a library below it that lets the chosen sync fail.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from powercut.shim import Shim
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEGIN = """
import os, struct, sys, threading
from pathlib import Path
import apsw
from contract.builders import QUEUES, event, message, routed
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, SqliteEventStore, SqliteQuarantine, SqliteQueues, SqliteRoutedStore, Tuning
from hookline.domain.quarantine import QuarantineBounds
from hookline.errors import HooklineError

path = Path(sys.argv[1])
log = path.with_name("hookline.db-wal")

def fail(kind, after=1):
    kinds = ("any", "log", "database", "directory")
    with open(os.environ["SHIM_CONTROL"], "r+b") as control:
        control.write(struct.pack("=4i", *(after if one == kind else 0 for one in kinds)))

def opened(queues=QUEUES, **more):
    return Database.open(path, clock=SystemClock(), queues=queues, tuning=Tuning(write_timeout=0.3), **more)

def tried(what, *words, **named):
    try:
        what(*words, **named)
    except HooklineError as fault:
        return "refused"
    return "done"

def staged(database):
    "What the event loop does: it may not wait, and must not repair."
    batch = SqliteRoutedStore(database).stage([routed(event("evt_9"), "payments")], wait=False)
    batch.commit()

def autocommit(database):
    with database.autocommit() as connection:
        connection.execute("INSERT INTO probe (id, at) VALUES (1, 1) ON CONFLICT DO UPDATE SET at = 2")

def restart_log(database):
    "Let the next commit, of whatever connection, start the log again, which is the one time that a relaxed one syncs."
    database.checkpoint()
"""


@pytest.fixture
def run(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], list[str]]:
    """Runs a script over a disk that can fail, and gives the words that it printed."""
    root = tmp_path / "disk"
    root.mkdir()
    shim = Shim.build(tmp_path, root)
    environment = {**os.environ, **shim.environment, "PYTHONPATH": str(request.config.rootpath / "tests")}

    def run(script: str) -> list[str]:
        command = [sys.executable, "-c", BEGIN + script, str(root / "hookline.db")]
        done = run_process(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return str(done.stdout).split()

    return run


DOORS = {
    "a durable commit": 'fail("log"); tried(staged, database)',
    "a relaxed commit": 'restart_log(database); fail("log"); tried(SqliteQueues(database).delete, "payments", ["1-1"]); '
    'tried(SqliteQueues(database).receive, "payments")',
    "a rejected request": 'restart_log(database); fail("log"); tried(autocommit, database)',
    "a checkpoint's sync of the log": 'fail("log"); tried(database.checkpoint)',
    "a checkpoint's sync of the file": 'fail("database"); tried(database.checkpoint)',
}
TRIAL = """
database = opened()
SqliteQueues(database).send("payments", [message()])
DOOR
salt = log.read_bytes()[16:24]
print(tried(staged, database), tried(database.wal_pages), tried(database.checkpoint))
database.probe()
print(tried(staged, database), tried(database.wal_pages), log.read_bytes()[16:24] != salt)
print(SqliteQueues(database).depth("payments").visible)
"""


@pytest.mark.parametrize("door", list(DOORS))
def test_after_any_failed_sync_nothing_is_acknowledged_until_the_log_has_started_over(
    run: Callable[[str], list[str]], door: str
) -> None:
    """Whichever connection it was: the events of all of them are in the same log."""
    words = run(TRIAL.replace("DOOR", DOORS[door]))

    assert words[:6] == ["refused", "refused", "refused", "done", "done", "True"]
    assert int(words[6]) >= 1


def test_a_commit_during_a_sync_that_failed_is_not_acknowledged_and_kept(run: Callable[[str], list[str]]) -> None:
    """Its own sync succeeded, but the failed one may have been the one that covered its pages."""
    words = run("""
database = opened()
batch = SqliteRoutedStore(database).stage([routed(event("evt_1"), "payments")], wait=False)
fail("log")
print(tried(database.checkpoint), tried(batch.commit))
database.probe()
print(tried(staged, database), SqliteQueues(database).depth("payments").visible)
""")

    assert words == ["refused", "refused", "done", "2"]


def test_one_that_may_wait_repairs_on_its_own(run: Callable[[str], list[str]]) -> None:
    """A command has no keeper: its next write is the one that writes everything again."""
    words = run("""
database = opened()
fail("database")
tried(database.checkpoint)
print(tried(SqliteQueues(database).send, "payments", [message()]), tried(staged, database))
""")

    assert words == ["done", "done"]


def test_a_repair_that_fails_is_none(run: Callable[[str], list[str]]) -> None:
    """The disk is still bad: the sync of the rewritten log, of the file, or of the directory fails as well."""
    words = run("""
database = opened()
fail("log")
tried(database.checkpoint)
for kind in ("log", "directory", "database"):
    fail(kind)
    print(tried(database.probe), tried(staged, database))
print(tried(database.probe), tried(staged, database))
""")

    assert words == ["refused", "refused"] * 3 + ["done", "done"]


def test_a_reader_that_keeps_the_log_keeps_the_refusal(run: Callable[[str], list[str]]) -> None:
    """A checkpoint that could not empty the log has not succeeded, although it raised only `busy`."""
    words = run("""
database = opened()
reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
reader.execute("BEGIN")
reader.execute("SELECT count(*) FROM events").fetchall()
SqliteQueues(database).send("payments", [message()])
fail("log")
tried(database.checkpoint)
print(tried(database.probe), tried(staged, database))
reader.execute("COMMIT")
print(tried(database.probe), tried(staged, database))
""")

    assert words == ["refused", "refused", "done", "done"]


def test_a_write_that_found_no_room_is_no_failed_sync(run: Callable[[str], list[str]]) -> None:
    """A write that found no room has undone itself: as soon as there is room, events are taken, without any repair."""
    words = run("""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
database = opened()
large = [event(f"large_{number}", b"x" * 4000) for number in range(100)]
with database.write() as connection:
    connection.pragma("max_page_count", connection.pragma("page_count"))
print(tried(SqliteEventStore(database).add, large), tried(staged, database))
resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 50_000, resource.RLIM_INFINITY))
print(tried(SqliteEventStore(database).add, large), tried(staged, database))
""")

    assert words == ["refused", "done"] * 2


def test_the_first_write_of_a_command_after_a_crash_proves_the_log(run: Callable[[str], list[str]]) -> None:
    """Nobody knows whether the process that died had a failing disk; where a server is at work, it has proved the log already."""
    run('SqliteQueues(opened()).send("payments", [message()]); os._exit(0)')

    words = run("""
salt = log.read_bytes()[16:24]
served = opened(None, served=True)
print(SqliteQueues(served).depth("payments").visible, tried(served.probe), log.read_bytes()[16:24] == salt)
command = opened(None)
print(SqliteQueues(command).depth("payments").visible, log.read_bytes()[16:24] == salt)
served.close()
print(tried(command.probe), log.read_bytes()[16:24] == salt)
""")

    assert words == ["1", "done", "True", "1", "True", "done", "False"]


def test_a_server_does_not_start_on_a_log_that_it_cannot_bring_to_the_disk(run: Callable[[str], list[str]]) -> None:
    """It would acknowledge events behind a hole."""
    run('SqliteQueues(opened()).send("payments", [message()]); os._exit(0)')

    words = run('fail("log"); print(tried(opened), tried(opened))')

    assert words == ["refused", "done"]


def test_a_reader_does_not_keep_a_server_from_starting(run: Callable[[str], list[str]]) -> None:
    """The log was written again and is on the disk; only emptying it has to wait for the backup that reads it."""
    run('SqliteQueues(opened()).send("payments", [message()]); os._exit(0)')

    words = run("""
reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
reader.execute("BEGIN")
reader.execute("SELECT count(*) FROM events").fetchall()
database = opened()
print(tried(staged, database), SqliteQueues(database).depth("payments").visible, tried(database.checkpoint))
""")

    assert words == ["done", "2", "done"]


def test_the_name_of_a_new_database_must_be_on_the_disk(run: Callable[[str], list[str]]) -> None:
    """SQLite itself ignores a directory that cannot be synced, and the whole file would be gone with its name."""
    assert run('fail("directory", -1); print(tried(opened))') == ["refused"]


FORGOTTEN = """
database = opened()
SqliteQueues(database).send("payments", [message()])
keeper = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) if {other} else None
if keeper:
    keeper.execute("SELECT count(*) FROM events").fetchall()
whole = log.stat().st_size
tried(SqliteQueues(database).receive, "payments")
fail("log")
tried(database.checkpoint)
with log.open("r+b") as file:
    file.seek(whole + 500)
    file.write(b"?" * 100)
before = path.read_bytes()
print(tried(database.probe), tried(staged, database), path.read_bytes() == before)
if keeper:
    keeper.close()
    print(tried(database.probe), tried(staged, database))
print(SqliteQueues(database).depth("payments").visible)
check = apsw.Connection(str(path))
print(check.execute("PRAGMA integrity_check").fetchall()[0][0])
"""


def test_pages_that_the_file_system_took_back_never_reach_the_database(run: Callable[[str], list[str]]) -> None:
    """Some file systems show the old bytes after a failed sync. SQLite reads them unchecked unless it reads the whole log again."""
    assert run(FORGOTTEN.format(other=False)) == ["done", "done", "False", "2", "ok"]


def test_pages_that_were_taken_back_wait_until_no_other_program_relies_on_them(
    run: Callable[[str], list[str]],
) -> None:
    """While another program has the database open, SQLite keeps its index of the log, and with it pages that are gone."""
    assert run(FORGOTTEN.format(other=True)) == ["refused", "refused", "True", "done", "done", "2", "ok"]
