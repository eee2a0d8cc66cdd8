"""Watches new events and rejected requests in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.event_rows import COLUMNS, read_event
from hookline.adapters.sqlite.query import first, rows, the
from hookline.ports.watch import Arrived, RefusedCall

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteWatch"]

_LAST = "SELECT coalesce(max(seq), 0), (SELECT coalesce(max(id), 0) FROM rejected) FROM events"
# Each event by its number: with a range, statistics (sqlite_stat1) could make SQLite scan every event.
_NEW = """
SELECT seq FROM events WHERE seq = :seq AND (:source IS NULL OR source = :source) AND (:type IS NULL OR type = :type)
"""
_ONE = f"SELECT {COLUMNS} FROM events WHERE seq = ?"  # noqa: S608 -- a constant of this package
_MOST = 20_000
"""The most events that one call reads: there are more only if a call is late, and those are counted as skipped."""
_REFUSED = """
SELECT id, source, code, size, received_at FROM rejected INDEXED BY rejected_by_number
WHERE id > :after AND id <= :last AND (:source IS NULL OR source = :source) ORDER BY id DESC LIMIT :limit
"""


class SqliteWatch:
    """Watch over one database, by the ascending numbers of events and rejected requests."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: tuple[int, int] | None = None

    def next(self, *, source: str | None, type: str | None, refused: bool, limit: int) -> Arrived:  # noqa: A002 -- the port's word
        """The events and requests with a number above the last one, read while writers write."""
        with self._database.read() as connection:
            last = the(connection, _LAST)
            before, self._last = self._last, (last[0], last[1])
            if before is None or before == self._last:
                return Arrived()
            first_new = max(before[0] + 1, last[0] - _MOST + 1)
            asked = {"source": source, "type": type}
            numbers = range(first_new, last[0] + 1)
            new = [seq for seq in numbers if first(connection, _NEW, {**asked, "seq": seq})]
            shown = [the(connection, _ONE, (seq,)) for seq in new[-limit:]]
            calls = {"after": before[1], "last": last[1], "source": source, "limit": limit}
            return Arrived(
                events=tuple(read_event(row, self._database.sealing) for row in shown),
                refused=_refused(connection, calls) if refused else (),
                skipped=max(0, len(new) - limit) + first_new - before[0] - 1,
            )


def _refused(connection: apsw.Connection, values: dict[str, object]) -> tuple[RefusedCall, ...]:
    return tuple(
        RefusedCall(at=from_micros(at), source=source, code=code, size=size, number=number)
        for number, source, code, size, at in reversed(rows(connection, _REFUSED, values))
    )
