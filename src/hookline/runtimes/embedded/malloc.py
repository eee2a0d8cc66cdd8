"""Keeping the process small, and its pauses short."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

__all__ = ["collect_rarely", "leave_uncollected", "return_large_blocks"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)


_MANY = 50_000
"""Objects that are made and not yet gone, before the collector looks for cycles among them. Reading a body of 1 MB may make as many, and
none is in a cycle: with Python's own 700 it looks through them, and through everything else, over and over."""


def collect_rarely() -> None:
    """Have the collector ignore what is there at the start, and look at the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MANY, 10, 10)


def leave_uncollected() -> None:
    """Have the collector ignore what has been loaded since the start too: it does not look through it again while senders wait.

    Nothing is collected first, so that nothing waits for this. What is under way at that moment stays in memory if it is part of a cycle.
    """
    gc.freeze()


def return_large_blocks() -> None:
    """Have glibc give the memory of large bodies back to the system as soon as they are done with.

    By default it learns to keep such blocks, and a burst of large bodies leaves a process that stays large. Elsewhere than on glibc
    this does nothing.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 64 * 1024)
        library.mallopt(_TRIM_THRESHOLD, 128 * 1024)
