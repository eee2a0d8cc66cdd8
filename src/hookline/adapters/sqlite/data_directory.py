"""The data directory: the folder with all data of one hookline server."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.database_file import refuse_empty
from hookline.adapters.sqlite.fsync import make_directories
from hookline.errors import DataDirectoryError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DataDirectory", "copies_left_beside"]

_OWNER_ONLY = 0o700  # only the owner may read payment events
_TRIES = 10
_PAUSE = 0.02  # seconds


_COPIES = ("replaced-*", "*.damaged", "*.restored", ".*.partial")
"""Files and folders that ``restore``, a killed backup, and the rescue of a damaged log leave in the folder."""


def copies_left_beside(database: Path) -> list[str]:
    """The names of files and folders in which hookline has left an earlier state of the database or its log."""
    return sorted(found.name for pattern in _COPIES for found in database.parent.glob(pattern))


class DataDirectory:
    """A folder with the database and a lock file, so that only one server uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "hookline.db"
        self.restored = path / "hookline.db.restored"
        """The copy that a restore has made and not put in place yet."""
        self._lock: int | None = None

    def create(self) -> None:
        """Create the directory unless it exists, readable only by its owner, and sync its name to the disk."""
        try:
            make_directories(self.path, mode=_OWNER_ONLY)
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self.path}: {error.strerror}") from error

    def must_exist(self) -> None:
        """Refuse a folder without a hookline database, because answers from an empty one would be wrong."""
        try:
            there = self.database.is_file()
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self.path}: {error.strerror}") from error
        if not there:
            raise DataDirectoryError("data_directory_unusable", f"{self.path} has no hookline.db")

    def refuse_empty(self) -> None:
        """Refuse an empty database file, which hookline never leaves, and an interrupted restore; a new folder has neither."""
        refuse_empty(self.database)
        if self.restored.exists() and not self.database.exists():
            why = f"{self.path}: a restore was interrupted before it put {self.restored.name} in place; run it again with --replace"
            raise DataDirectoryError("data_directory_unusable", why)

    def claim(self) -> None:
        """Become the only server of this folder until ``release`` or the end of the process, however it ends."""
        try:
            lock = os.open(self.path / "hookline.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self.path}: {error.strerror}") from error
        if not _locked(lock):
            os.close(lock)
            raise DataDirectoryError(
                "data_directory_in_use", f"another hookline is serving {self.path} (its process holds hookline.lock)"
            )
        self._lock = lock

    def is_served(self) -> bool:
        """Whether a server uses this folder."""
        try:
            lock = os.open(self.path / "hookline.lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(lock)
        return False

    def release(self) -> None:
        """Release the folder for another server."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(lock: int) -> bool:
    """Take the lock; it tries again for a short time, since a command that checks for a server holds the lock for a moment."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(_PAUSE)
        else:
            return True
    return False
