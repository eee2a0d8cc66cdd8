"""Stores rejected requests in SQLite: writes do not wait for the disk, and may be lost in a power cut.

Every change is one statement and its own transaction, outside the writers' lock, so that SQLite's lock is held only during the statement.
The writers' lock would also be held between statements, which is long when the thread waits for the interpreter's lock on a busy machine.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypeAlias

import orjson

from hookline.adapters.sqlite.codec import SEALED, from_micros, micros, pack, span, unpack
from hookline.adapters.sqlite.query import first, rows, the
from hookline.domain.quarantine import KeptCall, KeptRequest, KeptSummary, RejectedRequest, overflow, size_without_body
from hookline.domain.request import Headers, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.domain.quarantine import QuarantineBounds

__all__ = ["SqliteQuarantine", "opened_call", "sealed_call"]

_Place: TypeAlias = "tuple[str, str, int, str, str]"
"""Source, code, time of receipt, method and path: the sealed part of a rejected request is bound to these."""

_ROWS = 100
"""Requests that are inserted in one statement."""

_STEP = 500
"""Requests that one statement deletes, when the bounds have become narrower."""

_INSERT = """
INSERT INTO rejected (source, code, size, expires_at, received_at, method, path, query, headers, codec, body) VALUES
"""
_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# One row with all values, because the interpreter's lock is taken for each row read. Read from the index, which has no bodies.
_ALL = "SELECT json_group_array(json_array(id, source, code, size)) FROM rejected INDEXED BY rejected_by_share"
# The index repeats the primary key, because only an index can be named: without it, stale statistics could cause a scan of every row.
_DROP = "DELETE FROM rejected INDEXED BY rejected_by_number WHERE id IN (SELECT value FROM json_each(?))"
_IDS = "SELECT id FROM rejected INDEXED BY rejected_by_expiry WHERE expires_at > ?"
_IDS_OF_SOURCE = "SELECT id FROM rejected INDEXED BY rejected_by_share WHERE expires_at > ? AND source = ?"
_SUMMARIES = "SELECT id, source, code, size FROM rejected INDEXED BY rejected_by_share WHERE expires_at > ?"
_SUMMARIES_OF_SOURCE = f"{_SUMMARIES} AND source = ?"
# Backwards by the primary key, independent of stale statistics.
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
        """Store each request that is not too large; above the bounds, remove the middle of the largest share."""
        now, kept_for = self._database.now(), self._bounds.kept_for
        wanted = [one for one in rejected if one.size <= self._bounds.max_bytes]
        with self._database.autocommit() as connection:
            sealing = self._database.sealing
            seal = sealing if sealing.is_used and sealing.begin(connection) else None
            fitting = [_row(one, now + span(kept_for(one.source)), seal) for one in wanted]
            for start in range(0, len(fitting), _ROWS):
                lot = fitting[start : start + _ROWS]
                connection.execute(_INSERT + ", ".join([_VALUES] * len(lot)), [value for row in lot for value in row])
        gone = overflow(self._kept(), self._bounds)
        for start in range(0, len(gone), _STEP):
            self.release(gone[start : start + _STEP])

    def _kept(self) -> list[tuple[int, str, str, int]]:
        """Id, source, code and size of each request, the oldest first. Reading does not stop writers."""
        with self._database.read() as connection:
            (kept,) = the(connection, _ALL)
        return sorted(orjson.loads(kept))

    def ids(self, *, source: str | None = None) -> list[int]:
        """The requests that have not expired, in the order of arrival."""
        with self._database.read() as connection:
            now = self._database.expiry_now()
            found = (
                rows(connection, _IDS, (now,)) if source is None else rows(connection, _IDS_OF_SOURCE, (now, source))
            )
        return sorted(number for (number,) in found)

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """The requests that have not expired, without headers and bodies, from the index."""
        with self._database.read() as connection:
            now = self._database.expiry_now()
            found = (
                rows(connection, _SUMMARIES, (now,))
                if source is None
                else rows(connection, _SUMMARIES_OF_SOURCE, (now, source))
            )
        return [KeptSummary(id=number, source=of, code=code, size=size) for number, of, code, size in sorted(found)]

    def newest(self, *, limit: int) -> list[KeptCall]:
        """The newest requests; SQLite does not read the pages of their bodies."""
        with self._database.read() as connection:
            found = rows(connection, _NEWEST, (self._database.expiry_now(), limit))
            return [_call(row, self._database.sealing) for row in found]

    def get(self, number: int) -> KeptRequest | None:
        """The request, unless it has expired."""
        with self._database.read() as connection:
            row = first(connection, _GET, (number, self._database.expiry_now()))
            return None if row is None else _read(row, self._database.sealing)

    def release(self, numbers: Sequence[int]) -> int:
        """Remove these requests."""
        with self._database.autocommit() as connection:
            connection.execute(_DROP, (_json(numbers),))
            return connection.changes()

    def sweep(self, *, limit: int) -> int:
        """Remove expired requests, the oldest first; ``keep`` already removes the requests above the bounds."""
        with self._database.autocommit() as connection:
            connection.execute(_EXPIRE, (self._database.expiry_now(), limit))
            return connection.changes()


def _json(numbers: Sequence[int]) -> str:
    return orjson.dumps(list(numbers)).decode()


def _row(rejected: RejectedRequest, expires_at: int, sealing: Sealing | None) -> tuple[object, ...]:
    request = rejected.request
    codec, body = pack(request.body)
    query, headers = request.query, orjson.dumps(request.headers.items()).decode()
    if sealing is not None:
        place = (rejected.source, rejected.code, micros(request.received_at), request.method, request.path)
        query, headers, codec, body = sealed_call(sealing, place, (query, headers, codec, body))
    return (
        rejected.source,
        rejected.code,
        rejected.size,
        expires_at,
        micros(request.received_at),
        request.method,
        request.path,
        query,
        headers,
        codec,
        body,
    )


def sealed_call(sealing: Sealing, place: _Place, parts: Row) -> tuple[str, str, str, bytes]:
    """Query, headers, codec and body of a rejected request, sealed. Query and headers are one value in the column of the headers."""
    query, headers, codec, body = parts
    texts = base64.b64encode(sealing.seal(orjson.dumps([query, headers]), _about(b"headers", place))).decode()
    return "", SEALED + texts, *sealing.sealed(codec, body, _about(b"body", place))


def opened_call(sealing: Sealing, place: _Place, parts: Row) -> tuple[str, str, str | None, bytes]:
    """Query, headers, codec and body as they were before sealing, of a sealed or unsealed row; the body is still compressed."""
    query, headers, codec, body = parts
    query, headers = _texts(sealing, place, query, headers)
    if codec is not None and codec[-1] == SEALED:
        codec, body, _ = sealing.opened(codec, body, _about(b"body", place))
    return query, headers, codec, body


def _texts(sealing: Sealing, place: _Place, query: str, headers: str) -> tuple[str, str]:
    if not headers.startswith(SEALED):
        return query, headers
    query, headers = orjson.loads(sealing.open(base64.b64decode(headers[len(SEALED) :]), _about(b"headers", place)))
    return query, headers


def _about(part: bytes, place: _Place) -> bytes:
    return b"rejected\0%b\0%b" % (part, orjson.dumps(place))


def _call(row: Row, sealing: Sealing) -> KeptCall:
    number, source, code, size, expires_at, received_at, method, path, query, headers = row
    query, headers = _texts(sealing, (source, code, received_at, method, path), query, headers)
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


def _read(row: Row, sealing: Sealing) -> KeptRequest:
    number, source, code, expires_at, received_at, method, path, *parts = row
    query, headers, codec, body = opened_call(sealing, (source, code, received_at, method, path), tuple(parts))
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
