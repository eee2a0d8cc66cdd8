"""Checks the database file, or creates it, before a connection writes."""

from __future__ import annotations

import os
import struct
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.log_file import log_of
from hookline.adapters.sqlite.schema import check
from hookline.errors import DamagedError, DataDirectoryError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hookline.errors import HooklineError

__all__ = [
    "check_file",
    "create_for_owner",
    "fault_at",
    "has_log",
    "refuse_empty",
    "remove_if_empty",
    "with_path",
]

HOW_TO = "docs/how-to/back-up.md"

_HEADER = struct.Struct(
    ">16sH6xI I60xI".replace(" ", "")
)  # magic, page size, change counter, pages, "version valid for"
_LARGEST_PAGE = 65_536
_PAUSES = (0.01, 0.1, 0.5)  # seconds


def check_file(path: Path, *, served: bool = False) -> None:
    """Refuse a file that is not hookline's or not complete, before a writing connection changes even its journal mode.

    ``served``: a server has it open, so it must not be upgraded.
    """
    if not path.exists():
        if has_log(path):
            raise _damaged(
                path, f"does not exist, but its log {log_of(path).name} does: the newest events are in that log"
            )
        return
    _must_be_whole(path)
    lazy = LazyConnection(path=path, read_only=True)
    try:
        check(lazy.opened(), str(path), served=served)
    except apsw.NotADBError as error:
        raise DataDirectoryError(
            "data_directory_unusable",
            f"{path} is not a SQLite database, or its beginning is damaged; a backup can be restored ({HOW_TO})",
        ) from error
    except apsw.CorruptError as error:
        raise _damaged(path, f"is damaged: {error}") from error
    finally:
        lazy.close()


def _must_be_whole(path: Path) -> None:
    """Refuse a path that cannot be a database, by its type and by its size, which the header has (sqlite.org/fileformat2.html, 1.3).

    Another process may be creating the file, header first: the file is only refused if it stays too short.
    """
    if not path.is_file():
        raise DataDirectoryError("data_directory_unusable", f"{path} is not a file")
    if not path.stat().st_size and has_log(path):  # SQLite would delete the log
        raise _damaged(path, f"is empty (0 bytes), and its log {log_of(path).name} is not")
    waits = list(_PAUSES)
    while (found := _cut_short(path)) is not None:
        if not waits:
            size, expected = found
            raise _damaged(path, f"is truncated: it has {size} bytes, and its header says {expected}")
        time.sleep(waits.pop(0))


def _cut_short(path: Path) -> tuple[int, int] | None:
    """The size of a file and the size in its header, if the file is shorter; otherwise None."""
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        size = os.fstat(file.fileno()).st_size
    if len(header) < _HEADER.size or not header.startswith(b"SQLite format 3\0") or has_log(path):
        return None  # SQLite checks it; a log may have the missing pages
    _, page_size, changed, pages, valid_for = _HEADER.unpack(header)
    expected = pages * (_LARGEST_PAGE if page_size == 1 else page_size)
    return (size, expected) if changed == valid_for and size < expected else None


def refuse_empty(path: Path) -> None:
    """Refuse a file of 0 bytes: a failed restore or a broken disk leaves one, and SQLite would silently make it a new database."""
    with suppress(OSError):
        if path.is_file() and path.stat().st_size == 0:
            why = "is empty (0 bytes): it would become a new database, in which every repeated event is stored as a new one"
            raise _damaged(path, f"{why}; if you want that, delete the file first")


def _damaged(path: Path, why: str) -> DataDirectoryError:
    return DataDirectoryError("database_damaged", f"{path} {why}. A backup can be restored ({HOW_TO})")


def fault_at(path: Path, fault: UnavailableError) -> HooklineError:
    """The error with the file's path, which SQLite's text does not have. Damage is a DataDirectoryError for the operator."""
    if isinstance(fault, DamagedError):
        return _damaged(path, f"is damaged ({fault.detail})")
    if str(path.parent) in (fault.detail or ""):
        return fault
    return UnavailableError(fault.code, f"{path}: {fault.detail}", retry_after=fault.retry_after)


def create_for_owner(path: Path) -> bool:
    """Create the file unless it exists, readable only by its owner; its log gets the same mode.

    Returns whether it was created now.
    """
    with suppress(OSError):  # the next function that opens the file reports the error
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return True
    return False


def remove_if_empty(path: Path) -> None:
    """Remove a file that was created and stayed empty, so that it is not treated as damaged."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


def has_log(path: Path) -> bool:
    """Whether an earlier process left frames in the write-ahead log."""
    try:
        return log_of(path).stat().st_size > 0
    except OSError:
        return False


@contextmanager
def with_path(path: Path) -> Iterator[None]:
    """Translate errors of the operating system into UnavailableError with the path of the file."""
    try:
        yield
    except OSError as error:
        raise UnavailableError("storage_unavailable", f"{path}: {error.strerror}") from error
