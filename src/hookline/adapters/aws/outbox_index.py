"""The outbox's index: which events wait, and since when."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.codec import from_micros, micros
from hookline.adapters.aws.names import OUTBOX_INDEX, OUTBOX_PARTITION, OUTBOX_SHARDS, OUTBOX_SORT, TABLE_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table

__all__ = ["OutboxIndex", "Waiting"]

_AT_ONCE = 8
_MOST_PER_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Waiting:
    """An event that waits, as the index says, and since when."""

    since: datetime
    event_id: str


class OutboxIndex:
    """Asks every shard, several at once. The index follows the table within a moment: what it says has to be looked at again."""

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
        """Since when the event waits that has waited longest, due or not."""
        asked = {"KeyConditionExpression": f"{OUTBOX_PARTITION} = :shard", "Limit": 1}
        oldest = min(self._shards(1, asked, {}), default=None)
        return None if oldest is None else oldest.since

    def _shards(self, limit: int, asked: dict[str, Any], values: dict[str, Any]) -> list[Waiting]:
        """The first ``limit`` answers of each shard."""

        def ask(shard: int) -> list[Waiting]:
            found = self._table.query(
                IndexName=OUTBOX_INDEX,
                ExpressionAttributeValues={":shard": {"S": str(shard)}, **values},
                **asked,
            )
            return [_waiting(item) for item in islice(found, limit)]

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [*chain.from_iterable(pool.map(ask, range(OUTBOX_SHARDS)))]


def _waiting(item: Item) -> Waiting:
    return Waiting(since=from_micros(int(item[OUTBOX_SORT]["N"])), event_id=item[TABLE_KEY]["S"])
