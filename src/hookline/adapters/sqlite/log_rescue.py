"""Repairs a write-ahead log that another program has damaged, or moves it to another name, before a restart reads it."""

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
    """Repairs the log so that the next start reads its undamaged part."""

    def __init__(self, path: Path, files: FileWatch, checkpointer: Checkpointer) -> None:
        self._path = path
        self._files = files
        self._checkpointer = checkpointer
        self._is_done = False

    def run_if_damaged(self) -> None:
        """Repair the log once, and only where it is damaged. Raises UnavailableError."""
        if not self._files.log_is_damaged:
            return
        with self._checkpointer.held(), with_path(self._path):
            if not self._is_done:
                self._run(self._files.log_header, copied=self._checkpointer.copied_pages())
                self._is_done = True

    def _run(self, header: bytes, *, copied: int) -> None:
        """Write the log's earlier ``header`` again, or rename the log. ``copied`` of its frames are in the database file.

        A log that ends before those frames would replace newer pages with older ones, and a log without a valid frame may be another
        database's. Such a log is renamed; the database file without it is in one consistent state.
        """
        log = log_of(self._path)
        whole = whole_frames(log, header)
        if whole and whole >= copied:
            put_header_back(log, header)
        elif log.stat().st_size:
            log.replace(log.with_name(f"{log.name}.damaged"))
            sync_directory(log.parent)
