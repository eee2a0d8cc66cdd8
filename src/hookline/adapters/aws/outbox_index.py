"""Reads the index of the outbox: which events wait, and since when."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.codec import from_micros, micros
from hookline.adapters.aws.items import RECORD_PREFIX
from hookline.adapters.aws.names import (
    OUTBOX_INDEX,
    OUTBOX_PARTITION,
    OUTBOX_SHARDS,
    OUTBOX_SORT,
    RECORD_SHARDS,
    TABLE_KEY,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table

__all__ = ["Awaiting", "OutboxIndex", "Waiting"]

_AT_ONCE = 8
_MOST_PER_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Waiting:
    """A waiting event from the index, with the time since which it waits."""

    since: datetime
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Awaiting:
    """An event that waits for its record, from the index: ``due`` as it is stored there, and the time since which it waits."""

    since: datetime
    event_id: str
    due: str
    partition: str

    @property
    def wanted(self) -> str:
        """The checksum of the request to its sender, without zeros at its end, because DynamoDB removes them."""
        return self.due.partition(".")[2].rstrip("0")


class OutboxIndex:
    """Queries every shard, several in parallel. The index is up to a second behind the table: check each answer against the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[Waiting]:
        """At most ``limit`` events that have waited since before ``received_before`` and are due, the longest first."""
        asked = {
            "KeyConditionExpression": f"{OUTBOX_PARTITION} = :shard AND {OUTBOX_SORT} < :before",
            "FilterExpression": "attribute_not_exists(next_at) OR next_at <= :due",
            "Limit": min(max(limit, 1), _MOST_PER_PAGE),
        }
        values = {":before": {"N": str(micros(received_before))}, ":due": {"N": str(micros(due_at))}}
        return heapq.nsmallest(limit, self._shards(limit, asked, values))

    def oldest(self) -> datetime | None:
        """When the event that has waited longest entered the outbox, due or not."""
        asked = {"KeyConditionExpression": f"{OUTBOX_PARTITION} = :shard", "Limit": 1}
        oldest = min(self._shards(1, asked, {}), default=None)
        return None if oldest is None else oldest.since

    def awaiting(self, *, due_at: datetime | None, limit: int) -> list[Awaiting]:
        """At most ``limit`` events of each partition that wait for their records: those due at ``due_at``, or all for None."""
        asked: dict[str, Any] = {
            "KeyConditionExpression": f"{OUTBOX_PARTITION} = :shard",
            "Limit": min(max(limit, 1), _MOST_PER_PAGE),
        }
        values: dict[str, Any] = {}
        if due_at is not None:
            asked["KeyConditionExpression"] += f" AND {OUTBOX_SORT} < :after"
            values = {":after": {"N": str(micros(due_at) + 1)}}
        partitions = [f"{RECORD_PREFIX}{shard}" for shard in range(RECORD_SHARDS)]
        return [_awaiting(item) for item in self._partitions(partitions, limit, asked, values)]

    def awaiting_like(self, one: Awaiting) -> list[Awaiting]:
        """All earlier events that wait for the same record, in their order."""
        asked = {"KeyConditionExpression": f"{OUTBOX_PARTITION} = :shard"}
        found = map(_awaiting, self._partitions([one.partition], None, asked, {}))
        return sorted(other for other in found if other.wanted == one.wanted and other < one)

    def _shards(self, limit: int, asked: dict[str, Any], values: dict[str, Any]) -> list[Waiting]:
        """The first ``limit`` entries of each shard."""
        return [_waiting(item) for item in self._partitions(map(str, range(OUTBOX_SHARDS)), limit, asked, values)]

    def _partitions(
        self, partitions: Iterable[str], limit: int | None, asked: dict[str, Any], values: dict[str, Any]
    ) -> list[Item]:
        """The first ``limit`` entries of each partition, or all of them for None."""

        def ask(partition: str) -> list[Item]:
            found = self._table.query(
                IndexName=OUTBOX_INDEX,
                ExpressionAttributeValues={":shard": {"S": partition}, **values},
                **asked,
            )
            return [*islice(found, limit)]

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [*chain.from_iterable(pool.map(ask, partitions))]


def _waiting(item: Item) -> Waiting:
    return Waiting(since=from_micros(int(item[OUTBOX_SORT]["N"])), event_id=item[TABLE_KEY]["S"])


def _awaiting(item: Item) -> Awaiting:
    return Awaiting(
        since=from_micros(int(item["next_at"]["N"])),
        event_id=item[TABLE_KEY]["S"],
        due=item[OUTBOX_SORT]["N"],
        partition=item[OUTBOX_PARTITION]["S"],
    )
