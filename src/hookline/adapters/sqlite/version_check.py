"""The SQLite engine that is at work here."""

from __future__ import annotations

import apsw

__all__ = ["engine_version", "engine_weakness"]

_SOUND_SINCE = (3, 51, 3)
"""It ends a race of a checkpoint with a writer that could damage the database (sqlite.org/wal.html, "The WAL-Reset Bug")."""


def engine_version() -> str:
    """Which SQLite is at work."""
    return apsw.sqlite_lib_version()


def engine_weakness(version: str = "") -> str | None:
    """What is wrong with this SQLite, in a sentence for the operator, or None."""
    version = version or apsw.sqlite_lib_version()
    if tuple(int(part) for part in version.split(".")) >= _SOUND_SINCE:
        return None
    return (
        f"SQLite {version} has a fault that can damage the database: install apsw with its own SQLite, 3.51.3 or later"
    )
