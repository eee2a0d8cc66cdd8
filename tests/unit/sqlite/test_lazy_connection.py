"""One connection: thrown away when it may be broken, kept when another connection only had the lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import apsw
import pytest

from hookline.adapters.sqlite.fifo_lock import WaitDeadline
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def lazy(tmp_path: Path) -> Iterator[LazyConnection]:
    """A connection to a file with one table."""
    lazy = LazyConnection(path=tmp_path / "test.db", busy_milliseconds=10, create=True)
    lazy.opened().execute("CREATE TABLE numbers (value INTEGER)")
    yield lazy
    lazy.close()


def _values(lazy: LazyConnection) -> list[tuple[object, ...]]:
    return lazy.opened().execute("SELECT value FROM numbers").fetchall()


@pytest.mark.parametrize("fault", [apsw.IOError(), apsw.FullError(), apsw.CorruptError(), apsw.SQLError()])
def test_after_a_fault_the_next_connection_is_a_new_one(lazy: LazyConnection, fault: apsw.Error) -> None:
    """A connection remembers that its disk failed; a new one works without a restart."""
    before = lazy.opened()

    lazy.after_fault(fault)

    assert lazy.opened() is not before
    assert _values(lazy) == []


@pytest.mark.parametrize("fault", [apsw.BusyError(), apsw.LockedError(), ValueError(), KeyboardInterrupt()])
def test_a_lock_of_somebody_elses_leaves_the_connection(lazy: LazyConnection, fault: BaseException) -> None:
    """To open it is expensive, and nothing is wrong with it: under contention each writer would open it again for each try."""
    before = lazy.opened()

    lazy.after_fault(fault)

    assert lazy.opened() is before


@pytest.mark.parametrize("fault", [apsw.BusyError(), apsw.IOError(), ValueError()])
def test_after_a_fault_no_part_of_the_transaction_is_left(lazy: LazyConnection, fault: Exception) -> None:
    """The next transaction on this connection must not carry the failed one's rows to the disk."""
    lazy.opened().execute("BEGIN IMMEDIATE")
    lazy.opened().execute("INSERT INTO numbers VALUES (1)")

    lazy.after_fault(fault)

    assert not lazy.opened().in_transaction
    assert _values(lazy) == []


def test_a_fault_before_there_is_a_connection_is_nothing(tmp_path: Path) -> None:
    """The file could not be opened at all: the clean-up must not fail because of that."""
    lazy = LazyConnection(path=tmp_path / "nowhere" / "test.db")

    with pytest.raises(apsw.CantOpenError):
        lazy.opened()
    lazy.after_fault(apsw.CantOpenError())
    lazy.close()

    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_comes_back_is_found(tmp_path: Path) -> None:
    """A volume may be mounted late, so opening is tried again."""
    lazy = LazyConnection(path=tmp_path / "late" / "test.db", create=True)
    with pytest.raises(apsw.CantOpenError):
        lazy.opened()

    (tmp_path / "late").mkdir()

    assert lazy.opened().pragma("journal_mode") == "wal"
    lazy.close()


def test_a_connection_that_could_not_be_set_up_is_not_kept(tmp_path: Path) -> None:
    """Half-configured, it would commit without waiting for the disk."""
    path = tmp_path / "text.db"
    path.write_bytes(b"not a database at all " * 100)
    lazy = LazyConnection(path=path)

    for _ in range(2):
        with pytest.raises(apsw.NotADBError):
            lazy.opened()

    assert path.read_bytes() == b"not a database at all " * 100


def test_a_reader_cannot_write_and_makes_no_file(tmp_path: Path) -> None:
    """A command that only looks must not be able to change anything, not even by creating an empty database."""
    missing = LazyConnection(path=tmp_path / "missing.db", read_only=True)
    writer = LazyConnection(path=tmp_path / "test.db", create=True)
    writer.opened().execute("CREATE TABLE numbers (value INTEGER)")
    reader = LazyConnection(path=tmp_path / "test.db", read_only=True)

    with pytest.raises(apsw.CantOpenError):
        missing.opened()
    with pytest.raises(apsw.ReadOnlyError):
        reader.opened().execute("INSERT INTO numbers VALUES (1)")

    assert not (tmp_path / "missing.db").exists()
    reader.close()
    writer.close()


@pytest.mark.parametrize(("asked", "found"), [("FULL", 2), ("NORMAL", 1)])
def test_durability_is_what_was_asked_for(tmp_path: Path, asked: str, found: int) -> None:
    """Without FULL a power cut would lose acknowledged events, which promise 1 excludes."""
    lazy = LazyConnection(path=tmp_path / "test.db", synchronous=asked, create=True)

    connection = lazy.opened()

    assert connection.pragma("synchronous") == found
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("wal_autocheckpoint") == 0
    assert connection.pragma("fullfsync") == connection.pragma("checkpoint_fullfsync") == 1
    lazy.close()


def test_how_long_to_wait_for_others_can_be_changed(lazy: LazyConnection, tmp_path: Path) -> None:
    """The event loop's thread must not wait at all, and the same connection serves writers that may."""
    other = LazyConnection(path=tmp_path / "test.db", create=True)
    other.opened().execute("BEGIN IMMEDIATE")

    lazy.busy_milliseconds = 0

    with pytest.raises(apsw.BusyError):
        lazy.opened().execute("BEGIN IMMEDIATE")
    other.close()
    lazy.opened().execute("BEGIN IMMEDIATE")


def test_closing_twice_is_once(lazy: LazyConnection) -> None:
    """A fault may have closed the connection before its owner does."""
    lazy.close()

    lazy.close()

    assert _values(lazy) == []


@pytest.mark.parametrize(("patience", "found"), [(2000, "wal"), (10, None)])
def test_a_new_file_that_somebody_is_making_is_waited_for(tmp_path: Path, patience: int, found: str | None) -> None:
    """SQLite does not wait when another process turns the write-ahead log on for a new file."""
    other = apsw.Connection(str(tmp_path / "test.db"))
    other.execute("CREATE TABLE numbers (value INTEGER); BEGIN IMMEDIATE")
    lazy = LazyConnection(path=tmp_path / "test.db", busy_milliseconds=patience, create=True)
    timer = threading.Timer(0.15, other.execute, ["COMMIT"])
    timer.start()

    mode = None
    with suppress(apsw.BusyError):
        mode = lazy.opened().pragma("journal_mode")

    timer.join()
    other.close()
    lazy.close()
    assert mode == found


@pytest.mark.parametrize(
    ("fault", "lost"),
    [
        (apsw.IOError("disk I/O error"), True),
        (apsw.FullError("no room"), False),
        (apsw.BusyError("locked"), False),
        (apsw.CorruptError("malformed"), False),
        (ValueError("ours"), False),
        (None, False),
    ],
)
def test_only_an_error_of_the_disk_puts_earlier_writes_in_doubt(
    lazy: LazyConnection, fault: Exception | None, *, lost: bool
) -> None:
    """A lock or a full disk undoes the one transaction; after a failed sync nothing before it is certain."""
    lazy.opened()

    assert lazy.may_have_lost(fault) is lost


def test_a_file_that_ends_too_early_puts_no_sync_in_doubt(tmp_path: Path) -> None:
    """Another program cut it short: to write it again, as after a failed sync, would make the rest look like the whole file."""
    lazy = LazyConnection(path=tmp_path / "test.db", create=True)
    lazy.opened().execute("CREATE TABLE numbers (value INTEGER)")
    os.truncate(tmp_path / "test.db-wal", 5000)
    other = LazyConnection(path=tmp_path / "test.db")

    with pytest.raises(apsw.IOError) as caught:
        other.opened().execute("SELECT * FROM numbers")

    assert not other.may_have_lost(caught.value)
    other.close()
    lazy.close()


def test_a_wait_for_another_process_ends_when_all_waiting_does(tmp_path: Path) -> None:
    """A stop must not wait for the whole busy timeout of SQLite."""
    deadline = WaitDeadline()
    holder = LazyConnection(path=tmp_path / "test.db", create=True)
    holder.opened().execute("BEGIN IMMEDIATE")
    waiter = LazyConnection(path=tmp_path / "test.db", busy_milliseconds=30_000, deadline=deadline)
    waiter.opened()
    timer = threading.Timer(0.3, deadline.set_within, [0.2])
    timer.start()
    started = time.monotonic()

    with pytest.raises(apsw.BusyError):
        waiter.opened().execute("BEGIN IMMEDIATE")

    took = time.monotonic() - started
    timer.join()
    holder.close()
    waiter.opened().execute("BEGIN IMMEDIATE")
    waiter.close()
    assert 0.4 < took < 10


def test_a_lock_that_is_held_for_a_moment_is_waited_for(lazy: LazyConnection, tmp_path: Path) -> None:
    """A command that writes while the server runs holds it for milliseconds."""
    other = apsw.Connection(str(tmp_path / "test.db"))
    other.execute("BEGIN IMMEDIATE")
    lazy.busy_milliseconds = 20_000
    timer = threading.Timer(0.2, other.execute, ["COMMIT"])
    timer.start()

    lazy.opened().execute("BEGIN IMMEDIATE")

    timer.join()
    other.close()


WAITS = """
import sys
from pathlib import Path
from hookline.adapters.sqlite.lazy_connection import LazyConnection
lazy = LazyConnection(path=Path(sys.argv[1]), busy_milliseconds=1500)
lazy.opened()
print("waits", flush=True)
lazy.opened().execute("BEGIN IMMEDIATE")
print("has it", flush=True)
"""


def test_time_for_which_the_process_was_stopped_is_no_waiting(lazy: LazyConnection, tmp_path: Path) -> None:
    """A machine that is paused stops both the owner of the lock and the one that waits: neither has done anything wrong."""
    lazy.opened().execute("BEGIN IMMEDIATE")
    command = [sys.executable, "-c", WAITS, str(tmp_path / "test.db")]
    with running_process(command, stdout=subprocess.PIPE, text=True, env=with_path()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        lazy.opened().execute("ROLLBACK")

        assert process.stdout.readline() == "has it\n"


def with_path() -> dict[str, str]:
    """The environment of a process that imports hookline as the tests do."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
