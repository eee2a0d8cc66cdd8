"""Copies the database while it is in use, and checks the copy by reading it as after a restore."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.codec import DICTIONARY, DICTIONARY_CODEC
from hookline.adapters.sqlite.database_file import fault_at
from hookline.adapters.sqlite.errors import translated
from hookline.adapters.sqlite.event_rows import COLUMNS, read_event
from hookline.adapters.sqlite.fsync import sync, sync_directory
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.query import first, rows, the
from hookline.adapters.sqlite.schema import APPLICATION_ID
from hookline.adapters.sqlite.sealing import Sealing
from hookline.domain.erasure import is_erased
from hookline.errors import DamagedError, DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.adapters.sqlite.query import Row

__all__ = ["BackupReport", "back_up", "remove_partial_copies"]

_PAGES = 4096
"""Pages of 4 KiB copied in one step: after each 16 MiB an interrupt can stop the copy."""

_SAMPLE = 1000
_MOST_FAULTS = 10
_PARTIAL = ".hookline-backup.partial"
_LEFT_BY_SQLITE = ("-journal", "-wal", "-shm")

_COUNTS = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM messages)"
# References to events are not declared as foreign keys, because each check would slow down the storing of events.
_ORPHANS = """
SELECT 'a message', id FROM messages WHERE event IS NOT NULL AND event NOT IN (SELECT seq FROM events)
UNION ALL SELECT 'a second body', event FROM set_aside WHERE event NOT IN (SELECT seq FROM events)
LIMIT ?
"""
_WITHOUT_DICTIONARY = f"""
SELECT seq FROM events WHERE codec GLOB '{DICTIONARY_CODEC}*' AND NOT EXISTS {DICTIONARY} LIMIT ?
"""  # noqa: S608 -- constants of this package
_SPREAD = f"SELECT {COLUMNS} FROM events WHERE seq % :stride = (SELECT max(seq) FROM events) % :stride"  # noqa: S608 -- a constant of this package
_SPREAD_BEFORE_DICTIONARIES = _SPREAD.replace(DICTIONARY, "NULL")
_HAS_DICTIONARIES = "SELECT 1 FROM sqlite_schema WHERE name = 'dictionaries'"
_HAS_KEYS = "SELECT 1 FROM sqlite_schema WHERE name = 'storage_keys'"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a copy contains and its faults; where there are ``faults``, the copy was deleted.

    ``size`` is in bytes; ``bodies_checked`` is how many events' bodies were read and compared with their SHA-256,
    and ``bodies_not_opened`` how many could not be read because they are sealed with a missing key.
    """

    size: int
    events: int
    messages: int
    bodies_checked: int
    bodies_not_opened: int = 0
    faults: tuple[str, ...] = ()


def back_up(
    database_path: Path, target: Path, *, replace: bool = False, sealing: Sealing | None = None
) -> BackupReport:
    """Copy the database as it is at one moment to ``target``, which appears complete, checked and durable, or not at all.

    A server may be writing meanwhile. Sealed bodies are checked where ``sealing`` finds their keys. Raises FileExistsError when ``target``
    exists and ``replace`` is not given, or when a log file is next to it; DataDirectoryError when the folder of ``target`` cannot be
    written or the database is damaged; UnavailableError when the database cannot be read.
    """
    _refuse_what_stands_in_the_way(database_path, target, replace=replace)
    try:
        with _partial_file_beside(target) as partial, translated():
            counts = _copy(database_path, partial)
            _flush(partial)
            report = _prove(partial, counts, sealing or Sealing())
            if not report.faults:
                partial.replace(target)
                sync_directory(target.parent)
    except DamagedError as fault:
        raise fault_at(database_path, fault) from fault
    except OSError as error:
        raise DataDirectoryError("data_directory_unusable", f"{target}: {error.strerror}") from error
    return report


def _refuse_what_stands_in_the_way(database_path: Path, target: Path, *, replace: bool) -> None:
    """Raise FileExistsError where ``target`` must not be written. A log next to it is never replaced: SQLite would use it for the copy."""
    if target.exists() and target.samefile(database_path):
        raise FileExistsError(f"{target} is the database itself")
    logs = [target.with_name(target.name + suffix) for suffix in _LEFT_BY_SQLITE]
    for path in logs if replace else [target, *logs]:
        if os.path.lexists(path):
            raise FileExistsError(f"{path} already exists")


@contextmanager
def _partial_file_beside(target: Path) -> Iterator[Path]:
    """A block with an empty file that only its owner may read; the file is deleted at the end unless it was renamed."""
    remove_partial_copies(target.parent)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=_PARTIAL)
    partial = Path(name)
    try:
        with suppress(
            OSError
        ):  # on a file system without locks, an unfinished copy cannot be distinguished from one that is being made
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield partial
    finally:
        _remove(partial)
        os.close(descriptor)


def remove_partial_copies(folder: Path) -> int:
    """Remove unfinished copies of killed backups in ``folder``; returns how many. A copy that is being made is locked and stays."""
    removed = 0
    for partial in folder.glob(f".*{_PARTIAL}"):
        with suppress(OSError):
            descriptor = os.open(partial, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(partial)
                removed += 1
            finally:
                os.close(descriptor)
    return removed


def _remove(partial: Path) -> None:
    for suffix in ("", *_LEFT_BY_SQLITE):
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)


def _copy(database_path: Path, partial: Path) -> Row:
    """Copy the database as it is when the first row is read; returns how many events and messages it has at that time."""
    source, copy = LazyConnection(path=database_path, read_only=True), apsw.Connection(str(partial))
    try:
        view = source.opened()
        view.execute("BEGIN")
        counts = _counts(view, database_path)
        with copy.backup("main", view, "main") as steps:
            while not steps.done:
                steps.step(_PAGES)
        copy.pragma("journal_mode", "delete")  # the copy is one complete file without a log
        return counts
    finally:
        copy.close(force=True)
        source.close()


def _counts(view: apsw.Connection, path: Path) -> Row:
    try:
        return the(view, _COUNTS)
    except apsw.SQLError as error:  # the tables are missing
        why = f"{path} is a SQLite database, but not a hookline database"
        raise DataDirectoryError("data_directory_unusable", why) from error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def _prove(partial: Path, expected: Row, sealing: Sealing) -> BackupReport:
    """Check the copy without changing it."""
    lazy = LazyConnection(path=partial, read_only=True)
    try:
        copy = lazy.opened()
        if faults := _structural_faults(copy):
            return BackupReport(size=0, events=0, messages=0, bodies_checked=0, faults=tuple(faults))
        events, messages = counts = the(copy, _COUNTS)
        if counts != expected:
            faults.append(f"it has {events} events and {messages} messages instead of {expected[0]} and {expected[1]}")
        checked, not_opened, damaged = _damaged_bodies(copy, events, sealing)
    finally:
        lazy.close()
    faults += damaged[:_MOST_FAULTS]
    size = partial.stat().st_size
    return BackupReport(
        size=size,
        events=events,
        messages=messages,
        bodies_checked=checked,
        bodies_not_opened=not_opened,
        faults=tuple(faults),
    )


def _structural_faults(copy: apsw.Connection) -> list[str]:
    if copy.pragma("application_id") != APPLICATION_ID:
        return ["it is not a hookline database"]
    said = [row[0] for row in rows(copy, f"PRAGMA integrity_check({_MOST_FAULTS})")]
    faults = [f"integrity check: {line}" for line in said if line != "ok"]
    faults += [
        f"foreign key check: a row of {row[0]} refers to a missing row"
        for row in rows(copy, "PRAGMA foreign_key_check")
    ]
    faults += [f"{kind} ({number}) refers to a missing event" for kind, number in rows(copy, _ORPHANS, (_MOST_FAULTS,))]
    return faults[:_MOST_FAULTS]


def _damaged_bodies(copy: apsw.Connection, events: int, sealing: Sealing) -> tuple[int, int, list[str]]:
    """How many bodies were read, evenly distributed over all events, how many could not be opened, and the faults of wrong ones."""
    if first(copy, _HAS_KEYS) is not None:
        sealing.load(copy)
    stride = {"stride": max(1, events // _SAMPLE)}
    if first(copy, _HAS_DICTIONARIES) is None:  # a database of an older version has no dictionaries
        sample, unreadable = rows(copy, _SPREAD_BEFORE_DICTIONARIES, stride), []
    else:
        sample, unreadable = rows(copy, _SPREAD, stride), rows(copy, _WITHOUT_DICTIONARY, (_MOST_FAULTS,))
    damaged = [f"an event ({number}) is compressed with a dictionary that is missing" for (number,) in unreadable]
    found = [(row[0], _is_whole(row, sealing)) for row in sample]
    damaged += [
        f"the body of event {event_id} does not match its SHA-256" for event_id, is_whole in found if is_whole is False
    ]
    not_opened = sum(is_whole is None for _, is_whole in found)
    return len(sample) - not_opened, not_opened, damaged


def _is_whole(row: Row, sealing: Sealing) -> bool | None:
    """Whether the body matches its SHA-256; None where its key is not available."""
    try:
        event = read_event(row, sealing).event
    except DamagedError:
        return False
    except DataDirectoryError:
        return None
    return is_erased(event) or hashlib.sha256(event.body).digest() == event.body_sha256
