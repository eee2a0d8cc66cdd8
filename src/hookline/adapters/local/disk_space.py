"""Measures the free space of a file system, and reserves some of it with a file."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Ballast", "can_grow", "free_and_total"]

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_TRIED = 1024 * 1024
"""By how many bytes ``can_grow`` tests that a file can grow: more than one group of events usually needs."""


def free_and_total(folder: Path) -> tuple[int, int]:
    """The bytes that this process may still use on the folder's file system, and its size; a size of 0 means no limit."""
    found = os.statvfs(folder)
    if not found.f_blocks:
        return sys.maxsize, 0
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


def can_grow(folder: Path) -> bool:
    """Whether a file in ``folder`` can grow now. This respects quotas, which ``free_and_total`` may not."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            _allocate(file.fileno(), _TRIED)
    except OSError as error:
        return error.errno not in _NO_ROOM
    return True


def _allocate(descriptor: int, size: int) -> None:
    """Allocate ``size`` bytes of the disk for the file. Raises OSError when the disk has no room."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for start in range(0, size, _TRIED):  # macOS has no such function
        os.pwrite(descriptor, bytes(min(_TRIED, size - start)), start)


class Ballast:
    """A file that reserves ``size`` bytes. It is deleted when the disk is full, so that the clean-up has space to work."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size

    @property
    def held(self) -> int:
        """The bytes that are reserved now."""
        try:
            found = self.path.stat()
        except OSError:
            return 0
        return self.size if self.size and found.st_blocks * 512 >= self.size else 0

    def hold(self, *, spare: int = 0) -> bool:
        """Reserve the bytes if the disk has room for them and for ``spare`` more; returns whether they are reserved."""
        if not self.size:
            return True
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            _allocate(descriptor, self.size + spare)
            os.ftruncate(descriptor, self.size)
        except OSError:
            self.drop()
            return False
        finally:
            os.close(descriptor)
        return True

    def drop(self) -> bool:
        """Release the reserved bytes; returns whether there were any, also if the file had another size."""
        with suppress(OSError):
            self.path.unlink()
            return True
        return False
