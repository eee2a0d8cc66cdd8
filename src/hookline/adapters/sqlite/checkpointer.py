"""The connection that brings the log into the file."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.faults import translated, unavailable
from hookline.adapters.sqlite.link import Link
from hookline.adapters.sqlite.log_sync import LogSync
from hookline.adapters.sqlite.log_watch import LogWatch

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.ending import Ending
    from hookline.adapters.sqlite.file_watch import FileWatch
    from hookline.adapters.sqlite.poison import Poison

__all__ = ["Checkpointer"]


class Checkpointer:
    """Runs checkpoints, one at a time for those who hold ``guard``, and notes the syncs of theirs that fail."""

    def __init__(self, path: Path, poison: Poison, files: FileWatch, ending: Ending) -> None:
        self.guard = Lock()
        self._log = LogWatch(path, files)
        self.log_sync = LogSync(path)
        self._poison = poison
        self._link = Link(path=path, ending=ending)

    def open(self) -> None:
        """Open the connection now, while its files are those of the others."""
        self._link.connection()
        self._log.start()

    def waiting_pages(self) -> int:
        """How many pages of the log are not yet in the file. Raises UnavailableError."""
        with translated():
            self._log.look(self._link.connection())
            logged, done = self._link.connection().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        return max(0, logged - done)

    def may_copy(self) -> bool:
        """Whether the log is known to be ours; else a durable commit has to come first. Raises UnavailableError when it is damaged."""
        with translated():
            self._log.look(self._link.connection())
        return self._log.is_proved

    def copied_pages(self) -> int:
        """How many pages of the log are in the file. Raises UnavailableError."""
        with translated():
            return self._link.connection().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[1]

    def run(self, mode: int = apsw.SQLITE_CHECKPOINT_PASSIVE) -> None:
        """One checkpoint. Raises UnavailableError, also when another mode than PASSIVE did not succeed because of a reader.

        SQLite would copy what another program wrote over the log: that is looked for first.
        """
        with translated():
            self._log.look(self._link.connection())
        with self.log_sync.running():
            try:
                self._link.connection().wal_checkpoint(mode=mode)
            except apsw.Error as error:
                self._poison.hear(self._link, error)
                self._link.after_fault(error)
                raise unavailable(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def stop_watching(self) -> None:
        """Close the log that ``open`` opened to look at."""
        self._log.close()
