"""Counts stored events and requests that an operator may have to look at, from indexes that hold only those."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from hookline.adapters.aws import names
from hookline.adapters.aws.codec import from_micros
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.items import FAILED_PARTITION, held_partition
from hookline.adapters.aws.outbox_index import OutboxIndex
from hookline.adapters.aws.table import Table
from hookline.ports.storage_counts import HeldCount, RejectedCount, StoredCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from hookline.adapters.aws.clients import LazyClient
    from hookline.ports.clock import Clock
    from hookline.ports.quarantine import Quarantine

__all__ = ["DynamoStorageCounts"]

_AT_ONCE: Final = 8
_MOST_AWAITING: Final = 1000
"""The most events counted in each partition: if there are more, those whose records are due next are counted."""
_SHARDS: Final = range(names.OUTBOX_SHARDS)


class DynamoStorageCounts:
    """StorageCounts over one table, usable from any thread. It never scans: it counts one page of each partition of the outbox's index.

    A page has some thousand events. Where there are more, the count is "at least". An empty partition costs half a read unit. ``holding``
    has the sources that hold events back. Counts are cached for ``kept_for``, because pages request them every few seconds.
    """

    def __init__(
        self,
        client: LazyClient,
        *,
        table: str,
        quarantine: Quarantine,
        holding: Callable[[], Iterable[str]],
        clock: Clock,
        kept_for: timedelta,
    ) -> None:
        self._table = Table(client, table)
        self._quarantine = quarantine
        self._holding = holding
        self._clock = clock
        self._kept_for = kept_for
        self._guard = Lock()
        self._counted_at: datetime | None = None
        self._counts = StoredCounts(waiting=0, waiting_since=None, failed=0)

    def counts(self) -> StoredCounts:
        """The counts, at most ``kept_for`` old. The index is usually less than a second behind the table."""
        with self._guard:
            now = self._clock.steady()
            if self._counted_at is None or now - self._counted_at >= self._kept_for:
                self._counts, self._counted_at = self._counted(), now
            return self._counts

    def _counted(self) -> StoredCounts:
        waiting, since, whole = self._partitions(map(str, _SHARDS))
        failed, _, all_failed = self._partitions([FAILED_PARTITION])
        return StoredCounts(
            waiting=waiting,
            waiting_since=since,
            failed=failed,
            held=dict(self._held()),
            awaiting=self._awaiting(),
            rejected=self._rejected(),
            is_at_least=not (whole and all_failed),
        )

    def _held(self) -> Iterable[tuple[str, HeldCount]]:
        for source in sorted(self._holding()):
            events, oldest, _ = self._partitions(held_partition(source, shard) for shard in _SHARDS)
            if oldest is not None:
                yield source, HeldCount(events=events, oldest=oldest)

    def _awaiting(self) -> Mapping[str, HeldCount]:
        """The events that wait for their records, from the first page of each partition."""
        found: dict[str, list[datetime]] = defaultdict(list)
        for one in OutboxIndex(self._table).awaiting(due_at=None, limit=_MOST_AWAITING):
            found[one.event_id.partition(":")[0]].append(one.since)
        return {source: HeldCount(events=len(since), oldest=min(since)) for source, since in found.items()}

    def _rejected(self) -> Mapping[str, RejectedCount]:
        found: dict[str, list[int]] = defaultdict(list)
        for one in self._quarantine.summaries():
            found[one.source].append(one.size)
        return {source: RejectedCount(requests=len(sizes), size=sum(sizes)) for source, sizes in found.items()}

    def _partitions(self, partitions: Iterable[str]) -> tuple[int, datetime | None, bool]:
        """How many events these partitions have, since when the first waits, and whether all were counted."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = [*pool.map(self._page, partitions)]
        first = [page["Items"][0] for page in found if page["Items"]]
        since = min((int(item[names.OUTBOX_SORT]["N"]) for item in first), default=None)
        return (
            sum(page["Count"] for page in found),
            None if since is None else from_micros(since),
            not any("LastEvaluatedKey" in page for page in found),
        )

    def _page(self, partition: str) -> Mapping[str, Any]:  # botocore's answer
        """The first page of a partition, the longest waiting first."""
        with translated():
            page: Mapping[str, Any] = self._table.client().query(
                TableName=self._table.name,
                IndexName=names.OUTBOX_INDEX,
                KeyConditionExpression=f"{names.OUTBOX_PARTITION} = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
                ProjectionExpression=names.OUTBOX_SORT,
            )
        return page
