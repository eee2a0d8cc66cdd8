"""The one sync of the log that runs beside writers: a checkpoint's first step."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.wait_deadline import WaitDeadline
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LogSync"]

_POLL = 0.0005  # seconds


class LogSync:
    """Lets a commit hear of a checkpoint whose sync of the log failed meanwhile, without waiting for the whole checkpoint.

    A checkpoint writes its first page into the database file after its sync of the log succeeded, so that a file that has been
    written since the checkpoint began proves it.
    """

    def __init__(self, path: Path, deadline: WaitDeadline | None = None) -> None:
        self._path = path
        self._deadline = deadline or WaitDeadline()
        self._began: tuple[int, int] | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around a checkpoint and whatever notes its fault."""
        self._began = self._last_write()
        try:
            yield
        finally:
            self._began = None

    def wait(self, *, timeout: float) -> None:
        """Wait until no checkpoint that began before this call can still fail to sync the log without having noted it.

        Raises UnavailableError after ``timeout`` seconds, or when all waiting ends.
        """
        until = time.monotonic() + timeout
        while (began := self._began) is not None and self._last_write() == began:
            if not self._deadline.left(until - time.monotonic()):
                raise UnavailableError("storage_unavailable", "a checkpoint waits for the disk")
            time.sleep(_POLL)

    def _last_write(self) -> tuple[int, int]:
        """When the file was last written, and its size; zeros when it is not there."""
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size
