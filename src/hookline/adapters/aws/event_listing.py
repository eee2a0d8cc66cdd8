"""Lists events of the table: by the index of arrivals where ``since`` is given, else by the outbox's index, else by a full scan."""

from __future__ import annotations

import heapq
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.arrivals import Arrivals, place_of
from hookline.adapters.aws.codec import micros, seconds_text
from hookline.adapters.aws.items import FAILED_PARTITION, held_partition
from hookline.adapters.aws.names import OUTBOX_INDEX, OUTBOX_PARTITION, OUTBOX_SHARDS, TABLE_KEY, TTL_ATTRIBUTE
from hookline.adapters.aws.pauses import DynamoPauses
from hookline.domain.event import Status
from hookline.domain.pause import Paused
from hookline.domain.transaction import TRANSACTION_AMOUNT, TRANSACTION_REFERENCE, plain_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hookline.adapters.aws.arrivals import Place
    from hookline.adapters.aws.event_reader import EventReader
    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["EventListing"]

_LIVE = f"attribute_not_exists({TTL_ATTRIBUTE}) OR {TTL_ATTRIBUTE} > :now"
_PLACE = f"{TABLE_KEY}, stored_at, received_at"
_IN_OUTBOX = (Status.RECEIVED, Status.FAILED)
_AHEAD = timedelta(days=1)
"""How far a function's clock may be ahead of this machine's clock."""
_AT_ONCE = 100


class EventListing:
    """Finds events, the newest first."""

    def __init__(self, table: Table, reader: EventReader, clock: Clock) -> None:
        self._table = table
        self._reader = reader
        self._clock = clock

    def find(self, wanted: EventFilter, *, limit: int, before: str | None) -> list[StoredEvent]:
        """At most ``limit`` events, the last received first. Raises the first fault of an event that it reads."""
        last = None if before is None else self._place_of(before)
        if before is not None and last is None:
            return []
        ids = (event_id for _, _, event_id in self._places(wanted, last, limit))
        return [*islice(self._loaded(ids, wanted, min(limit, _AT_ONCE)), limit)]

    def _loaded(self, ids: Iterator[str], wanted: EventFilter, at_once: int) -> Iterator[StoredEvent]:
        while chunk := [*islice(ids, at_once)]:
            found = self._reader.read(chunk, self._reader.items(chunk)).all()
            yield from (stored for stored in found if wanted.takes(stored.event))

    def _places(self, wanted: EventFilter, last: Place | None, limit: int) -> Iterable[Place]:
        if wanted.since is None and wanted.status in _IN_OUTBOX:
            return sorted((one for one in self._in_outbox(wanted) if last is None or one < last), reverse=True)
        if wanted.since is None:
            older = (place for place in self._scanned(wanted) if last is None or place < last)
            return heapq.nlargest(limit, older)
        end = micros(wanted.until or self._clock.now() + _AHEAD) - (wanted.until is not None)
        end = end if last is None else min(end, last[0])
        found = Arrivals(self._table).places(wanted, first=micros(wanted.since), last=end, newest_first=True)
        return (place for place in found if last is None or place < last)

    def _in_outbox(self, wanted: EventFilter) -> Iterator[Place]:
        """Every event that waits, is held or failed: the index has no others. The other conditions are checked when the events are read."""
        for partition in [FAILED_PARTITION] if wanted.status is Status.FAILED else self._waiting(wanted):
            found = self._table.query(
                IndexName=OUTBOX_INDEX,
                KeyConditionExpression=f"{OUTBOX_PARTITION} = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
            )
            ids = [item[TABLE_KEY]["S"] for item in found]
            yield from map(place_of, self._table.items(ids, only=_PLACE).values())

    def _waiting(self, wanted: EventFilter) -> Iterator[str]:
        """The partitions of the waiting events, and of the events held back by paused sources."""
        yield from map(str, range(OUTBOX_SHARDS))
        paused = DynamoPauses(self._table.client, table=self._table.name).all()
        names = {one.name for one in paused if one.kind is Paused.SOURCE and wanted.source in (None, one.name)}
        yield from (held_partition(name, shard) for name in sorted(names) for shard in range(OUTBOX_SHARDS))

    def _place_of(self, event_id: str) -> Place | None:
        item = self._table.items([event_id], only=_PLACE).get(event_id)
        return None if item is None else place_of(item)

    def _scanned(self, wanted: EventFilter) -> Iterator[Place]:
        condition = f"attribute_exists(#status) AND ({_LIVE})"
        values: dict[str, Any] = {":now": {"N": seconds_text(self._clock.steady())}}
        names = {"#status": "status"}
        for text, name, value in _conditions(wanted):
            condition += f" AND {text}"
            values[f":{name}"] = value
            names |= {"#type": "type"} if name == "type" else {}
        found = self._table.scan(
            ProjectionExpression=f"{_PLACE}, metadata",
            FilterExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        return (place_of(item) for item in found if _has_transaction(item, wanted))


def _conditions(wanted: EventFilter) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The conditions that DynamoDB can check: the expression, the name of its value, and the value."""
    if wanted.status is not None:
        yield "#status = :status", "status", {"S": wanted.status.value}
    if wanted.source is not None:
        yield f"begins_with({TABLE_KEY}, :source)", "source", {"S": f"{wanted.source}:"}
    if wanted.type is not None:
        yield "#type = :type", "type", {"S": wanted.type}
    if wanted.until is not None:
        yield "received_at < :until", "until", {"N": str(micros(wanted.until))}
    if wanted.id_part is not None:
        yield f"contains({TABLE_KEY}, :part)", "part", {"S": wanted.id_part}


def _has_transaction(item: Item, wanted: EventFilter) -> bool:
    metadata = item.get("metadata", {"M": {}})["M"]

    def known(name: str) -> str | None:
        found: str | None = metadata.get(name, {}).get("S")
        return found

    return wanted.reference in (None, known(TRANSACTION_REFERENCE)) and (
        wanted.amount is None or plain_amount(wanted.amount) == plain_amount(known(TRANSACTION_AMOUNT))
    )
