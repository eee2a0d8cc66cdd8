"""Syncs files and directories to the disk."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_directories", "sync", "sync_directory"]

_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOTSUP})
"""The errors of file systems that cannot sync a directory (some network file systems)."""


def sync(descriptor: int) -> None:
    """Sync the file to the disk. Raises OSError when that fails."""
    full = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: after fsync the data may still be only in the drive's cache
    if full is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full)


def sync_directory(path: Path) -> None:
    """Sync the names in a directory: a new file is lost in a power cut when its name is lost."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # a directory without the right to read it cannot be synced
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)


def make_directories(path: Path, *, mode: int) -> None:
    """Create ``path`` and its missing parent directories, and sync each name to the disk.

    Only ``path`` itself gets ``mode``. Raises OSError.
    """
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for one in reversed(missing):
        one.mkdir(mode=mode if one is path else 0o777, exist_ok=True)
        sync_directory(one.parent)
