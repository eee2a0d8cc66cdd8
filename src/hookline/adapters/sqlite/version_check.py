"""Checks the version of the SQLite library in use."""

from __future__ import annotations

import apsw

__all__ = ["engine_version", "engine_weakness"]

_SOUND_SINCE = (3, 51, 3)
"""This version fixes a race between a checkpoint and a writer that could damage the database (sqlite.org/wal.html, "The WAL-Reset Bug")."""


def engine_version() -> str:
    """The version of the SQLite library in use."""
    return apsw.sqlite_lib_version()


def engine_weakness(version: str = "") -> str | None:
    """The fault of this SQLite version as a sentence for the operator, or None."""
    version = version or apsw.sqlite_lib_version()
    if tuple(int(part) for part in version.split(".")) >= _SOUND_SINCE:
        return None
    return (
        f"SQLite {version} has a fault that can damage the database: install apsw with its own SQLite, 3.51.3 or later"
    )
