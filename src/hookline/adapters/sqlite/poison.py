"""What a failed sync leaves behind, and how it is repaired.

When a sync fails, Linux reports it once and marks the pages clean: they may never reach the disk, and the next sync succeeds without
them (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). SQLite undoes the transaction whose sync
failed. It knows nothing of the earlier ones that were committed without waiting: they are in its log, perhaps not on the disk, and a
power cut ends the log there, also for everything that was committed properly after them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.disk import sync_directory
from hookline.adapters.sqlite.link import Link
from hookline.adapters.sqlite.log_file import log_of, write_again
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.ending import Ending

__all__ = ["Poison", "make_durable", "start_log_over"]


class Poison:
    """Whether a sync has failed since everything that was written is known to be on the disk. Any thread may ask."""

    def __init__(self) -> None:
        self._fault: str | None = None

    @property
    def present(self) -> bool:
        """Whether nothing may be acknowledged."""
        return self._fault is not None

    def hear(self, link: Link, fault: BaseException | None) -> None:
        """Note ``fault`` if a sync may have failed with it, before the turn or a guard is passed on: the next writer must know."""
        if fault is not None and link.may_have_lost(fault):
            self.note(fault)

    def note(self, fault: BaseException) -> None:
        """Remember an I/O error with which a sync may have failed."""
        self._fault = str(fault)

    def check(self) -> None:
        """Raise UnavailableError while nothing may be acknowledged."""
        if self._fault is not None:
            raise UnavailableError(
                "storage_unavailable",
                f"a write to the disk failed ({self._fault}): nothing is acknowledged until all that was written is written again",
            )

    def clear(self) -> None:
        """Everything is on the disk."""
        self._fault = None


def make_durable(path: Path, *, patience: float, ending: Ending) -> None:
    """Bring the whole write-ahead log to the disk, also what the kernel wrongly takes for written.

    This comes before any checkpoint: one that is cut short over a log with a hole leaves a database of two different moments.
    Raises UnavailableError when frames can no longer be read as they were written; apsw.Error and OSError.
    """
    holder, observer = (Link(path=path, busy_milliseconds=int(patience * 1000), ending=ending) for _ in range(2))
    try:
        holder.connection().execute("BEGIN IMMEDIATE")  # other processes write nothing meanwhile
        committed, _ = observer.connection().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        if write_again(log_of(path)) < committed:
            raise UnavailableError(
                "storage_unavailable",
                f"{log_of(path).name} lost pages after a failed write: stop hookline and all that uses {path}, then start it again",
            )
        sync_directory(path.parent)
        holder.connection().execute("ROLLBACK")
    finally:
        holder.close()
        observer.close()


def start_log_over(path: Path, *, patience: float, ending: Ending) -> None:
    """Bring the whole log into the file, sync the file, and empty the log. Raises apsw.BusyError while a reader needs the log."""
    link = Link(path=path, busy_milliseconds=int(patience * 1000), ending=ending)
    try:
        link.connection().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    finally:
        link.close()
