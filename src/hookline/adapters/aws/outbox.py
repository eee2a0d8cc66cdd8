"""Finds, leases and delivers the waiting events of a DynamoDB table."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.bodies import body_key, is_large
from hookline.adapters.aws.codec import micros, whole_seconds_after
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.event_reader import EventReader
from hookline.adapters.aws.items import (
    FAILED_PARTITION,
    HELD_PREFIX,
    PUT_AT,
    PUT_ON,
    RECORD_PREFIX,
    record_due,
    record_partition,
)
from hookline.adapters.aws.leases import Leases
from hookline.adapters.aws.names import BODY_PENDING, OUTBOX_PARTITION, OUTBOX_SORT, TABLE_KEY, TTL_ATTRIBUTE
from hookline.adapters.aws.outbox_index import Awaiting, OutboxIndex
from hookline.adapters.aws.table import Table
from hookline.domain.event import Status
from hookline.domain.fetch import FETCH
from hookline.domain.fifo import fifo_position
from hookline.domain.message import message_of
from hookline.domain.retention import retention_by_source
from hookline.errors import HooklineError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.outbox_index import Waiting
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.domain.event import Event
    from hookline.domain.message import Message
    from hookline.domain.retention import EventRetention
    from hookline.domain.route import RoutedEvent
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import StoredEvent

__all__ = ["DynamoOutbox"]

_PAUSES = (0, 0.2, 0.8)
"""Seconds to wait before each query of the index, which is usually less than a second behind the table."""


class DynamoOutbox:
    """Outbox over one table and its queues.

    Only events in status ``received`` are changed: an event that another process delivered or failed in the meantime stays as it is.
    """

    def __init__(
        self,
        client: LazyClient,
        *,
        table: str,
        bodies: S3Bodies,
        queues: SqsQueues,
        clock: Clock,
        event_retention: timedelta | EventRetention,
    ) -> None:
        self._table = Table(client, table)
        self._reader = EventReader(self._table, bodies=bodies, clock=clock)
        self._index = OutboxIndex(self._table)
        self._leases = Leases(self._table)
        self._bodies = bodies
        self._queues = queues
        self._clock = clock
        self._retention = retention_by_source(event_retention)

    def pending(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[StoredEvent]:
        """Events that have waited since before ``received_before``, the longest first; those of the same microsecond in stored order.

        Second bodies are left out. Raises the first fault of an event that it reads.
        """
        due = self._index.due(received_before=received_before, due_at=due_at, limit=limit)
        items = self._reader.items([one.event_id for one in due])
        waiting = [one.event_id for one in due if _is_due(items.get(one.event_id), due_at)]
        waiting.sort(key=lambda id_: (int(items[id_][OUTBOX_SORT]["N"]), int(items[id_]["stored_at"]["N"])))
        return self._reader.read(waiting, items).all()

    def lease(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[Waiting]:
        """Take at most ``limit`` of the events that ``pending`` would give: no other reader gets them for a time.

        The attempt is counted. The next one is due after a pause as long as the event has waited, one minute to fifteen. If the index
        lists only events that were already taken, this waits for the index: an empty answer means that no event is left.
        """
        for pause in _PAUSES:
            time.sleep(pause)
            due = self._index.due(received_before=received_before, due_at=due_at, limit=limit)
            taken = self._leases.take(due, due_at=due_at)
            if taken or not due:
                return taken
        return []

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """Put messages on queues, and mark the events as delivered; they then expire after their retention.

        An event that no longer waits gets no message. An undeclared queue raises NotFoundError, and nothing is sent.
        Other faults are raised after all other messages were delivered.
        """
        wanted: dict[str, RoutedEvent] = {}
        for item in routed:
            wanted.setdefault(item.event.id, item)
        loaded = self._reader.read(wanted, self._reader.items(wanted))
        waiting = [one for one in loaded.events if one.event.status is Status.RECEIVED]
        self._await_records([one for one in waiting if wanted[one.event.id].status is Status.RECEIVED])
        again = [_again(wanted[one.event.id], one.event) for one in waiting]
        again = [item for item in again if item.status is not Status.RECEIVED or item.queues]
        self._check_queues(again)
        _raise_worst({**loaded.faults, **self._deliver(again)})

    def send_and_mark(self, routed: Sequence[RoutedEvent]) -> None:
        """As ``deliver``, but without checking that the events still wait: for events that were stored or read a moment ago.

        One event with one queue needs two calls. Whatever this raises, every event whose messages were all sent is marked. An
        UnavailableError may be temporary, any other fault is permanent.
        """
        self._check_queues(routed)
        _raise_worst(self._deliver(routed))

    def awaiting(self, *, due_at: datetime, limit: int) -> list[StoredEvent]:
        """The events whose record is due to be fetched, the longest due first; before each, earlier ones that need the same record."""
        found = sorted(self._index.awaiting(due_at=due_at, limit=limit), key=lambda one: Decimal(one.due))[:limit]
        wanted = [other for one in found for other in (*self._index.awaiting_like(one), one)]
        return self._awaiting([one.event_id for one in wanted])

    def earlier(self, stored: StoredEvent) -> list[StoredEvent]:
        """The earlier events that wait for the same record, by the index, which is usually less than a second behind the table."""
        event, since = stored.event, stored.attempt.since or stored.event.received_at
        own = Awaiting(
            since=since,
            event_id=event.id,
            due=record_due(event, since),
            partition=record_partition(event),
        )
        found = self._awaiting([one.event_id for one in self._index.awaiting_like(own)])
        return [one for one in found if one.event.metadata[FETCH] == event.metadata[FETCH]]

    def lease_awaiting(self, *, due_at: datetime, until: datetime, limit: int) -> list[Awaiting]:
        """Take events whose record is due to be fetched: no other reader finds them due before ``until``."""
        found = sorted(self._index.awaiting(due_at=due_at, limit=limit), key=lambda one: Decimal(one.due))[:limit]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            taken = [*pool.map(lambda one: self._taken(one, until), found)]
        return [one for one, is_taken in zip(found, taken, strict=True) if is_taken]

    def awaited(self) -> tuple[int, datetime | None]:
        """How many events wait for their records (counted up to a thousand in each partition), and when the first began to wait."""
        found = self._index.awaiting(due_at=None, limit=_MOST_COUNTED)
        return len(found), min((one.since for one in found), default=None)

    def postpone(self, stored: StoredEvent, *, until: datetime, reason: str | None = None) -> None:
        """Let the event's record be fetched at ``until``; with a ``reason`` the attempt is counted."""
        event, since = stored.event, stored.attempt.since or stored.event.received_at
        counted = "" if reason is None else ", reason = :reason, attempts = if_not_exists(attempts, :none) + :one"
        self._update(
            event.id,
            f"SET {OUTBOX_PARTITION} = :partition, {OUTBOX_SORT} = :due, next_at = :since{counted}",
            {
                ":partition": {"S": record_partition(event)},
                ":due": {"N": record_due(event, until)},
                ":since": {"N": str(micros(since))},
                ":held": {"S": HELD_PREFIX},
                **({} if reason is None else {":reason": {"S": reason}, **_COUNTED}),
            },
            only=f"NOT begins_with({OUTBOX_PARTITION}, :held)",
        )

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to failed and count the attempt. A large body is kept until an operator replays or erases the event."""
        self._leave_records(event_id)
        failed = self._update(
            event_id,
            f"SET #status = :failed, {OUTBOX_PARTITION} = :partition, reason = :reason, "
            "attempts = if_not_exists(attempts, :none) + :one REMOVE next_at",
            {
                ":failed": {"S": Status.FAILED.value},
                ":partition": {"S": FAILED_PARTITION},
                ":reason": {"S": reason},
                **_COUNTED,
            },
            answer="ALL_OLD",
        )
        if "body_key" in failed:
            self._bodies.tag(failed["body_key"]["S"], BODY_PENDING)

    def oldest(self) -> datetime | None:
        """When the event that has waited longest entered the outbox, due or not; None when no event waits."""
        return self._index.oldest()

    def _awaiting(self, event_ids: Sequence[str]) -> list[StoredEvent]:
        """The events of these ids that wait for their records, as the table has them, in this order."""
        ids = [*dict.fromkeys(event_ids)]
        items = self._reader.items(ids)
        waiting = [
            id_
            for id_ in ids
            if id_ in items and items[id_].get(OUTBOX_PARTITION, {}).get("S", "").startswith(RECORD_PREFIX)
        ]
        return self._reader.read(waiting, items).all()

    def _await_records(self, waiting: Sequence[StoredEvent]) -> None:
        """Let these events wait for their records, due immediately; an event that already does stays as it is."""
        now = self._clock.steady()
        for stored in waiting:
            if stored.attempt.next_at is None:
                since = min(stored.attempt.since or now, now)
                self.postpone(replace(stored, attempt=replace(stored.attempt, since=since)), until=now)

    def _leave_records(self, event_id: str) -> None:
        """Set ``since`` back to the time when the event entered the outbox: ``next_at`` has that time while it waits for its record."""
        self._update(
            event_id,
            f"SET {OUTBOX_SORT} = next_at",
            {":records": {"S": RECORD_PREFIX}},
            only=f"begins_with({OUTBOX_PARTITION}, :records)",
        )

    def _taken(self, one: Awaiting, until: datetime) -> bool:
        """Whether this caller took the event, until then."""
        changed = self._update(
            one.event_id,
            f"SET {OUTBOX_SORT} = :until",
            {
                ":until": {"N": f"{micros(until)}.{one.wanted or 0}"},
                ":due": {"N": one.due},
                ":own": {"S": one.partition},
            },
            only=f"{OUTBOX_PARTITION} = :own AND {OUTBOX_SORT} = :due",
            answer="UPDATED_NEW",
        )
        return bool(changed)

    def _check_queues(self, routed: Sequence[RoutedEvent]) -> None:
        for item in routed:
            for queue in item.queues:
                self._queues.url(queue)

    def _send(self, routed: Sequence[RoutedEvent]) -> dict[str, HooklineError]:
        """Put all messages on their queues, queue by queue; of several faults of one event, a permanent one is returned."""
        messages: dict[str, list[Message]] = {}
        for item in routed:
            message = self._message(item)
            for queue in item.queues:
                messages.setdefault(queue, []).append(_placed(message, item, queue))
        faults: dict[str, HooklineError] = {}
        for queue, wanted in messages.items():
            for message, sent in zip(wanted, self._queues.send_each(queue, wanted), strict=True):
                if isinstance(sent, HooklineError) and isinstance(
                    faults.get(message.event_id), UnavailableError | None
                ):
                    faults[message.event_id] = sent
        return faults

    def _deliver(self, routed: Sequence[RoutedEvent]) -> dict[str, HooklineError]:
        """Send the messages, then mark the events that were sent; returns the faults of the others, by event id."""
        faults = self._send(routed)
        for item in routed:
            if item.event.id not in faults and item.status is not Status.RECEIVED:
                try:
                    self._settle(item)
                except UnavailableError as fault:
                    faults[item.event.id] = fault
        return faults

    def _message(self, item: RoutedEvent) -> Message:
        event = item.event
        dataref = self._bodies.reference(body_key(event)) if is_large(event) else None
        return message_of(event, dataref, replay_id=item.replay_id)

    def _settle(self, item: RoutedEvent) -> None:
        """Mark the event.

        The retention of a large body begins just before. After a crash in between, the body is not kept without an end, and the next
        attempt starts its retention again.
        """
        if is_large(item.event):
            self._bodies.deliver(item.event)
        expires_at = whole_seconds_after(self._clock.steady() + self._retention.of(item.event.source))
        fetched, record = _record(item)
        self._update(
            item.event.id,
            f"SET #status = :status, {TTL_ATTRIBUTE} = :expires_at, {PUT_AT} = :now, {PUT_ON} = :queues{fetched} "
            f"REMOVE {OUTBOX_PARTITION}, next_at, reason",
            {
                **record,
                ":status": {"S": item.status.value},
                ":expires_at": {"N": str(expires_at)},
                ":now": {"N": str(micros(self._clock.now()))},
                ":queues": {"S": " ".join(item.queues)},
            },
        )

    def _update(
        self, event_id: str, expression: str, values: Mapping[str, object], *, answer: str = "NONE", only: str = ""
    ) -> Item:
        """Change a waiting event if the condition ``only`` holds; returns the attributes of ``answer``, or None where nothing changed."""
        try:
            with translated(but=("ConditionalCheckFailedException",)):
                updated = self._table.client().update_item(
                    TableName=self._table.name,
                    Key={TABLE_KEY: {"S": event_id}},
                    UpdateExpression=expression,
                    ConditionExpression=f"#status = :received AND {only}" if only else "#status = :received",
                    ExpressionAttributeNames={
                        name: name[1:] for name in ("#status", "#metadata") if name == "#status" or name in expression
                    },
                    ExpressionAttributeValues={":received": {"S": Status.RECEIVED.value}, **values},
                    ReturnValues=answer,
                )
        except ClientError:
            return {}
        attributes: Item = updated.get("Attributes", {})
        return attributes


_COUNTED = {":none": {"N": "0"}, ":one": {"N": "1"}}


_AT_ONCE = 8
_MOST_COUNTED = 1000


def _again(item: RoutedEvent, event: Event) -> RoutedEvent:
    """``item`` with the event as it is stored, and with the fetched parts of its record."""
    metadata = item.event.metadata if FETCH in item.event.metadata else event.metadata
    return replace(item, event=replace(event, metadata=metadata))


def _record(item: RoutedEvent) -> tuple[str, dict[str, object]]:
    """The part of an update that stores what was fetched; empty for an event without a record."""
    metadata = item.event.metadata
    if FETCH not in metadata:
        return "", {}
    values: dict[str, object] = {":metadata": {"M": {name: {"S": value} for name, value in metadata.items()}}}
    return f", #metadata = :metadata, {OUTBOX_SORT} = if_not_exists(next_at, {OUTBOX_SORT})", values


def _placed(message: Message, item: RoutedEvent, queue: str) -> Message:
    """The message, in its event's group where the queue is FIFO."""
    group = (item.groups or {}).get(queue)
    if group is None:
        return message
    return replace(message, fifo=fifo_position(message.event_id, group=group, replay_id=item.replay_id))


def _is_due(item: Item | None, due_at: datetime) -> bool:
    """Whether the event waits and is due, by the table: the index may be behind it."""
    if item is None or item["status"]["S"] != Status.RECEIVED.value:
        return False
    return "next_at" not in item or int(item["next_at"]["N"]) <= micros(due_at)


def _raise_worst(faults: Mapping[str, HooklineError]) -> None:
    """Raise the first permanent fault, otherwise the first fault."""
    for fault in sorted(faults.values(), key=lambda one: isinstance(one, UnavailableError)):
        raise fault
