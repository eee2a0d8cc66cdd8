"""Overwrites removed data in the file and its log: SQLite itself only marks the space as free.

All writes go through SQLite: its statements fill the free pages and the log with zeros. So a kill at any time leaves a valid file, and the
next erasure does the rest.
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
"""The largest file, in bytes, that is rewritten without ``--rewrite``: this takes some seconds, for which writers wait."""

_PATIENCE = 10.0
"""Seconds to wait for readers that use the log."""

_PAUSE = 0.05
_STEP = 1000
"""Pages of one transaction, which holds the writers' lock for a few milliseconds."""

_LOG_STEP = 250
_BETWEEN_CHECKPOINTS = 16
"""Steps between checkpoints, 64 MiB: the log must not grow to the size of all free space."""

_MOST_ROUNDS = 400
"""The most steps: six times those for a log of 64 MiB, because a server may start the log over meanwhile, so that this begins again."""

_POINTER = 4
"""The bytes of a long value's page that hold the number of the next page."""

_LOCAL = 512
"""At most this many bytes of a page are not available to a long value."""

_MAKE = "CREATE TABLE IF NOT EXISTS zeros (id INTEGER PRIMARY KEY, content BLOB NOT NULL)"
_FILL = "INSERT INTO zeros (content) VALUES (zeroblob(?))"
_AGAIN = "INSERT OR REPLACE INTO zeros (id, content) VALUES (1, zeroblob(?))"
_EMPTY = "DELETE FROM zeros WHERE id = (SELECT max(id) FROM zeros)"
_DROP = "DROP TABLE IF EXISTS zeros"
_REWRITE = "VACUUM"

_LOG_IN_USE = (
    "another reader uses the log of the database, which may still contain erased data: run the same command again"
)
_NOT_REWRITTEN = (
    "the database is larger than {most} MiB and was not rewritten: its pages may still hold pieces of erased content. --rewrite "
    "rewrites it; senders get 503 for about {seconds} seconds"
)
_FAILED = "the database could not be rewritten ({why}): run the same command again"
_BYTES_A_SECOND = 100_000_000

_IN_MEMORY = 64 * 1024 * 1024
"""The largest file, in bytes, that SQLite rewrites in memory; for a larger one it uses a temporary file."""


@contextmanager
def overwriting(database: Database) -> Iterator[apsw.Connection]:
    """A transaction that overwrites deleted data (secure_delete): not always on, because it adds a microsecond to each stored event."""
    with database.write() as connection:
        connection.pragma("secure_delete", 1)
        try:
            yield connection
        finally:
            connection.pragma("secure_delete", 0)


def scrub(database: Database, *, rewrite: bool) -> list[str]:
    """Overwrite free pages, rewrite the file where that is quick or allowed, then overwrite the log; returns what could not be done."""
    remains: list[str] = []
    _fill_free_pages(database)
    size = database.sizes().file
    if not rewrite and size > QUICKLY_REWRITTEN:
        seconds = max(1, size // _BYTES_A_SECOND)
        remains.append(_NOT_REWRITTEN.format(most=QUICKLY_REWRITTEN >> 20, seconds=seconds))
    else:
        try:
            _write_anew(database, size)
        except UnavailableError as fault:  # for example, no space for a second file
            remains.append(_FAILED.format(why=fault.detail))
    if not _overwrite_log(database):
        remains.append(_LOG_IN_USE)
    return remains


def _write_anew(database: Database, size: int) -> None:
    with database.exclusive() as connection:
        connection.pragma("temp_store", 2 if size <= _IN_MEMORY else 1)
        connection.execute(_REWRITE)


def _fill_free_pages(database: Database) -> None:
    """Fill every free page with zeros through a table, and free it again, some pages at a time."""
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
    """Start the log over, overwrite all its bytes with zeros, and truncate it; False while a reader uses it."""
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
    """A connection that overwrites freed pages and has the table of zeros, created again if another erasure has just dropped it."""
    with database.exclusive() as connection:
        connection.pragma("secure_delete", 1)
        connection.execute(_MAKE)
        yield connection


def _number(connection: apsw.Connection, pragma: str) -> int:
    return int(str(connection.pragma(pragma)))


def _patiently(act: Callable[[], None]) -> bool:
    """Try repeatedly for some seconds, because readers use the log only for a short time."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(UnavailableError):
            act()
            return True
        time.sleep(_PAUSE)
    return False
