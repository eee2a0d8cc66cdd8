"""Rejected requests in SQLite: nothing here waits for the disk, and nothing here is promised to survive a power cut.

Every change is one statement that is its own transaction, outside the writers' lock: SQLite's lock is held only within it. A turn
would be held between statements too, which is long where the thread waits for the interpreter's lock on a busy machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.codec import from_micros, micros, pack, span, unpack
from hookline.adapters.sqlite.query import first, rows, the
from hookline.domain.quarantine import KeptCall, KeptRequest, KeptSummary, RejectedRequest, overflow, size_without_body
from hookline.domain.request import Headers, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row
    from hookline.domain.quarantine import QuarantineBounds

__all__ = ["SqliteQuarantine"]

_ROWS = 100
"""In one statement."""

_STEP = 500
"""Requests that go in one statement, when the bounds have become narrower."""

_INSERT = """
INSERT INTO rejected (source, code, size, expires_at, received_at, method, path, query, headers, codec, body) VALUES
"""
_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# One row with all of it: each row that is read costs a turn of the interpreter's lock. From the index, which has no bodies between.
_ALL = "SELECT json_group_array(json_array(id, source, code, size)) FROM rejected INDEXED BY rejected_by_share"
# The index repeats the primary key: only an index can be named, and without a name stale statistics make it a look at every row.
_DROP = "DELETE FROM rejected INDEXED BY rejected_by_number WHERE id IN (SELECT value FROM json_each(?))"
_IDS = "SELECT id FROM rejected INDEXED BY rejected_by_expiry WHERE expires_at > ?"
_IDS_OF_SOURCE = "SELECT id FROM rejected INDEXED BY rejected_by_share WHERE expires_at > ? AND source = ?"
_SUMMARIES = "SELECT id, source, code, size FROM rejected INDEXED BY rejected_by_share WHERE expires_at > ?"
_SUMMARIES_OF_SOURCE = f"{_SUMMARIES} AND source = ?"
# Backwards by the primary key, whatever stale statistics say.
_NEWEST = """
SELECT id, source, code, size, expires_at, received_at, method, path, query, headers FROM rejected NOT INDEXED
WHERE id > 0 AND expires_at > ? ORDER BY id DESC LIMIT ?
"""
_GET = """
SELECT id, source, code, expires_at, received_at, method, path, query, headers, codec, body FROM rejected
WHERE id = ? AND expires_at > ?
"""
_EXPIRE = """
DELETE FROM rejected INDEXED BY rejected_by_number WHERE id IN (
    SELECT id FROM rejected INDEXED BY rejected_by_expiry WHERE expires_at <= ? ORDER BY expires_at LIMIT ?
)
"""


class SqliteQuarantine:
    """Quarantine over one database."""

    def __init__(self, database: Database, bounds: QuarantineBounds) -> None:
        self._database = database
        self._bounds = bounds

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Keep each that fits, and let the middle of the largest share go."""
        now, kept_for = self._database.now(), self._bounds.kept_for
        fitting = [
            _row(one, now + span(kept_for(one.source))) for one in rejected if one.size <= self._bounds.max_bytes
        ]
        with self._database.autocommit() as connection:
            for start in range(0, len(fitting), _ROWS):
                lot = fitting[start : start + _ROWS]
                connection.execute(_INSERT + ", ".join([_VALUES] * len(lot)), [value for row in lot for value in row])
        gone = overflow(self._kept(), self._bounds)
        for start in range(0, len(gone), _STEP):
            self.release(gone[start : start + _STEP])

    def _kept(self) -> list[tuple[int, str, str, int]]:
        """Id, source, code and size of each, the oldest first. Read beside the writers: commits wait for what is written here."""
        with self._database.read() as connection:
            (kept,) = the(connection, _ALL)
        return sorted(orjson.loads(kept))

    def ids(self, *, source: str | None = None) -> list[int]:
        """Those that have not expired, in the order of their coming."""
        with self._database.read() as connection:
            now = self._database.expiry_now()
            found = (
                rows(connection, _IDS, (now,)) if source is None else rows(connection, _IDS_OF_SOURCE, (now, source))
            )
        return sorted(number for (number,) in found)

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """The same without their bytes, from the index."""
        with self._database.read() as connection:
            now = self._database.expiry_now()
            found = (
                rows(connection, _SUMMARIES, (now,))
                if source is None
                else rows(connection, _SUMMARIES_OF_SOURCE, (now, source))
            )
        return [KeptSummary(id=number, source=of, code=code, size=size) for number, of, code, size in sorted(found)]

    def newest(self, *, limit: int) -> list[KeptCall]:
        """Those with the highest ids; SQLite does not read the pages of their bodies."""
        with self._database.read() as connection:
            return [*map(_call, rows(connection, _NEWEST, (self._database.expiry_now(), limit)))]

    def get(self, number: int) -> KeptRequest | None:
        """The request, unless it has expired."""
        with self._database.read() as connection:
            row = first(connection, _GET, (number, self._database.expiry_now()))
            return None if row is None else _read(row)

    def release(self, numbers: Sequence[int]) -> int:
        """Let these go."""
        with self._database.autocommit() as connection:
            connection.execute(_DROP, (_json(numbers),))
            return connection.changes()

    def sweep(self, *, limit: int) -> int:
        """Remove what has expired, the oldest first: ``keep`` leaves nothing above the bounds."""
        with self._database.autocommit() as connection:
            connection.execute(_EXPIRE, (self._database.expiry_now(), limit))
            return connection.changes()


def _json(numbers: Sequence[int]) -> str:
    return orjson.dumps(list(numbers)).decode()


def _row(rejected: RejectedRequest, expires_at: int) -> tuple[object, ...]:
    request = rejected.request
    codec, body = pack(request.body)
    return (
        rejected.source,
        rejected.code,
        rejected.size,
        expires_at,
        micros(request.received_at),
        request.method,
        request.path,
        request.query,
        orjson.dumps(request.headers.items()).decode(),
        codec,
        body,
    )


def _call(row: Row) -> KeptCall:
    number, source, code, size, expires_at, received_at, method, path, query, headers = row
    return KeptCall(
        id=number,
        source=source,
        code=code,
        received_at=from_micros(received_at),
        expires_at=from_micros(expires_at),
        method=method,
        path=path,
        query=query,
        body_size=size - size_without_body(query, orjson.loads(headers)),
    )


def _read(row: Row) -> KeptRequest:
    number, source, code, expires_at, received_at, method, path, query, headers, codec, body = row
    request = Request(
        method=method,
        path=path,
        query=query,
        headers=Headers((name.encode("latin-1"), value.encode("latin-1")) for name, value in orjson.loads(headers)),
        body=unpack(codec, body),
        received_at=from_micros(received_at),
    )
    rejected = RejectedRequest(source=source, code=code, request=request)
    return KeptRequest(id=number, rejected=rejected, expires_at=from_micros(expires_at))
