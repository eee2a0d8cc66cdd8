"""What SQLite's errors mean to us: the one place where they are translated."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from hookline.errors import DamagedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["MEANINGS", "is_transient", "translated", "unavailable"]

_PASSING = "storage_unavailable"
_OURS = "internal_fault"

MEANINGS: Mapping[type[apsw.Error], str] = {
    # the disk, the file or another process: it may pass, and the sender should come again
    apsw.AuthError: _PASSING,
    apsw.BusyError: _PASSING,
    apsw.CantOpenError: _PASSING,
    apsw.CorruptError: _PASSING,
    apsw.EmptyError: _PASSING,
    apsw.FormatError: _PASSING,
    apsw.FullError: _PASSING,
    apsw.IOError: _PASSING,
    apsw.InternalError: _PASSING,
    apsw.InterruptError: _PASSING,
    apsw.LockedError: _PASSING,
    apsw.NoLFSError: _PASSING,
    apsw.NoMemError: _PASSING,
    apsw.NotADBError: _PASSING,
    apsw.NotFoundError: _PASSING,
    apsw.PermissionsError: _PASSING,
    apsw.ProtocolError: _PASSING,
    apsw.ReadOnlyError: _PASSING,
    apsw.SchemaChangeError: _PASSING,
    # a mistake of ours: still a 503, because the sender did nothing wrong
    apsw.AbortError: _OURS,
    apsw.BindingsError: _OURS,
    apsw.ConnectionClosedError: _OURS,
    apsw.ConnectionNotClosedError: _OURS,
    apsw.ConstraintError: _OURS,
    apsw.CursorClosedError: _OURS,
    apsw.ExecTraceAbort: _OURS,
    apsw.ExecutionCompleteError: _OURS,
    apsw.ExtensionLoadingError: _OURS,
    apsw.ForkingViolationError: _OURS,
    apsw.IncompleteExecutionError: _OURS,
    apsw.InvalidContextError: _OURS,
    apsw.MismatchError: _OURS,
    apsw.MisuseError: _OURS,
    apsw.NoFTS5Error: _OURS,
    apsw.RangeError: _OURS,
    apsw.SQLError: _OURS,
    apsw.ThreadingViolationError: _OURS,
    apsw.TooBigError: _OURS,
    apsw.VFSFileClosedError: _OURS,
    apsw.VFSNotImplementedError: _OURS,
}
"""Every exception of the binding; a test fails when a new release brings one that is not listed."""


_DAMAGE = (apsw.CorruptError, apsw.NotADBError)


def unavailable(error: apsw.Error) -> UnavailableError:
    """The same fault in our words, with SQLite's own sentence for the log."""
    code = MEANINGS.get(type(error), _OURS)
    detail = f"SQLite: {type(error).__name__}: {error}"
    if isinstance(error, _DAMAGE):
        return DamagedError(code, f"{detail}: hookline.db in the data directory is damaged; a backup can be restored")
    return UnavailableError(code, detail)


def is_transient(error: apsw.Error) -> bool:
    """Whether the same connection is still good: somebody else merely had the lock."""
    return isinstance(error, apsw.BusyError | apsw.LockedError)


@contextmanager
def translated() -> Iterator[None]:
    """Let no exception of the binding out."""
    try:
        yield
    except apsw.Error as error:
        raise unavailable(error) from error
