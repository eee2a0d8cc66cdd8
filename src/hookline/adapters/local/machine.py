"""Measures the machine: the speed of its disk, the file system of a folder, and whether its clock is synchronized."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "certificate_end",
    "clock_is_synchronized",
    "file_system_kind",
    "is_here",
    "is_taken",
    "newest_backup",
    "newest_write",
    "write_times",
]

_WRITES = 25
_PAGE = 4096
_TIMEX_BYTES = 512  # struct timex of adjtimex(2) takes 208
_UNSYNCHRONIZED = 5  # TIME_ERROR
_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_SQLITE = b"SQLite format 3\0"


def write_times(folder: Path) -> list[float]:
    """The seconds that each of several synced writes of a page took, in a file that is deleted afterwards. Raises OSError."""
    sync = getattr(os, "fdatasync", os.fsync)
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_WRITES):
            started = time.perf_counter()
            os.write(file.fileno(), bytes(_PAGE))
            sync(file.fileno())
            times.append(time.perf_counter() - started)
    return times


def file_system_kind(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the file system of ``folder``, by its Linux name; None where it is unknown (proc(5), mountinfo)."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return None
    whole, found = folder.resolve(), None
    deepest = -1
    for point, kind in _mounted(lines):
        if (
            whole.is_relative_to(point) and len(point.parts) >= deepest
        ):  # if two are mounted at the same point, the later one is visible
            deepest, found = len(point.parts), kind
    return found


def _mounted(lines: list[str]) -> Iterator[tuple[Path, str]]:
    for line in lines:
        before, dash, after = line.partition(" - ")
        if dash:
            point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4])
            yield Path(point), after.split(" ", 1)[0]


def clock_is_synchronized() -> bool | None:
    """Whether the kernel's clock is synchronized; None where the kernel does not report it (adjtimex(2))."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _UNSYNCHRONIZED


def newest_write(*files: Path) -> datetime | None:
    """When the newest of these files was written; None where none of them exists."""
    return max(filter(None, map(_written_at, files)), default=None)


def newest_backup(folder: Path) -> datetime | None:
    """When the newest SQLite file in the folder, or one below it, was written. Raises OSError."""
    files = [*folder.iterdir(), *folder.glob("*/*")]
    return newest_write(*(file for file in files if file.is_file() and _is_database(file)))


def _written_at(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None


def _is_database(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def is_taken(host: str, port: int) -> str | None:
    """Why no server can listen at this address now; None where one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return None


def is_here(host: str) -> bool:
    """Whether the host is an address of this machine, so that a server can listen there; True where that is unknown."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.bind((host, 0))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
    return True


def certificate_end(path: Path) -> datetime:
    """When the first certificate of a chain expires. Raises OSError, ValueError, or ImportError without the package cryptography."""
    from cryptography import x509  # noqa: PLC0415 -- an extra: only those with asymmetric keys or certificates need it

    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
