"""One file, its connections, and which of them may write."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.arrivals import Arrivals
from hookline.adapters.sqlite.clock_doubt import end_future_waits, hold_clock
from hookline.adapters.sqlite.codec import micros, span
from hookline.adapters.sqlite.connections import Connections
from hookline.adapters.sqlite.database_file import (
    check_file,
    create_for_owner,
    fault_at,
    has_log,
    remove_if_empty,
    with_path,
)
from hookline.adapters.sqlite.dictionaries import Dictionaries
from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.event_index import EventIndex
from hookline.adapters.sqlite.failed_sync import FailedSync, LogRepair
from hookline.adapters.sqlite.fifo_lock import FifoLock, WaitDeadline
from hookline.adapters.sqlite.file_sizes import sizes_of
from hookline.adapters.sqlite.pauses import PausedQueues
from hookline.adapters.sqlite.queue_table import QueueTable
from hookline.adapters.sqlite.relaxed_writes import RelaxedWrites
from hookline.adapters.sqlite.sealing import Sealing
from hookline.adapters.sqlite.tuning import Tuning
from hookline.domain.retention import retention_by_source
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.adapters.sqlite.file_sizes import FileSizes
    from hookline.adapters.sqlite.upgrade import Upgrade
    from hookline.domain.queue import Queue
    from hookline.domain.retention import EventRetention
    from hookline.domain.route import RoutedEvent
    from hookline.ports.clock import Clock

__all__ = ["Database"]

_PROBE = "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = ?1"


class Database:
    """The file behind the sqlite adapter.

    Within the process one lock orders the writers; between processes SQLite's own lock does.

    After an I/O error of any connection that writes, all of them refuse until ``probe`` has written everything again.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        event_retention: timedelta | EventRetention,
        tuning: Tuning,
        sealing: Sealing | None = None,
    ) -> None:
        self.clock = clock
        self.keep_events_for(event_retention)
        self._path = path
        self._write_timeout = tuning.write_timeout
        self._busy_milliseconds = int(tuning.write_timeout * 1000)
        self._deadline = WaitDeadline()
        self._write_lock = FifoLock(self._deadline)
        self._autocommit_overlaps = False
        self._failed_sync = FailedSync()
        self.sealing = sealing or Sealing()
        self.sealing.reload = self._load_keys
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
        self.paused_queues = PausedQueues(self)
        self.removed_messages: Counter[str] = Counter()
        """Messages that this process has deleted or purged, by queue: a rate is made of it, so that it need not be exact."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        queues: Sequence[Queue] | None = None,
        event_retention: timedelta | EventRetention = timedelta(days=30),
        tuning: Tuning | None = None,
        served: bool = False,
        sealing: Sealing | None = None,
    ) -> Database:
        """The database at ``path``, created or brought to this version if need be.

        ``queues`` declares the queues; None takes those that the file knows. ``served`` says that a server has it open. Raises
        DataDirectoryError for a file that is newer than this code, older and served, or not ours, UnavailableError when it cannot be opened
        or written.
        """
        database = cls(path, clock=clock, event_retention=event_retention, tuning=tuning or Tuning(), sealing=sealing)
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
                check_file(self._path, served=served)
                made = create_for_owner(self._path)
                self._connections.open()
            with self.read() as connection:
                self.sealing.load(connection)
                self.queues.load(connection)
                hold_clock(self.clock, connection)
            if self.sealing.needs_change():
                with self.write() as connection:
                    self.sealing.settle(connection, self.now())
        except UnavailableError as fault:
            self._connections.close()
            if made:
                remove_if_empty(self._path)
            raise fault_at(self._path, fault) from fault

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make these the queues that take messages; others keep what they have until it is consumed, moved or expires."""
        with self.write() as connection:
            self.queues.declare(connection, queues, self.now())
            self.queues.load(connection)
            end_future_waits(connection, self.now())

    def end_waiting_within(self, seconds: float) -> None:
        """Wait for no lock and no other writer longer than this from now on, because the server stops."""
        self._deadline.set_within(seconds)

    def keep_events_for(self, retention: timedelta | EventRetention) -> None:
        """Keep what is delivered from now on for ``retention``."""
        kept = retention_by_source(retention)
        self.event_retention = span(kept.usual)
        self.source_retention = {source: span(own) for source, own in kept.of_source.items()}

    def retention_of(self, source: str) -> int:
        """How long delivered events of this source are kept, in microseconds."""
        return self.source_retention.get(source, self.event_retention)

    @property
    def upgrade(self) -> Upgrade | None:
        """What was done to an older file when it was opened."""
        return self._connections.upgrade

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
        self._files.check()
        self._failed_sync.check()
        return self._checkpointer.waiting_pages()

    def begin(self, *, wait: bool) -> apsw.Connection | None:
        """Start a durable transaction that ``commit`` or ``abandon`` must end, on any thread.

        None when ``wait`` is False and there is something to wait for: another writer, here or in another process.
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
        except BaseException as error:  # as where memory runs out
            self.abandon(error)
            raise
        self._autocommit_overlaps = self._connections.autocommit_lock.locked()
        return connection

    def commit(self, routed: Sequence[RoutedEvent] = ()) -> None:
        """Make the durable transaction durable, and wake the consumers that wait for what it routed.

        Raises UnavailableError when it failed and nothing of it is kept, when another program damaged the log meanwhile, or when a sync of
        another connection failed before this one's: then it is kept, and durable once everything has been written again.
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
        """Undo the durable transaction and release the lock."""
        self.event_index.forget()
        self.dictionaries.forget()
        self._undo(fault)

    def find_event(self, connection: apsw.Connection, event_id: str) -> int | None:
        """The number of the event of this id in the view of ``connection``, whether or not it has expired; None where there is none."""
        return self.event_index.find(connection, event_id)

    def _load_keys(self) -> None:
        with self.read() as connection:
            self.sealing.load(connection)

    def _undo(self, fault: BaseException | None) -> None:
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
        except BaseException as error:
            self.abandon(error)
            if isinstance(error, apsw.Error):
                raise unavailable(error) from error
            raise
        self.commit()

    def write_relaxed(self) -> AbstractContextManager[apsw.Connection]:
        """A transaction that survives a crash of the process at once, and a power cut after the next durable one."""
        return self._relaxed.transaction()

    def together(self) -> AbstractContextManager[None]:
        """A block that makes one transaction of all that its thread writes with ``write_relaxed``. Raises UnavailableError."""
        return self._relaxed.together()

    def announce(self, queues: Iterable[int]) -> None:
        """Wake the consumers that wait for these queues: at once, or when the block of ``together`` is committed."""
        self._relaxed.announce(queues)

    @contextmanager
    def autocommit(self) -> Iterator[apsw.Connection]:
        """A connection for single statements that no event depends on: each is its own transaction, outside the writers' lock.

        What it writes survives a crash of the process at once, and a power cut after the next durable commit.
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
        """One consistent view of the file, beside any writer."""
        self._files.check()
        with self._connections.readers.view() as connection:
            yield connection

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file, so that it can start over instead of growing.

        Most of it happens beside the writers; the rest, which is little, while they hold still. Only the server does this.
        """
        self._prepare_checkpoint()
        with self._checkpointer.held():
            self._failed_sync.check()
            self._checkpointer.run()
            if self._write_lock.acquire(timeout=self._write_timeout):
                try:
                    self._checkpointer.run()
                finally:
                    self._write_lock.release()

    def fold(self, mode: int = apsw.SQLITE_CHECKPOINT_TRUNCATE) -> None:
        """Bring the whole log into the file and give its bytes back to the disk, or let it start over (RESTART), while writers hold still.

        Raises UnavailableError, also while a reader needs the log.
        """
        self._prepare_checkpoint()
        with self._checkpointer.held(), self._write_lock.held(timeout=self._write_timeout):
            self._failed_sync.check()
            self._checkpointer.run(mode)

    @contextmanager
    def exclusive(self) -> Iterator[apsw.Connection]:
        """A connection of the block's own, outside of any transaction, while no writer and no checkpoint of this process is at work."""
        self._prepare_checkpoint()
        lazy = self._connections.temporary()
        with self._checkpointer.held(), self._write_lock.held(timeout=self._write_timeout):
            self._failed_sync.check()
            try:
                yield lazy.opened()
            except BaseException as error:
                self._failed_sync.observe(lazy, error)
                if isinstance(error, apsw.Error):
                    raise unavailable(error) from error
                raise
            finally:
                lazy.close()

    def probe(self) -> None:
        """Write something to the disk, and wait until it is there. Raises UnavailableError when it cannot be.

        After a failed sync, or when the write-ahead log was removed or damaged, this is also what saves what was stored until then.
        """
        if self._files.only_the_log_is_gone():  # the open connections are the only ones that still have it
            with suppress(UnavailableError), self._checkpointer.held():
                self._checkpointer.run()
        self._connections.log_rescue.run_if_damaged()
        if self._failed_sync.present:
            self._repair.run()
        self._write_probe()

    def close_for_good(self) -> None:
        """Bring the whole write-ahead log into the file, if the disk lets us, and close. For the server's own end."""
        with suppress(apsw.Error, UnavailableError):
            if not self._files.only_the_log_is_gone():
                self._files.check()
                self._confirm_log()
            if not (self._failed_sync.present or self._repair.inherited):
                with self._checkpointer.held():
                    self._checkpointer.run(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        with suppress(UnavailableError):
            self._connections.log_rescue.run_if_damaged()
        self.close()

    def close(self) -> None:
        """Close every connection. After a failed sync, try once more to bring what was written to the disk."""
        if self._failed_sync.present:
            with suppress(UnavailableError):
                self._repair.run()
        self._connections.close()
        self._connections.stop_watching()

    def _prepare_checkpoint(self) -> None:
        self._files.check()
        self._repair.sync_inherited()
        self._confirm_log()

    def _confirm_log(self) -> None:
        """Write under a header of the log that is not known to be SQLite's own, before anything is copied from that log."""
        if not self._checkpointer.may_copy():
            self._write_probe()

    def _write_probe(self) -> None:
        with self.write() as connection:
            connection.execute(_PROBE, (self.now(),))

    def _wait_for_turn(self) -> None:
        """Repair what stands in the way of a writer, and take the lock."""
        self._repair.run_before_writing()
        if not self._write_lock.acquire(timeout=self._write_timeout):
            raise UnavailableError(
                "storage_unavailable",
                f"another writer kept the database for {self._write_timeout:g} seconds, or until the stop",
            )

    def _await_other_syncs(self, *, autocommit_overlaps: bool) -> None:
        """Wait until it is known whether a sync failed that another connection began before this commit's sync had ended.

        The quarantine's can only have come before this transaction: SQLite lets one connection write. A checkpoint's runs beside writers.
        """
        if autocommit_overlaps:
            with self._connections.autocommit_lock.held(timeout=self._write_timeout):
                pass
        self._checkpointer.log_sync.wait(timeout=self._write_timeout)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """No writer and no checkpoint of this process, and no connection of theirs, so that the next ones read the log anew."""
        self._files.check()
        with ExitStack() as held, translated(), with_path(self._path):
            held.enter_context(self._checkpointer.held())  # in the order in which a checkpoint takes them
            held.enter_context(self._write_lock.held(timeout=self._write_timeout))
            held.enter_context(self._connections.autocommit_lock.held(timeout=self._write_timeout))
            self._connections.close()
            yield
