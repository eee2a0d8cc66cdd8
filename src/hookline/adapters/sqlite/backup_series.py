"""Keeps a folder of backups: the newest ones and one of each day."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.backup import back_up
from hookline.adapters.sqlite.fsync import make_directories, sync_directory
from hookline.errors import DataDirectoryError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hookline.adapters.sqlite.backup import BackupReport
    from hookline.adapters.sqlite.sealing import Sealing

__all__ = ["BackupSeries", "KeptCopy"]

_FORM = "hookline-%Y%m%dT%H%M%S.%fZ.db"
_NAME = re.compile(r"hookline-[0-9]{8}T[0-9]{6}\.[0-9]{6}Z\.db")
_OWNER_ONLY = 0o700


@record
class KeptCopy:
    """A backup and when it was made."""

    path: Path
    made_at: datetime


class BackupSeries:
    """The backups in one folder. Other files in it are never changed."""

    def __init__(self, folder: Path, *, newest: int, days: int, sealing: Sealing | None = None) -> None:
        """Keep the ``newest`` backups (at least one), and the last backup of each of the ``days`` newest days (UTC) that have one."""
        self._folder = folder
        self._newest = newest
        self._days = days
        self._sealing = sealing

    def add(self, database: Path, now: datetime) -> tuple[KeptCopy, BackupReport]:
        """Back up ``database`` as it is now. Where the report has faults, the copy was deleted.

        Raises DataDirectoryError and UnavailableError as ``back_up`` does.
        """
        try:
            make_directories(self._folder, mode=_OWNER_ONLY)
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self._folder}: {error.strerror}") from error
        path = self._folder / now.astimezone(UTC).strftime(_FORM)
        return KeptCopy(path=path, made_at=now), back_up(database, path, sealing=self._sealing)

    def copies(self) -> list[KeptCopy]:
        """The existing backups, the newest first."""
        found = ((path, _made_at(path)) for path in sorted(self._folder.iterdir(), reverse=True))
        return [KeptCopy(path=path, made_at=made_at) for path, made_at in found if made_at is not None]

    def remove_old(self) -> Sequence[KeptCopy]:
        """Remove the backups that need not be kept; returns them. Raises DataDirectoryError where the folder cannot be changed."""
        try:
            old = self._old(self.copies())
            for copy in old:
                copy.path.unlink(missing_ok=True)
            if old:
                sync_directory(self._folder)
        except OSError as error:
            raise DataDirectoryError("data_directory_unusable", f"{self._folder}: {error.strerror}") from error
        return old

    def _old(self, copies: Sequence[KeptCopy]) -> list[KeptCopy]:
        last_of_days: dict[object, KeptCopy] = {}
        for copy in copies:
            last_of_days.setdefault(copy.made_at.date(), copy)
        kept = {copy.path for copy in (*copies[: self._newest], *list(last_of_days.values())[: self._days])}
        return [copy for copy in copies if copy.path not in kept]


def _made_at(path: Path) -> datetime | None:
    """When the backup was made, from its name; None for another file, such as one whose name has an impossible date."""
    if not _NAME.fullmatch(path.name):
        return None
    try:
        return datetime.strptime(path.name, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return None
