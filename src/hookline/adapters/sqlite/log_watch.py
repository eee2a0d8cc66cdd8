"""Whether the write-ahead log still holds what SQLite wrote into it.

SQLite keeps in shared memory how long the log is, and never looks whether the file still has those bytes. Where another program cuts the
log short or writes over it, SQLite goes on behind the end that it remembers, and recovery after a crash stops at the damage.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.log_file import FRAME_SIZE, HEADER_SIZE, header_is_whole, log_of, page_size_of
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.sqlite.file_watch import FileWatch

__all__ = ["LogWatch"]

_LOOKS = 4
"""Between two readings another process may start the log over: what does not fit is read again before it counts as damage."""

_Mark = tuple[int, bytes]

_read = os.pread


class LogWatch:
    """The log's header and its last committed frame, for writers that take turns.

    ``check`` comes before a transaction, ``check_after_commit`` between its COMMIT and its acknowledgement. The frame that was the last
    before the transaction must be there after it: a log that was cut meanwhile has a hole in its place. A new header is believed once
    SQLite has written a frame under it: else another database's log, copied over this one, would pass for one that was started over.
    """

    def __init__(self, path: Path, files: FileWatch) -> None:
        self._path = log_of(path)
        self._files = files
        self._file = -1
        self._header = b""
        self._frame_size = 0
        self._mark: _Mark | None = None

    def start(self) -> None:
        """Take the log that is there now for the right one. Raises OSError."""
        before, self._file = self._file, os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        header = _read(self._file, HEADER_SIZE, 0)
        self._header = self._files.log_header = header if header_is_whole(header) else b""
        self._frame_size, self._mark = 0, None
        if before >= 0:
            os.close(before)

    def close(self) -> None:
        """Close the file. It has no locks that closing it could end, unlike the database and the log's index (fcntl(2))."""
        before, self._file = self._file, -1
        if before >= 0:
            os.close(before)

    @property
    def is_confirmed(self) -> bool:
        """Whether the header that was found last fits a frame that SQLite wrote under it in this process."""
        return self._header == self._files.log_header

    def check(self, connection: apsw.Connection) -> None:
        """Raise UnavailableError, from now on for everybody, unless the log has what ``connection`` knows. Not within a transaction."""
        if self._file < 0:
            return
        try:
            if not any(self._is_whole(connection) for _ in range(_LOOKS)):
                self._files.condemn_log()
        except OSError as error:
            raise UnavailableError("storage_unavailable", f"{self._path}: {error.strerror}") from error

    def check_after_commit(self, connection: apsw.Connection) -> None:
        """The same after a COMMIT. Two readings, but for the first commit into a log that was started over."""
        mark = self._mark
        try:
            is_known = self.is_confirmed and _read(self._file, HEADER_SIZE, 0) == self._header
            if is_known and mark is not None and _read(self._file, len(mark[1]), mark[0]) == mark[1]:
                return
        except OSError as error:
            raise UnavailableError("storage_unavailable", f"{self._path}: {error.strerror}") from error
        self.check(connection)
        if self._mark is not None and (mark is None or mark[0] != self._mark[0]):  # else no frame was written
            self._files.log_header = self._header

    def _is_whole(self, connection: apsw.Connection) -> bool:
        header, mark = _read(self._file, HEADER_SIZE, 0), self._mark
        if header == self._header and mark is not None and _read(self._file, len(mark[1]), mark[0]) != mark[1]:
            return False
        frames, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        if frames <= 0:
            self._mark = None
            return True
        if header != self._header and not header_is_whole(header):
            return False
        size = self._frame_size if header == self._header and self._frame_size else FRAME_SIZE + page_size_of(header)
        at = HEADER_SIZE + (frames - 1) * size
        last = _read(self._file, size, at)
        if len(last) < size or last[8:16] != header[16:24]:
            return False
        self._header, self._frame_size, self._mark = header, size, (at, last)
        return True
