"""Repeats a query and shows new results until the reader of the output stops."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING, Final, TypeVar

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["follow"]

T = TypeVar("T")

_MOST_FAULTS: Final = 10
_GONE: Final = select.POLLERR | select.POLLHUP | select.POLLNVAL


def follow(look: Callable[[], Sequence[T]], *, every: float) -> Iterator[T]:
    """All that ``look`` finds, and what it finds ``every`` seconds later, until standard output has no reader (BrokenPipeError).

    If the storage cannot be read, it is tried again; raises UnavailableError after ten failures in a row.
    """
    faults = 0
    while True:
        try:
            found, faults = look(), 0
        except UnavailableError:
            found, faults = [], faults + 1
            if faults == _MOST_FAULTS:
                raise
        yield from found
        _wait_while_read(every)


def _wait_while_read(seconds: float) -> None:
    """Wait, but end when the reader has closed its end: without this, ``| head`` would end only at the next event."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    if any(found & _GONE for _, found in poll.poll(seconds * 1000)):
        raise BrokenPipeError
