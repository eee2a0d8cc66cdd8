"""The connection that brings the log into the file."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.log_sync import LogSync
from hookline.adapters.sqlite.log_watch import LogWatch
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hookline.adapters.sqlite.failed_sync import FailedSync
    from hookline.adapters.sqlite.file_watch import FileWatch
    from hookline.adapters.sqlite.wait_deadline import WaitDeadline

__all__ = ["Checkpointer"]

_PATIENCE = 200  # milliseconds


class Checkpointer:
    """Runs checkpoints, and notes the syncs of theirs that fail. ``run`` and ``copied_pages`` are for the thread for which it is ``held``.

    It waits only ``_PATIENCE`` for readers that need the log, because writers wait meanwhile.
    """

    def __init__(
        self, path: Path, failed_sync: FailedSync, files: FileWatch, deadline: WaitDeadline, *, timeout: float
    ) -> None:
        """``timeout`` is how many seconds to wait for another thread's checkpoint."""
        self.log_watch = LogWatch(path, files)
        self.log_sync = LogSync(path, deadline)
        self._guard = Lock()
        self._failed_sync = failed_sync
        self._deadline = deadline
        self._timeout = timeout
        self._connection = LazyConnection(path=path, deadline=deadline, busy_milliseconds=_PATIENCE)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other threads from it. Raises UnavailableError when one of them takes too long."""
        if not self._guard.acquire(timeout=self._deadline.left(self._timeout)):
            raise UnavailableError("storage_unavailable", "a checkpoint waits for the disk")
        try:
            yield
        finally:
            self._guard.release()

    def open(self) -> None:
        """Open the connection now, while its files are those of the others."""
        self._connection.opened()
        self.log_watch.start()

    def waiting_pages(self) -> int:
        """How many pages of the log are not yet in the file. Raises UnavailableError."""
        with self.held(), translated():
            self.log_watch.check(self._connection.opened())
            logged, done = self._connection.opened().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        return max(0, logged - done)

    def may_copy(self) -> bool:
        """Whether the log is known to be ours; else a durable commit has to come first. Raises UnavailableError when it is damaged."""
        with self.held(), translated():
            self.log_watch.check(self._connection.opened())
            return self.log_watch.is_confirmed

    def copied_pages(self) -> int:
        """How many pages of the log are in the file. Raises UnavailableError."""
        with translated():
            return self._connection.opened().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[1]

    def run(self, mode: int = apsw.SQLITE_CHECKPOINT_PASSIVE) -> None:
        """One checkpoint. Raises UnavailableError, also when another mode than PASSIVE did not succeed because of a reader.

        SQLite would copy what another program wrote over the log: that is looked for first.
        """
        with translated():
            self.log_watch.check(self._connection.opened())
        with self.log_sync.running():
            try:
                self._connection.opened().wal_checkpoint(mode=mode)
            except apsw.Error as error:
                if mode == apsw.SQLITE_CHECKPOINT_PASSIVE and isinstance(error, apsw.BusyError):
                    return  # another program runs a checkpoint at this moment
                self._failed_sync.observe(self._connection, error)
                self._connection.after_fault(error)
                raise unavailable(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
