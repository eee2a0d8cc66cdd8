"""Exports stored events as JSON lines with bodies, and as CSV for a spreadsheet, both page by page."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from hookline.dashboard.views.events import summary
from hookline.domain.transaction import ATTRIBUTES
from hookline.pipeline.documents import event_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.dashboard.control_room import ControlRoom
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["CSV_COLUMNS", "csv_export", "json_lines", "spreadsheet_cell"]

_AT_ONCE: Final = 200

CSV_COLUMNS: Final = (
    "id", "source", "type", "time", "received_at", "status", "size", "sha256", "conflicts", "reason", *ATTRIBUTES,
)  # fmt: skip

_FORMULA: Final = re.compile(r"[\s\x00-\x1f\ufeff\u200b]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""Text that some spreadsheet runs as a formula: also full-width signs, and signs after invisible characters (OWASP, "CSV Injection")."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def json_lines(room: ControlRoom, wanted: EventFilter, *, limit: int | None = None) -> Iterator[bytes]:
    """Each event as a line of JSON, with its body and second bodies; the last received first."""
    for page in _pages(room, wanted, limit):
        lines = ({**event_document(stored), **summary(room, stored)} for stored in page)
        yield b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def csv_export(room: ControlRoom, wanted: EventFilter, *, limit: int | None = None) -> Iterator[bytes]:
    """Each event as a row, without its body (RFC 4180). No cell is a formula for a spreadsheet, whatever a sender wrote."""
    yield _rows([CSV_COLUMNS])
    for page in _pages(room, wanted, limit):
        yield _rows([_row(room, stored) for stored in page])


def spreadsheet_cell(value: object) -> str:
    """The value as text that a spreadsheet does not run: a possible formula gets an apostrophe at its start."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _row(room: ControlRoom, stored: StoredEvent) -> list[str]:
    document = summary(room, stored)
    values = {**document, **stored.event.metadata, "reason": stored.attempt.reason}
    return [spreadsheet_cell(values.get(name)) for name in CSV_COLUMNS]


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def _pages(room: ControlRoom, wanted: EventFilter, limit: int | None) -> Iterator[Sequence[StoredEvent]]:
    """The pages of events; no read stays open between two pages."""
    last: StoredEvent | None = None
    left = limit
    while left is None or left > 0:
        at_once = _AT_ONCE if left is None else min(left, _AT_ONCE)
        page = room.events.find(wanted, limit=at_once, before=None if last is None else last.event.id)
        if not page and last is not None and room.events.get(last.event.id) is None:
            # It has expired meanwhile: continue with events that were received before it.
            wanted, last = replace(wanted, until=last.event.received_at), None
            continue
        if page:
            yield page
        if len(page) < at_once:
            return
        left, last = None if left is None else left - len(page), page[-1]
