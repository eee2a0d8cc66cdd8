"""One connection to the file, opened when it is needed and closed when it may be broken."""

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
"""A function that returns the received body, from its codec, bytes, place (see sealing.py), dictionary and digest."""

_POLL = 0.01  # seconds
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1)
"""Seconds between two attempts to get a lock that another process holds: the same as in SQLite's own busy handler."""

_STOPPED = 1.0
"""If a pause takes this many seconds too long, the process was stopped meanwhile."""

_NO_ROOM = frozenset({errno.EFBIG, errno.ENOSPC, errno.EDQUOT})


@dataclass(slots=True, kw_only=True)
class LazyConnection:
    """A connection with its settings. Several threads may use it one after the other, but not at the same time.

    ``unpack`` becomes the SQL function ``unpacked`` of a ``read_only`` connection. ``cache`` is in KiB. With ``synchronous`` FULL each
    COMMIT waits for the disk; NORMAL keeps the order of commits, and the next FULL commit makes them durable. The file must exist unless
    ``create`` is set. ``busy_milliseconds`` is how long to wait for another process that writes; all such waiting ends at ``deadline``,
    also where it has begun. ``connection`` is None until it is opened and after a fault.
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
        """Whether a sync may have failed with ``fault``: true for every I/O error with two exceptions.

        A write on a full disk changed nothing, and a file that ends too early was truncated by another program.
        """
        result = getattr(fault, "extendedresult", None)
        if not isinstance(fault, apsw.IOError) or result == apsw.SQLITE_IOERR_SHORT_READ:
            return False
        write_failed = result == apsw.SQLITE_IOERR_WRITE
        return not (write_failed and self.connection is not None and self.connection.system_errno in _NO_ROOM)

    def after_fault(self, fault: BaseException) -> None:
        """Roll back the open transaction, and close the connection unless the fault was only another connection's lock.

        The next use opens the file again, so that a disk that is available again is used without a restart.
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
        # Only the server runs checkpoints, at times that it chooses: so no commit has to wait for one, and no command runs one.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        # Otherwise SQLite plans a statement again for each new set of values (STAT4), which takes longer than most statements.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.pragma("cache_size", -self.cache)
        if self.read_only:
            connection.pragma("query_only", 1)
            if self.unpack is not None:
                connection.create_scalar_function("unpacked", partial(_unpacked, self.unpack), 5, deterministic=True)
            return
        connection.pragma(
            "temp_store", 2
        )  # in memory: otherwise statement journals would be written to temporary files
        connection.pragma(
            "fullfsync", 1
        )  # macOS: without it the data may stay in the drive's cache; no effect on other systems
        connection.pragma("checkpoint_fullfsync", 1)
        self._keep_write_ahead_log(connection)
        connection.pragma("synchronous", self.synchronous)
        connection.pragma("journal_size_limit", self.log_limit)
        connection.pragma("wal_autocheckpoint", 0)

    def _keep_write_ahead_log(self, connection: apsw.Connection) -> None:
        """Turn on write-ahead logging, which the file remembers. The first time needs exclusive access, for which SQLite does not wait."""
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
        """Pause before the next attempt to get a lock; False when waiting ends. SQLite's own handler would not notice the deadline.

        The time during which this process or its machine was stopped does not count: the owner of the lock was probably
        stopped too.
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


def _unpacked(unpack: Unpack, *values: Any) -> bytes:  # values that SQLite passes to a function
    codec, stored, dictionary, event_id, digest = values
    return unpack(codec, stored, event_about(event_id, digest), dictionary, digest)
