"""Overwriting what was removed from the file: SQLite only notes that the room is free, in the file and in its log.

Nothing here writes beside SQLite: its own statements fill the free pages and the log with zeros, so that a kill at any moment leaves a
sound file, and the next erasure does the rest.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.file_watch import frames_in
from hookline.adapters.sqlite.log_file import FRAME_SIZE, HEADER_SIZE
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookline.adapters.sqlite.database import Database

__all__ = ["QUICKLY_REWRITTEN", "overwriting", "scrub"]

QUICKLY_REWRITTEN = 256 * 1024 * 1024
"""Bytes of a file that is written again without being asked: some seconds, for which writers wait."""

_PATIENCE = 10.0
"""Seconds for which readers may keep the log."""

_PAUSE = 0.05
_STEP = 1000
"""Pages of one transaction: a few milliseconds of the writers' lock."""

_LOG_STEP = 250
_BETWEEN_CHECKPOINTS = 16
"""Steps, 64 MiB: the log must not take as much room as all that was free."""

_MOST_ROUNDS = 400
"""Steps for a log of 64 MiB, six times: a server that starts the log over meanwhile lets it begin again."""

_POINTER = 4
"""Bytes of a page of a long value that name the next one."""

_LOCAL = 512
"""Bytes of a page that a page of a long value cannot have, at most."""

_MAKE = "CREATE TABLE IF NOT EXISTS zeros (id INTEGER PRIMARY KEY, content BLOB NOT NULL)"
_FILL = "INSERT INTO zeros (content) VALUES (zeroblob(?))"
_AGAIN = "INSERT OR REPLACE INTO zeros (id, content) VALUES (1, zeroblob(?))"
_EMPTY = "DELETE FROM zeros WHERE id = (SELECT max(id) FROM zeros)"
_DROP = "DROP TABLE IF EXISTS zeros"
_REWRITE = "VACUUM"

_LOG_IN_USE = (
    "another reader uses the log of the database, which may still hold erased content: run the same command again"
)
_NOT_REWRITTEN = (
    "the database is larger than {most} MiB and was not rewritten: its pages may still hold pieces of erased content. --rewrite "
    "rewrites it; senders get 503 for about {seconds} seconds"
)
_FAILED = "the database could not be rewritten ({why}): run the same command again"
_BYTES_A_SECOND = 100_000_000

_IN_MEMORY = 64 * 1024 * 1024
"""Bytes of a file of which SQLite makes the new one in memory; that of a larger one goes through a file without a name."""


@contextmanager
def overwriting(database: Database) -> Iterator[apsw.Connection]:
    """A transaction that overwrites what its rows held before: always to do so would cost each event that is stored a microsecond."""
    with database.write() as connection:
        connection.pragma("secure_delete", 1)
        try:
            yield connection
        finally:
            connection.pragma("secure_delete", 0)


def scrub(database: Database, *, rewrite: bool) -> list[str]:
    """Overwrite free pages, write the file again where that is quick or allowed, then overwrite the log; what could not be done."""
    remains: list[str] = []
    _fill_free_pages(database)
    size = database.sizes().file
    if not rewrite and size > QUICKLY_REWRITTEN:
        seconds = max(1, size // _BYTES_A_SECOND)
        remains.append(_NOT_REWRITTEN.format(most=QUICKLY_REWRITTEN >> 20, seconds=seconds))
    else:
        try:
            _write_anew(database, size)
        except UnavailableError as fault:  # as where there is no room for a second file
            remains.append(_FAILED.format(why=fault.detail))
    if not _overwrite_log(database):
        remains.append(_LOG_IN_USE)
    return remains


def _write_anew(database: Database, size: int) -> None:
    with database.exclusive() as connection:
        connection.pragma("temp_store", 2 if size <= _IN_MEMORY else 1)
        connection.execute(_REWRITE)


def _fill_free_pages(database: Database) -> None:
    """Give every free page to a table of zeros, and free it again, some at a time."""
    with _in_a_transaction(database) as connection:
        page = _number(connection, "page_size")
        left = _number(connection, "freelist_count") + _STEP
    steps = 0
    while left > 0:
        with _in_a_transaction(database) as connection:
            pages = min(_number(connection, "freelist_count"), _STEP)
            if not pages:
                break
            connection.execute(_FILL, (max(1, pages * (page - _POINTER) - _LOCAL),))
        left -= pages
        steps += 1
        _keep_log_short(database, steps)
    for step in range(steps):
        with _in_a_transaction(database) as connection:
            connection.execute(_EMPTY)
        _keep_log_short(database, step)
    with _in_a_transaction(database) as connection:
        connection.execute(_DROP)


def _keep_log_short(database: Database, steps: int) -> None:
    if steps % _BETWEEN_CHECKPOINTS == 0:
        with suppress(UnavailableError):
            database.checkpoint()


def _overwrite_log(database: Database) -> bool:
    """Start the log over, write zeros through all the room that it takes, and give the room back; False while a reader needs it."""
    if not _patiently(lambda: database.fold(apsw.SQLITE_CHECKPOINT_RESTART)):
        return False
    with _in_a_transaction(database) as connection:
        page = _number(connection, "page_size")
    for _ in range(_MOST_ROUNDS):
        with _in_a_transaction(database) as connection:
            frames, _ = frames_in(connection)
            if HEADER_SIZE + frames * (FRAME_SIZE + page) >= database.sizes().log:
                break
            connection.execute(_AGAIN, (page * _LOG_STEP,))
    with _in_a_transaction(database) as connection:
        connection.execute(_DROP)
    return _patiently(database.fold)


@contextmanager
def _in_a_transaction(database: Database) -> Iterator[apsw.Connection]:
    """A connection that overwrites the pages that it frees; the table of zeros is there, also where another erasure has just dropped it."""
    with database.exclusive() as connection:
        connection.pragma("secure_delete", 1)
        connection.execute(_MAKE)
        yield connection


def _number(connection: apsw.Connection, pragma: str) -> int:
    return int(str(connection.pragma(pragma)))


def _patiently(act: Callable[[], None]) -> bool:
    """Try for a while, because readers come and go."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(UnavailableError):
            act()
            return True
        time.sleep(_PAUSE)
    return False
