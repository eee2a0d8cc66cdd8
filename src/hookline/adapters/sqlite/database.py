"""One file, its connections, and which of them may write."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.checkpointer import Checkpointer
from hookline.adapters.sqlite.clock_doubt import end_future_waits, hold_clock
from hookline.adapters.sqlite.codec import micros, span
from hookline.adapters.sqlite.database_file import (
    check_file,
    create_for_owner,
    damaged_at,
    has_log,
    remove_if_empty,
    unavailable_at,
    with_path,
)
from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.failed_sync import FailedSync, LogRepair
from hookline.adapters.sqlite.fifo_lock import FifoLock
from hookline.adapters.sqlite.file_sizes import sizes_of
from hookline.adapters.sqlite.file_watch import FileWatch
from hookline.adapters.sqlite.fsync import sync_directory
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.queue_table import QueueTable
from hookline.adapters.sqlite.readers import Readers
from hookline.adapters.sqlite.schema import migrate
from hookline.adapters.sqlite.tuning import Tuning
from hookline.errors import DamagedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hookline.adapters.sqlite.file_sizes import FileSizes
    from hookline.domain.queue import Queue
    from hookline.ports.clock import Clock

__all__ = ["Database"]

_PROBE = "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = ?1"


class Database:
    """The file behind the sqlite adapter.

    Four kinds of connection: a durable one (every COMMIT waits for the disk) for events and what is sent; a relaxed one
    for receiving and deleting, whose loss in a power cut is a message delivered twice, which at-least-once allows; one
    with a commit for each statement, for what nothing depends on; and readers. Within the process one lock orders the
    writers; between processes SQLite's own lock does.

    After an I/O error of any connection that writes, all of them refuse until ``probe`` has written everything again.
    """

    def __init__(self, path: Path, *, clock: Clock, event_retention: timedelta, tuning: Tuning) -> None:
        self.clock = clock
        self.event_retention = span(event_retention)
        self._path = path
        self._timeout = tuning.write_timeout
        self._write_lock = FifoLock()
        milliseconds = int(tuning.write_timeout * 1000)
        limit = tuning.log_limit
        self._durable = LazyConnection(path=path, cache=tuning.cache, busy_milliseconds=milliseconds, log_limit=limit)
        self._relaxed = LazyConnection(
            path=path, synchronous="NORMAL", cache=8 * 1024, busy_milliseconds=milliseconds, log_limit=limit
        )
        self._autocommit = LazyConnection(
            path=path, synchronous="NORMAL", busy_milliseconds=milliseconds, log_limit=limit
        )
        self._autocommit_guard = Lock()
        self._autocommit_overlaps = False
        self._readers = Readers(path)
        self._watch = FileWatch(path)
        self._failed_sync = FailedSync()
        self._checkpointer = Checkpointer(path, self._failed_sync)
        self._repair = LogRepair(
            path, self._failed_sync, exclusive=self._exclusive, connect=self._connect, timeout=self._timeout
        )
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
        served: bool = False,
    ) -> Database:
        """The database at ``path``, created or brought to this version if need be.

        ``queues`` declares the queues; None takes those that the file knows. ``served`` says that a server has it open. Raises
        DataDirectoryError for a file that is newer than this code or not ours, UnavailableError when it cannot be opened or written.
        """
        database = cls(path, clock=clock, event_retention=event_retention, tuning=tuning or Tuning())
        try:
            database.prepare(served=served)
            if queues is not None:
                database.declare(queues)
        except BaseException:
            database.close()
            raise
        return database

    def prepare(self, *, served: bool = False) -> None:
        """Make the file or bring it to this version if need be, and read its queues; until then every other method is unavailable.

        What failed with UnavailableError can be tried again, as when a full disk has room again. Else raises as ``open`` does.
        """
        self._repair.inherited = not served and has_log(self._path)
        made = False
        try:
            with translated():
                check_file(self._path)
                made = create_for_owner(self._path)
                self._connect()
            with self.read() as connection:
                self.queues.load(connection)
                hold_clock(self.clock, connection)
        except UnavailableError as fault:
            self._close_connections()
            if made:
                remove_if_empty(self._path)
            if isinstance(fault, DamagedError):
                raise damaged_at(self._path, fault) from fault
            raise unavailable_at(self._path, fault) from fault

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make these the queues that take messages; others keep what they have until it is consumed, moved or expires."""
        with self.write() as connection:
            self.queues.declare(connection, queues)
            self.queues.load(connection)
            end_future_waits(connection, self.now())

    def keep_events_for(self, retention: timedelta) -> None:
        """Keep what is delivered from now on for ``retention``."""
        self.event_retention = span(retention)

    def now(self) -> int:
        """The steady time in microseconds."""
        return micros(self.clock.steady())

    def expiry_now(self) -> int:
        """The time by which stored things expire, in microseconds: the steady time, or an earlier one while the clock is in doubt."""
        return micros(self.clock.expiry())

    def kept_since(self, retention: int) -> int:
        """When something was stored that a retention of so many microseconds ends now."""
        return self.expiry_now() - retention

    def sizes(self) -> FileSizes:
        """How large the file and its log are. Raises UnavailableError."""
        with self.read() as connection:
            return sizes_of(self._path, connection)

    def wal_pages(self) -> int:
        """How many pages of the write-ahead log are not yet in the file. Raises UnavailableError when nothing can be stored."""
        self._watch.check()
        self._failed_sync.check()
        return self._checkpointer.waiting_pages()

    def begin(self, *, wait: bool) -> apsw.Connection | None:
        """Start a durable transaction that ``commit`` or ``abandon`` must end, on any thread.

        None when ``wait`` is False and there is something to wait for: another writer, here or in another process.
        """
        self._prepare(wait=wait)
        if not wait and self._repair.inherited:
            return None
        if not self._acquire_write_lock(wait=wait):
            return None
        try:
            self._durable.wait_for_others(milliseconds=int(self._timeout * 1000) if wait else 0)
            connection = self._durable.opened()
            connection.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            self.abandon(error)
            if not wait and isinstance(error, apsw.BusyError):
                return None
            raise unavailable(error) from error
        self._autocommit_overlaps = self._autocommit_guard.locked()
        return connection

    def commit(self) -> None:
        """Make the durable transaction durable.

        Raises UnavailableError when it failed and nothing of it is kept, or when a sync of another connection failed before
        this one's: then it is kept, and durable once everything has been written again.
        """
        try:
            self._durable.opened().execute("COMMIT")
        except apsw.Error as error:
            self.abandon(error)
            raise unavailable(error) from error
        autocommit_overlaps = self._autocommit_overlaps
        self._write_lock.release()
        self._await_other_syncs(autocommit_overlaps=autocommit_overlaps)
        self._failed_sync.check()

    def abandon(self, fault: BaseException | None = None) -> None:
        """Undo the durable transaction and release the lock."""
        self._failed_sync.observe(self._durable, fault)
        self._durable.after_fault(fault or UnavailableError("storage_unavailable", "rolled back"))
        self._write_lock.release()

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
        self._prepare()
        self._acquire_write_lock()
        try:
            connection = self._relaxed.opened()
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            self._failed_sync.observe(self._relaxed, error)
            self._relaxed.after_fault(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        finally:
            self._write_lock.release()

    @contextmanager
    def autocommit(self) -> Iterator[apsw.Connection]:
        """A connection for single statements that no event depends on: each is its own transaction, outside the writers' lock.

        What it writes survives a crash of the process at once, and a power cut after the next durable commit.
        """
        self._prepare()
        with self._autocommit_guard:
            self._failed_sync.check()
            try:
                yield self._autocommit.opened()
            except BaseException as error:
                self._failed_sync.observe(self._autocommit, error)
                self._autocommit.after_fault(error)
                if isinstance(error, apsw.Error):
                    raise unavailable(error) from error
                raise

    @contextmanager
    def read(self) -> Iterator[apsw.Connection]:
        """One consistent view of the file, beside any writer."""
        self._watch.check()
        with self._readers.view() as connection:
            yield connection

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, so that it can start over instead of growing.

        Most of it happens beside the writers; the rest, which is little, while they hold still. Only the server does this.
        """
        self._watch.check()
        self._repair.sync_inherited()
        with self._checkpointer.guard:
            self._failed_sync.check()
            self._checkpointer.run()
            if self._write_lock.acquire(timeout=self._timeout):
                try:
                    self._checkpointer.run()
                finally:
                    self._write_lock.release()

    def fold(self) -> None:
        """Bring the whole log into the file and give its bytes back to the disk, while writers hold still.

        Raises UnavailableError, also while a reader needs the log.
        """
        self._watch.check()
        self._repair.sync_inherited()
        with self._checkpointer.guard:
            if not self._write_lock.acquire(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "a writer waits for the disk")
            try:
                self._failed_sync.check()
                self._checkpointer.run(apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                self._write_lock.release()

    def probe(self) -> None:
        """Write something to the disk, and wait until it is there. Raises UnavailableError when it cannot be.

        After a failed sync, or when the write-ahead log was removed, this is also what saves what was stored until then.
        """
        if self._watch.only_the_log_is_gone():  # the open connections are the only ones that still have it
            with self._checkpointer.guard, suppress(UnavailableError):
                self._checkpointer.run()
        if self._failed_sync.present:
            self._repair.run()
        with self.write() as connection:
            connection.execute(_PROBE, (self.now(),))

    def close_for_good(self) -> None:
        """Bring the whole write-ahead log into the file, if the disk lets us, and close. For the server's own end."""
        with suppress(apsw.Error, UnavailableError):
            if not self._watch.only_the_log_is_gone():
                self._watch.check()
            if not (self._failed_sync.present or self._repair.inherited):
                self._checkpointer.run(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self.close()

    def close(self) -> None:
        """Close every connection. After a failed sync, try once more to bring what was written to the disk."""
        if self._failed_sync.present:
            with suppress(UnavailableError):
                self._repair.run()
        self._close_connections()

    def _close_connections(self) -> None:
        for one in (self._readers, self._checkpointer, self._autocommit, self._relaxed, self._durable):
            one.close()

    def _connect(self) -> None:
        """Create or upgrade the file, wait until the disk has its name and its log's, and remember which files they are."""
        self._durable.create = True
        try:
            migrate(self._durable.opened(), str(self._path))
        finally:
            self._durable.create = False
        self._checkpointer.open()
        with with_path(self._path):
            sync_directory(self._path.parent)
        self._watch.start()

    def _prepare(self, *, wait: bool = True) -> None:
        """Refuse to write into files that the next start will not find; where there is time, repair what stands in the way."""
        self._watch.check()
        if wait:
            self._repair.sync_inherited()
            self._repair.run_if_due()

    def _acquire_write_lock(self, *, wait: bool = True) -> bool:
        if not wait and not self._write_lock.try_acquire():
            return False
        if wait and not self._write_lock.acquire(timeout=self._timeout):
            raise UnavailableError(
                "storage_unavailable", f"another writer kept the database for {self._timeout:g} seconds"
            )
        try:
            self._failed_sync.check()
        except UnavailableError:
            self._write_lock.release()
            raise
        return True

    def _await_other_syncs(self, *, autocommit_overlaps: bool) -> None:
        """Wait until it is known whether a sync failed that another connection began before this commit's sync had ended.

        The quarantine's can only have come before this transaction: SQLite lets one connection write. A checkpoint's runs beside writers.
        """
        if autocommit_overlaps:
            if not self._autocommit_guard.acquire(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "the quarantine waits for the disk")
            self._autocommit_guard.release()
        self._checkpointer.log_sync.wait(timeout=self._timeout)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """No writer and no checkpoint of this process, and no connection of theirs, so that the next ones read the log anew."""
        self._watch.check()
        with ExitStack() as held, translated(), with_path(self._path):
            # In the order in which a checkpoint takes them.
            if not self._checkpointer.guard.acquire(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "a checkpoint waits for the disk")
            held.callback(self._checkpointer.guard.release)
            if not self._write_lock.acquire(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "a writer waits for the disk")
            held.callback(self._write_lock.release)
            held.enter_context(self._autocommit_guard)
            self._close_connections()
            yield
