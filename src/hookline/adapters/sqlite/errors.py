"""Translates SQLite's errors into hookline's: the only place that does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from hookline.errors import DamagedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAY_PASS", "is_transient", "translated", "unavailable"]

MAY_PASS = (
    apsw.AuthError,
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.EmptyError,
    apsw.FormatError,
    apsw.FullError,
    apsw.IOError,
    apsw.InternalError,
    apsw.InterruptError,
    apsw.LockedError,
    apsw.NoLFSError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.NotFoundError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
    apsw.SchemaChangeError,
)
"""Faults of the disk, the file or another process: the sender should retry. Any other exception of apsw is a bug in hookline."""

_DAMAGE = (apsw.CorruptError, apsw.NotADBError)


def unavailable(error: apsw.Error) -> UnavailableError:
    """The same fault as hookline's error, with SQLite's text for the log."""
    code = "storage_unavailable" if isinstance(error, MAY_PASS) else "internal_fault"
    detail = f"SQLite: {type(error).__name__}: {error}"
    if isinstance(error, _DAMAGE):
        return DamagedError(code, f"{detail}: hookline.db in the data directory is damaged; a backup can be restored")
    return UnavailableError(code, detail)


def is_transient(error: apsw.Error) -> bool:
    """Whether the connection can still be used, because only another connection had the lock."""
    return isinstance(error, apsw.BusyError | apsw.LockedError)


@contextmanager
def translated() -> Iterator[None]:
    """Translate every exception of apsw in the block."""
    try:
        yield
    except apsw.Error as error:
        raise unavailable(error) from error
