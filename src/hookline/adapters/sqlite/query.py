"""Queries SQLite, with rows as tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: the schema's STRICT tables enforce the type of each column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import apsw

__all__ = ["Row", "first", "rows", "the"]

Row = tuple[Any, ...]


def rows(
    connection: apsw.Connection, statement: str, values: Sequence[object] | Mapping[str, object] = ()
) -> list[Row]:
    """Every row of a query."""
    return connection.execute(statement, values).fetchall()


def first(
    connection: apsw.Connection, statement: str, values: Sequence[object] | Mapping[str, object] = ()
) -> Row | None:
    """The first row of a query, or None."""
    return connection.execute(statement, values).fetchone()


def the(connection: apsw.Connection, statement: str, values: Sequence[object] | Mapping[str, object] = ()) -> Row:
    """The row of a query that always has one."""
    row: Row | None = connection.execute(statement, values).fetchone()
    assert row is not None  # noqa: S101 -- an aggregate, an EXISTS or a RETURNING of an insert
    return row
