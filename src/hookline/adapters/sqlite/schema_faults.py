"""Finds differences between the schema of a foreign database file and the schema that hookline creates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import apsw

from hookline.adapters.sqlite.errors import translated
from hookline.adapters.sqlite.lazy_connection import LazyConnection
from hookline.adapters.sqlite.query import rows
from hookline.adapters.sqlite.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["schema_faults"]

_OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_ACTING = ("trigger", "view")
"""These can change the data that is read or written. Other programs' tables and indexes, such as Litestream's, cannot."""


def schema_faults(path: Path) -> list[str]:
    """Each object that is missing or differs from a new database of the same version, and each foreign trigger or view."""
    lazy = LazyConnection(path=path, read_only=True)
    try:
        with translated():
            connection = lazy.opened()
            found, wanted = _objects(connection), _fresh(connection.pragma("user_version"))
    finally:
        lazy.close()
    missing = [f"its {kind} {name} is missing" for kind, name in wanted if (kind, name) not in found]
    other = [f"its {key[0]} {key[1]} is not hookline's" for key in wanted if key in found and found[key] != wanted[key]]
    foreign = [f"it has a {key[0]} {key[1]}" for key in found if key[0] in _ACTING and key not in wanted]
    return [*missing, *other, *foreign]


def _fresh(version: object) -> Mapping[tuple[str, str], object]:
    """The objects of a new database of this version."""
    connection = apsw.Connection(":memory:")
    try:
        for step in MIGRATIONS[: version if isinstance(version, int) else 0]:
            connection.execute(step)
        return _objects(connection)
    finally:
        connection.close()


def _without_comments(sql: str) -> str:
    """The statement without its comments, which another version may have in other words, and with single spaces."""
    return " ".join(re.sub(r"--[^\n]*", "", sql).split())


def _objects(connection: apsw.Connection) -> Mapping[tuple[str, str], object]:
    return {(str(kind), str(name)): _without_comments(sql or "") for kind, name, sql in rows(connection, _OBJECTS)}
