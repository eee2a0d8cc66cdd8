"""Removes events with their second bodies and index entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from hookline.adapters.sqlite.query import Row

__all__ = ["remove_events"]

_SET_ASIDE = "DELETE FROM set_aside WHERE event = ?"
_PLACE = """
DELETE FROM event_places
WHERE kind = (SELECT id FROM event_kinds WHERE source = ?1 AND type = ?2) AND received_at = ?3 AND event = ?4
"""
_EVENT = "DELETE FROM events WHERE seq = ?"
_COUNT_OFF = """
UPDATE event_segments SET events = events - 1
WHERE first = (SELECT first FROM event_segments WHERE first <= ?1 ORDER BY first DESC LIMIT 1) AND last >= ?1
"""
_KIND = """
DELETE FROM event_kinds WHERE source = ?1 AND type = ?2 AND NOT EXISTS (SELECT 1 FROM event_places WHERE kind = event_kinds.id)
"""


def remove_events(connection: apsw.Connection, gone: Sequence[Row]) -> None:
    """Remove the events of these rows of number, source, type and time of receipt.

    Their keys stay until their run is merged with others. A key without an event is ignored.
    """
    numbers = [(seq,) for seq, *_ in gone]
    connection.executemany(_SET_ASIDE, numbers)
    connection.executemany(_PLACE, ((source, type_, received_at, seq) for seq, source, type_, received_at in gone))
    connection.executemany(_EVENT, numbers)
    connection.executemany(_COUNT_OFF, numbers)
    connection.executemany(_KIND, {(source, type_) for _, source, type_, _ in gone})
