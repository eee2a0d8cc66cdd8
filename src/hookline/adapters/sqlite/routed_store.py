"""Stores events together with their messages, in one transaction."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

import apsw
import orjson

from hookline.adapters.sqlite.claims import claims_held, known_until, write_claims
from hookline.adapters.sqlite.codec import EPOCH, MICROSECOND, TOO_LONG, micros, pack
from hookline.adapters.sqlite.dictionaries import SHORTEST
from hookline.adapters.sqlite.errors import unavailable
from hookline.adapters.sqlite.event_removal import remove_events
from hookline.adapters.sqlite.event_rows import NOT_ERASED, aside_about, since_of
from hookline.adapters.sqlite.fifo_groups import known_message, note_message
from hookline.adapters.sqlite.query import first, the
from hookline.adapters.sqlite.sealing import event_about
from hookline.domain.event import Outcome, Status
from hookline.domain.fifo import fifo_position
from hookline.domain.transaction import TRANSACTION_REFERENCE
from hookline.domain.verdict import is_fetched, judged, repeats
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database
    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.domain.verdict import Verdict

__all__ = ["SqliteBatch", "SqliteRoutedStore", "StoreEvents"]

_KEPT_ASIDE = 10
"""Second bodies that are kept per event. More are only counted: a sender's bug must not fill the disk."""

_INSERT_EVENT = """
INSERT INTO events (seq, id, source, type, time, received_at, content_type, body_sha256, metadata, status, since,
    expires_at, known_until, codec, body, reference)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_MESSAGE = "INSERT INTO messages (queue, event, sent_at, visible_at) VALUES (?, ?, ?, 0)"
_INSERT_8_MESSAGES = _INSERT_MESSAGE + ", (?, ?, ?, 0)" * 7
"""Eight rows in one statement: SQLite opens the table and its indexes, and reads the next id, only once for all of them."""
_EIGHT = 8 * 3

_INSERT_REPLAYED = "INSERT INTO messages (queue, event, sent_at, visible_at, replay) VALUES (?, ?, ?, 0, ?)"
_INSERT_IN_GROUP = """
INSERT INTO messages (queue, event, sent_at, visible_at, replay, group_id, deduplication_id) VALUES (?, ?, ?, 0, ?, ?, ?)
"""
_NEWEST_DICTIONARY = "SELECT id, made_at FROM dictionaries ORDER BY id DESC LIMIT 1"
_KNOWN = "SELECT body_sha256, expires_at, source, type, received_at FROM events WHERE seq = ?"
_METADATA = "SELECT metadata FROM events WHERE seq = ?"
_KNOWN_UNTIL = "SELECT known_until FROM events WHERE seq = ?"
_STANDING = """
SELECT seq FROM events WHERE seq = ?
    AND (expires_at IS NULL OR expires_at > ? OR EXISTS (SELECT 1 FROM messages WHERE event = seq))
"""
_SET_ASIDE = f"""
INSERT INTO set_aside (event, body_sha256, received_at, codec, body) SELECT ?1, ?2, ?3, ?4, ?5
WHERE (SELECT count(*) FROM set_aside WHERE event = ?1) < ?6 AND EXISTS (SELECT 1 FROM events WHERE seq = ?1 AND {NOT_ERASED})
ON CONFLICT DO NOTHING
"""  # noqa: S608 -- a constant of this package
_COUNT_CONFLICT = "UPDATE events SET conflicts = conflicts + 1 WHERE seq = ?"
_HAS_MESSAGES = "SELECT EXISTS (SELECT 1 FROM messages WHERE event = ?)"


@record
class SqliteBatch:
    """Staged rows; their transaction is open until ``commit`` or ``rollback``."""

    outcomes: Sequence[Outcome]
    commit: Callable[[], None]
    """Make the rows durable, and wake the consumers that wait for the messages."""
    rollback: Callable[[], None]


class SqliteRoutedStore:
    """RoutedStore over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> SqliteBatch | None:
        """Write events and messages into an open transaction."""
        database = self._database
        connection = database.begin(wait=wait)
        if connection is None:
            return None
        try:
            events = StoreEvents(database, connection, database.clock.steady())
            store, queue = events.store, database.queues.ids.__getitem__
            outcomes = [store(item, tuple(map(queue, item.queues))) for item in routed]
            events.write_messages()
        except apsw.Error as error:
            database.abandon(error)
            raise unavailable(error) from error
        except BaseException:
            database.abandon()
            raise
        return SqliteBatch(outcomes=outcomes, commit=partial(database.commit, routed), rollback=database.abandon)


class StoreEvents:
    """Writes events, and messages that refer to them, inside a transaction that the caller began.

    ``write_messages`` writes the messages of the stored events; call it before the transaction ends.
    """

    def __init__(self, database: Database, connection: apsw.Connection, now: datetime) -> None:
        self._database = database
        self._connection = connection
        self._cursor = connection.cursor()
        self._execute = self._cursor.execute
        self._now = (now - EPOCH) // MICROSECOND
        self._expires_at = self._now + database.event_retention
        self._retention_of = database.source_retention
        self._messages: list[int] = []  # for each message its queue, its event and when it was sent, in one flat list
        self._fifo = database.queues.fifo
        self._index = database.event_index
        self._dictionaries = dictionaries = database.dictionaries
        self._packers, self._learning = dictionaries.packers, dictionaries.learning
        self._sealing = database.sealing if database.sealing.is_used and database.sealing.begin(connection) else None
        newest = connection.execute(_NEWEST_DICTIONARY).fetchone()  # the cursor is closed here, not after the commit
        if newest != dictionaries.newest or dictionaries.are_sealed is not database.sealing.seals:
            dictionaries.forget(newest)

    def store(self, item: RoutedEvent, queues: Sequence[int]) -> Outcome:
        """Store the event and collect a message for each of its ``queues``, unless its id is known or another event has one of its claims.

        This is one function, even the encoding of times, because it runs for each event and function calls take time.
        """
        event, status = item.event, item.status
        verdict = self._verdict(event) if event.claims else None
        if verdict is not None:
            if verdict.outcome is not Outcome.REPEATED:
                return self._refuse(event, verdict)
            event = repeats(event, verdict.holder)
        known, key = self._index.known(self._connection, event.id)
        if known is not None and (outcome := self._judge(known, event)) is not None:
            return outcome
        body, metadata = event.body, event.metadata
        received_at = (event.received_at - EPOCH) // MICROSECOND
        reference = metadata.get(TRANSACTION_REFERENCE)
        seq = self._index.add(event.id, key, reference)
        codec, stored = self._packed(event.source, body) if len(body) >= SHORTEST else (None, body)
        if self._sealing is not None:
            codec, stored = self._sealing.sealed(codec, stored, event_about(event.id, event.body_sha256))
        row = (
            seq,
            event.id,
            event.source,
            event.type,
            event.time,
            received_at,
            event.content_type,
            event.body_sha256,
            orjson.dumps(dict(metadata)).decode() if metadata else None,
            status,
            received_at if queues else since_of(event, received_at),
            self._expiry(event.source) if status is Status.ROUTED or status is Status.UNMATCHED else None,
            known_until(event) if event.claims else None,
            codec,
            stored,
            reference,
        )
        self._execute(_INSERT_EVENT, row)
        for queue in queues:
            if queue in self._fifo:
                self._send_in_group(item, seq, queue)
            else:
                self._messages += (queue, seq, self._now)
        if event.source in self._learning:
            self._dictionaries.learn(self._connection, event, self._now)
        if event.claims:
            write_claims(self._cursor, event, self._expiry_now)
        return Outcome.NEW if verdict is None else Outcome.REPEATED

    def _expiry(self, source: str) -> int:
        """When an event of this source that is delivered now expires."""
        own = self._retention_of.get(source)
        return self._expires_at if own is None else self._now + own

    def _packed(self, source: str, body: bytes) -> tuple[str | None, bytes]:
        """The codec's name and the bytes to store."""
        packer, size = self._packers.get(source), len(body)
        if packer is None or not packer.left:
            packer = self._dictionaries.look(self._connection, source)
        packer.left -= 1
        if packer.prepared is not None and size < TOO_LONG:
            packed = packer.prepared.compress(body)
            packer.balance += size - 2 * len(packed)
            if len(packed) * 10 <= size * 9:
                return packer.codec, packed
        return pack(body)

    def packed_anew(self, event: Event) -> tuple[str | None, bytes]:
        """The codec's name and the bytes to store instead of the event's present ones; the source's dictionary also learns from it."""
        if len(event.body) < SHORTEST:
            return None, event.body
        packed = self._packed(event.source, event.body)
        if event.source in self._learning:
            self._dictionaries.learn(self._connection, event, self._now)
        return packed

    def write_messages(self) -> None:
        """Put the messages of the stored events on their queues, in the order in which the events arrived."""
        messages, self._messages = self._messages, []
        rest = len(messages) - len(messages) % _EIGHT
        for start in range(0, rest, _EIGHT):
            self._execute(_INSERT_8_MESSAGES, messages[start : start + _EIGHT])
        for start in range(rest, len(messages), 3):
            self._execute(_INSERT_MESSAGE, messages[start : start + 3])

    def send(self, item: RoutedEvent, seq: int, queues: Iterable[int]) -> None:
        """Put a message that refers to the event's row ``seq`` on each of its queues."""
        for queue in queues:
            if queue in self._fifo:
                self._send_in_group(item, seq, queue)
            else:
                self._execute(_INSERT_REPLAYED, (queue, seq, self._now, item.replay_id))

    def _send_in_group(self, item: RoutedEvent, seq: int, queue: int) -> None:
        """Put a message at the end of its group, unless it was sent there within the deduplication time."""
        group = (item.groups or {}).get(self._database.queues.name(queue))
        position = fifo_position(item.event.id, group=group, replay_id=item.replay_id)
        if known_message(self._connection, queue, position, self._now) is None:
            row = (queue, seq, self._now, item.replay_id, position.group, position.deduplication_id)
            self._execute(_INSERT_IN_GROUP, row)
            id_ = self._connection.last_insert_rowid()
            note_message(self._connection, queue, position, self._now, id_)

    @cached_property
    def _expiry_now(self) -> int:
        """The time by which data has expired; computed only where an event is known or has claims."""
        return self._database.expiry_now()

    def _verdict(self, event: Event) -> Verdict | None:
        held = claims_held(self._cursor, event, self._expiry_now)
        return judged(held, event.id) if held and self._standing(event.id) is None else None

    def _refuse(self, event: Event, verdict: Verdict) -> Outcome:
        is_conflict = verdict.outcome is Outcome.CONFLICT
        return self._set_aside_with(verdict.holder, event) if is_conflict else verdict.outcome

    def _judge(self, seq: int, event: Event) -> Outcome | None:
        """The outcome of this event, given the stored event ``seq`` with the same id; None if that had expired and was removed."""
        body_sha256, expires_at, *place = the(self._connection, _KNOWN, (seq,))
        if expires_at is not None and expires_at <= self._expiry_now and not self._has_messages(seq):
            if (
                known_until(event) is not None
                and (the(self._connection, _KNOWN_UNTIL, (seq,))[0] or 0) > self._expiry_now
            ):
                return Outcome.DUPLICATE if self._is_same(seq, event, body_sha256) else Outcome.REUSED
            remove_events(self._connection, [(seq, *place)])
            return None
        if self._is_same(seq, event, body_sha256):
            return Outcome.DUPLICATE
        self._set_aside(seq, event)
        return Outcome.CONFLICT

    def _is_same(self, seq: int, event: Event, body_sha256: bytes) -> bool:
        """Whether the stored event ``seq`` with the same id is the same event: it has the same body, or one of the two was fetched."""
        if body_sha256 == event.body_sha256:
            return True
        metadata = the(self._connection, _METADATA, (seq,))[0]
        return is_fetched(event, orjson.loads(metadata) if metadata else ())

    def _standing(self, event_id: str) -> int | None:
        """The row of this event, unless it has expired and none of its messages is on a queue."""
        seq, _ = self._index.known(self._connection, event_id)
        row = None if seq is None else first(self._connection, _STANDING, (seq, self._expiry_now))
        return None if row is None else row[0]

    def _set_aside_with(self, holder: str, event: Event) -> Outcome:
        """Store the second body with the event ``holder``, if that event is still stored."""
        seq = self._standing(holder)
        if seq is None:
            return Outcome.REUSED
        self._set_aside(seq, event)
        return Outcome.CONFLICT

    def _has_messages(self, seq: int) -> bool:
        return bool(the(self._connection, _HAS_MESSAGES, (seq,))[0])

    def _set_aside(self, seq: int, event: Event) -> None:
        self._execute(_COUNT_CONFLICT, (seq,))
        codec, body = pack(event.body)
        if self._sealing is not None:
            codec, body = self._sealing.sealed(codec, body, aside_about(seq, event.body_sha256))
        self._execute(_SET_ASIDE, (seq, event.body_sha256, micros(event.received_at), codec, body, _KEPT_ASIDE))
