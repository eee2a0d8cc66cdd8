"""Repairs the write-ahead log after a failed sync.

When a sync fails, Linux reports it once and marks the pages clean: they may never reach the disk, and the next sync succeeds without
them (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). SQLite rolls back the transaction whose sync
failed. It does not repair earlier transactions that were committed without a sync: they are in its log, but perhaps not on the disk. A
power cut then ends the log there, and later transactions are lost too, although their own syncs succeeded.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.file_watch import frames_in
from hookline.adapters.sqlite.fsync import sync_directory
from hookline.adapters.sqlite.log_file import log_of, write_again
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.adapters.sqlite.connections import Connections
    from hookline.adapters.sqlite.lazy_connection import LazyConnection

__all__ = ["FailedSync", "LogRepair"]

_REPAIR_EVERY = 1.0  # seconds between attempts of callers that notice the fault; the keeper's attempts are in addition


class FailedSync:
    """Whether a sync has failed since all written data was last known to be on the disk. Usable from any thread."""

    def __init__(self) -> None:
        self.present = False
        """Whether a sync has failed, so that no event may be acknowledged."""
        self._fault = ""

    def observe(self, connection: LazyConnection, fault: BaseException | None) -> None:
        """Note ``fault`` if a sync may have failed with it. Call this before releasing a lock, because the next writer must know it."""
        if fault is not None and connection.may_have_lost(fault):
            self.note(fault)

    def note(self, fault: BaseException) -> None:
        """Remember an I/O error with which a sync may have failed."""
        self._fault, self.present = str(fault), True

    def check(self) -> None:
        """Raise UnavailableError while no event may be acknowledged."""
        if self.present:
            raise UnavailableError(
                "storage_unavailable",
                f"a write to the disk failed ({self._fault}): no event is acknowledged until all data has been written again",
            )

    def clear(self) -> None:
        """Note that all data is on the disk."""
        self.present = False


class LogRepair:
    """Writes the log to the disk again where a sync of it may have failed, in this or an earlier process.

    While the block of ``exclusive`` runs, every connection of this process is closed.
    """

    def __init__(
        self,
        path: Path,
        failed_sync: FailedSync,
        connections: Connections,
        *,
        exclusive: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.inherited = False
        """Whether an earlier process left frames in the log: one of its syncs may have failed."""
        self._path = path
        self._failed_sync = failed_sync
        self._connections = connections
        self._exclusive = exclusive
        self._next_at = 0.0

    def sync_inherited(self) -> None:
        """Write the frames that an earlier process left in the log to the disk again.

        Where the log cannot be emptied (because of a reader or a full disk), it stays, but it is on the disk.
        """
        if not self.inherited:
            return
        with self._exclusive():
            self._make_durable()
            with suppress(apsw.BusyError, apsw.FullError):
                self._start_log_over()
            self._connections.open()
            self.inherited = False

    def run_before_writing(self) -> None:
        """Do ``sync_inherited``, and after a failed sync ``run``, unless the last attempt was a moment ago."""
        self.sync_inherited()
        if self._failed_sync.present and time.monotonic() > self._next_at:
            self.run()

    def run(self) -> None:
        """After a failed sync, write the whole log again, copy it into the file, and let it start over. Raises UnavailableError."""
        with self._exclusive():
            if not self._failed_sync.present:
                return
            self._next_at = time.monotonic() + _REPAIR_EVERY
            self._make_durable()
            self._start_log_over()
            self._connections.open()
            self._failed_sync.clear()

    def _make_durable(self) -> None:
        """Write the whole write-ahead log to the disk, also the pages that the kernel wrongly treats as written.

        Do this before any checkpoint: if a checkpoint of a log with a missing part is interrupted, the database has data of two different
        times. Raises UnavailableError when frames cannot be read as they were written, also apsw.Error and OSError.
        """
        log, holder, observer = log_of(self._path), self._connections.temporary(), self._connections.temporary()
        try:
            holder.opened().execute("BEGIN IMMEDIATE")  # other processes cannot write meanwhile
            committed, _ = frames_in(observer.opened())
            if write_again(log) < committed:
                raise UnavailableError(
                    "storage_unavailable",
                    f"{log.name} lost pages after a failed write: stop hookline and every program that uses {self._path}, then start "
                    f"it again",
                )
            sync_directory(self._path.parent)
            holder.opened().execute("ROLLBACK")
        finally:
            holder.close()
            observer.close()

    def _start_log_over(self) -> None:
        """Copy the whole log into the file, sync the file, and empty the log. Raises apsw.BusyError while a reader uses the log."""
        lazy = self._connections.temporary()
        try:
            lazy.opened().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            lazy.close()
