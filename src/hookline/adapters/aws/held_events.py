"""Reads and releases held events in a DynamoDB table: they are in partitions of the outbox's index that no recoverer reads."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.codec import from_micros, micros
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.items import held_partition, waiting_partition
from hookline.adapters.aws.names import OUTBOX_INDEX, OUTBOX_PARTITION, OUTBOX_SHARDS, OUTBOX_SORT, TABLE_KEY
from hookline.adapters.aws.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item
    from hookline.ports.clock import Clock

__all__ = ["DynamoHeldEvents"]


class DynamoHeldEvents:
    """HeldEvents over one table. The index is up to a second behind the table, so a count may be slightly wrong."""

    def __init__(self, client: LazyClient, *, table: str, clock: Clock) -> None:
        self._table = Table(client, table)
        self._clock = clock
        self._released_at = 0

    def count(self, source: str) -> int:
        """How many events of the source are held, by the index."""
        return sum(1 for shard in range(OUTBOX_SHARDS) for _ in self._held(source, shard))

    def first(self, source: str, *, limit: int) -> list[str]:
        """The first held events in the order of receipt; the index may still list events that were released a moment ago."""
        first = [item for shard in range(OUTBOX_SHARDS) for item in islice(self._held(source, shard), limit)]
        first.sort(key=lambda item: (int(item[OUTBOX_SORT]["N"]), item[TABLE_KEY]["S"]))
        return [item[TABLE_KEY]["S"] for item in first[:limit]]

    def oldest(self, source: str) -> datetime | None:
        """When the first held event of the source was received, by the index."""
        found = [item for shard in range(OUTBOX_SHARDS) for item in islice(self._held(source, shard, Limit=1), 1)]
        return min((from_micros(int(item[OUTBOX_SORT]["N"])) for item in found), default=None)

    def release(self, event_ids: Sequence[str]) -> list[str]:
        """Move events to the outbox one by one, in their order; returns the ids of those that were held."""
        self._released_at = micros(self._clock.steady())
        return [event_id for event_id in event_ids if self._released(event_id)]

    def waiting(self, event_ids: Sequence[str]) -> int:
        """How many of these events have not left the outbox since their release, by the index."""
        shards = {waiting_partition(event_id) for event_id in event_ids}
        listed = {item[TABLE_KEY]["S"] for shard in shards for item in self._entered(shard)}
        return len(listed.intersection(event_ids))

    def _entered(self, shard: str) -> Iterator[Item]:
        return self._table.query(
            IndexName=OUTBOX_INDEX,
            KeyConditionExpression=f"{OUTBOX_PARTITION} = :shard AND {OUTBOX_SORT} >= :released",
            ExpressionAttributeValues={":shard": {"S": shard}, ":released": {"N": str(self._released_at)}},
        )

    def _held(self, source: str, shard: int, **bounds: int) -> Iterator[Item]:
        """The source's held events in one shard, the first received first."""
        return self._table.query(
            IndexName=OUTBOX_INDEX,
            KeyConditionExpression=f"{OUTBOX_PARTITION} = :partition",
            ExpressionAttributeValues={":partition": {"S": held_partition(source, shard)}},
            **bounds,
        )

    def _released(self, event_id: str) -> bool:
        source, shard = event_id.partition(":")[0], waiting_partition(event_id)
        try:
            with translated(but=("ConditionalCheckFailedException",)):
                self._table.client().update_item(
                    TableName=self._table.name,
                    Key={TABLE_KEY: {"S": event_id}},
                    UpdateExpression=f"SET {OUTBOX_PARTITION} = :shard, {OUTBOX_SORT} = :now",
                    ConditionExpression=f"{OUTBOX_PARTITION} = :held",
                    ExpressionAttributeValues={
                        ":shard": {"S": shard},
                        ":now": {"N": str(micros(self._clock.steady()))},
                        ":held": {"S": held_partition(source, int(shard))},
                    },
                )
        except ClientError:
            return False
        return True
