"""Tunes garbage collection and memory allocation, to keep the process small and its pauses short."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

__all__ = ["collect_rarely", "leave_uncollected", "return_large_blocks"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)


_MANY = 50_000
"""How many new objects exist before the collector searches for cycles. Reading a body of 1 MB may create this number, none of them in a
cycle: with Python's default of 700 it would search them, and all other objects, again and again."""


def collect_rarely() -> None:
    """Let the collector ignore the objects that exist at the start, and search the others less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MANY, 10, 10)


def leave_uncollected() -> None:
    """Let the collector also ignore the objects that were loaded since, so that it does not search them while senders wait.

    No collection runs before this, to avoid a pause. Objects in use at that moment stay in memory if they are part of a cycle.
    """
    gc.freeze()


def return_large_blocks() -> None:
    """Let glibc return the memory of large bodies to the system as soon as they are freed.

    By default glibc learns to keep such blocks, so that the process stays large after a burst of large bodies. Without glibc
    this does nothing.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 64 * 1024)
        library.mallopt(_TRIM_THRESHOLD, 128 * 1024)
