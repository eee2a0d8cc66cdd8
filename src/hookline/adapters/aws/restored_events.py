"""Restores lost items of a table from a copy of its earlier state that DynamoDB's point-in-time recovery made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import PAUSES_KEY, TABLE_KEY, TTL_ATTRIBUTE
from hookline.adapters.aws.table import Table
from hookline.errors import OperatorError
from hookline.ports.restored_events import RestoreStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item
    from hookline.ports.clock import Clock

__all__ = ["DynamoRestoredEvents"]

_AT_ONCE: Final = 100
"""Items of a step: as many keys as BatchGetItem accepts."""

_WRITERS: Final = 16
"""Writes in parallel. Each is a separate call, because a batch has no conditions."""

_REFUSED: Final = "ConditionalCheckFailedException"
_THERE: Final = f"attribute_not_exists({TABLE_KEY})"


class DynamoRestoredEvents:
    """RestoredEvents from the table ``restored`` to ``table``. Bodies are in ``bucket``, which keeps deleted ones for some days."""

    def __init__(
        self, dynamodb: LazyClient, s3: LazyClient, *, table: str, restored: str, bucket: str, clock: Clock
    ) -> None:
        if restored == table:
            raise OperatorError(
                "restored_table_unknown", f"{restored} is the table itself, and not a copy of its earlier state"
            )
        self._table, self._restored = Table(dynamodb, table), Table(dynamodb, restored)
        self._dynamodb, self._s3 = opened(dynamodb), opened(s3)
        self._bucket = bucket
        self._clock = clock

    def steps(self, *, bring_back: bool) -> Iterator[RestoreStep]:
        """The events of the restored table, in the order of DynamoDB's Scan, which is arbitrary."""
        found = self._kept()
        with ThreadPoolExecutor(_WRITERS) as writers:
            while part := list(islice(found, _AT_ONCE)):
                there = self._table.items([one[TABLE_KEY]["S"] for one in part], only=TABLE_KEY)
                missing = [one for one in part if one[TABLE_KEY]["S"] not in there]
                bodies = [*writers.map(self._revive if bring_back else self._has_body, missing)]
                brought = [*writers.map(self._put, missing)] if bring_back else []
                yield RestoreStep(
                    looked_at=len(part),
                    missing=len(missing),
                    events=sum("status" in one for one in missing),
                    without_body=sum(not has for has in bodies),
                    brought_back=sum(brought),
                )

    def _kept(self) -> Iterator[Item]:
        """The items that have not expired."""
        now = self._clock.now().timestamp()
        try:
            with translated(but=("ResourceNotFoundException",)):
                self._dynamodb().describe_table(TableName=self._restored.name)
        except ClientError:
            raise OperatorError("restored_table_unknown", f"there is no table {self._restored.name}") from None
        for item in self._restored.scan():
            expiry = float(item.get(TTL_ATTRIBUTE, {}).get("N", now + 1))
            if expiry > now and item[TABLE_KEY]["S"] != PAUSES_KEY:
                yield item

    def _put(self, item: Item) -> bool:
        """Store the item unless one with its key exists meanwhile, for example because the sender repeated the event."""
        try:
            with translated(but=(_REFUSED,)):
                self._dynamodb().put_item(TableName=self._table.name, Item=item, ConditionExpression=_THERE)
        except ClientError:
            return False
        return True

    def _has_body(self, item: Item) -> bool:
        """Whether the body is in the bucket or can be restored there."""
        key = _body_key(item)
        return key is None or self._is_there(key) or self._marker(key) is not None

    def _revive(self, item: Item) -> bool:
        """Restore the body where it was deleted and the bucket still has it."""
        key = _body_key(item)
        if key is None or self._is_there(key):
            return True
        marker = self._marker(key)
        if marker is None:
            return False
        with translated():
            self._s3().delete_object(Bucket=self._bucket, Key=key, VersionId=marker)
        return self._is_there(key)

    def _is_there(self, key: str) -> bool:
        try:
            with translated(but=("404", "NoSuchKey")):
                self._s3().head_object(Bucket=self._bucket, Key=key)
        except ClientError:
            return False
        return True

    def _marker(self, key: str) -> str | None:
        """The delete marker that hides a deleted body."""
        with translated():
            answer: dict[str, Any] = self._s3().list_object_versions(Bucket=self._bucket, Prefix=key)
        if not any(one["Key"] == key for one in answer.get("Versions", ())):
            return None
        marks: Sequence[str] = [
            one["VersionId"] for one in answer.get("DeleteMarkers", ()) if one["Key"] == key and one["IsLatest"]
        ]
        return next(iter(marks), None)


def _body_key(item: Item) -> str | None:
    key: str | None = item.get("body_key", {}).get("S")
    return key
