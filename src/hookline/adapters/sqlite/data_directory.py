"""The folder that holds everything one hookline keeps."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from hookline.errors import DataDirectoryError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DataDirectory"]

_OWNER_ONLY = 0o700  # payment events are nobody else's to read


class DataDirectory:
    """A folder with the database and the lock that keeps a second server out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "hookline.db"
        self._lock: int | None = None

    def create(self) -> None:
        """Make the folder unless it is there, for its owner alone."""
        try:
            self.path.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
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

    def claim(self) -> None:
        """Become the one server of this folder until ``release`` or the end of the process, however it ends."""
        try:
            lock = os.open(self.path / "hookline.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self.path}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise DataDirectoryError(
                "data_directory_in_use", f"another hookline is serving {self.path} (its process holds hookline.lock)"
            ) from None
        self._lock = lock

    def release(self) -> None:
        """Let another server have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
