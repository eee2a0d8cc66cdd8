"""The audit log, as items of the table.

=============== ==== =================================================================================================
attribute       type
=============== ==== =================================================================================================
``event_id``    S    ``#audit/`` and the entry's id; a source's name never begins with ``#``
``arrival``     S    ``audit``: its partition in the index by time
``received_at`` N    microseconds since 1970: when the entry was first written
``action``      S    and ``subject``, ``actor``, ``reason``: texts; ``affected``: a number; ``details``: a map of texts
=============== ==== =================================================================================================
"""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.codec import from_micros, micros
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import ARRIVALS_INDEX, ARRIVALS_PARTITION, ARRIVALS_SORT, TABLE_KEY
from hookline.adapters.aws.table import Table
from hookline.ports.audit import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item

__all__ = ["DynamoAuditLog"]

_PREFIX = "#audit/"
_PARTITION = "audit"
_TEXTS = ("action", "subject", "actor", "reason")


class DynamoAuditLog:
    """AuditLog over one table. The index is up to a second behind the table: the newest entry may be missing from a list."""

    def __init__(self, client: LazyClient, *, table: str) -> None:
        self._table = Table(client, table)

    def write(self, entry: AuditEntry) -> None:
        """Write the entry; it replaces one with the same id."""
        with translated():
            self._table.client().put_item(TableName=self._table.name, Item=_item(entry))

    def newest(self, *, limit: int, before: str | None = None) -> list[AuditEntry]:
        """The newest entries first, those of the same microsecond by their ids. An unknown ``before`` gives an empty list."""
        last = None if before is None else self._table.items([_PREFIX + before]).get(_PREFIX + before)
        if before is not None and last is None:
            return []
        place = None if last is None else _place(last)
        keys = (key for at, key in self._places(place) if place is None or (at, key) < place)
        wanted = [*islice(keys, limit)]
        items = self._table.items(wanted)
        return [_entry(items[key]) for key in wanted if key in items]

    def _places(self, last: tuple[int, str] | None) -> Iterator[tuple[int, str]]:
        """The time and key of each entry, the newest first, beginning at the time of ``last``."""
        condition, values = f"{ARRIVALS_PARTITION} = :audit", {":audit": {"S": _PARTITION}}
        if last is not None:
            condition += f" AND {ARRIVALS_SORT} <= :last"
            values[":last"] = {"N": str(last[0])}
        found = self._table.query(
            IndexName=ARRIVALS_INDEX,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
        )
        for _, of_one_moment in groupby(map(_place, found), key=lambda place: place[0]):
            yield from sorted(of_one_moment, reverse=True)


def _item(entry: AuditEntry) -> dict[str, Any]:  # as Item
    item: dict[str, Any] = {
        TABLE_KEY: {"S": _PREFIX + entry.id},
        ARRIVALS_PARTITION: {"S": _PARTITION},
        ARRIVALS_SORT: {"N": str(micros(entry.at))},
    }
    item |= {name: {"S": text} for name in _TEXTS if (text := getattr(entry, name)) is not None}
    if entry.affected is not None:
        item["affected"] = {"N": str(entry.affected)}
    if entry.details:
        item["details"] = {"M": {name: {"S": text} for name, text in entry.details.items()}}
    return item


def _place(item: Item) -> tuple[int, str]:
    return int(item[ARRIVALS_SORT]["N"]), item[TABLE_KEY]["S"]


def _entry(item: Item) -> AuditEntry:
    texts = {name: item[name]["S"] for name in _TEXTS if name in item}
    return AuditEntry(
        id=item[TABLE_KEY]["S"].removeprefix(_PREFIX),
        at=from_micros(int(item[ARRIVALS_SORT]["N"])),
        affected=int(item["affected"]["N"]) if "affected" in item else None,
        details={name: value["S"] for name, value in item.get("details", {"M": {}})["M"].items()},
        **texts,
    )
