"""How much is stored that somebody may have to look at, by indexes that hold only that."""

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
"""In each partition: of more, the count is of those that are asked for next."""
_SHARDS: Final = range(names.OUTBOX_SHARDS)


class DynamoStorageCounts:
    """StorageCounts over one table, for any thread. Never a scan: one page of each partition of the outbox's index is counted.

    A page has some thousand events. Where there are more, the count is "at least". Empty partitions cost half a read unit each. ``holding``
    are the sources that hold events back. What was counted is good for ``kept_for``: pages ask every few seconds.
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
        """How much there is, or was a moment ago. The index follows the table within a second, as a rule."""
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
        """Those that wait for their records, of the first page of each partition."""
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
        """How many events are in them, since when the first does, and whether all were counted."""
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
