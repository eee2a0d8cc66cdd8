"""Waiting until the disk has what was written."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_directories", "sync", "sync_directory"]

_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOTSUP})
"""How a file system says that it cannot sync a directory (some network file systems)."""


def sync(descriptor: int) -> None:
    """Wait until the disk has the file. Raises OSError when it does not."""
    full = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: only fsync leaves the data in the drive's cache
    if full is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full)


def sync_directory(path: Path) -> None:
    """Wait until the disk has the names in a directory: a new file is lost in a power cut when its name is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # one that may be entered and not read cannot be synced
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)


def make_directories(path: Path, *, mode: int) -> None:
    """Create ``path`` and the directories above it that are missing, and wait until the disk has each name.

    Only ``path`` itself gets ``mode``. Raises OSError.
    """
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for one in reversed(missing):
        one.mkdir(mode=mode if one is path else 0o777, exist_ok=True)
        sync_directory(one.parent)
