"""Restores a backup into a data directory. The previous files are kept in the same folder."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.backup import back_up
from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.database_file import check_file
from hookline.adapters.sqlite.errors import translated
from hookline.adapters.sqlite.fsync import sync_directory
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.schema_faults import schema_faults
from hookline.errors import DataDirectoryError, UnavailableError
from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hookline.adapters.sqlite.backup import BackupReport
    from hookline.adapters.sqlite.data_directory import DataDirectory
    from hookline.adapters.sqlite.sealing import Sealing

__all__ = ["Restored", "restore"]

_FILES = ("hookline.db", "hookline.db-wal", "hookline.db-shm")
_ERASURES = "SELECT id FROM audit WHERE action = 'erase' ORDER BY at, id"
_NEWEST = "SELECT received_at FROM events ORDER BY seq DESC LIMIT 1"


@record
class Restored:
    """The content of a data directory after a restore.

    ``newest`` is when its newest event was received; ``replaced`` is the folder with the old files.
    ``erasures`` are those of the old database that the copy does not have: the content that they erased is stored again.
    """

    report: BackupReport
    newest: datetime | None
    replaced: Path | None
    erasures: tuple[str, ...] = ()


def restore(
    source: Path, directory: DataDirectory, *, replace: bool, now: datetime, sealing: Sealing | None = None
) -> Restored:
    """Copy ``source`` into the directory, check the copy, and make it the database. A missing directory is created.

    ``source`` may have a write-ahead log in the same folder. With ``replace``, existing files are moved to a new folder next to them. A
    crash at any moment leaves the old database, the new one, or a directory that the server refuses until ``restore`` is run again.

    Raises FileExistsError where a database exists and ``replace`` is not given, DataDirectoryError where a server uses the
    directory, where it cannot be written, and where ``source`` is damaged, newer than this code or not hookline's.
    """
    if not source.is_file():
        raise DataDirectoryError("data_directory_unusable", f"{source} is not a file")
    check_file(source)
    directory.create()
    directory.claim()
    try:
        return _into(source, directory, replace=replace, now=now, sealing=sealing)
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        raise DataDirectoryError("data_directory_unusable", f"{directory.path}: {error.strerror}") from error
    finally:
        directory.release()


def _into(source: Path, directory: DataDirectory, *, replace: bool, now: datetime, sealing: Sealing | None) -> Restored:
    there = [path for name in _FILES if os.path.lexists(path := directory.path / name)]
    if there and not replace:
        raise FileExistsError(f"{there[0]} already exists")
    report = back_up(source, directory.restored, replace=True, sealing=sealing)
    if report.faults:
        return Restored(report=report, newest=None, replaced=None)
    if faults := schema_faults(directory.restored):
        directory.restored.unlink()
        return Restored(report=dataclasses.replace(report, faults=tuple(faults)), newest=None, replaced=None)
    newest = _newest(directory.restored)
    replaced = _moved_aside(there, directory.path / f"replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    directory.restored.replace(directory.database)
    sync_directory(directory.path)
    undone = () if replaced is None else _undone(replaced / directory.database.name, directory.database)
    return Restored(report=report, newest=newest, replaced=replaced, erasures=undone)


def _undone(before: Path, now: Path) -> tuple[str, ...]:
    """The erasures that are only in the database of ``before``; empty where it cannot be read, which may be why it is replaced."""
    try:
        then, still = _erasures(before), set(_erasures(now))
    except (UnavailableError, DataDirectoryError):
        return ()
    return tuple(one for one in then if one not in still)


def _erasures(path: Path) -> list[str]:
    lazy = LazyConnection(path=path, read_only=True)
    try:
        with translated():
            return [id_ for (id_,) in lazy.opened().execute(_ERASURES)]
    finally:
        lazy.close()


def _newest(path: Path) -> datetime | None:
    lazy = LazyConnection(path=path, read_only=True)
    try:
        with translated():
            found = lazy.opened().execute(_NEWEST).fetchone()
    finally:
        lazy.close()
    return None if found is None else from_micros(found[0])


def _moved_aside(files: list[Path], folder: Path) -> Path | None:
    """Move the files, the database first: a log without its database is refused, while a log next to another database would be used."""
    if not files:
        return None
    folder.mkdir(mode=0o700)
    for path in files:
        path.rename(folder / path.name)
        sync_directory(folder)
        sync_directory(path.parent)
    return folder
