"""What is done with a write-ahead log that another program has damaged, before a restart reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.database_file import with_path
from hookline.adapters.sqlite.fsync import sync_directory
from hookline.adapters.sqlite.log_file import log_of, put_header_back, whole_frames

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.checkpointer import Checkpointer
    from hookline.adapters.sqlite.file_watch import FileWatch

__all__ = ["LogRescue"]


class LogRescue:
    """Leaves the log so that the next start reads as much of it as is whole."""

    def __init__(self, path: Path, files: FileWatch, checkpointer: Checkpointer) -> None:
        self._path = path
        self._files = files
        self._checkpointer = checkpointer
        self._is_done = False

    def run_if_damaged(self) -> None:
        """Once, and only where the log is damaged. Raises UnavailableError."""
        if not self._files.log_is_damaged:
            return
        with self._checkpointer.held(), with_path(self._path):
            if not self._is_done:
                self._run(self._files.log_header, copied=self._checkpointer.copied_pages())
                self._is_done = True

    def _run(self, header: bytes, *, copied: int) -> None:
        """Put back ``header``, the one that the log had, or move the log aside. ``copied`` of its frames are in the database file.

        A log that ends before those would lay older pages over newer ones, and one in which nothing is ours may be another database's: it
        is moved aside, and the file has one consistent state without it.
        """
        log = log_of(self._path)
        whole = whole_frames(log, header)
        if whole and whole >= copied:
            put_header_back(log, header)
        elif log.stat().st_size:
            log.replace(log.with_name(f"{log.name}.damaged"))
            sync_directory(log.parent)
