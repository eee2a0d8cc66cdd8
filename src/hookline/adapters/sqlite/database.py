"""The database: one file, its connections, and the coordination of its writers."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.clock_doubt import end_future_waits, hold_clock
from hookline.adapters.sqlite.codec import micros, span
from hookline.adapters.sqlite.database_file import (
    check_file,
    create_for_owner,
    fault_at,
    has_log,
    remove_if_empty,
)
from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.file_sizes import sizes_of
from hookline.adapters.sqlite.pauses import PausedQueues
from hookline.adapters.sqlite.sealing import Sealing
from hookline.adapters.sqlite.transactions import Transactions
from hookline.adapters.sqlite.tuning import Tuning
from hookline.domain.retention import retention_by_source
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hookline.adapters.sqlite.file_sizes import FileSizes
    from hookline.adapters.sqlite.upgrade import Upgrade
    from hookline.domain.queue import Queue
    from hookline.domain.retention import EventRetention
    from hookline.ports.clock import Clock

__all__ = ["Database"]

_PROBE = "INSERT INTO probe (id, at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = ?1"


class Database(Transactions):
    """The file behind the sqlite adapter.

    Within the process a lock orders the writers; between processes SQLite's lock does.

    After an I/O error of any writing connection, all of them refuse writes until ``probe`` has written all data again.
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
        super().__init__(path, tuning, sealing or Sealing())
        self.sealing.reload = self._load_keys
        self.paused_queues = PausedQueues(self)
        self.removed_messages: Counter[str] = Counter()
        """Messages that this process has deleted or purged, by queue; used for a rate, so that it need not be exact."""

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
        """The database at ``path``, created or upgraded to this version where needed.

        ``queues`` declares the queues; None uses those of the file. ``served`` says that a server has the file open. Raises
        DataDirectoryError for a file that is newer than this code, older and ``served``, or not hookline's, and UnavailableError when it
        cannot be opened or written.
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
        """Create or upgrade the file where needed, and read its queues; before this, every other method raises UnavailableError.

        After an UnavailableError it can be called again, for example when a full disk has space again. Other errors are as in ``open``.
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
        """The path of the file."""
        return self._path

    def declare(self, queues: Sequence[Queue]) -> None:
        """Declare the queues that get messages; other queues keep their messages until these are consumed, moved or expire."""
        with self.write() as connection:
            self.queues.declare(connection, queues, self.now())
            self.queues.load(connection)
            end_future_waits(connection, self.now())

    def end_waiting_within(self, seconds: float) -> None:
        """From now on wait for no lock and no other writer longer than this, because the server stops."""
        self._deadline.set_within(seconds)

    def keep_events_for(self, retention: timedelta | EventRetention) -> None:
        """Keep events that are delivered from now on for ``retention``."""
        kept = retention_by_source(retention)
        self.event_retention = span(kept.usual)
        self.source_retention = {source: span(own) for source, own in kept.of_source.items()}

    def retention_of(self, source: str) -> int:
        """How long delivered events of this source are kept, in microseconds."""
        return self.source_retention.get(source, self.event_retention)

    @property
    def upgrade(self) -> Upgrade | None:
        """The upgrade that was made of an older file when it was opened; None if there was none."""
        return self._connections.upgrade

    def now(self) -> int:
        """The steady time in microseconds."""
        return micros(self.clock.steady())

    def expiry_now(self) -> int:
        """The time by which stored data expires, in microseconds: the steady time, or an earlier one while the clock is in doubt."""
        return micros(self.clock.expiry())

    def kept_since(self, retention: int) -> int:
        """The time before which data has expired, for a retention in microseconds."""
        return self.expiry_now() - retention

    def sizes(self) -> FileSizes:
        """The sizes of the file and its log. Raises UnavailableError."""
        with self.read() as connection:
            return sizes_of(self._path, connection)

    def wal_pages(self) -> int:
        """How many pages of the write-ahead log are not in the database file yet. Raises UnavailableError when nothing can be stored."""
        self._files.check()
        self._failed_sync.check()
        return self._checkpointer.waiting_pages()

    def find_event(self, connection: apsw.Connection, event_id: str) -> int | None:
        """The number of the event of this id as ``connection`` sees it, expired or not; None where there is none."""
        return self.event_index.find(connection, event_id)

    def _load_keys(self) -> None:
        with self.read() as connection:
            self.sealing.load(connection)

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the database file, so that the log can start over instead of growing.

        Most of it runs while writers write; a short last part stops them. Only the server does this.
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
        """Copy the whole log into the database file while no writer writes, then truncate the log, or let it start over (RESTART).

        Raises UnavailableError, also while a reader uses the log.
        """
        self._prepare_checkpoint()
        with self._checkpointer.held(), self._write_lock.held(timeout=self._write_timeout):
            self._failed_sync.check()
            self._checkpointer.run(mode)

    @contextmanager
    def exclusive(self) -> Iterator[apsw.Connection]:
        """A separate connection for the block, outside of any transaction, while no writer and no checkpoint of this process runs."""
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
        """Test the disk by a synced write. Raises UnavailableError when it fails.

        After a failed sync, or when the write-ahead log was removed or damaged, this also writes again all data that was stored before.
        """
        if self._files.only_the_log_is_gone():  # only the open connections still have the removed log
            with suppress(UnavailableError), self._checkpointer.held():
                self._checkpointer.run()
        self._connections.log_rescue.run_if_damaged()
        if self._failed_sync.present:
            self._repair.run()
        self._write_probe()

    def close_for_good(self) -> None:
        """Copy the whole write-ahead log into the file, if the disk allows it, and close. The server calls this when it stops."""
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
        """Close every connection. After a failed sync, first try once more to write all data to the disk."""
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
        """Commit a write if the log's header is not known to be SQLite's, before anything is copied from that log."""
        if not self._checkpointer.may_copy():
            self._write_probe()

    def _write_probe(self) -> None:
        with self.write() as connection:
            connection.execute(_PROBE, (self.now(),))
