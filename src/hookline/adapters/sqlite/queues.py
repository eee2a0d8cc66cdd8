"""Standard and FIFO queues in SQLite, with the semantics of SQS."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from hookline.adapters.sqlite.codec import from_micros, span
from hookline.adapters.sqlite.fifo_groups import (
    any_free,
    free_messages,
    give_groups,
    hide_group,
    known_message,
    leave_groups,
    note_message,
)
from hookline.adapters.sqlite.message_rows import (
    DELIVERY_COLUMNS,
    carried_event,
    delivery_of,
    insert_message,
    message_id,
    read_delivery,
)
from hookline.adapters.sqlite.movable_messages import count_movable, movable_ids
from hookline.adapters.sqlite.query import rows, the
from hookline.adapters.sqlite.receipts import changed, deleted, extended, read_receipt
from hookline.domain.fifo import fifo_position, sequence_number
from hookline.domain.receipt import sealed
from hookline.errors import NotFoundError
from hookline.ports.queues import Depth, QueueDates, ReceiptResult, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import timedelta

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.queue_table import QueueRow
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.domain.message import Delivery, Message
    from hookline.ports.queues import Movable

__all__ = ["SqliteQueues"]

_POLL = 0.02  # seconds between checks while a receive waits, because another process may send the message

# INDEXED BY, here and below: the answer is in the order of the index, whatever plan SQLite would choose from sqlite_stat1.
# A message is either in the index of never received messages or in those of the others, so most statements query both:
# each has `visible_at = 0` or `visible_at > 0` because SQLite uses a partial index only where its condition is written.
_NEVER_RECEIVED = (
    "FROM messages AS m INDEXED BY messages_waiting WHERE m.queue = ?1 AND m.visible_at = 0 AND m.sent_at > ?3"
)
_GIVEN_BACK = """
FROM messages AS m INDEXED BY messages_taken WHERE m.queue = ?1 AND m.visible_at > 0 AND m.visible_at <= ?2 AND m.sent_at > ?3
"""
_ANY_VISIBLE = f"SELECT EXISTS (SELECT 1 {_NEVER_RECEIVED}) OR EXISTS (SELECT 1 {_GIVEN_BACK})"
# Messages that became visible again come first, so that an old message never waits for new ones; then the oldest.
_RETURNED = f"SELECT m.id, {DELIVERY_COLUMNS} {_GIVEN_BACK} ORDER BY m.visible_at, m.id LIMIT ?4"
_FRESH = f"SELECT m.id, {DELIVERY_COLUMNS} {_NEVER_RECEIVED} ORDER BY m.sent_at, m.id LIMIT ?4"
_BY_ID = f"SELECT m.id, {DELIVERY_COLUMNS} FROM messages AS m WHERE m.id = ?"  # noqa: S608 -- constants
_HAND_OUT = """
UPDATE messages SET visible_at = ?1, receives = receives + 1, receipt = ?2,
    first_received_at = coalesce(first_received_at, ?3), last_received_at = ?3
WHERE id = ?4
"""
# A dead letter keeps its number of receives, as on SQS. Its retention begins now on a FIFO queue, otherwise when it was sent.
_BURY = """
UPDATE messages SET queue = ?1, visible_at = 0, receipt = NULL, sent_at = iif(group_id IS NULL, sent_at, ?2),
    dead_queue = queue, dead_at = ?2, dead_receives = receives, dead_last_at = last_received_at
WHERE id = ?3
"""
_RENEW = """
UPDATE messages SET queue = ?, visible_at = 0, receives = 0, receipt = NULL, first_received_at = NULL, last_received_at = NULL,
    last_failure = NULL, dead_queue = NULL, dead_at = NULL, dead_receives = NULL, dead_last_at = NULL
WHERE id = ?
"""
_FAILED = "UPDATE messages SET last_failure = ? WHERE id = ? AND queue = ? AND receipt = ? AND sent_at > ?"
_STANDING = """
SELECT id FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND id <= ?2
UNION ALL SELECT id FROM messages INDEXED BY messages_taken WHERE queue = ?1 AND visible_at > 0 AND id <= ?2 LIMIT ?3
"""
_REMOVE = "DELETE FROM messages WHERE id = ?"
_NEWEST = "SELECT coalesce(max(id), 0) FROM messages"
# Ready messages are never received (most are already counted) or visible again; the others are in flight or delayed. Messages that have
# expired but still exist are few, and are subtracted. NOT INDEXED: messages that are not counted yet are at the end of the table.
_DEPTH = """
SELECT
    (SELECT messages FROM waiting_counts WHERE queue = ?2)
    + (SELECT count(*) FROM messages NOT INDEXED
        WHERE queue = ?2 AND visible_at = 0 AND id > (SELECT up_to FROM waiting_counts WHERE queue = ?2))
    - (SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE queue = ?2 AND visible_at = 0 AND sent_at <= ?3)
    + (SELECT count(*) FROM messages INDEXED BY messages_taken WHERE queue = ?2 AND visible_at > 0 AND visible_at <= ?1)
    - (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
        WHERE queue = ?2 AND visible_at > 0 AND visible_at <= ?1 AND sent_at <= ?3),
    (SELECT count(*) FROM messages INDEXED BY messages_taken WHERE queue = ?2 AND visible_at > 0 AND visible_at > ?1)
    - (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age
        WHERE queue = ?2 AND visible_at > 0 AND visible_at > ?1 AND sent_at <= ?3),
    (SELECT count(*) FROM messages INDEXED BY messages_delayed
        WHERE queue = ?2 AND receipt IS NULL AND visible_at > 0 AND visible_at > ?1 AND sent_at > ?3),
    (SELECT sent_at FROM messages INDEXED BY messages_waiting WHERE queue = ?2 AND visible_at = 0 AND sent_at > ?3
        UNION ALL SELECT sent_at FROM messages INDEXED BY messages_taken_by_age WHERE queue = ?2 AND visible_at > 0 AND sent_at > ?3
        ORDER BY sent_at LIMIT 1)
"""
_PEEK = """
SELECT sent_at, id FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?2
UNION ALL SELECT sent_at, id FROM messages INDEXED BY messages_taken_by_age WHERE queue = ?1 AND visible_at > 0 AND sent_at > ?2
ORDER BY sent_at, id LIMIT ?3
"""

_HOLDING = "SELECT queue, sent_at FROM messages INDEXED BY messages_by_event WHERE event = ?"

_Taken: TypeAlias = "tuple[Row, Row | None]"
"""The rows from which a message is made after the transaction: its own row, beginning with its id, and the row of its event."""

_RECEIPT_BITS = 60  # 15 hexadecimal digits
_PURGE_STEP = 1000
"""Messages that are deleted in one transaction: senders wait for the transaction."""


class SqliteQueues:
    """Queues over one database. The message of an event is rendered from the event's row at each read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._busy: set[int] = set()
        """The queues whose last receive was complete: the next receive need not check first whether there are messages."""

    def send(self, queue: str, messages: Sequence[Message]) -> list[Sent]:
        """Put messages without an event on a queue."""
        id_ = self._database.queues.ids[queue]
        with self._database.write() as connection:
            now = self._database.now()
            if id_ in self._database.queues.fifo:
                sent = [_sent_in_group(connection, id_, now, message, self._database.sealing) for message in messages]
            else:
                ids = [insert_message(connection, id_, now, message, self._database.sealing) for message in messages]
                sent = [Sent(message_id=message_id(one)) for one in ids]
        self._database.announce([id_])
        return sent

    def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        visibility_timeout: timedelta | None = None,
        wait: timedelta | None = None,
    ) -> list[Delivery]:
        """Receive messages, with a wait for the first one if requested."""
        row = self._database.queues.get(queue)
        timeout = row.visibility_timeout if visibility_timeout is None else span(visibility_timeout)
        take = self._take if row.fifo is None else self._take_in_order
        deadline = time.monotonic() + (wait.total_seconds() if wait else 0)
        while True:
            if queue not in self._database.paused_queues and self._any_visible(row):
                taken = take(row, max_messages, timeout)
                (self._busy.add if len(taken) == max_messages else self._busy.discard)(row.id)
                if taken:
                    return taken
            if time.monotonic() >= deadline:
                return []
            time.sleep(_POLL)

    def delete(self, queue: str, receipts: Sequence[str]) -> list[ReceiptResult]:
        """Delete consumed messages."""
        row = self._database.queues.get(queue)
        with self._database.write_relaxed() as connection:
            times = self._database.now(), self._database.kept_since(row.retention)
            results = [deleted(connection, row, receipt, times) for receipt in receipts]
        self._database.removed_messages[queue] += sum(one is ReceiptResult.DONE for one in results)
        if row.fifo is not None:
            self._database.announce([row.id])  # the next messages of the group can be received now
        return results

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[ReceiptResult]:
        """Change when messages in flight become visible again."""
        row = self._database.queues.get(queue)
        with self._database.write_relaxed() as connection:
            now = self._database.now()
            until, kept_since = now + span(visibility_timeout), self._database.kept_since(row.retention)
            times = (until, now, kept_since)
            results = [extended(connection, row, receipt, times) for receipt in receipts]
        if until <= now:
            self._database.announce([row.id])
        return results

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:
        """Store the reason with the message."""
        row = self._database.queues.get(queue)
        if (named := read_receipt(row, receipt)) is None:
            return False
        id_, nonce = named
        with self._database.write_relaxed() as connection:
            kept_since = self._database.kept_since(row.retention)
            return changed(connection, _FAILED, (reason, id_, row.id, nonce, kept_since))

    def depth(self, queue: str) -> Depth:
        """Count the messages of a queue."""
        row = self._database.queues.get(queue)
        with self._database.read() as connection:
            now = self._database.now()
            visible, hidden, delayed, oldest = the(
                connection, _DEPTH, (now, row.id, self._database.kept_since(row.retention))
            )
            age = None if oldest is None else max(0, now - oldest) / 1_000_000
            return Depth(visible=visible, in_flight=hidden - delayed, oldest_age=age, delayed=delayed)

    def dates(self, queue: str) -> QueueDates:
        """When a queue was created, and when its settings last changed."""
        row = self._database.queues.get(queue)
        return QueueDates(created_at=from_micros(row.created_at), modified_at=from_micros(row.modified_at))

    def purge(self, queue: str) -> int:
        """Delete all messages of a queue, in steps; messages that are sent meanwhile stay."""
        row = self._database.queues.get(queue)
        with self._database.read() as connection:
            (newest,) = the(connection, _NEWEST)
        removed = 0
        while step := self._purge(row, newest):
            removed += step
        self._database.removed_messages[queue] += removed
        return removed

    def watching(self, queue: str, arrived: Callable[[], None]) -> AbstractContextManager[None]:
        """Call ``arrived`` whenever this process has put messages on the queue or made messages visible."""
        return self._database.arrivals.watching(self._database.queues.get(queue).id, arrived)

    def together(self) -> AbstractContextManager[None]:
        """A block whose writes form one transaction, which begins at the first write."""
        return self._database.together()

    def peek(self, queue: str, *, limit: int = 10) -> list[Delivery]:
        """The oldest messages, without receiving them."""
        row = self._database.queues.get(queue)
        with self._database.read() as connection:
            found = rows(connection, _PEEK, (row.id, self._database.kept_since(row.retention), limit))
            return [
                read_delivery(connection, id_, "", self._database.queues.name, self._database.sealing)
                for _, id_ in found
            ]

    def holding(self, event_id: str) -> frozenset[str]:
        """The places of an event's messages."""
        with self._database.read() as connection:
            standing = rows(connection, _HOLDING, (self._database.find_event(connection, event_id),))
            kept_since = {row.id: self._database.kept_since(row.retention) for row in self._database.queues.rows()}
        return frozenset(self._database.queues.name(id_) for id_, sent_at in standing if sent_at > kept_since[id_])

    def movable(self, queue: str, to: str) -> Movable:
        """How many messages ``move`` would move now."""
        source, target = self._moving(queue, to)
        with self._database.read() as connection:
            now = self._database.now()
            kept, both = (
                self._database.kept_since(one) for one in (source.retention, min(source.retention, target.retention))
            )
            return count_movable(connection, source, (now, kept, both))

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move visible messages durably, first those that were never received."""
        source, target = self._moving(queue, to)
        with self._database.write() as connection:
            now = self._database.now()
            kept = self._database.kept_since(min(source.retention, target.retention))
            ready = movable_ids(connection, source, (now, kept), limit=limit)
            if target.fifo is not None:
                give_groups(connection, ready)
            connection.executemany(_RENEW, ((target.id, id_) for id_ in ready))
            if target.fifo is None and source.fifo is not None:
                leave_groups(connection, ready, target.id)
        self._database.announce([target.id])
        return len(ready)

    def _purge(self, row: QueueRow, newest: int) -> int:
        with self._database.write() as connection:
            standing = rows(connection, _STANDING, (row.id, newest, _PURGE_STEP))
            connection.executemany(_REMOVE, standing)
            return len(standing)

    def _moving(self, queue: str, to: str) -> tuple[QueueRow, QueueRow]:
        table = self._database.queues
        source, target = table.get(queue), table.get(to)
        if not target.declared:
            raise NotFoundError(f"{to} is not in the configuration: messages cannot be moved there")
        return source, target

    def _any_visible(self, row: QueueRow) -> bool:
        """Whether messages can be received, without blocking a writer. For a queue that is known to be busy no query is made."""
        if row.id in self._busy:
            return True
        with self._database.read() as connection:
            now, kept_since = self._database.now(), self._database.kept_since(row.retention)
            if row.fifo is not None:
                return any_free(connection, row.id, now, kept_since)
            return bool(the(connection, _ANY_VISIBLE, (row.id, now, kept_since))[0])

    def _take_in_order(self, row: QueueRow, wanted: int, timeout: int) -> list[Delivery]:
        """The messages to receive from a FIFO queue: those of one group one after the other, then the next group."""
        taken: list[_Taken] = []
        buried = False
        with self._database.write_relaxed() as connection:
            now, kept_since = self._database.now(), self._database.kept_since(row.retention)
            receive = _Receive.at(now, timeout)
            for group, id_, receives in free_messages(connection, row.id, now, kept_since, wanted):
                if row.max_receives is not None and receives >= row.max_receives:
                    connection.execute(_BURY, (row.dead_letter, now, id_))
                    buried = True
                    continue
                taken += receive.hand_out(connection, [the(connection, _BY_ID, (id_,))])
                hide_group(connection, row.id, group, receive.until)
                if len(taken) == wanted:
                    break
        if buried and row.dead_letter is not None:
            self._database.announce([row.dead_letter])
        return [self._delivery(row, one, receive) for one in taken]

    def _take(self, row: QueueRow, wanted: int, timeout: int) -> list[Delivery]:
        buried = False
        with self._database.write_relaxed() as connection:
            now, kept_since = self._database.now(), self._database.kept_since(row.retention)
            receive = _Receive.at(now, timeout)
            while True:
                found = _candidates(connection, (row.id, now, kept_since), wanted)
                spent = [one[0] for one in found if row.max_receives is not None and one[1] >= row.max_receives]
                if not spent:
                    break
                connection.executemany(_BURY, ((row.dead_letter, now, id_) for id_ in spent))
                buried = True
            taken = receive.hand_out(connection, found)
        if buried and row.dead_letter is not None:
            self._database.announce([row.dead_letter])
        return [self._delivery(row, one, receive) for one in taken]

    def _delivery(self, row: QueueRow, taken: _Taken, receive: _Receive) -> Delivery:
        """The message as it is after the receive; its row is from before the receive."""
        (id_, receives, first_at, _, *rest), carried = taken
        receipt = sealed(row.name, f"{id_}-{receive.nonce:x}")
        after = (receives + 1, receive.now if first_at is None else first_at, receive.now, *rest)
        return delivery_of(id_, receipt, self._database.queues.name, after, carried, self._database.sealing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receive:
    """One receive: its number, which is part of its receipts, its time, and until when it hides messages, in microseconds."""

    nonce: int
    now: int
    until: int

    @classmethod
    def at(cls, now: int, timeout: int) -> _Receive:
        """A receive at this time, with a new random number."""
        return cls(nonce=random.getrandbits(_RECEIPT_BITS), now=now, until=now + timeout)

    def hand_out(self, connection: apsw.Connection, found: Sequence[Row]) -> list[_Taken]:
        """Mark each message as received, and read the rows of their events."""
        connection.executemany(_HAND_OUT, ((self.until, self.nonce, self.now, one[0]) for one in found))
        return [(one, carried_event(connection, one[1:])) for one in found]


def _candidates(connection: apsw.Connection, values: tuple[int, int, int], wanted: int) -> list[Row]:
    found = rows(connection, _RETURNED, (*values, wanted))
    if len(found) < wanted:
        found += rows(connection, _FRESH, (*values, wanted - len(found)))
    return found


def _sent_in_group(connection: apsw.Connection, queue: int, now: int, message: Message, sealing: Sealing) -> Sent:
    """Send the message, unless it was sent within the deduplication time."""
    position = message.fifo or fifo_position(message.event_id or message.body)
    id_ = known_message(connection, queue, position, now)
    if id_ is None:
        id_ = insert_message(connection, queue, now, replace(message, delay=None), sealing, position)
        note_message(connection, queue, position, now, id_)
    return Sent(message_id=message_id(id_), sequence_number=sequence_number(id_))
