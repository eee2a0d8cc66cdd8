"""Events as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.claims import claims_held, known_until, write_claims
from hookline.adapters.sqlite.codec import from_micros, micros, pack, unpack
from hookline.adapters.sqlite.query import first, the
from hookline.domain.event import Event, Outcome, Status
from hookline.domain.replay import ReplayMark
from hookline.domain.transaction import TRANSACTION_REFERENCE
from hookline.domain.verdict import judged, repeats
from hookline.ports.event_store import Attempt, SetAside, StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import apsw

    from hookline.adapters.sqlite.query import Row

__all__ = [
    "COLUMNS",
    "DELETE_EVENT",
    "DELETE_SET_ASIDE",
    "LIVE",
    "WAITING",
    "StoreEvents",
    "read_event",
    "read_set_aside",
]

COLUMNS = """
id, source, type, time, received_at, content_type, body_sha256, metadata, status, since, attempts, next_at, reason,
expires_at, conflicts, codec, body, replay, replay_queue
"""

LIVE = "(expires_at IS NULL OR expires_at > :now)"

WAITING = Status.RECEIVED.value

_DELIVERED = frozenset({Status.ROUTED, Status.UNMATCHED})

_KEPT_ASIDE = 10
"""Second bodies per event. More are counted and forgotten: a sender's bug must not fill the disk."""

_INSERT_EVENT = """
INSERT INTO events (id, source, type, time, received_at, content_type, body_sha256, metadata, status, since,
    expires_at, known_until, codec, body, reference)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_INSERT_MESSAGE = "INSERT INTO messages (queue, event, sent_at, visible_at, replay) VALUES (?, ?, ?, 0, ?)"
_KNOWN = "SELECT seq, body_sha256, expires_at FROM events WHERE id = ?"
_KNOWN_UNTIL = "SELECT known_until FROM events WHERE seq = ?"
_STANDING = """
SELECT seq FROM events WHERE id = ?
    AND (expires_at IS NULL OR expires_at > ? OR EXISTS (SELECT 1 FROM messages WHERE event = seq))
"""
_SET_ASIDE = """
INSERT INTO set_aside (event, body_sha256, received_at, codec, body) SELECT ?, ?, ?, ?, ?
WHERE (SELECT count(*) FROM set_aside WHERE event = ?) < ? ON CONFLICT DO NOTHING
"""
_COUNT_CONFLICT = "UPDATE events SET conflicts = conflicts + 1 WHERE seq = ?"
DELETE_SET_ASIDE = "DELETE FROM set_aside WHERE event = ?"
DELETE_EVENT = "DELETE FROM events WHERE seq = ?"
_HAS_MESSAGES = "SELECT EXISTS (SELECT 1 FROM messages WHERE event = ?)"


class StoreEvents:
    """Writes events, and messages that point at them, inside a transaction that somebody else began."""

    def __init__(self, connection: apsw.Connection, *, now: int, expiry_now: int, retention: int) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._now = now
        self._expiry_now = expiry_now
        self._expires_at = now + retention

    def store(self, event: Event, status: Status, queues: Iterable[int]) -> Outcome:
        """Store ``event`` with a message on each queue, unless it is known or claims what another event holds."""
        if not event.claims:
            return self._store(event, status, queues)
        held = claims_held(self._cursor, event, self._expiry_now)
        verdict = judged(held, event.id) if held and self._standing(event.id) is None else None
        if verdict is not None and verdict.outcome is not Outcome.REPEATED:
            is_conflict = verdict.outcome is Outcome.CONFLICT
            return self._set_aside_with(verdict.holder, event) if is_conflict else verdict.outcome
        outcome = self._store(event if verdict is None else repeats(event, verdict.holder), status, queues)
        if outcome is not Outcome.NEW:
            return outcome
        write_claims(self._cursor, event, self._expiry_now)
        return outcome if verdict is None else Outcome.REPEATED

    def _store(self, event: Event, status: Status, queues: Iterable[int]) -> Outcome:
        row = self._row(event, status)
        self._cursor.execute(_INSERT_EVENT, row)
        if self._connection.changes() == 0:
            known = self._judge(event)
            if known is not None:
                return known
            self._cursor.execute(_INSERT_EVENT, row)
        self.send(self._connection.last_insert_rowid(), queues)
        return Outcome.NEW

    def send(self, event: int, queues: Iterable[int], replay: str | None = None) -> None:
        """Put a message that points at the event on each queue."""
        now = self._now
        for queue in queues:
            self._cursor.execute(_INSERT_MESSAGE, (queue, event, now, replay))

    def _row(self, event: Event, status: Status) -> tuple[object, ...]:
        codec, body = pack(event.body)
        received_at = micros(event.received_at)
        return (
            event.id,
            event.source,
            event.type,
            event.time,
            received_at,
            event.content_type,
            event.body_sha256,
            _metadata(event.metadata),
            status,
            received_at,
            self._expires_at if status in _DELIVERED else None,
            known_until(event) if event.claims else None,
            codec,
            body,
            event.metadata.get(TRANSACTION_REFERENCE),
        )

    def _judge(self, event: Event) -> Outcome | None:
        """What the event under the same id makes of this one; None once an expired one has made room for it."""
        seq, body_sha256, expires_at = the(self._connection, _KNOWN, (event.id,))
        if expires_at is not None and expires_at <= self._expiry_now and not self._has_messages(seq):
            if (
                known_until(event) is not None
                and (the(self._connection, _KNOWN_UNTIL, (seq,))[0] or 0) > self._expiry_now
            ):
                return Outcome.DUPLICATE if body_sha256 == event.body_sha256 else Outcome.REUSED
            self._cursor.execute(DELETE_SET_ASIDE, (seq,))
            self._cursor.execute(DELETE_EVENT, (seq,))
            return None
        if body_sha256 == event.body_sha256:
            return Outcome.DUPLICATE
        self._set_aside(seq, event)
        return Outcome.CONFLICT

    def _standing(self, event_id: str) -> int | None:
        """The row of this event, unless it has expired and stands on no queue."""
        row = first(self._connection, _STANDING, (event_id, self._expiry_now))
        return None if row is None else row[0]

    def _set_aside_with(self, holder: str, event: Event) -> Outcome:
        """Keep the body with the event ``holder``, if that still stands."""
        seq = self._standing(holder)
        if seq is None:
            return Outcome.REUSED
        self._set_aside(seq, event)
        return Outcome.CONFLICT

    def _has_messages(self, seq: int) -> bool:
        return bool(the(self._connection, _HAS_MESSAGES, (seq,))[0])

    def _set_aside(self, seq: int, event: Event) -> None:
        self._cursor.execute(_COUNT_CONFLICT, (seq,))
        codec, body = pack(event.body)
        self._cursor.execute(
            _SET_ASIDE, (seq, event.body_sha256, micros(event.received_at), codec, body, seq, _KEPT_ASIDE)
        )


def read_event(row: Row, set_aside: tuple[SetAside, ...] = ()) -> StoredEvent:
    """The event of a row of ``COLUMNS``."""
    (id_, source, type_, time, received_at, content_type, digest, metadata, status, since, attempts, next_at, reason,
     expires_at, conflicts, codec, body, replay, replay_queue) = row  # fmt: skip
    event = Event(
        id=id_,
        source=source,
        type=type_,
        time=time,
        received_at=from_micros(received_at),
        content_type=content_type,
        body=unpack(codec, body),
        body_sha256=digest,
        metadata=orjson.loads(metadata) if metadata else {},
        status=Status(status),
    )
    return StoredEvent(
        event=event,
        attempt=Attempt(since=from_micros(since), count=attempts, next_at=_moment(next_at), reason=reason),
        expires_at=_moment(expires_at),
        conflicts=conflicts,
        set_aside=set_aside,
        replay=None if replay is None else ReplayMark(id=replay, queue=replay_queue),
    )


def read_set_aside(rows: Iterable[Row]) -> tuple[SetAside, ...]:
    """The second bodies of rows of ``received_at, body_sha256, codec, body``."""
    return tuple(
        SetAside(received_at=from_micros(received_at), body=unpack(codec, body), body_sha256=digest)
        for received_at, digest, codec, body in rows
    )


def _metadata(metadata: Mapping[str, str]) -> str | None:
    return orjson.dumps(dict(metadata)).decode() if metadata else None


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)
