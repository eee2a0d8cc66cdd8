"""Whether the files that are open are still those that the next start will find."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FileWatch"]

_Identity = tuple[int, int]

_stat = os.stat  # half the time of Path.stat


class FileWatch:
    """The database file, its write-ahead log, and the log's index, by device and inode.

    A file that was removed or replaced stays open and takes every write, and is gone with the process.
    """

    def __init__(self, path: Path) -> None:
        self._database = str(path)
        self._paths = (self._database, f"{path}-wal", f"{path}-shm")
        self._known: tuple[tuple[str, _Identity], ...] = ()

    def start(self) -> None:
        """Take the files that are there now for the right ones."""
        self._known = tuple((path, _must_look(path)) for path in self._paths)

    def check(self) -> None:
        """Raise UnavailableError unless they were opened and are the same. Three calls of the kernel, at each transaction."""
        if not self._known:
            raise UnavailableError("storage_unavailable", f"{self._database} could not be opened yet")
        for path, known in self._known:
            try:
                found = _stat(path)
            except OSError:
                raise UnavailableError("storage_unavailable", self._words_for(path)) from None
            if (found.st_dev, found.st_ino) != known:
                raise UnavailableError("storage_unavailable", self._words_for(path))

    def _words_for(self, path: str) -> str:
        if path == self._database:
            return f"{path} is not the file that was opened"
        return f"{path} was removed or replaced while hookline had it open: restart hookline"

    def only_the_log_is_gone(self) -> bool:
        """Whether the log or its index was removed, the database file is the same, and nobody has begun another log."""
        if not self._known:
            return False
        found = [_look(path) for path, _ in self._known]
        same = [one is not None and one[0] == known for one, (_, known) in zip(found, self._known, strict=True)]
        begun = any(one is not None and one[1] > 0 and not is_same for one, is_same in zip(found, same, strict=True))
        return same[0] and not all(same) and not begun


def _look(path: str) -> tuple[_Identity, int] | None:
    """Which file is there, and its size."""
    try:
        found = _stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino), found.st_size


def _must_look(path: str) -> _Identity:
    found = _look(path)
    if found is None:
        raise UnavailableError("storage_unavailable", f"{path} is not there")
    return found[0]
