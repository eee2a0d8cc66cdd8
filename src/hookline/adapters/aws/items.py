"""How an event is written in the table.

=============== ==== ================================================================================================
attribute       type
=============== ==== ================================================================================================
``event_id``    S    the key; the source is the text before the first colon
``status``      S
``type``        S
``time``        S    as the sender wrote it
``received_at`` N    microseconds since 1970
``stored_at``   N    microseconds since 1970, each used once by a process: distinguishes events that had the same id
``content_type`` S   left out where it is ``application/json``
``arrival``     S    the day of ``received_at`` and a shard's number, such as ``2026-03-01/7``: its partition of the index by time
``sha256``      B    of the body
``body``        B    the received bytes, by ``codec``
``codec``       S    ``zlib``; left out where the body is not compressed
``body_key``    S    instead of ``body`` for a large one: its key in the bucket
``metadata``    M    left out where it is empty; with ``erased`` there is no body any more
``erasing``     BOOL only between the first and the last step of an erasure
``outbox``      S    only while the event waits (a shard's number), is held (``held/SOURCE/`` and that number), waits for its record
                     (``fetch/`` and a number) or was given up (``failed``)
``since``       N    microseconds since 1970: when it entered the outbox
``attempts``    N    left out where it is 0
``next_at``     N    microseconds since 1970
``reason``      S
``replay``      S    the last replay of the event, and ``replay_queue``: the only queue of that replay, if it had one
``put_at``      N    microseconds since 1970: when its messages were last put on their queues
``put_on``      S    the names of those queues, with spaces between them
``expires_at``  N    whole seconds since 1970, only for a delivered event: DynamoDB's time to live removes the item after it
=============== ==== ================================================================================================

While an event waits for its record, ``next_at`` is when it entered the outbox, and ``since`` is when its sender's API is called next.
The ten decimal places of ``since`` are a checksum of the request, so that the index shows which events wait for the same record.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from hookline.adapters.aws.bodies import body_key, is_large
from hookline.adapters.aws.codec import micros, pack
from hookline.adapters.aws.names import (
    ARRIVALS_PARTITION,
    ARRIVALS_SHARDS,
    OUTBOX_PARTITION,
    OUTBOX_SHARDS,
    OUTBOX_SORT,
    RECORD_SHARDS,
    TABLE_KEY,
    TTL_ATTRIBUTE,
)
from hookline.domain.event import Status
from hookline.domain.fetch import FETCH, awaits_record

if TYPE_CHECKING:
    from datetime import date, datetime

    from hookline.domain.event import Event

__all__ = [
    "DELIVERED_STATUSES",
    "FAILED_PARTITION",
    "FIRST_ASK",
    "HELD_PREFIX",
    "JSON_TYPE",
    "PUT_AT",
    "PUT_ON",
    "RECORD_PREFIX",
    "Item",
    "arrival_partition",
    "arrival_shard",
    "event_item",
    "held_partition",
    "inline_body",
    "partition_of",
    "record_due",
    "record_partition",
    "waiting_partition",
]

Item: TypeAlias = Mapping[str, Any]  # the service's own shape: {"name": {"S": "text"}}
FAILED_PARTITION = "failed"
DELIVERED_STATUSES = frozenset({Status.ROUTED, Status.UNMATCHED})
"""The statuses of an event whose messages are on their queues: only such events expire."""

JSON_TYPE = "application/json"
PUT_AT, PUT_ON = "put_at", "put_on"


def event_item(event: Event, *, stored_at: int, expires_at: int | None) -> dict[str, Any]:  # as Item
    """The item of a new event; ``expires_at`` is only stored where its status says that it was delivered."""
    item = {
        TABLE_KEY: {"S": event.id},
        "status": {"S": event.status.value},
        "type": {"S": event.type},
        "time": {"S": event.time},
        "received_at": {"N": str(micros(event.received_at))},
        "stored_at": {"N": str(stored_at)},
        ARRIVALS_PARTITION: {"S": arrival_partition(event.received_at.astimezone(UTC), arrival_shard(event.id))},
        "sha256": {"B": event.body_sha256},
        OUTBOX_SORT: {"N": str(micros(event.received_at))},
    }
    item |= {"body_key": {"S": body_key(event)}} if is_large(event) else inline_body(event.body)
    if event.content_type != JSON_TYPE:
        item["content_type"] = {"S": event.content_type}
    if event.metadata:
        item["metadata"] = {"M": {name: {"S": value} for name, value in event.metadata.items()}}
    if (partition := partition_of(event)) is not None:
        item[OUTBOX_PARTITION] = {"S": partition}
        if partition.startswith(RECORD_PREFIX):
            item["next_at"] = item[OUTBOX_SORT]
            item[OUTBOX_SORT] = {"N": record_due(event, event.received_at + FIRST_ASK)}
    if event.status in DELIVERED_STATUSES:
        item[TTL_ATTRIBUTE] = {"N": str(expires_at)}
    return item


def partition_of(event: Event) -> str | None:
    """The event's place in the outbox's index; None once it is delivered."""
    if event.status in DELIVERED_STATUSES:
        return None
    if event.status is Status.FAILED:
        return FAILED_PARTITION
    shard = waiting_partition(event.id)
    if event.held:
        return held_partition(event.source, int(shard))
    return record_partition(event) if awaits_record(event.metadata) else shard


HELD_PREFIX = "held/"


def held_partition(source: str, shard: int) -> str:
    """The index partition of an event that its paused source holds back; it is no shard of the outbox."""
    return f"{HELD_PREFIX}{source}/{shard}"


RECORD_PREFIX = "fetch/"

FIRST_ASK = timedelta(seconds=300)
"""How long after its receipt an event becomes due for recovery: before that, the router that got the event first may deliver it."""


def record_partition(event: Event) -> str:
    """The index partition of an event that waits for its record: the same for all events that wait for the same record."""
    return f"{RECORD_PREFIX}{_wanted(event) % RECORD_SHARDS}"


def record_due(event: Event, at: datetime) -> str:
    """The value of ``since`` for an event whose sender's API is called at this time, with the checksum."""
    return f"{micros(at)}.{_wanted(event):010}"


def _wanted(event: Event) -> int:
    return zlib.crc32(f"{event.source}\n{event.metadata[FETCH]}".encode())


def waiting_partition(event_id: str) -> str:
    """The shard of a waiting event: the same in every process."""
    return str(zlib.crc32(event_id.encode()) % OUTBOX_SHARDS)


def arrival_partition(received_at: date, shard: int) -> str:
    """The partition of the index by time for events of a day (UTC) in this shard."""
    return f"{received_at:%Y-%m-%d}/{shard}"


def arrival_shard(event_id: str) -> int:
    """The shard of an event in the index by time: the same in every process."""
    return zlib.crc32(event_id.encode()) % ARRIVALS_SHARDS


def inline_body(body: bytes) -> dict[str, Any]:  # as Item
    """A body as an item stores it."""
    codec, stored = pack(body)
    return {"body": {"B": stored}} | ({} if codec is None else {"codec": {"S": codec}})
