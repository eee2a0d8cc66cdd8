"""Queues in SQLite, with the semantics of SQS standard queues."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.codec import from_micros, span
from hookline.adapters.sqlite.event_rows import COLUMNS, read_event
from hookline.adapters.sqlite.query import rows, the
from hookline.domain.message import Delivery, Message, message_of
from hookline.errors import NotFoundError
from hookline.ports.queues import Depth, Movable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.queue_table import QueueRow

__all__ = ["SqliteQueues"]

_POLL = 0.02  # seconds between looks while a receive waits; another process may be the one that sends

# INDEXED BY, here and below: the order of the index is the order of the answer, whatever the planner thinks of sqlite_stat1.
# Arrival is counted by id. What has expired and was not removed yet is the oldest, and is skipped as a whole.
_NEVER_RECEIVED = """
FROM messages INDEXED BY messages_by_visibility WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?3 AND id > coalesce((
    SELECT id FROM messages INDEXED BY messages_by_age WHERE queue = ?1 AND sent_at <= ?3 ORDER BY sent_at DESC, id DESC LIMIT 1
), 0)
"""
_GIVEN_BACK = """
FROM messages INDEXED BY messages_by_visibility WHERE queue = ?1 AND visible_at > 0 AND visible_at <= ?2 AND sent_at > ?3
"""
_ANY_VISIBLE = f"SELECT EXISTS (SELECT 1 {_NEVER_RECEIVED}) OR EXISTS (SELECT 1 {_GIVEN_BACK})"
# What a consumer had and gave back comes first, so that new messages never keep an old one waiting; then arrival counts.
_RETURNED = f"SELECT id, receives {_GIVEN_BACK} ORDER BY visible_at, id LIMIT ?4"
_FRESH = f"SELECT id, receives {_NEVER_RECEIVED} ORDER BY id LIMIT ?4"
_TAKE = """
UPDATE messages SET visible_at = ?, receives = receives + 1, receipt = ?, first_received_at = coalesce(first_received_at, ?)
WHERE id = ?
"""
_RENEW = (
    "UPDATE messages SET queue = ?, visible_at = 0, receives = 0, receipt = NULL, first_received_at = NULL WHERE id = ?"
)
_MESSAGE = """
SELECT id, event, event_id, attributes, body, receives, sent_at, first_received_at, receipt, last_failure
FROM messages WHERE id = ?
"""
_EVENT = f"SELECT {COLUMNS} FROM events WHERE seq = ?"  # noqa: S608 -- a constant of this package
_SEND = """
INSERT INTO messages (queue, sent_at, visible_at, event_id, attributes, body) VALUES (?, ?, 0, ?, ?, ?) RETURNING id
"""
_DELETE = "DELETE FROM messages WHERE id = ? AND queue = ? AND receipt = ? AND sent_at > ?"
_EXTEND = (
    "UPDATE messages SET visible_at = ? WHERE id = ? AND queue = ? AND receipt = ? AND visible_at > ? AND sent_at > ?"
)
_FAILED = "UPDATE messages SET last_failure = ? WHERE id = ? AND queue = ? AND receipt = ? AND sent_at > ?"
# Counted on indexes only. What has expired and still stands is a handful at most, and is counted off.
_DEPTH = """
SELECT
    (SELECT count(*) FROM messages INDEXED BY messages_by_visibility WHERE queue = ?2 AND visible_at <= ?1)
    - (SELECT count(*) FROM messages INDEXED BY messages_by_age WHERE queue = ?2 AND sent_at <= ?3 AND visible_at <= ?1),
    (SELECT count(*) FROM messages INDEXED BY messages_by_visibility WHERE queue = ?2 AND visible_at > ?1)
    - (SELECT count(*) FROM messages INDEXED BY messages_by_age WHERE queue = ?2 AND sent_at <= ?3 AND visible_at > ?1),
    (SELECT min(sent_at) FROM messages INDEXED BY messages_by_age WHERE queue = ?2 AND sent_at > ?3)
"""
# What is in a consumer's hands stays; a moved message is as new but for its age, as a dead letter is.
_READY = """
SELECT id FROM messages INDEXED BY messages_by_visibility
WHERE queue = ? AND visible_at <= ? AND sent_at > ? ORDER BY visible_at LIMIT ?
"""
_MOVABLE = """
SELECT count(*) FILTER (WHERE visible_at <= ?2 AND sent_at > ?4), count(*) FILTER (WHERE visible_at > ?2),
    count(*) FILTER (WHERE visible_at <= ?2 AND sent_at <= ?4)
FROM messages INDEXED BY messages_by_age WHERE queue = ?1 AND sent_at > ?3
"""
_PEEK = (
    "SELECT id FROM messages INDEXED BY messages_by_age WHERE queue = ? AND sent_at > ? ORDER BY sent_at, id LIMIT ?"
)


_RECEIPT = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{1,15})")
_RECEIPT_BITS = 60  # 15 hexadecimal digits


class SqliteQueues:
    """Queues over one database. A message that carries an event is rendered from it when somebody looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, queue: str, messages: Sequence[Message]) -> list[str]:
        """Put messages of their own text on a queue."""
        id_ = self._database.queues.ids[queue]
        with self._database.write() as connection:
            now = self._database.now()
            return [_send(connection, id_, now, message) for message in messages]

    def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        visibility_timeout: timedelta | None = None,
        wait: timedelta | None = None,
    ) -> list[Delivery]:
        """Take messages, waiting for the first one if asked to."""
        row = self._database.queues.get(queue)
        timeout = row.visibility_timeout if visibility_timeout is None else span(visibility_timeout)
        deadline = time.monotonic() + (wait.total_seconds() if wait else 0)
        while True:
            if self._any_visible(row) and (taken := self._take(row, max_messages, timeout)):
                return taken
            if time.monotonic() >= deadline:
                return []
            time.sleep(_POLL)

    def delete(self, queue: str, receipts: Sequence[str]) -> list[bool]:
        """Remove what was consumed."""
        row = self._database.queues.get(queue)
        with self._database.write_relaxed() as connection:
            cutoff = self._database.kept_since(row.retention)
            return [
                _changed(connection, _DELETE, (id_, row.id, nonce, cutoff))
                for id_, nonce in map(_read_receipt, receipts)
            ]

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[bool]:
        """Move the moment at which messages in flight become visible again."""
        row = self._database.queues.get(queue)
        with self._database.write_relaxed() as connection:
            now = self._database.now()
            until, kept_since = now + span(visibility_timeout), self._database.kept_since(row.retention)
            return [
                _changed(connection, _EXTEND, (until, id_, row.id, nonce, now, kept_since))
                for id_, nonce in map(_read_receipt, receipts)
            ]

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:
        """Keep the reason beside the message."""
        row = self._database.queues.get(queue)
        id_, nonce = _read_receipt(receipt)
        with self._database.write_relaxed() as connection:
            kept_since = self._database.kept_since(row.retention)
            return _changed(connection, _FAILED, (reason, id_, row.id, nonce, kept_since))

    def depth(self, queue: str) -> Depth:
        """Count what stands on a queue."""
        row = self._database.queues.get(queue)
        with self._database.read() as connection:
            now = self._database.now()
            visible, in_flight, oldest = the(
                connection, _DEPTH, (now, row.id, self._database.kept_since(row.retention))
            )
            age = None if oldest is None else max(0, now - oldest) / 1_000_000
            return Depth(visible=visible, in_flight=in_flight, oldest_age=age)

    def peek(self, queue: str, *, limit: int = 10) -> list[Delivery]:
        """Look without receiving."""
        row = self._database.queues.get(queue)
        with self._database.read() as connection:
            found = rows(connection, _PEEK, (row.id, self._database.kept_since(row.retention), limit))
            return [_delivery(connection, id_, receipt=False) for (id_,) in found]

    def movable(self, queue: str, to: str) -> Movable:
        """What ``move`` would do now."""
        source, target = self._moving(queue, to)
        with self._database.read() as connection:
            now = self._database.now()
            kept, both = (
                self._database.kept_since(one) for one in (source.retention, min(source.retention, target.retention))
            )
            values = (source.id, now, kept, both)
            ready, in_flight, too_old = the(connection, _MOVABLE, values)
        return Movable(ready=ready, in_flight=in_flight, too_old=too_old)

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move visible messages, durable when this returns; those go first that were never received."""
        source, target = self._moving(queue, to)
        with self._database.write() as connection:
            now = self._database.now()
            kept = self._database.kept_since(min(source.retention, target.retention))
            ready = rows(connection, _READY, (source.id, now, kept, limit))
            connection.executemany(_RENEW, ((target.id, id_) for (id_,) in ready))
            return len(ready)

    def _moving(self, queue: str, to: str) -> tuple[QueueRow, QueueRow]:
        table = self._database.queues
        source, target = table.get(queue), table.get(to)
        if not target.declared:
            raise NotFoundError(f"{to} is not in the configuration: nothing can be moved there")
        return source, target

    def _any_visible(self, row: QueueRow) -> bool:
        """A look that disturbs no writer."""
        with self._database.read() as connection:
            now = self._database.now()
            return bool(the(connection, _ANY_VISIBLE, (row.id, now, self._database.kept_since(row.retention)))[0])

    def _take(self, row: QueueRow, wanted: int, timeout: int) -> list[Delivery]:
        taken: dict[int, Delivery] = {}
        with self._database.write_relaxed() as connection:
            now, kept_since = self._database.now(), self._database.kept_since(row.retention)
            while len(taken) < wanted:
                found = [item for item in _candidates(connection, row, now, kept_since, wanted) if item[0] not in taken]
                for id_, receives in found[: wanted - len(taken)]:
                    if row.max_receives is not None and receives >= row.max_receives:
                        connection.execute(_RENEW, (row.dead_letter, id_))
                    else:
                        nonce = random.getrandbits(_RECEIPT_BITS)
                        connection.execute(_TAKE, (now + timeout, nonce, now, id_))
                        taken[id_] = _delivery(connection, id_, receipt=True)
                if not found:
                    break
        return list(taken.values())


def _candidates(
    connection: apsw.Connection, row: QueueRow, now: int, kept_since: int, wanted: int
) -> list[tuple[int, int]]:
    values = (row.id, now, kept_since, wanted)
    returned = rows(connection, _RETURNED, values)
    if len(returned) < wanted:
        returned += rows(connection, _FRESH, (*values[:3], wanted - len(returned)))
    return returned


def _send(connection: apsw.Connection, queue: int, now: int, message: Message) -> str:
    attributes = orjson.dumps(dict(message.attributes)).decode()
    values = (queue, now, message.event_id, attributes, message.body)
    (id_,) = the(connection, _SEND, values)
    return _message_id(id_)


def _delivery(connection: apsw.Connection, id_: int, *, receipt: bool) -> Delivery:
    row = the(connection, _MESSAGE, (id_,))
    _, event, event_id, attributes, body, receives, sent_at, first_received_at, nonce, last_failure = row
    if event is None:
        message = Message(event_id=event_id, body=body, attributes=orjson.loads(attributes))
    else:
        message = message_of(read_event(the(connection, _EVENT, (event,))).event)
    return Delivery(
        message_id=_message_id(id_),
        receipt=f"{id_}-{nonce:x}" if receipt else "",
        event_id=message.event_id,
        body=message.body,
        attributes=message.attributes,
        receives=receives,
        sent_at=from_micros(sent_at),
        first_received_at=None if first_received_at is None else from_micros(first_received_at),
        last_failure=last_failure,
    )


def _message_id(id_: int) -> str:
    """Text in the form of a UUID, as SQS clients expect."""
    return f"00000000-0000-4000-8000-{id_:012x}"


def _read_receipt(receipt: str) -> tuple[int, int]:
    """The message and the receive that a receipt names; numbers that fit nothing for any other text."""
    written = _RECEIPT.fullmatch(receipt)
    return (int(written[1]), int(written[2], 16)) if written else (-1, -1)


def _changed(connection: apsw.Connection, statement: str, values: tuple[object, ...]) -> bool:
    connection.execute(statement, values)
    return connection.changes() > 0
