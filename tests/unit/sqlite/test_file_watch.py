"""The log and its index are watched as the database file is: what is written into a removed or damaged file is lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import apsw
import pytest

from contract.builders import event, message, routed
from hookline.adapters.sqlite import SqliteEventStore, SqliteQueues, SqliteRoutedStore
from hookline.errors import UnavailableError
from unit.sqlite.files import columns, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.adapters.sqlite import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "hookline.db"


def _stage(database: Database) -> None:
    SqliteRoutedStore(database).stage([routed(event("late"), "payments")], wait=False)


def _autocommit(database: Database) -> None:
    with database.autocommit():
        pass


DOORS: dict[str, Callable[[Database], object]] = {
    "ingest": _stage,
    "durable": lambda database: SqliteQueues(database).send("payments", [message()]),
    "relaxed": lambda database: SqliteQueues(database).delete("payments", ["1-1"]),
    "autocommit": _autocommit,
    "read": lambda database: SqliteEventStore(database).count(),
    "checkpoint": lambda database: database.checkpoint(),
    "keeper": lambda database: database.wal_pages(),
    "probe": lambda database: database.probe(),
}


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("door", list(DOORS))
def test_nothing_continues_after_the_log_or_its_index_was_removed(path: Path, suffix: str, door: str) -> None:
    """After the removal of the log the open file still takes events, and kill -9 would lose them."""
    with opened(path) as database:
        path.with_name(path.name + suffix).unlink()

        with pytest.raises(UnavailableError) as caught:
            DOORS[door](database)

        assert caught.value.code == "storage_unavailable"
        assert path.name + suffix in caught.value.detail


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_what_was_in_a_removed_log_is_saved(path: Path, suffix: str) -> None:
    """It was acknowledged: the connections that are still open are the only way to it."""
    with opened(path) as database:
        SqliteEventStore(database).add([event("evt_1")])
        path.with_name(path.name + suffix).unlink()

        with pytest.raises(UnavailableError):
            database.probe()

        copy = path.with_name("copy.db")
        copy.write_bytes(path.read_bytes())
    assert columns(copy, "SELECT count(*) FROM events") == [(1,)]


def test_a_log_that_somebody_else_has_begun_is_left_to_them(path: Path) -> None:
    """Two logs over one file would mix two histories."""
    log = path.with_name(path.name + "-wal")
    with opened(path) as database:
        SqliteEventStore(database).add([event("evt_1")])
        before = path.read_bytes()
        log.unlink()
        log.write_bytes(b"of another program")

        with pytest.raises(UnavailableError):
            database.probe()
        database.close_for_good()

        assert path.read_bytes() == before


def test_a_clean_stop_after_the_log_was_removed_keeps_everything(path: Path) -> None:
    """The operator may restart hookline before or after the next probe."""
    with opened(path) as database:
        SqliteEventStore(database).add([event("evt_1")])
        path.with_name(path.name + "-wal").unlink()

        database.close_for_good()

    with opened(path) as database:
        assert sum(SqliteEventStore(database).count().values()) == 1


# written over or cut short in place


def _cut_to_nothing(log: Path) -> None:
    os.truncate(log, 0)


def _cut_in_half(log: Path) -> None:
    os.truncate(log, log.stat().st_size // 2)


def _cut_in_the_last_page(log: Path) -> None:
    os.truncate(log, log.stat().st_size - 100)


def _overwrite(log: Path) -> None:
    with log.open("r+b") as file:
        file.write(b"of another program.." * (log.stat().st_size // 20))


def _overwrite_the_header(log: Path) -> None:
    with log.open("r+b") as file:
        file.write(bytes(32))


def _overwrite_with_another_log(log: Path) -> None:
    """A whole log, of another database, with as many frames."""
    with opened(log.with_name("other.db")) as other:
        other_log = log.with_name("other.db-wal")
        while other_log.stat().st_size < log.stat().st_size:
            SqliteEventStore(other).add([event(f"of_another_{other_log.stat().st_size}")])
        content = other_log.read_bytes()
    with log.open("r+b") as file:
        file.write(content)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut to nothing": _cut_to_nothing,
    "cut in half": _cut_in_half,
    "cut in the last page": _cut_in_the_last_page,
    "overwritten": _overwrite,
    "header overwritten": _overwrite_the_header,
    "overwritten with another log": _overwrite_with_another_log,
}
WRITERS = {name: door for name, door in DOORS.items() if name != "read"}


DAMAGES_AT_DOORS = [
    (damage, door)
    for damage in DAMAGES
    for door in WRITERS
    # these write and copy nothing here, and only SQLite's next frame shows that the log is another one
    if damage != "overwritten with another log" or door not in ("ingest", "relaxed", "autocommit", "keeper")
]


@pytest.mark.parametrize(("damage", "door"), DAMAGES_AT_DOORS)
def test_nothing_continues_after_the_log_was_damaged_in_place(path: Path, damage: str, door: str) -> None:
    """It is the same file by name and inode, and SQLite would write on behind the damage, where recovery finds nothing."""
    with opened(path) as database:
        _fill(database, 8)
        DOORS["relaxed"](database)
        DOORS["autocommit"](database)
        DAMAGES[damage](path.with_name(path.name + "-wal"))

        with pytest.raises(UnavailableError) as caught:
            WRITERS[door](database)
        with pytest.raises(UnavailableError):
            SqliteEventStore(database).count()

        assert caught.value.code == "storage_unavailable"
        assert "hookline.db-wal was overwritten or truncated" in caught.value.detail


def test_a_batch_with_another_databases_log_is_not_acknowledged(path: Path) -> None:
    """That log is complete but another database's, so recovery would damage our file."""
    with opened(path) as database:
        _fill(database, 8)
        _overwrite_with_another_log(path.with_name(path.name + "-wal"))

        with pytest.raises(UnavailableError):
            _fill(database, 1, "late")
        with pytest.raises(UnavailableError):
            database.probe()
        database.close_for_good()

    with opened(path) as database:
        _fill(database, 1, "new")
    assert columns(path, "SELECT count(*) FROM events WHERE id LIKE '%of_another%'") == [(0,)]
    assert columns(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("damage", ["cut to nothing", "cut in half", "overwritten", "overwritten with another log"])
@pytest.mark.parametrize("moment", ["before the rows", "before the commit"])
def test_an_open_transaction_is_not_acknowledged_when_the_log_is_damaged(path: Path, damage: str, moment: str) -> None:
    """Its own write gives the log its old length back, with a hole before it."""
    with opened(path) as database:
        _fill(database, 8)
        log = path.with_name(path.name + "-wal")
        connection = database.begin(wait=True)
        assert connection is not None
        if moment == "before the rows":
            DAMAGES[damage](log)
        connection.execute("INSERT INTO probe (id, at) VALUES (1, 1)")
        if moment == "before the commit":
            DAMAGES[damage](log)

        with pytest.raises(UnavailableError):
            database.commit()
        with pytest.raises(UnavailableError):
            database.begin(wait=False)


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.parametrize("checkpoint", [False, True])
@pytest.mark.parametrize("stop", ["killed", "stopped"])
def test_what_is_whole_of_a_damaged_log_is_there_after_a_restart(
    path: Path, damage: str, stop: str, *, checkpoint: bool
) -> None:
    """The next start finds one consistent state with all that a checkpoint had copied."""
    with opened(path) as database:
        _fill(database, 6)
        with database.read() as reader:
            reader.execute("SELECT count(*) FROM events").fetchall()
            if checkpoint:
                database.checkpoint()
            _fill(database, 2, "later")  # the reader keeps the log from starting over
        DAMAGES[damage](path.with_name(path.name + "-wal"))
        with pytest.raises(UnavailableError):
            database.probe()
        with pytest.raises(UnavailableError):
            database.probe()
        if stop == "stopped":
            database.close_for_good()

    with opened(path) as database:
        stored = sum(SqliteEventStore(database).count().values())
        _fill(database, 2, "new")
        assert sum(SqliteEventStore(database).count().values()) == stored + 2
    assert columns(path, "PRAGMA integrity_check") == [("ok",)]
    assert stored >= (6 if checkpoint else 0)
    if damage == "header overwritten":
        assert stored == 8
    if damage == "cut in the last page":
        assert stored == 7


def test_the_first_commit_of_a_log_that_starts_over_is_saved(path: Path) -> None:
    """It is shorter than the log before it, whose last frame is still there: a quiet server may stay so for hours."""
    with opened(path) as database:
        _fill(database, 8)
        database.checkpoint()
        _fill(database, 1, "later")
        _overwrite_the_header(path.with_name(path.name + "-wal"))
        for _ in range(2):  # the first finds the damage
            with pytest.raises(UnavailableError):
                database.probe()

    assert columns(path, "SELECT count(*) FROM events") == [(9,)]


def test_a_log_that_starts_over_is_no_damage(path: Path) -> None:
    """In a busy server a commit begins the log again after a checkpoint nearly every minute."""
    with opened(path) as database:
        for number in range(12):
            _fill(database, 2, f"evt_{number}")
            if number % 2:
                database.checkpoint()
            elif number % 3:
                database.fold()
            _autocommit(database)
            SqliteQueues(database).receive("payments")

        assert sum(SqliteEventStore(database).count().values()) == 24


def test_another_process_that_writes_is_no_damage(path: Path) -> None:
    """Commands write while the server runs, and may be those that start the log over."""
    with opened(path) as database, opened(path, queues=None) as command:
        for number in range(9):
            _fill(database, 1, f"ours_{number}")
            if number % 2:
                database.checkpoint()
            _fill(command, 2, f"theirs_{number}")
            if number % 3:
                database.fold()

        assert sum(SqliteEventStore(database).count().values()) == 27


@pytest.mark.parametrize("damage", ["cut to nothing", "cut in half", "overwritten"])
def test_nothing_continues_after_the_database_file_was_damaged_in_place(path: Path, damage: str) -> None:
    """A restore that writes over the file of a running server leaves the same file by name and inode."""
    with opened(path) as database:
        _fill(database, 8)
        database.checkpoint()
        _fill(database, 1, "later")
        DAMAGES[damage](path)

        with pytest.raises(UnavailableError) as caught:
            _fill(database, 1, "late")

        assert "hookline.db was overwritten or truncated" in caught.value.detail
        assert path.with_name(path.name + "-wal").stat().st_size > 0


def test_a_database_that_was_made_smaller_by_sqlite_is_no_damage(path: Path) -> None:
    """An operator may run VACUUM while the server runs: the next checkpoint cuts the file to the pages that are left."""
    with opened(path) as database:
        _fill(database, 100)
        database.checkpoint()
        _fill(database, 1, "between")
        before = path.stat().st_size
        shell = apsw.Connection(str(path))
        shell.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        shell.execute("DELETE FROM messages; DELETE FROM events; VACUUM")
        shell.close()

        database.checkpoint()
        _fill(database, 1, "late")

        assert path.stat().st_size < before
        assert sum(SqliteEventStore(database).count().values()) == 1


def test_a_database_that_grows_again_after_sqlite_made_it_smaller_is_no_damage(path: Path) -> None:
    """Another program's VACUUM cuts the file during a transaction: what that adds is in the log only, until the next checkpoint."""
    with opened(path) as database:
        _fill(database, 100)
        database.checkpoint()
        _fill(database, 1, "between")
        shell = apsw.Connection(str(path))
        shell.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        shell.execute("DELETE FROM messages; DELETE FROM events; VACUUM")

        with database.write() as connection:
            shell.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            connection.execute("CREATE TABLE of_the_shell AS SELECT randomblob(100000)")
        shell.close()
        smaller = path.stat().st_size
        _fill(database, 1, "late")
        database.checkpoint()
        _fill(database, 1, "last")

        assert path.stat().st_size > smaller
        assert sum(SqliteEventStore(database).count().values()) == 2


def _fill(database: Database, count: int, name: str = "evt") -> None:
    for number in range(count):
        SqliteEventStore(database).add([event(f"{name}_{number}")])
