"""What a command shows: one document for programs; tables, fields, bodies and lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Body", "Fields", "Part", "Shown", "Table", "listed"]


@record
class Table:
    """Rows of cells under their columns; None is an empty cell."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@record
class Fields:
    """Names and values, a pair on each line."""

    pairs: Sequence[tuple[str, object]]


@record
class Body:
    """The bytes of a body under a title."""

    title: str
    body: bytes


Part: TypeAlias = Table | Fields | Body | str
"""Text is lines as they are to be read."""


@record
class Shown:
    """The document, or the parts in their order. ``notes`` are for people only, ``warnings`` also stand beside the document.

    ``failed``: not all that was asked for was done, and the exit code says so.
    """

    document: object
    parts: Sequence[Part] = ()
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    failed: bool = False


def listed(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    documents: Iterable[Mapping[str, object]],
    *,
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
    failed: bool = False,
) -> Shown:
    """A list, as documents or as the rows of a table."""
    table = Table(columns=columns, rows=[*rows])
    return Shown(document=[*documents], parts=[table], notes=notes, warnings=warnings, failed=failed)
