"""Erases events of an environment on AWS, with the operator's own rights.

An event's item becomes a tombstone first, with ``erasing``; then its second bodies go, then every version of its bodies in the bucket, and
the ``erasing`` mark last. If the process is killed in between, the next erasure of any events finishes the items with ``erasing``.

The companion (the item with the second bodies) is marked ``erased``: the validator then stores no further body. It reads the companion
through a refused put, so there must be one, and its ``conflicts`` must change: otherwise a put prepared earlier would restore the bodies.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.bodies import event_prefix
from hookline.adapters.aws.codec import from_seconds, whole_seconds_after
from hookline.adapters.aws.conflicts import companion_key
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.event_reader import EventReader
from hookline.adapters.aws.names import OUTBOX_PARTITION, OUTBOX_SORT, TABLE_KEY, TTL_ATTRIBUTE
from hookline.adapters.aws.table import Table
from hookline.domain.erasure import ERASED, UNDELIVERED, WHY_UNDELIVERED, is_erased, tombstone
from hookline.domain.retention import kept_aside_longer, retention_by_source
from hookline.errors import UnavailableError
from hookline.ports.erasures import EraseResult, SentTexts
from hookline.ports.replays import Selected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import timedelta

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item
    from hookline.domain.event import Event
    from hookline.domain.retention import EventRetention
    from hookline.ports.clock import Clock
    from hookline.ports.erasures import ToErase
    from hookline.ports.event_store import StoredEvent

__all__ = ["DynamoErasures"]

_ERASING: Final = "erasing"
_TRIES: Final = 8
_REFUSED: Final = ("ConditionalCheckFailedException",)
_GONE: Final = ("body", "codec", "body_key", "next_at", OUTBOX_PARTITION)


class DynamoErasures:
    """Erasures and Cleaning over one table and its bucket. Messages on SQS cannot be found by their event or removed."""

    def __init__(
        self,
        client: LazyClient,
        *,
        table: str,
        bodies: S3Bodies,
        clock: Clock,
        event_retention: timedelta | EventRetention,
    ) -> None:
        self._table = Table(client, table)
        self._bodies = bodies
        self._reader = EventReader(self._table, bodies=bodies, clock=clock)
        self._clock = clock
        self._retention = retention_by_source(event_retention)
        self._unfinished: dict[str, None] = {}

    def events(self, *, limit: int, after: str | None = None) -> Selected:
        """The events of one page of a table scan; the table's other items are left out."""
        begin = {} if after is None else {"ExclusiveStartKey": {TABLE_KEY: {"S": after}}}
        with translated():
            page = self._table.client().scan(TableName=self._table.name, Limit=limit, ConsistentRead=True, **begin)
        items = {item[TABLE_KEY]["S"]: item for item in page["Items"] if "status" in item}
        self._unfinished |= dict.fromkeys(id_ for id_, item in items.items() if _ERASING in item)
        companions = self._table.items([*map(companion_key, items)])
        unreadable: list[str] = []
        return Selected(
            events=[
                self._reader.whole(item, companions.get(companion_key(id_)), damaged=partial(unreadable.append, id_))
                for id_, item in items.items()
            ],
            cursor=page.get("LastEvaluatedKey", {}).get(TABLE_KEY, {}).get("S"),
            unreadable=unreadable,
        )

    def standing(self, event_ids: Sequence[str]) -> Mapping[str, int]:  # noqa: ARG002 -- SQS cannot be asked
        """Empty: SQS cannot count the messages of an event."""
        return {}

    def erase(self, chosen: Sequence[ToErase], *, erasure: str, undelivered: bool) -> list[EraseResult]:
        """Erase the chosen events one after the other."""
        return [self._erase(one, erasure, undelivered=undelivered) for one in chosen]

    def texts(self, *, limit: int, after: str | None = None) -> SentTexts:  # noqa: ARG002 -- as above
        """Empty: messages on SQS are not read, because each read would be a receive."""
        return SentTexts(texts=(), cursor=None)

    def remove(self, message_ids: Sequence[str]) -> int:  # noqa: ARG002 -- as above
        """Remove nothing: SQS deletes a message only by its receipt."""
        return 0

    def unlearn(self, words: Mapping[str, Collection[bytes]], is_other: Callable[[Event], bool]) -> None:
        """Do nothing: bodies in DynamoDB are not compressed with a dictionary."""

    def scrub(self, *, rewrite: bool) -> tuple[str, ...]:  # noqa: ARG002 -- DynamoDB and S3 keep nothing that was removed
        """Finish earlier erasures that were interrupted by a kill."""
        for event_id in [*self._unfinished]:
            item = self._table.items([event_id]).get(event_id)
            if item is not None and _ERASING in item:
                self._finish(event_id, item)
            del self._unfinished[event_id]
        return ()

    def _erase(self, one: ToErase, erasure: str, *, undelivered: bool) -> EraseResult:
        items = self._table.items([one.event_id, companion_key(one.event_id)])
        item = items.get(one.event_id)
        if item is None or item["sha256"]["B"] != one.body_sha256:
            return EraseResult(event_id=one.event_id, is_done=False)
        stored = self._reader.whole(item, items.get(companion_key(one.event_id)))
        if not one.whole:
            return self._erase_second(stored, item, frozenset(one.second))
        was_waiting = stored.event.status in UNDELIVERED
        if is_erased(stored.event) or (was_waiting and not undelivered):
            return EraseResult(event_id=one.event_id, is_done=False)
        if not self._bury(stored, item, erasure, was_waiting=was_waiting):
            return EraseResult(event_id=one.event_id, is_done=False)
        self._finish(one.event_id, item)
        second = sum(bool(one.body) for one in stored.set_aside)
        return EraseResult(event_id=one.event_id, is_done=True, second_bodies=second)

    def _bury(self, stored: StoredEvent, item: Item, erasure: str, *, was_waiting: bool) -> bool:
        """Turn the item into a tombstone; False where it has changed since it was read."""
        left = tombstone(stored.event, erasure)
        settings = {
            "status": {"S": left.status.value},
            "metadata": {"M": {name: {"S": value} for name, value in left.metadata.items()}},
            _ERASING: {"BOOL": True},
            OUTBOX_SORT: {"N": str(int(item[OUTBOX_SORT]["N"].partition(".")[0]))},
        }
        removed = [*_GONE, *(() if was_waiting else ("reason",))]
        if was_waiting:
            expires_at = whole_seconds_after(self._clock.steady() + self._retention.of(left.source))
            settings |= {"reason": {"S": WHY_UNDELIVERED}, TTL_ATTRIBUTE: {"N": str(expires_at)}}
            if "next_at" in item and item.get(OUTBOX_PARTITION, {}).get("S", "").startswith("fetch/"):
                settings[OUTBOX_SORT] = item["next_at"]
        return self._update(
            stored.event.id,
            settings,
            removed,
            only="#status = :was AND stored_at = :stored AND attribute_not_exists(#metadata.#erased)",
            values={":was": item["status"], ":stored": item["stored_at"]},
            names={"#erased": ERASED},
        )

    def _finish(self, event_id: str, item: Item) -> None:
        """Remove the second bodies, then the objects in the bucket, then the ``erasing`` mark."""
        self._empty_companion(event_id, item, None)
        self._bodies.remove_all(event_prefix(event_id))
        stored_at = {":stored": item["stored_at"]}
        self._update(event_id, {}, [_ERASING], only="stored_at = :stored", values=stored_at, names={})

    def _erase_second(self, stored: StoredEvent, item: Item, digests: frozenset[bytes]) -> EraseResult:
        event = stored.event
        gone = [second for second in stored.set_aside if second.body and second.body_sha256 in digests]
        if not gone:
            return EraseResult(event_id=event.id, is_done=False)
        for second in (
            gone
        ):  # objects first: after a kill in between, the item still lists the body, and the next erasure finds it
            self._bodies.remove_all(f"{event_prefix(event.id)}{second.body_sha256.hex()}/")
        self._empty_companion(event.id, item, digests)
        return EraseResult(event_id=event.id, is_done=True, second_bodies=len(gone))

    def _empty_companion(self, event_id: str, item: Item, digests: frozenset[bytes] | None) -> None:
        """Empty the second bodies with these digests; None empties all of them, and later ones are not kept."""
        key, of = companion_key(event_id), item["stored_at"]["N"]
        for _ in range(_TRIES):
            companion = self._table.items([key]).get(key)
            if companion is not None and int(companion["of"]["N"]) > int(of):
                return  # another event has the id now
            if digests is not None and (companion is None or companion["of"]["N"] != of):
                return  # the second bodies have expired meanwhile
            if self._put_companion(key, item, companion, digests):
                return
        raise UnavailableError("storage_unavailable", f"the second bodies of {event_id} changed at every attempt")

    def _put_companion(self, key: str, item: Item, companion: Item | None, digests: frozenset[bytes] | None) -> bool:
        of = item["stored_at"]["N"]
        inherited = companion is not None and companion["of"]["N"] == of
        bodies = companion["bodies"]["L"] if companion is not None and inherited else []
        count = int(companion["conflicts"]["N"]) + 1 if companion is not None and inherited else 0
        kept = [_emptied(one) if digests is None or one["M"]["sha256"]["B"] in digests else one for one in bodies]
        expires_at = str(self._companion_ends(key, item))
        if (
            digests is not None and companion is not None
        ):  # the bodies that are not erased do not stay longer than before
            expires_at = companion[TTL_ATTRIBUTE]["N"]
        condition = "attribute_not_exists(event_id) OR #of < :of"
        values: dict[str, Any] = {":of": {"N": of}}
        if companion is not None and inherited:
            condition, values[":conflicts"] = "#of = :of AND conflicts = :conflicts", companion["conflicts"]
        try:
            with translated(but=_REFUSED):
                self._table.client().put_item(
                    TableName=self._table.name,
                    Item={
                        TABLE_KEY: {"S": key},
                        "of": {"N": of},
                        "conflicts": {"N": str(count)},
                        "bodies": {"L": kept},
                        TTL_ATTRIBUTE: {"N": expires_at},
                        **({"erased": {"BOOL": True}} if digests is None or "erased" in (companion or {}) else {}),
                    },
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#of": "of"},
                    ExpressionAttributeValues=values,
                )
        except ClientError:
            return False
        return True

    def _companion_ends(self, key: str, item: Item) -> int:
        """When the companion of an erased event expires, in seconds since 1970.

        Without the companion, second bodies would be stored again, so it must not expire before the event. The event's source may have
        a longer retention than is known here.
        """
        retention = self._retention.of(key.removeprefix("~").partition(":")[0])
        ends = max(self._clock.steady() + retention, from_seconds(int(item.get(TTL_ATTRIBUTE, {"N": "0"})["N"])))
        return whole_seconds_after(ends + kept_aside_longer(retention))

    def _update(
        self,
        event_id: str,
        settings: Mapping[str, object],
        removed: Sequence[str],
        *,
        only: str,
        values: Mapping[str, object],
        names: Mapping[str, str],
    ) -> bool:
        """Change an item if the condition ``only`` holds; False where it does not."""
        setting = ", ".join(f"#{name} = :{name}" for name in settings)
        expression = f"{f'SET {setting} ' if setting else ''}REMOVE {', '.join(f'#{name}' for name in removed)}"
        all_names = {f"#{name}": name for name in (*settings, *removed)} | dict(names)
        try:
            with translated(but=_REFUSED):
                self._table.client().update_item(
                    TableName=self._table.name,
                    Key={TABLE_KEY: {"S": event_id}},
                    UpdateExpression=expression,
                    ConditionExpression=only,
                    ExpressionAttributeNames=all_names,
                    ExpressionAttributeValues={**{f":{name}": value for name, value in settings.items()}, **values},
                )
        except ClientError:
            return False
        return True


def _emptied(one: Item) -> Item:
    """A second body without its bytes: the digest stays, so that the same body is not stored again."""
    known = one["M"]
    return {"M": {"received_at": known["received_at"], "sha256": known["sha256"], "erased": {"BOOL": True}}}
