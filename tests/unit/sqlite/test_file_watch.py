"""The log and its index are watched as the database file is: whatever is written into a removed file is gone with the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
def test_nothing_goes_on_after_the_log_or_its_index_was_removed(path: Path, suffix: str, door: str) -> None:
    """Somebody tidied up: the open file still takes every event, and kill -9 would lose all of them."""
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
    """Two logs over one file: bringing the old one in would mix two histories."""
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
    """An operator who reads the error restarts hookline, before or after the next probe."""
    with opened(path) as database:
        SqliteEventStore(database).add([event("evt_1")])
        path.with_name(path.name + "-wal").unlink()

        database.close_for_good()

    with opened(path) as database:
        assert sum(SqliteEventStore(database).count().values()) == 1
