"""The connection that brings the log into the file."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.log_sync import LogSync
from hookline.adapters.sqlite.log_watch import LogWatch

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.failed_sync import FailedSync
    from hookline.adapters.sqlite.file_watch import FileWatch
    from hookline.adapters.sqlite.wait_deadline import WaitDeadline

__all__ = ["Checkpointer"]


class Checkpointer:
    """Runs checkpoints, one at a time for those who hold ``guard``, and notes the syncs of theirs that fail."""

    def __init__(self, path: Path, failed_sync: FailedSync, files: FileWatch, deadline: WaitDeadline) -> None:
        self.guard = Lock()
        self.log_watch = LogWatch(path, files)
        self.log_sync = LogSync(path, deadline)
        self._failed_sync = failed_sync
        self._connection = LazyConnection(path=path, deadline=deadline)

    def open(self) -> None:
        """Open the connection now, while its files are those of the others."""
        self._connection.opened()
        self.log_watch.start()

    def waiting_pages(self) -> int:
        """How many pages of the log are not yet in the file. Raises UnavailableError."""
        with translated():
            self.log_watch.check(self._connection.opened())
            logged, done = self._connection.opened().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        return max(0, logged - done)

    def may_copy(self) -> bool:
        """Whether the log is known to be ours; else a durable commit has to come first. Raises UnavailableError when it is damaged."""
        with translated():
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
                self._failed_sync.observe(self._connection, error)
                self._connection.after_fault(error)
                raise unavailable(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
