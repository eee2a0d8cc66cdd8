"""Reads events by the time of their receipt: each day has shards, so that a range of time is read without the rest of the table."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from itertools import chain, groupby
from typing import TYPE_CHECKING, TypeAlias

from hookline.adapters.aws.codec import from_micros
from hookline.adapters.aws.items import arrival_partition
from hookline.adapters.aws.names import (
    ARRIVALS_INDEX,
    ARRIVALS_PARTITION,
    ARRIVALS_SHARDS,
    ARRIVALS_SORT,
    TABLE_KEY,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table
    from hookline.ports.event_store import EventFilter

__all__ = ["Arrivals", "Place", "place_of"]

Place: TypeAlias = "tuple[int, int, str]"
"""When an event was received and stored, in microseconds since 1970, and its id."""

_AT_ONCE = 8


class Arrivals:
    """Queries all shards of a day, several in parallel, and then those of the next day. The index is up to a second behind the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def places(self, wanted: EventFilter, *, first: int, last: int, newest_first: bool) -> Iterator[Place]:
        """The events received from ``first`` to ``last`` (inclusive) with the wanted source and type; some may have expired."""
        for day in _days(first, last, newest_first=newest_first):
            yield from self._day(day, wanted, (first, last), newest_first=newest_first)

    def _day(self, day: date, wanted: EventFilter, span: tuple[int, int], *, newest_first: bool) -> Iterator[Place]:
        def begun(shard: int) -> Iterator[Place]:
            found = self._shard(arrival_partition(day, shard), wanted, span, newest_first=newest_first)
            return chain([one for one in [next(found, None)] if one is not None], found)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            shards = [*pool.map(begun, range(ARRIVALS_SHARDS))]
        return heapq.merge(*shards, reverse=newest_first)

    def _shard(
        self, partition: str, wanted: EventFilter, span: tuple[int, int], *, newest_first: bool
    ) -> Iterator[Place]:
        condition = f"{ARRIVALS_PARTITION} = :partition AND {ARRIVALS_SORT} BETWEEN :first AND :last"
        values = {
            ":partition": {"S": partition},
            ":first": {"N": str(span[0])},
            ":last": {"N": str(span[1])},
        }
        asked: dict[str, object] = {"KeyConditionExpression": condition, "ScanIndexForward": not newest_first}
        filters = []
        if wanted.source is not None:
            filters.append(f"begins_with({TABLE_KEY}, :source)")
            values[":source"] = {"S": f"{wanted.source}:"}
        if wanted.type is not None:
            filters.append("#type = :type")
            values[":type"] = {"S": wanted.type}
            asked["ExpressionAttributeNames"] = {"#type": "type"}
        if filters:
            asked["FilterExpression"] = " AND ".join(filters)
        found = self._table.query(IndexName=ARRIVALS_INDEX, ExpressionAttributeValues=values, **asked)
        for _, of_one_moment in groupby(map(place_of, found), key=lambda place: place[0]):
            yield from sorted(of_one_moment, reverse=newest_first)


def place_of(item: Item) -> Place:
    """The sort key of an item in the index of arrivals, or of its index entry."""
    return int(item["received_at"]["N"]), int(item["stored_at"]["N"]), item[TABLE_KEY]["S"]


def _days(first: int, last: int, *, newest_first: bool) -> Iterator[date]:
    begin, end = (from_micros(moment).astimezone(UTC).date() for moment in (first, last))
    count = (end - begin).days + 1 if first <= last else 0
    for number in range(count):
        yield end - timedelta(days=number) if newest_first else begin + timedelta(days=number)
