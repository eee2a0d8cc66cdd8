"""Stores rejected requests in a separate table.

=============== ==== ================================================================================================
attribute       type
=============== ==== ================================================================================================
``part``        S    ``rejected``
``id``          S    microseconds since 1970, 16 digits: when it was stored, or the next free microsecond
``source_code`` S    the source and the code, such as ``shop/signature_mismatch``: its sort key in the index
``size``        N    the bytes that count against the bounds
``expires_at``  N    whole seconds since 1970: DynamoDB's time to live removes the item after it
``received_at`` N    microseconds since 1970
``method``      S    and ``path``, ``query``
``headers``     S    JSON: pairs of names and values, read as Latin-1
``body``        B    the received bytes; ``codec`` is ``zlib``, or left out where the body is not compressed
=============== ==== ================================================================================================

One more item for each hour, with the ``part`` ``budget``, counts the used write units: ``proved`` and ``unproved`` for all sources
together, and ``s0`` to ``s63`` for the shares. A share is the units of one source and code; a hash that changes each hour maps it to
one of these names. So the item stays below one kilobyte for any number of sources, and two shares have the same name for at most an hour.
"""

from __future__ import annotations

import json
import random
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.codec import from_micros, from_seconds, micros, pack, unpack, whole_seconds_after
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import (
    REJECTED_BUDGET,
    REJECTED_KEPT,
    REJECTED_PARTITION,
    REJECTED_SORT,
    SHARES_INDEX,
    SHARES_SORT,
    TTL_ATTRIBUTE,
)
from hookline.adapters.aws.table import Table
from hookline.domain.quarantine import (
    KeepBudget,
    KeptCall,
    KeptRequest,
    KeptSummary,
    NoRoom,
    RejectedRequest,
    overflow,
    size_without_body,
)
from hookline.domain.request import Headers, Request
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item
    from hookline.domain.quarantine import QuarantineBounds
    from hookline.ports.clock import Clock

__all__ = ["LARGEST", "DynamoQuarantine"]

LARGEST: Final = 380_000
"""The largest item in bytes, with its body compressed: DynamoDB's limit is 400 KB with all names and numbers."""

_UNIT: Final = 1024
_AROUND: Final = 250
"""The bytes of an item without its texts and its body."""
_INDEXING: Final = 1
"""Write units for an item's index entry, which is below one kilobyte."""
_NAMES: Final = 64
"""The number of names for the shares of an hour."""
_HOUR: Final = 3600
_BUDGET_KEPT: Final = 2 * _HOUR
_TRIES: Final = 3
_OF_CALL: Final = {
    f"#{name}": name for name in ("size", "received_at", "method", "path", "query", "headers", TTL_ATTRIBUTE)
}
"""Attributes by their placeholders in an expression: many of the names are reserved words of DynamoDB."""
_TAKEN = ("ConditionalCheckFailedException",)
_FREE = "attribute_not_exists(#id)"
_WITHIN = "(attribute_not_exists(#all) OR #all <= :all) AND (attribute_not_exists(#share) OR #share <= :share)"


class DynamoQuarantine:
    """Quarantine over one table, which any number of processes write to. A sweep deletes the requests above the bounds."""

    def __init__(
        self,
        client: LazyClient,
        *,
        table: str,
        bounds: QuarantineBounds,
        clock: Clock,
        budget: KeepBudget = KeepBudget(),  # noqa: B008 -- it is frozen
    ) -> None:
        self._table = Table(client, table)
        self._bounds = bounds
        self._clock = clock
        self._budget = budget
        self._last = 0
        self._swept: list[Item] = []

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Store each request that is not too large, without checking the budget: the caller limits the cost."""
        for one in rejected:
            item = self._item(one)
            if item is not None:
                self._put(item)

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:
        """Take the request's units from the hour's budget, then store it: two calls, or one where the budget is used up."""
        item = self._item(rejected)
        if item is None:
            return NoRoom.SIZE
        refusal = self._spend(rejected, _units(item), proved=proved)
        return self._put(item) if refusal is None else refusal

    def ids(self, *, source: str | None = None) -> list[int]:
        """The requests that have not expired, read from the index."""
        now = self._now()
        return sorted(int(one[REJECTED_SORT]["S"]) for one in self._entries(source) if _expiry(one) > now)

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """The requests that have not expired with their sizes, which the index also has."""
        now = self._now()
        found = [
            (int(one[REJECTED_SORT]["S"]), *_share(one), int(one["size"]["N"]))
            for one in self._entries(source)
            if _expiry(one) > now
        ]
        return [KeptSummary(id=number, source=of, code=code, size=size) for number, of, code, size in sorted(found)]

    def newest(self, *, limit: int) -> list[KeptCall]:
        """The newest requests, usually by one Query. Their bodies are not transferred, but DynamoDB charges for reading them."""
        found = self._table.query(
            KeyConditionExpression=f"{REJECTED_PARTITION} = :kept",
            FilterExpression=f"#{TTL_ATTRIBUTE} > :now",
            ProjectionExpression=", ".join((REJECTED_SORT, SHARES_SORT, *_OF_CALL)),
            ExpressionAttributeNames=_OF_CALL,
            ExpressionAttributeValues={
                ":kept": {"S": REJECTED_KEPT},
                ":now": {"N": str(self._now() // 1_000_000)},
            },
            ScanIndexForward=False,
            Limit=limit,
        )
        return [*map(_call, islice(found, limit))]

    def get(self, number: int) -> KeptRequest | None:
        """The request, unless it has expired."""
        with translated():
            answer = self._table.client().get_item(TableName=self._table.name, Key=_key(number), ConsistentRead=True)
        item = answer.get("Item")
        return _kept(item) if item is not None and _expiry(item) > self._now() else None

    def release(self, numbers: Sequence[int]) -> int:
        """Delete them one by one."""
        return sum(self._delete(number) for number in numbers)

    def sweep(self, *, limit: int) -> int:
        """Delete the expired requests, which DynamoDB may do only days later, then the requests above the bounds."""
        now, live, gone = self._now(), [], []
        for entry in self._entries(None):
            number = int(entry[REJECTED_SORT]["S"])
            if _expiry(entry) > now:
                live.append((number, *_share(entry), int(entry["size"]["N"])))
            else:
                gone.append(number)
        return self.release([*sorted(gone), *overflow(sorted(live), self._bounds)][:limit])

    def sweep_what_is_new(self, *, limit: int) -> int:
        """Sweep if a request was stored since this process's last sweep: in a quiet environment this reads one number only."""
        used = self._used()
        if used == self._swept:
            return 0
        gone = self.sweep(limit=limit)
        if gone < limit:
            self._swept = used
        return gone

    def _used(self) -> list[Item]:
        """The budget items of this hour and the previous one."""
        hour = micros(self._clock.now()) // 1_000_000 // _HOUR
        return [
            *self._table.query(
                KeyConditionExpression=f"{REJECTED_PARTITION} = :budget AND {REJECTED_SORT} >= :hour",
                ExpressionAttributeValues={":budget": {"S": REJECTED_BUDGET}, ":hour": {"S": f"{hour - 1}"}},
                ConsistentRead=True,
            )
        ]

    def _item(self, rejected: RejectedRequest) -> dict[str, Any] | None:  # as Item
        """The item without its id; None when it is too large."""
        if rejected.size > self._bounds.max_bytes:
            return None
        request = rejected.request
        codec, body = pack(request.body)
        item: dict[str, Any] = {
            REJECTED_PARTITION: {"S": REJECTED_KEPT},
            SHARES_SORT: {"S": f"{rejected.source}/{rejected.code}"},
            "size": {"N": str(rejected.size)},
            TTL_ATTRIBUTE: {
                "N": str(whole_seconds_after(self._clock.steady() + self._bounds.kept_for(rejected.source)))
            },
            "received_at": {"N": str(micros(request.received_at))},
            "method": {"S": request.method},
            "path": {"S": request.path},
            "query": {"S": request.query},
            "headers": {"S": json.dumps(request.headers.items(), separators=(",", ":"), ensure_ascii=False)},
            "body": {"B": body},
        }
        if codec is not None:
            item["codec"] = {"S": codec}
        return item if _size(item) <= LARGEST else None

    def _put(self, item: dict[str, Any]) -> int:  # as Item
        """Store the item under the first free id from now on. Several processes may store one in the same microsecond."""
        number = max(micros(self._clock.steady()), self._last + 1)
        for _ in range(_TRIES):
            try:
                with translated(but=_TAKEN):
                    self._table.client().put_item(
                        TableName=self._table.name,
                        Item={**item, REJECTED_SORT: {"S": str(number)}},
                        ConditionExpression=_FREE,
                        ExpressionAttributeNames={"#id": REJECTED_SORT},
                    )
            except ClientError:
                number += random.randint(1, 1000)  # noqa: S311 -- no secret
                continue
            self._last = number
            return number
        raise UnavailableError("storage_unavailable", "every id that was tried is already in use")

    def _spend(self, rejected: RejectedRequest, units: int, *, proved: bool) -> NoRoom | None:
        hour, second = divmod(micros(self._clock.now()) / 1_000_000, _HOUR)
        everything, share = self._budget.all.allowed(second), self._budget.share.allowed(second)
        names = {"#all": "proved" if proved else "unproved", "#share": _share_name(rejected, int(hour))}
        try:
            with translated(but=_TAKEN):
                self._table.client().update_item(
                    TableName=self._table.name,
                    Key={REJECTED_PARTITION: {"S": REJECTED_BUDGET}, REJECTED_SORT: {"S": f"{int(hour)}"}},
                    UpdateExpression="ADD #all :units, #share :units SET #end = :end",
                    ConditionExpression=_WITHIN,
                    ExpressionAttributeNames={**names, "#end": TTL_ATTRIBUTE},
                    ExpressionAttributeValues={
                        ":units": {"N": str(units)},
                        ":all": {"N": str(everything - units)},
                        ":share": {"N": str(share - units)},
                        ":end": {"N": str(int(hour) * _HOUR + _BUDGET_KEPT)},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            used = error.response.get("Item", {}).get(names["#all"], {"N": "0"})
            return NoRoom.ALL if int(used["N"]) + units > everything else NoRoom.SHARE
        return None

    def _entries(self, source: str | None) -> Iterator[Item]:
        """The index entries of all stored requests, or of one source's."""
        condition, values = f"{REJECTED_PARTITION} = :kept", {":kept": {"S": REJECTED_KEPT}}
        if source is not None:
            condition += f" AND begins_with({SHARES_SORT}, :source)"
            values[":source"] = {"S": f"{source}/"}
        return self._table.query(
            IndexName=SHARES_INDEX,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )

    def _delete(self, number: int) -> bool:
        try:
            with translated(but=_TAKEN):
                self._table.client().delete_item(
                    TableName=self._table.name,
                    Key=_key(number),
                    ConditionExpression=f"attribute_exists({REJECTED_SORT})",
                )
        except ClientError:
            return False
        return True

    def _now(self) -> int:
        """The time by which requests expire, in microseconds since 1970."""
        return micros(self._clock.expiry())


def _key(number: int) -> Item:
    return {REJECTED_PARTITION: {"S": REJECTED_KEPT}, REJECTED_SORT: {"S": str(number)}}


def _expiry(item: Item) -> int:
    """When the item expires, in microseconds since 1970."""
    return int(item[TTL_ATTRIBUTE]["N"]) * 1_000_000


def _share(item: Item) -> tuple[str, str]:
    source, _, code = item[SHARES_SORT]["S"].rpartition("/")
    return source, code


def _share_name(rejected: RejectedRequest, hour: int) -> str:
    return f"s{zlib.crc32(f'{hour}/{rejected.source}/{rejected.code}'.encode()) % _NAMES}"


def _size(item: Item) -> int:
    texts = sum(len(value["S"].encode()) for value in item.values() if "S" in value)
    return _AROUND + texts + len(item["body"]["B"])


def _units(item: Item) -> int:
    """The write units that storing the item costs: the item and its index entry."""
    return -(-_size(item) // _UNIT) + _INDEXING


def _call(item: Item) -> KeptCall:
    source, code = _share(item)
    query = item["query"]["S"]
    return KeptCall(
        id=int(item[REJECTED_SORT]["S"]),
        source=source,
        code=code,
        received_at=from_micros(int(item["received_at"]["N"])),
        expires_at=from_seconds(int(item[TTL_ATTRIBUTE]["N"])),
        method=item["method"]["S"],
        path=item["path"]["S"],
        query=query,
        body_size=int(item["size"]["N"]) - size_without_body(query, json.loads(item["headers"]["S"])),
    )


def _kept(item: Item) -> KeptRequest:
    source, code = _share(item)
    pairs = json.loads(item["headers"]["S"])
    request = Request(
        method=item["method"]["S"],
        path=item["path"]["S"],
        query=item["query"]["S"],
        headers=Headers((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs),
        body=unpack(item["codec"]["S"] if "codec" in item else None, item["body"]["B"]),
        received_at=from_micros(int(item["received_at"]["N"])),
    )
    return KeptRequest(
        id=int(item[REJECTED_SORT]["S"]),
        rejected=RejectedRequest(source=source, code=code, request=request),
        expires_at=from_seconds(int(item[TTL_ATTRIBUTE]["N"])),
    )
