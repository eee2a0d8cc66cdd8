"""Checks that the open files are still the files at their paths, and that the log has what SQLite wrote into it.

SQLite stores the length of the log in shared memory, and never checks whether the file still has those bytes. If another program truncates
or overwrites the log, SQLite continues after the end that it remembers, and recovery after a crash stops at the damage.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import apsw

from hookline.adapters.sqlite.log_file import FRAME_SIZE, HEADER_SIZE, header_is_whole, log_of, page_size_of, pages_in
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from hookline.adapters.sqlite.lazy_connection import LazyConnection

__all__ = ["FileWatch", "LogWatch", "frames_in"]

_LOOKS_AT_INDEX, _PAUSE = 100, 0.001  # seconds
_Identity = tuple[int, int]
_Mark = tuple[int, bytes]

_stat, _read = os.stat, os.pread  # half the time of Path.stat

_BEGINNING = 18  # bytes: what every SQLite file begins with, and the page size (sqlite.org/fileformat2.html, 1.3)

_LOCK_BYTE = 1 << 30
"""The offset of SQLite's lock bytes: SQLite never writes the page that contains it (sqlite.org/fileformat2.html, 1.8)."""

_LOOKS = 4
"""Between two reads another process may start the log over: a mismatch is read again before it counts as damage."""
_PATIENCE = 2000
"""Milliseconds to wait for another process that recovers the log or closes it."""


class FileWatch:
    """The identity of the database file, its log and the log's index: device and inode, for the database file also size and first bytes.

    A removed or replaced file stays open and accepts every write, but its data is lost when the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._database = str(path)
        self._paths = (self._database, f"{path}-wal", f"{path}-shm")
        self._known: tuple[tuple[str, _Identity], ...] = ()
        self._size = self._written = 0
        self._beginning = b""
        self._damage: str | None = None
        self.log_header = b""
        """The header that the log had when SQLite last wrote in this process."""
        self.log_is_damaged = False
        """Whether another program has overwritten or truncated the log."""

    def start(self) -> None:
        """Remember the files that exist now as the right ones."""
        self._beginning = _beginning(self._database)
        self._size = self._written = 0
        self._known = tuple((path, _must_look(path)) for path in self._paths)

    def check(self) -> None:
        """Raise UnavailableError unless the files were opened and are the same. Three system calls, for each transaction."""
        if not self._known:
            raise UnavailableError("storage_unavailable", f"{self._database} could not be opened yet")
        if self._damage is not None:
            raise UnavailableError("storage_unavailable", self._damage)
        for path, known in self._known:
            try:
                found = _stat(path)
            except OSError:
                raise UnavailableError("storage_unavailable", self._words_for(path)) from None
            if (found.st_dev, found.st_ino) != known:
                raise UnavailableError("storage_unavailable", self._words_for(path))
            if path is self._database and (found.st_mtime_ns != self._written or found.st_size < self._size):
                self._look_into_database()

    def condemn_log(self) -> NoReturn:
        """Raise UnavailableError now and at each later check, because the log is not what SQLite wrote."""
        self.log_is_damaged = True
        self._condemn(
            f"{self._paths[1]} was overwritten or truncated while hookline had it open: events acknowledged since the last checkpoint "
            f"may be lost. Restart hookline to continue with the undamaged data"
        )

    def only_the_log_is_gone(self) -> bool:
        """Whether the log or its index was removed, the database file is the same, and no process has begun another log."""
        if not self._known or self._damage is not None:
            return False
        found = [_look(path) for path, _ in self._known]
        same = [one is not None and one[0] == known for one, (_, known) in zip(found, self._known, strict=True)]
        begun = any(one is not None and one[1] > 0 and not is_same for one, is_same in zip(found, same, strict=True))
        return same[0] and not all(same) and not begun

    def _look_into_database(self) -> None:
        """Check that the change of the file was a checkpoint, which keeps its first bytes and truncates it only to the existing pages."""
        found = _stat(self._database)
        if (
            _beginning(self._database) != self._beginning
        ):  # before a connection is opened, because SQLite deletes the log of an empty file
            self._condemn_database()
        if found.st_size < self._size and _lacks_pages(self._database):
            self._condemn_database()
        self._size, self._written = found.st_size, found.st_mtime_ns

    def _condemn_database(self) -> NoReturn:
        self._condemn(
            f"{self._database} was overwritten or truncated while hookline had it open: "
            "stop hookline and restore a backup (docs/how-to/back-up.md)"
        )

    def _condemn(self, damage: str) -> NoReturn:
        self._damage = damage
        raise UnavailableError("storage_unavailable", damage)

    def _words_for(self, path: str) -> str:
        if path == self._database:
            return f"{path} is not the file that was opened"
        return f"{path} was removed or replaced while hookline had it open: restart hookline"


class LogWatch:
    """Checks the log's header and its last committed frame, for writers that take turns.

    Call ``check`` before a transaction, and ``check_after_commit`` between its COMMIT and its acknowledgement. The frame that was the last
    before the transaction must exist after it: a log that was truncated meanwhile has a hole there. A new header is accepted after
    SQLite has written a frame under it: otherwise another database's log, copied over this one, would look like one that was started over.
    """

    def __init__(self, path: Path, files: FileWatch) -> None:
        self._path = log_of(path)
        self._files = files
        self._file = -1
        self._header = b""
        self._frame_size = 0
        self._mark: _Mark | None = None

    def start(self) -> None:
        """Remember the log that exists now as the right one. Raises OSError."""
        before, self._file = self._file, os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        header = _read(self._file, HEADER_SIZE, 0)
        self._header = self._files.log_header = header if header_is_whole(header) else b""
        self._frame_size, self._mark = 0, None
        if before >= 0:
            os.close(before)

    def close(self) -> None:
        """Close the log file. Closing it releases no locks, unlike closing the database or the log's index (fcntl(2))."""
        before, self._file = self._file, -1
        if before >= 0:
            os.close(before)

    @property
    def is_confirmed(self) -> bool:
        """Whether the last header that was read fits a frame that SQLite wrote under it in this process."""
        return self._header == self._files.log_header

    def begin(self, lazy: LazyConnection) -> apsw.Connection:
        """The open connection, for a transaction. Raises UnavailableError unless its files are the same and the log is intact."""
        self._files.check()
        connection = lazy.connection or lazy.opened()
        if not self._is_whole(connection):
            self.check(connection)
        return connection

    def check(self, connection: apsw.Connection) -> None:
        """Raise UnavailableError, now and at later checks, unless the log has all frames of ``connection``. Not in a transaction."""
        if not any(self._is_whole(connection) for _ in range(_LOOKS)):
            self._files.condemn_log()

    def check_after_commit(self, connection: apsw.Connection) -> None:
        """As ``check``, but after a COMMIT. It reads the log twice, except for the first commit into a log that was started over."""
        mark, header = self._mark, self._header
        try:
            if mark is not None and header == self._files.log_header and _read(self._file, HEADER_SIZE, 0) == header:
                at, frame = mark
                if _read(self._file, len(frame), at) == frame:
                    return
        except OSError as error:
            raise self._unreadable(error) from error
        self.check(connection)
        if self._mark is not None and (mark is None or mark[0] != self._mark[0]):  # otherwise no frame was written
            self._files.log_header = self._header

    def _is_whole(self, connection: apsw.Connection) -> bool:
        if self._file < 0:
            return True
        try:
            header, mark = _read(self._file, HEADER_SIZE, 0), self._mark
            if mark is not None and header == self._header and _read(self._file, len(mark[1]), mark[0]) != mark[1]:
                return False
            frames, _ = frames_in(connection)
            if frames <= 0:
                self._mark = None
                return True
            if header != self._header:
                if not header_is_whole(header):
                    return False
                self._frame_size = 0
            size = self._frame_size or FRAME_SIZE + page_size_of(header)
            at = HEADER_SIZE + (frames - 1) * size
            last = _read(self._file, size, at)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(last) < size or last[8:16] != header[16:24]:
            return False
        self._header, self._frame_size, self._mark = header, size, (at, last)
        return True

    def _unreadable(self, error: OSError) -> UnavailableError:
        return UnavailableError("storage_unavailable", f"{self._path}: {error.strerror}")


def frames_in(connection: apsw.Connection) -> tuple[int, int]:
    """How many frames the log has, and how many of them are in the database file, from the log's index. Raises apsw.Error.

    SQLite reports that it is busy, without waiting, when it reads the index while another connection writes it.
    """
    for _ in range(_LOOKS_AT_INDEX):
        try:
            return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        except apsw.BusyError:
            time.sleep(_PAUSE)
    return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)


def _beginning(path: str) -> bytes:
    """The first bytes of the database, read through SQLite: opening and closing the file here would release SQLite's locks (fcntl(2))."""
    try:
        file = apsw.VFSFile("", path, [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
        try:
            return file.xRead(_BEGINNING, 0)
        finally:
            file.xClose()
    except apsw.Error as error:
        raise UnavailableError("storage_unavailable", f"{path}: SQLite: {error}") from error


def _lacks_pages(path: str) -> bool:
    """Whether pages of the database are missing: they must be in the file, or in the log if they were added after the file shrank.

    While this reads, no checkpoint truncates the file, and no page leaves the log before it is in the file.
    """
    try:
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(_PATIENCE)
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.execute("BEGIN")
            pages, size = (int(str(connection.pragma(name))) for name in ("page_count", "page_size"))
            missing = range(_stat(path).st_size // size + 1, pages + 1)
            elsewhere = {*pages_in(log_of(Path(path))), _LOCK_BYTE // size + 1}
            return sum(page in missing for page in elsewhere) < len(missing)
        finally:
            connection.close()
    except (apsw.CorruptError, apsw.NotADBError):
        return True
    except apsw.Error as error:
        raise UnavailableError("storage_unavailable", f"{path}: SQLite: {error}") from error
    except OSError as error:
        raise UnavailableError("storage_unavailable", f"{path}: {error.strerror}") from error


def _look(path: str) -> tuple[_Identity, int] | None:
    """The identity of the file at the path, and its size."""
    try:
        found = _stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino), found.st_size


def _must_look(path: str) -> _Identity:
    found = _look(path)
    if found is None:
        raise UnavailableError("storage_unavailable", f"{path} does not exist")
    return found[0]
