"""Runs the transactions of one file: orders the writers, makes commits durable, and rolls back after faults."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.arrivals import Arrivals
from hookline.adapters.sqlite.connections import Connections
from hookline.adapters.sqlite.database_file import (
    with_path,
)
from hookline.adapters.sqlite.dictionaries import Dictionaries
from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.event_index import EventIndex
from hookline.adapters.sqlite.failed_sync import FailedSync, LogRepair
from hookline.adapters.sqlite.fifo_lock import FifoLock, WaitDeadline
from hookline.adapters.sqlite.queue_table import QueueTable
from hookline.adapters.sqlite.relaxed_writes import RelaxedWrites
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.adapters.sqlite.tuning import Tuning
    from hookline.domain.route import RoutedEvent

__all__ = ["Transactions"]


class Transactions:
    """The connections of one file, and the turns of those that write.

    Within the process a lock orders the writers; between processes SQLite's lock does. After an I/O error of any writing connection, all
    of them refuse writes until all data has been written again.
    """

    def __init__(self, path: Path, tuning: Tuning, sealing: Sealing) -> None:
        self._path = path
        self._write_timeout = tuning.write_timeout
        self._busy_milliseconds = int(tuning.write_timeout * 1000)
        self._deadline = WaitDeadline()
        self._write_lock = FifoLock(self._deadline)
        self._autocommit_overlaps = False
        self._failed_sync = FailedSync()
        self.sealing = sealing
        self._connections = Connections(path, self._failed_sync, self._deadline, tuning, self.sealing.body_of)
        self._durable = self._connections.durable
        self._files = self._connections.files
        self._log_watch = self._connections.log_watch
        self._checkpointer = self._connections.checkpointer
        self._repair = LogRepair(path, self._failed_sync, self._connections, exclusive=self._exclusive)
        self.queues = QueueTable()
        self.event_index = EventIndex(tuning.segment)
        self.arrivals = Arrivals()
        self.dictionaries = Dictionaries(self.sealing)
        self._relaxed = RelaxedWrites(
            self._connections, self._failed_sync, self.arrivals, turn=self._wait_for_turn, lock=self._write_lock
        )

    def begin(self, *, wait: bool) -> apsw.Connection | None:
        """Start a durable transaction that ``commit`` or ``abandon`` must end, on any thread.

        None when ``wait`` is False and this would have to wait for another writer, in this or another process.
        """
        lock, durable = self._write_lock, self._durable
        if wait:
            self._wait_for_turn()
        elif self._repair.inherited or lock.waiting or not lock.take(blocking=False):
            return None
        try:
            if self._failed_sync.present:
                self._failed_sync.check()
            durable.busy_milliseconds = self._busy_milliseconds if wait else 0
            connection = self._log_watch.begin(durable)
            connection.execute("BEGIN IMMEDIATE")
            self.event_index.begin(connection)
        except UnavailableError:
            lock.release()
            raise
        except apsw.Error as error:
            self._undo(error)
            if not wait and isinstance(error, apsw.BusyError):
                return None
            raise unavailable(error) from error
        except BaseException as error:  # for example, no memory
            self.abandon(error)
            raise
        self._autocommit_overlaps = self._connections.autocommit_lock.locked()
        return connection

    def commit(self, routed: Sequence[RoutedEvent] = ()) -> None:
        """Commit the durable transaction, and wake the consumers that wait for its messages.

        Raises UnavailableError when the commit failed and was rolled back, when another program damaged the log meanwhile, or when a sync
        of another connection failed before this one: then the transaction is kept, and durable after all data has been written again.
        """
        try:
            connection = self._durable.connection or self._durable.opened()
            if self.event_index.is_full:
                self.event_index.seal(connection)
            connection.execute("COMMIT")
            self._log_watch.check_after_commit(connection)
        except BaseException as error:
            self.abandon(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        autocommit_overlaps = self._autocommit_overlaps
        self._write_lock.release()
        if autocommit_overlaps or self._checkpointer.log_sync.began is not None:
            self._await_other_syncs(autocommit_overlaps=autocommit_overlaps)
        if self._failed_sync.present:
            self._failed_sync.check()
        if self.arrivals.awaited:
            self.arrivals.at(self.queues.ids[name] for item in routed for name in item.queues)

    def abandon(self, fault: BaseException | None = None) -> None:
        """Roll back the durable transaction and release the lock."""
        self.event_index.forget()
        self.dictionaries.forget()
        self._undo(fault)

    def _undo(self, fault: BaseException | None) -> None:
        self._failed_sync.observe(self._durable, fault)
        self._durable.after_fault(fault or UnavailableError("storage_unavailable", "rolled back"))
        self._write_lock.release()

    @contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A block that is a durable transaction."""
        connection = self.begin(wait=True)
        assert connection is not None  # noqa: S101 -- begin waits or raises
        try:
            yield connection
        except BaseException as error:
            self.abandon(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        self.commit()

    def write_relaxed(self) -> AbstractContextManager[apsw.Connection]:
        """A block whose transaction survives a crash of the process after its commit, and a power cut after the next durable commit."""
        return self._relaxed.transaction()

    def together(self) -> AbstractContextManager[None]:
        """A block in which all writes of this thread with ``write_relaxed`` form one transaction. Raises UnavailableError."""
        return self._relaxed.together()

    def announce(self, queues: Iterable[int]) -> None:
        """Wake the consumers that wait for these queues: immediately, or when the block of ``together`` is committed."""
        self._relaxed.announce(queues)

    @contextmanager
    def autocommit(self) -> Iterator[apsw.Connection]:
        """A block with a connection for single statements that no event depends on: each is a transaction, outside the writers' lock.

        Each survives a crash of the process, and after the next durable commit a power cut.
        """
        self._repair.run_before_writing()
        autocommit = self._connections.autocommit
        with self._connections.autocommit_lock.held(timeout=self._write_timeout):
            self._failed_sync.check()
            try:
                yield self._connections.autocommit_log_watch.begin(autocommit)
            except BaseException as error:
                self._failed_sync.observe(autocommit, error)
                autocommit.after_fault(error)
                if isinstance(error, apsw.Error):
                    raise unavailable(error) from error
                raise

    @contextmanager
    def read(self) -> Iterator[apsw.Connection]:
        """One consistent view of the file, while writers may write."""
        self._files.check()
        with self._connections.readers.view() as connection:
            yield connection

    def _wait_for_turn(self) -> None:
        """Repair what prevents writing, and take the lock."""
        self._repair.run_before_writing()
        if not self._write_lock.acquire(timeout=self._write_timeout):
            raise UnavailableError(
                "storage_unavailable",
                f"another writer held the lock for {self._write_timeout:g} seconds, or until the server stopped",
            )

    def _await_other_syncs(self, *, autocommit_overlaps: bool) -> None:
        """Wait for the results of the syncs that other connections began before the sync of this commit ended.

        The quarantine's sync ended before this transaction, because SQLite lets one connection write; a checkpoint's sync may still run.
        """
        if autocommit_overlaps:
            with self._connections.autocommit_lock.held(timeout=self._write_timeout):
                pass
        self._checkpointer.log_sync.wait(timeout=self._write_timeout)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """A block without writers and checkpoints in this process, and with their connections closed, so that they read the log again."""
        self._files.check()
        with ExitStack() as held, translated(), with_path(self._path):
            held.enter_context(self._checkpointer.held())  # locks in the same order as in a checkpoint
            held.enter_context(self._write_lock.held(timeout=self._write_timeout))
            held.enter_context(self._connections.autocommit_lock.held(timeout=self._write_timeout))
            self._connections.close()
            yield
