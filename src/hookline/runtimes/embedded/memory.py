"""Keeping the process small."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["return_large_blocks"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)


def return_large_blocks() -> None:
    """Have glibc give the memory of large bodies back to the system as soon as they are done with.

    By default it learns to keep such blocks, and a burst of large bodies leaves a process that stays large. Elsewhere than on glibc
    this does nothing.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 64 * 1024)
        library.mallopt(_TRIM_THRESHOLD, 128 * 1024)
