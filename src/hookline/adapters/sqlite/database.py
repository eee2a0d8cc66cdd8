"""One file, its connections, and whose turn it is."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.codec import micros, span
from hookline.adapters.sqlite.event_rows import WAITING
from hookline.adapters.sqlite.faults import translated, unavailable
from hookline.adapters.sqlite.link import Link
from hookline.adapters.sqlite.queue_table import QueueTable
from hookline.adapters.sqlite.schema import check, migrate
from hookline.adapters.sqlite.turn import Turn
from hookline.errors import DataDirectoryError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hookline.domain.queue import Queue
    from hookline.ports.clock import Clock

__all__ = ["Database", "Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the file is used. ``write_timeout`` is in seconds, ``cache`` in KiB for the connection that events go through."""

    write_timeout: float = 5.0
    cache: int = 64 * 1024


class Database:
    """The file behind the sqlite adapter.

    Four kinds of connection: a durable one (every COMMIT waits for the disk) for events and what is sent; a relaxed one
    for receiving and deleting, whose loss in a power cut is a message delivered twice, which at-least-once allows; one
    aside for what nothing depends on; and readers. Within the process writers take turns; between processes SQLite's own lock decides.
    """

    def __init__(self, path: Path, *, clock: Clock, event_retention: timedelta, tuning: Tuning) -> None:
        self.clock = clock
        self.event_retention = span(event_retention)
        self._path = path
        self._timeout = tuning.write_timeout
        self._turn = Turn()
        milliseconds = int(tuning.write_timeout * 1000)
        self._durable = Link(path=path, cache=tuning.cache, busy_milliseconds=milliseconds)
        self._relaxed = Link(path=path, synchronous="NORMAL", cache=8 * 1024, busy_milliseconds=milliseconds)
        self._aside = Link(path=path, synchronous="NORMAL", busy_milliseconds=milliseconds)
        self._aside_guard = Lock()
        self._checkpointer = Link(path=path)
        self._readers: list[Link] = []
        self._readers_guard = Lock()
        self._identity: tuple[int, int] | None = None
        self.queues = QueueTable()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        queues: Sequence[Queue] | None = None,
        event_retention: timedelta = timedelta(days=30),
        tuning: Tuning | None = None,
    ) -> Database:
        """The database at ``path``, created or brought to this version if need be.

        ``queues`` declares the queues; None takes those that the file knows. Raises DataDirectoryError for a file that is newer than
        this code or not ours, UnavailableError when it cannot be opened or written.
        """
        database = cls(path, clock=clock, event_retention=event_retention, tuning=tuning or Tuning())
        try:
            with translated():
                _look(path)
                _make_for_owner(path)
                database._durable.create = True
                migrate(database._durable.connection(), path.name)
                database._durable.create = False
            database._identity = _identity(path)
            if queues is None:
                with database.read() as connection:
                    database.queues.load(connection)
            else:
                database.declare(queues)
        except BaseException:
            database.close()
            raise
        return database

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make these the queues that take messages; others keep what they have until it is consumed, moved or expires."""
        with self.write() as connection:
            self.queues.declare(connection, queues)
            self.queues.load(connection)
            _mend_times(connection, self.now())

    def now(self) -> int:
        """The steady time in microseconds."""
        return micros(self.clock.steady())

    def wal_pages(self) -> int:
        """How many pages of the write-ahead log are not yet in the file. Raises UnavailableError when it cannot be told."""
        self._must_be_the_same_file()
        with translated():
            logged, done = self._checkpointer.connection().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        return max(0, logged - done)

    def begin(self, *, wait: bool) -> apsw.Connection | None:
        """Start a durable transaction that ``commit`` or ``abandon`` must end, on any thread.

        None when ``wait`` is False and another writer, here or in another process, has the turn.
        """
        self._must_be_the_same_file()
        if not wait and not self._turn.take_if_free():
            return None
        if wait:
            self._take_turn()
        try:
            link = self._durable
            link.wait_for_others(milliseconds=int(self._timeout * 1000) if wait else 0)
            connection = link.connection()
            connection.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            self.abandon(error)
            if not wait and isinstance(error, apsw.BusyError):
                return None
            raise unavailable(error) from error
        return connection

    def commit(self) -> None:
        """Make the durable transaction durable. When it fails, nothing of it is kept."""
        try:
            self._durable.connection().execute("COMMIT")
        except apsw.Error as error:
            self.abandon(error)
            raise unavailable(error) from error
        self._turn.release()

    def abandon(self, fault: BaseException | None = None) -> None:
        """Undo the durable transaction and pass the turn on."""
        self._durable.after_fault(fault or UnavailableError("storage_unavailable", "rolled back"))
        self._turn.release()

    @contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A durable transaction around a block."""
        connection = self.begin(wait=True)
        assert connection is not None  # noqa: S101 -- begin waits or raises
        try:
            yield connection
        except apsw.Error as error:
            self.abandon(error)
            raise unavailable(error) from error
        except BaseException as error:
            self.abandon(error)
            raise
        self.commit()

    @contextmanager
    def write_relaxed(self) -> Iterator[apsw.Connection]:
        """A transaction that survives a crash of the process at once, and a power cut after the next durable one."""
        self._must_be_the_same_file()
        self._take_turn()
        link = self._relaxed
        try:
            connection = link.connection()
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            link.after_fault(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        finally:
            self._turn.release()

    @contextmanager
    def aside(self) -> Iterator[apsw.Connection]:
        """A connection for single statements that no event depends on: each is its own transaction, outside the turn.

        What it writes survives a crash of the process at once, and a power cut after the next durable commit.
        """
        self._must_be_the_same_file()
        with self._aside_guard:
            try:
                yield self._aside.connection()
            except BaseException as error:
                self._aside.after_fault(error)
                if isinstance(error, apsw.Error):
                    raise unavailable(error) from error
                raise

    @contextmanager
    def read(self) -> Iterator[apsw.Connection]:
        """One consistent view of the file, beside any writer."""
        with self._readers_guard:
            link = self._readers.pop() if self._readers else Link(path=self._path, read_only=True)
        try:
            connection = link.connection()
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            link.after_fault(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        finally:
            with self._readers_guard:
                self._readers.append(link)

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, so that it can start over instead of growing.

        Most of it happens beside the writers; the rest, which is little, while they hold still. Only the server does this.
        """
        with translated():
            connection = self._checkpointer.connection()
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            if self._turn.take(timeout=self._timeout):
                try:
                    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
                finally:
                    self._turn.release()

    def probe(self) -> None:
        """Write something to the disk, and wait until it is there. Raises UnavailableError when it cannot be."""
        with self.write() as connection:
            connection.execute(
                "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = ?1", (self.now(),)
            )

    def close_for_good(self) -> None:
        """Bring the whole write-ahead log into the file, if the disk lets us, and close. For the server's own end."""
        with suppress(apsw.Error):
            self._checkpointer.connection().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self.close()

    def close(self) -> None:
        """Close every connection."""
        with self._readers_guard:
            readers, self._readers = self._readers, []
        for link in (*readers, self._checkpointer, self._aside, self._relaxed, self._durable):
            link.close()

    def _must_be_the_same_file(self) -> None:
        """Refuse to write into a file that nobody will find again, because its folder was moved or deleted."""
        if _identity(self._path) != self._identity:
            raise UnavailableError("storage_unavailable", f"{self._path} is not the file that was opened")

    def _take_turn(self) -> None:
        if not self._turn.take(timeout=self._timeout):
            raise UnavailableError(
                "storage_unavailable", f"another writer kept the database for {self._timeout:g} seconds"
            )


def _look(path: Path) -> None:
    """Refuse a file that is not ours before a connection that writes so much as changes its journal mode."""
    if not path.exists():
        return
    link = Link(path=path, read_only=True)
    try:
        check(link.connection(), path.name)
    except apsw.NotADBError as error:
        raise DataDirectoryError(
            "data_directory_unusable", f"{path.name} is not a SQLite database, or its beginning is damaged"
        ) from error
    finally:
        link.close()


def _make_for_owner(path: Path) -> None:
    """Make the file, unless it is there, so that nobody but its owner reads what senders sent; its log takes after it."""
    with suppress(OSError):  # told by whoever opens it next
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise UnavailableError("storage_unavailable", f"{path}: {error.strerror}") from error
    return found.st_dev, found.st_ino


def _mend_times(connection: apsw.Connection, now: int) -> None:
    """Let nothing wait for a time that was set before the clock was: no lease is longer than SQS allows, no pause than an hour."""
    hour = 3600 * 1_000_000
    connection.execute("UPDATE messages SET visible_at = ?1 WHERE visible_at > ?1 + ?2", (now, 12 * hour))
    connection.execute(
        f"UPDATE events SET since = min(since, ?1), next_at = NULL WHERE status = '{WAITING}' AND (since > ?1 OR next_at > ?1 + ?2)",  # noqa: S608 -- a constant of this package
        (now, hour),
    )
