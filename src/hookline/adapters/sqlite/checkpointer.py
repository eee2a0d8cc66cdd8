"""The connection that brings the log into the file."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import translated, unavailable
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.log_sync import LogSync

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.failed_sync import FailedSync

__all__ = ["Checkpointer"]


class Checkpointer:
    """Runs checkpoints, one at a time for those who hold ``guard``, and notes the syncs of theirs that fail."""

    def __init__(self, path: Path, failed_sync: FailedSync) -> None:
        self.guard = Lock()
        self.log_sync = LogSync(path)
        self._failed_sync = failed_sync
        self._connection = LazyConnection(path=path)

    def open(self) -> None:
        """Open the connection now, while its files are those of the others."""
        self._connection.opened()

    def waiting_pages(self) -> int:
        """How many pages of the log are not yet in the file. Raises UnavailableError."""
        with translated():
            logged, done = self._connection.opened().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        return max(0, logged - done)

    def run(self, mode: int = apsw.SQLITE_CHECKPOINT_PASSIVE) -> None:
        """One checkpoint. Raises UnavailableError, also when another mode than PASSIVE did not succeed because of a reader."""
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
