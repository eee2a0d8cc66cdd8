"""One connection to the file, opened when it is needed and thrown away when it may be broken."""

from __future__ import annotations

import errno
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import apsw

from hookline.adapters.sqlite.errors import is_transient
from hookline.adapters.sqlite.fifo_lock import WaitDeadline
from hookline.adapters.sqlite.sealing import event_about

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["LazyConnection", "Unpack"]

Unpack: TypeAlias = "Callable[[str, bytes, bytes, bytes | None, bytes], bytes]"
"""The body as it came, of its codec, its bytes, its place (see sealing.py), its dictionary and its digest."""

_POLL = 0.01  # seconds
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1)
"""Seconds between two tries for a lock that another process holds: those of SQLite's own busy handler."""

_STOPPED = 1.0
"""A pause that takes so many seconds too long: the process was stopped meanwhile."""

_NO_ROOM = frozenset({errno.EFBIG, errno.ENOSPC, errno.EDQUOT})


@dataclass(slots=True, kw_only=True)
class LazyConnection:
    """A connection with its settings. Not for two threads at once, but for one after the other.

    ``unpack`` is what a ``read_only`` one has as the function ``unpacked``. ``cache`` is in KiB. ``synchronous`` FULL makes each COMMIT
    wait for the disk; NORMAL keeps the order of commits and leaves the newest to the next FULL one. The file must exist unless ``create``
    is set. ``busy_milliseconds`` is how long to wait for another process that writes; all such waiting ends at ``deadline``, also where it
    has begun. ``connection`` is None until it is opened and after a fault.
    """

    path: Path
    synchronous: str = "FULL"
    cache: int = 2048
    read_only: bool = False
    unpack: Unpack | None = None
    create: bool = False
    busy_milliseconds: int = 5000
    log_limit: int = 64 * 1024 * 1024
    deadline: WaitDeadline = field(default_factory=WaitDeadline)
    _waits_until: float = field(default=0.0, init=False)
    connection: apsw.Connection | None = field(default=None, init=False)

    def opened(self) -> apsw.Connection:
        """The open connection. Raises apsw.Error when the file cannot be opened."""
        if self.connection is None:
            self.connection = self._open()
        return self.connection

    def may_have_lost(self, fault: BaseException | None) -> bool:
        """Whether a sync may have failed with ``fault``: every I/O error, but for two.

        A write that found no room left nothing behind, and a file that ends too early was cut short by somebody.
        """
        result = getattr(fault, "extendedresult", None)
        if not isinstance(fault, apsw.IOError) or result == apsw.SQLITE_IOERR_SHORT_READ:
            return False
        write_failed = result == apsw.SQLITE_IOERR_WRITE
        return not (write_failed and self.connection is not None and self.connection.system_errno in _NO_ROOM)

    def after_fault(self, fault: BaseException) -> None:
        """Undo what is open, and start again next time unless the fault was merely somebody else's lock.

        A disk that came back is found again this way, without a restart.
        """
        connection = self.connection
        if connection is None:
            return
        with suppress(apsw.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if isinstance(fault, apsw.Error) and not is_transient(fault):
            self.close()

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(apsw.Error):
                connection.close(force=True)

    def _open(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READONLY if self.read_only else apsw.SQLITE_OPEN_READWRITE
        connection = apsw.Connection(str(self.path), flags=flags | (apsw.SQLITE_OPEN_CREATE if self.create else 0))
        try:
            self._configure(connection)
        except apsw.Error:
            connection.close(force=True)
            raise
        return connection

    def _configure(self, connection: apsw.Connection) -> None:
        connection.set_busy_handler(self._waits_on)
        # Checkpoints are the server's own, at moments that it chooses: no commit pays for one, and no passing process makes one.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        # Else SQLite plans a statement again for each new set of values (STAT4), which takes longer than most statements do.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.pragma("cache_size", -self.cache)
        if self.read_only:
            connection.pragma("query_only", 1)
            if self.unpack is not None:
                connection.create_scalar_function("unpacked", partial(_unpacked, self.unpack), 5, deterministic=True)
            return
        connection.pragma("temp_store", 2)  # in memory: what undoes a statement would go to a file of its own otherwise
        connection.pragma(
            "fullfsync", 1
        )  # macOS: without it a drive may keep what it was asked to write; no effect elsewhere
        connection.pragma("checkpoint_fullfsync", 1)
        self._keep_write_ahead_log(connection)
        connection.pragma("synchronous", self.synchronous)
        connection.pragma("journal_size_limit", self.log_limit)
        connection.pragma("wal_autocheckpoint", 0)

    def _keep_write_ahead_log(self, connection: apsw.Connection) -> None:
        """The file remembers it. The first time needs exclusive use of the file, for which SQLite itself does not wait."""
        deadline = time.monotonic() + self.busy_milliseconds / 1000
        while True:
            try:
                connection.pragma("journal_mode", "wal")
            except apsw.BusyError:
                if not self.deadline.left(deadline - time.monotonic()):
                    raise
                time.sleep(_POLL)
            else:
                return

    def _waits_on(self, tries: int) -> bool:
        """Pause before the next try for a lock; False when there is to be none. SQLite's own handler would not notice the deadline.

        Time for which this process did not run at all, because it was stopped or its machine was, does not count: who has the lock was
        probably stopped with it.
        """
        if tries == 0:
            self._waits_until = time.monotonic() + self.busy_milliseconds / 1000
        left = self.deadline.left(self._waits_until - time.monotonic())
        if not left:
            return False
        pause, began = min(left, _PAUSES[min(tries, len(_PAUSES) - 1)]), time.monotonic()
        time.sleep(pause)
        lost = time.monotonic() - began - pause
        if lost > _STOPPED:
            self._waits_until += lost
        return True


def _unpacked(unpack: Unpack, *values: Any) -> bytes:  # what SQLite gives a function
    codec, stored, dictionary, event_id, digest = values
    return unpack(codec, stored, event_about(event_id, digest), dictionary, digest)
