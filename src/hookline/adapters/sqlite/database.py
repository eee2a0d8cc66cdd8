"""One file, its connections, and whose turn it is."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.checkpointer import Checkpointer
from hookline.adapters.sqlite.clock_table import hold_clock
from hookline.adapters.sqlite.codec import micros, span
from hookline.adapters.sqlite.disk import sync_directory
from hookline.adapters.sqlite.ending import Ending
from hookline.adapters.sqlite.faults import translated, unavailable
from hookline.adapters.sqlite.file_watch import FileWatch
from hookline.adapters.sqlite.link import Link
from hookline.adapters.sqlite.log_rescue import rescue_log
from hookline.adapters.sqlite.log_watch import LogWatch
from hookline.adapters.sqlite.opening import (
    damaged_at,
    end_future_waits,
    has_log,
    look,
    make_for_owner,
    named,
    unavailable_at,
    unmake,
)
from hookline.adapters.sqlite.poison import Poison, make_durable, start_log_over
from hookline.adapters.sqlite.queue_table import QueueTable
from hookline.adapters.sqlite.readers import Readers
from hookline.adapters.sqlite.schema import migrate
from hookline.adapters.sqlite.sizes import sizes_of
from hookline.adapters.sqlite.tuning import Tuning
from hookline.adapters.sqlite.turn import Turn
from hookline.errors import DamagedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hookline.adapters.sqlite.sizes import FileSizes
    from hookline.domain.queue import Queue
    from hookline.ports.clock import Clock

__all__ = ["Database"]

_PROBE = "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = ?1"
_REPAIR_EVERY = 1.0  # seconds between attempts of those who find the disk at fault; the keeper's own come on top


class Database:
    """The file behind the sqlite adapter.

    Four kinds of connection: a durable one (every COMMIT waits for the disk) for events and what is sent; a relaxed one
    for receiving and deleting, whose loss in a power cut is a message delivered twice, which at-least-once allows; one
    aside for what nothing depends on; and readers. Within the process writers take turns; between processes SQLite's own lock decides.

    After an I/O error of any connection that writes, all of them refuse until ``probe`` has written everything again.
    """

    def __init__(self, path: Path, *, clock: Clock, event_retention: timedelta, tuning: Tuning) -> None:
        self.clock = clock
        self.event_retention = span(event_retention)
        self._path = path
        self._write_timeout = tuning.write_timeout
        self._ending = ending = Ending()
        self._turn = Turn(ending)
        milliseconds = int(tuning.write_timeout * 1000)
        limit = tuning.log_limit
        self._durable = Link(
            path=path, cache=tuning.cache, busy_milliseconds=milliseconds, log_limit=limit, ending=ending
        )
        self._relaxed = Link(
            path=path,
            synchronous="NORMAL",
            cache=8 * 1024,
            busy_milliseconds=milliseconds,
            log_limit=limit,
            ending=ending,
        )
        self._aside = Link(
            path=path, synchronous="NORMAL", busy_milliseconds=milliseconds, log_limit=limit, ending=ending
        )
        self._aside_guard = Lock()
        self._aside_overlaps = False
        self._readers = Readers(path)
        self._watch = FileWatch(path)
        self._poison = Poison()
        self._log = LogWatch(path, self._watch)
        self._aside_log = LogWatch(path, self._watch)
        self._checkpointer = Checkpointer(path, self._poison, self._watch, ending)
        self._repair_at = 0.0
        self._unproven = self._is_rescued = False
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
        self._unproven = not served and has_log(self._path)
        made = False
        try:
            with translated():
                look(self._path)
                made = make_for_owner(self._path)
                self._connect()
            with self.read() as connection:
                self.queues.load(connection)
                hold_clock(self.clock, connection)
        except UnavailableError as fault:
            self._close_links()
            if made:
                unmake(self._path)
            if isinstance(fault, DamagedError):
                raise damaged_at(self._path, fault) from fault
            raise unavailable_at(self._path, fault) from fault

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make these the queues that take messages; others keep what they have until it is consumed, moved or expires."""
        with self.write() as connection:
            self.queues.declare(connection, queues)
            self.queues.load(connection)
            end_future_waits(connection, self.now())

    def end_waiting_within(self, seconds: float) -> None:
        """Wait for no lock and no other writer longer than this from now on, because the server stops."""
        self._ending.end_within(seconds)

    @property
    def _timeout(self) -> float:
        """How long a writer waits now, in seconds."""
        return self._ending.left(self._write_timeout)

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
        self._poison.check()
        return self._checkpointer.waiting_pages()

    def begin(self, *, wait: bool) -> apsw.Connection | None:
        """Start a durable transaction that ``commit`` or ``abandon`` must end, on any thread.

        None when ``wait`` is False and there is something to wait for: another writer, here or in another process.
        """
        self._prepare(wait=wait)
        if not wait and self._unproven:
            return None
        if not self._take_turn(wait=wait):
            return None
        try:
            link = self._durable
            link.wait_for_others(milliseconds=int(self._write_timeout * 1000) if wait else 0)
            connection = link.connection()
            self._log.look(connection)
            connection.execute("BEGIN IMMEDIATE")
        except UnavailableError:
            self._turn.release()
            raise
        except apsw.Error as error:
            self.abandon(error)
            if not wait and isinstance(error, apsw.BusyError):
                return None
            raise unavailable(error) from error
        self._aside_overlaps = self._aside_guard.locked()
        return connection

    def commit(self) -> None:
        """Make the durable transaction durable.

        Raises UnavailableError when it failed and nothing of it is kept, when another program damaged the log meanwhile, or when a sync of
        another connection failed before this one's: then it is kept, and durable once everything has been written again.
        """
        try:
            connection = self._durable.connection()
            connection.execute("COMMIT")
            self._log.look_again(connection)
        except apsw.Error as error:
            self.abandon(error)
            raise unavailable(error) from error
        except UnavailableError:
            self._turn.release()
            raise
        aside_overlaps = self._aside_overlaps
        self._turn.release()
        self._hear_of_others(aside_overlaps=aside_overlaps)
        self._poison.check()

    def abandon(self, fault: BaseException | None = None) -> None:
        """Undo the durable transaction and pass the turn on."""
        self._poison.hear(self._durable, fault)
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
        self._prepare()
        self._take_turn()
        link = self._relaxed
        try:
            connection = link.connection()
            self._log.look(connection)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
            self._log.look_again(connection)
        except BaseException as error:
            self._poison.hear(link, error)
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
        self._prepare()
        with self._aside_guard:
            self._poison.check()
            try:
                self._aside_log.look(self._aside.connection())
                yield self._aside.connection()
            except BaseException as error:
                self._poison.hear(self._aside, error)
                self._aside.after_fault(error)
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
        self._prepare_copying()
        with self._checkpointer.guard:
            self._poison.check()
            self._checkpointer.run()
            if self._turn.take(timeout=self._timeout):
                try:
                    self._checkpointer.run()
                finally:
                    self._turn.release()

    def fold(self) -> None:
        """Bring the whole log into the file and give its bytes back to the disk, while writers hold still.

        Raises UnavailableError, also while a reader needs the log.
        """
        self._prepare_copying()
        with self._checkpointer.guard:
            if not self._turn.take(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "a writer waits for the disk")
            try:
                self._poison.check()
                self._checkpointer.run(apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                self._turn.release()

    def probe(self) -> None:
        """Write something to the disk, and wait until it is there. Raises UnavailableError when it cannot be.

        After a failed sync, or when the write-ahead log was removed or damaged, this is also what saves what was stored until then.
        """
        if self._watch.only_the_log_is_gone():  # the open connections are the only ones that still have it
            with self._checkpointer.guard, suppress(UnavailableError):
                self._checkpointer.run()
        if self._watch.log_is_damaged:
            self._rescue()
        if self._poison.present:
            self._write_again()
        with self.write() as connection:
            connection.execute(_PROBE, (self.now(),))

    def close_for_good(self) -> None:
        """Bring the whole write-ahead log into the file, if the disk lets us, and close. For the server's own end."""
        with suppress(apsw.Error, UnavailableError):
            if not self._watch.only_the_log_is_gone():
                self._watch.check()
                self._prove_log()
            if not (self._poison.present or self._unproven):
                self._checkpointer.run(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        if self._watch.log_is_damaged:
            with suppress(UnavailableError):
                self._rescue()
        self.close()

    def close(self) -> None:
        """Close every connection. After a failed sync, try once more to bring what was written to the disk."""
        if self._poison.present:
            with suppress(UnavailableError):
                self._write_again()
        self._close_links()
        for watch in (self._log, self._aside_log):
            watch.close()
        self._checkpointer.stop_watching()

    def _close_links(self) -> None:
        for one in (self._readers, self._checkpointer, self._aside, self._relaxed, self._durable):
            one.close()

    def _connect(self) -> None:
        """Create or upgrade the file, wait until the disk has its name and its log's, and remember which files they are."""
        self._durable.create = True
        try:
            migrate(self._durable.connection(), str(self._path))
        finally:
            self._durable.create = False
        with named(self._path):
            self._checkpointer.open()
            sync_directory(self._path.parent)
            self._watch.start()
            for watch in (self._log, self._aside_log):
                watch.start()

    def _rescue(self) -> None:
        """Once: leave a log that another program damaged so that the next start reads what is whole of it. Raises UnavailableError."""
        with self._checkpointer.guard, named(self._path):
            if not self._is_rescued:
                rescue_log(self._path, self._watch.log_header, copied=self._checkpointer.copied_pages())
                self._is_rescued = True

    def _prepare(self, *, wait: bool = True) -> None:
        """Refuse to write into files that the next start will not find; where there is time, repair what stands in the way."""
        self._watch.check()
        if wait:
            self._prove()
        if wait and self._poison.present and time.monotonic() > self._repair_at:
            self._write_again()

    def _prepare_copying(self) -> None:
        self._watch.check()
        self._prove()
        self._prove_log()

    def _prove_log(self) -> None:
        """Write under a header of the log that is not known to be SQLite's own, before anything is copied from that log."""
        if not self._checkpointer.may_copy():
            with self.write() as connection:
                connection.execute(_PROBE, (self.now(),))

    def _take_turn(self, *, wait: bool = True) -> bool:
        if not wait and not self._turn.take_if_free():
            return False
        if wait and not self._turn.take(timeout=self._timeout):
            raise UnavailableError(
                "storage_unavailable",
                f"another writer kept the database for {self._write_timeout:g} seconds, or until the stop",
            )
        try:
            self._poison.check()
        except UnavailableError:
            self._turn.release()
            raise
        return True

    def _hear_of_others(self, *, aside_overlaps: bool) -> None:
        """Wait until it is known whether a sync failed that another connection began before this commit's sync had ended.

        The quarantine's can only have come before this transaction: SQLite lets one connection write. A checkpoint's runs beside writers.
        """
        if aside_overlaps:
            if not self._aside_guard.acquire(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "the quarantine waits for the disk")
            self._aside_guard.release()
        self._checkpointer.log_sync.wait(timeout=self._timeout)

    def _prove(self) -> None:
        """Bring to the disk what an earlier process left in the log: one of its syncs may have failed.

        Where something keeps the log from being emptied (a reader, a full disk), it stays, and is on the disk.
        """
        if not self._unproven:
            return
        with self._still():
            make_durable(self._path, patience=self._timeout, ending=self._ending)
            with suppress(apsw.BusyError, apsw.FullError):
                start_log_over(self._path, patience=self._timeout, ending=self._ending)
            self._connect()
            self._unproven = False

    def _write_again(self) -> None:
        """End the poison: write the whole log again, bring it into the file, and let it start over."""
        self._watch.check()
        with self._still():
            if not self._poison.present:
                return
            self._repair_at = time.monotonic() + _REPAIR_EVERY
            make_durable(self._path, patience=self._timeout, ending=self._ending)
            start_log_over(self._path, patience=self._timeout, ending=self._ending)
            self._connect()
            self._poison.clear()

    @contextmanager
    def _still(self) -> Iterator[None]:
        """No writer and no checkpoint of this process, and no connection of theirs, so that the next ones read the log anew."""
        with ExitStack() as held, translated(), named(self._path):
            # In the order in which a checkpoint takes them.
            if not self._checkpointer.guard.acquire(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "a checkpoint waits for the disk")
            held.callback(self._checkpointer.guard.release)
            if not self._turn.take(timeout=self._timeout):
                raise UnavailableError("storage_unavailable", "a writer waits for the disk")
            held.callback(self._turn.release)
            held.enter_context(self._aside_guard)
            self._close_links()
            yield
