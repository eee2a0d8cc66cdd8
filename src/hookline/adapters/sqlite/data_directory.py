"""The folder that holds everything one hookline keeps."""

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

_OWNER_ONLY = 0o700  # payment events are nobody else's to read
_TRIES = 10
_PAUSE = 0.02  # seconds


_COPIES = ("replaced-*", "*.damaged", "*.restored", ".*.partial")
"""What ``restore``, a backup that was killed, and the rescue of a damaged log leave in the folder."""


def copies_left_beside(database: Path) -> list[str]:
    """The names of files and folders in which hookline itself has left the database, or its log, as it was once."""
    return sorted(found.name for pattern in _COPIES for found in database.parent.glob(pattern))


class DataDirectory:
    """A folder with the database and the lock that keeps a second server out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "hookline.db"
        self.restored = path / "hookline.db.restored"
        """What a restore has copied and not yet put in place."""
        self._lock: int | None = None

    def create(self) -> None:
        """Create the directory unless it is there, only for its owner, and wait until the disk has its name."""
        try:
            make_directories(self.path, mode=_OWNER_ONLY)
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self.path}: {error.strerror}") from error

    def must_exist(self) -> None:
        """Refuse a folder in which no hookline has been, rather than answer from an empty one."""
        try:
            there = self.database.is_file()
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self.path}: {error.strerror}") from error
        if not there:
            raise DataDirectoryError("data_directory_unusable", f"{self.path} holds no hookline.db")

    def refuse_empty(self) -> None:
        """Refuse an empty database, which hookline did not leave, and a restore that did not end; a new folder has neither."""
        refuse_empty(self.database)
        if self.restored.exists() and not self.database.exists():
            why = f"{self.path}: a restore was interrupted before it put {self.restored.name} in place; run it again with --replace"
            raise DataDirectoryError("data_directory_unusable", why)

    def claim(self) -> None:
        """Become the one server of this folder until ``release`` or the end of the process, however it ends."""
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
        """Whether a server has claimed this folder."""
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
        """Let another server have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(lock: int) -> bool:
    """Take the lock; a command that only looks whether a server is there holds it for a moment."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(_PAUSE)
        else:
            return True
    return False
