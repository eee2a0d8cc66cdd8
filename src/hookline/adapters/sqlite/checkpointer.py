"""Runs checkpoints: copies the write-ahead log into the database file, and syncs the log while writers write."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.fifo_lock import FifoLock, WaitDeadline
from hookline.adapters.sqlite.file_watch import LogWatch, frames_in
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.adapters.sqlite.failed_sync import FailedSync
    from hookline.adapters.sqlite.file_watch import FileWatch

__all__ = ["Checkpointer", "LogSync"]

_PATIENCE = 200  # milliseconds
_POLL = 0.0005  # seconds


class LogSync:
    """Lets a commit find out that a checkpoint's sync of the log failed, without waiting for the whole checkpoint.

    A checkpoint writes its first page into the database file only after its sync of the log succeeded. So if the file was
    written since the checkpoint began, that sync succeeded.
    """

    def __init__(self, path: Path, deadline: WaitDeadline | None = None) -> None:
        self._path = path
        self._deadline = deadline or WaitDeadline()
        self.began: tuple[int, int] | None = None
        """When the file was last written before the running checkpoint, and its size; None while no checkpoint runs."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """A block for a checkpoint and for noting its fault."""
        self.began = self._last_write()
        try:
            yield
        finally:
            self.began = None

    def wait(self, *, timeout: float) -> None:
        """Wait until the sync of the log of every checkpoint that began before this call has succeeded, or its fault was noted.

        Raises UnavailableError after ``timeout`` seconds, or when all waiting ends.
        """
        until = time.monotonic() + timeout
        while (began := self.began) is not None and self._last_write() == began:
            if not self._deadline.left(until - time.monotonic()):
                raise UnavailableError("storage_unavailable", "a checkpoint waits for the disk")
            time.sleep(_POLL)

    def _last_write(self) -> tuple[int, int]:
        """When the file was last written, and its size; zeros when the file does not exist."""
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size


class Checkpointer:
    """Runs checkpoints and notes failed syncs. Only the thread that holds it (``held``) may call ``run`` and ``copied_pages``.

    It waits only ``_PATIENCE`` for readers that use the log, because writers wait in the meantime.
    """

    def __init__(
        self, path: Path, failed_sync: FailedSync, files: FileWatch, deadline: WaitDeadline, *, timeout: float
    ) -> None:
        """``timeout`` is how many seconds to wait for another thread's checkpoint."""
        self.log_watch = LogWatch(path, files)
        self.log_sync = LogSync(path, deadline)
        self._lock = FifoLock(deadline, user="a checkpoint")
        self._failed_sync = failed_sync
        self._timeout = timeout
        self._connection = LazyConnection(path=path, deadline=deadline, busy_milliseconds=_PATIENCE)

    def held(self) -> AbstractContextManager[None]:
        """A block in which no other thread uses it. Raises UnavailableError when another thread takes too long."""
        return self._lock.held(timeout=self._timeout)

    def open(self) -> None:
        """Open the connection now, while its files are the same as those of the other connections."""
        self._connection.opened()
        self.log_watch.start()

    def waiting_pages(self) -> int:
        """How many pages of the log are not in the database file yet. Raises UnavailableError."""
        with self.held(), translated():
            self.log_watch.check(self._connection.opened())
            logged, done = frames_in(self._connection.opened())
        return max(0, logged - done)

    def may_copy(self) -> bool:
        """Whether the log is known to be ours; if not, a durable commit is needed first. Raises UnavailableError when it is damaged."""
        with self.held(), translated():
            self.log_watch.check(self._connection.opened())
            return self.log_watch.is_confirmed

    def copied_pages(self) -> int:
        """How many pages of the log are in the database file. Raises UnavailableError."""
        with translated():
            return frames_in(self._connection.opened())[1]

    def run(self, mode: int = apsw.SQLITE_CHECKPOINT_PASSIVE) -> None:
        """Run one checkpoint. Raises UnavailableError, also when a mode other than PASSIVE did not succeed because of a reader.

        The log is checked first, because SQLite would copy pages that another program wrote over it.
        """
        with translated():
            self.log_watch.check(self._connection.opened())
        with self.log_sync.running():
            try:
                self._connection.opened().wal_checkpoint(mode=mode)
            except apsw.Error as error:
                if mode == apsw.SQLITE_CHECKPOINT_PASSIVE and isinstance(error, apsw.BusyError):
                    return  # another program is running a checkpoint
                self._failed_sync.observe(self._connection, error)
                self._connection.after_fault(error)
                raise unavailable(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
