"""The output of a command: one document for programs; tables, fields, bodies and lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hookline.errors import Complaint, HooklineError

__all__ = [
    "Body",
    "Fields",
    "Growing",
    "Lines",
    "Marked",
    "Note",
    "Part",
    "Shown",
    "Table",
    "complaint_lines",
    "listed",
    "separated",
]


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


@record
class Lines:
    """Lines that may contain text from outside: each stays one line, even if it contains a newline."""

    lines: Sequence[str]


@record
class Marked:
    """A line that begins with a coloured word."""

    mark: str
    color: str
    text: str


@record
class Note:
    """A line for a person that is not part of the result: on standard error."""

    text: str


Part: TypeAlias = Table | Fields | Body | Lines | Marked | Note | str
"""A text is one line or several lines, ready to be read."""


@record
class Shown:
    """The document, or the parts in their order. ``notes`` are for people only; ``warnings`` are also added to the document.

    ``failed``: not everything was done that was asked for, and the exit code says so. ``interrupted``: Ctrl-C ended the work. ``error`` is
    reported after everything is shown. ``is_one_line``: the document is printed on one line, because others follow it.
    """

    document: object
    parts: Sequence[Part] = ()
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    failed: bool = False
    interrupted: bool = False
    error: HooklineError | None = None
    is_one_line: bool = False


Growing: TypeAlias = "Iterator[Part | Shown]"
"""Parts that are shown to a person one by one, as soon as they are known, and at the end a Shown with the document and further parts."""


def separated(tables: Iterable[tuple[Sequence[str], Iterable[Sequence[object]]]]) -> list[Part]:
    """Tables, given as columns and rows, with an empty line between two."""
    parts: list[Part] = []
    for columns, rows in tables:
        parts += ([""] if parts else []) + [Table(columns=columns, rows=[*rows])]
    return parts


def complaint_lines(about: str, found: Sequence[Complaint]) -> list[Part]:
    """An empty line and a line for each complaint; nothing where there is none."""
    lines = [f"{about}: {one.where} {one.why}." for one in found]
    return ["", Lines(lines=lines)] if lines else []


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
