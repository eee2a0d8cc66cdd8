"""Puts stored events back in the outbox, for a replay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.codec import micros, seconds_text
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.items import waiting_partition
from hookline.adapters.aws.names import BODY_PENDING, OUTBOX_PARTITION, OUTBOX_SORT, TABLE_KEY, TTL_ATTRIBUTE
from hookline.domain.erasure import ERASED
from hookline.domain.event import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.event_reader import EventReader
    from hookline.adapters.aws.items import Item
    from hookline.adapters.aws.table import Table
    from hookline.domain.replay import ReplayMark
    from hookline.ports.clock import Clock

__all__ = ["Reopening"]

_AT_ONCE = 8
_LIVE = f"attribute_not_exists({TTL_ATTRIBUTE}) OR {TTL_ATTRIBUTE} > :now"


class Reopening:
    """Reopens events of one table."""

    def __init__(self, table: Table, reader: EventReader, *, bodies: S3Bodies, clock: Clock) -> None:
        self._table = table
        self._reader = reader
        self._bodies = bodies
        self._clock = clock

    def reopen(self, event_ids: Sequence[str], mark: ReplayMark | None, *, once: bool = False) -> list[bool]:
        """Reopen events; returns for each whether it waits now. With ``once`` an event that already has this mark stays as it is."""
        known = self._table.items(event_ids, only=f"{TABLE_KEY}, {TTL_ATTRIBUTE}, body_key, replay")

        def reopened(event_id: str) -> bool:
            item = known.get(event_id)
            if item is None or not self._reader.is_live(item):
                return False
            is_marked = once and mark is not None and item.get("replay", {}).get("S") == mark.id
            return is_marked or self._reopened(event_id, item, mark)

        if len(event_ids) == 1:
            return [reopened(event_ids[0])]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [*pool.map(reopened, event_ids)]

    def _reopened(self, event_id: str, item: Item, mark: ReplayMark | None) -> bool:
        if "body_key" in item:  # first, so that after a crash in between the body of a waiting event is not removed
            self._bodies.tag(item["body_key"]["S"], BODY_PENDING)
        expression, marks = _marking(mark)
        try:
            with translated(but=("ConditionalCheckFailedException",)):
                self._table.client().update_item(
                    TableName=self._table.name,
                    Key={TABLE_KEY: {"S": event_id}},
                    UpdateExpression=expression,
                    ConditionExpression=f"attribute_exists({TABLE_KEY}) AND ({_LIVE}) AND attribute_not_exists(#metadata.#erased)",
                    ExpressionAttributeNames={"#status": "status", "#metadata": "metadata", "#erased": ERASED},
                    ExpressionAttributeValues={
                        ":received": {"S": Status.RECEIVED.value},
                        ":shard": {"S": waiting_partition(event_id)},
                        ":since": {"N": str(micros(self._clock.steady()))},
                        ":now": {"N": seconds_text(self._clock.steady())},
                        **marks,
                    },
                )
        except ClientError:
            return False
        return True


def _marking(mark: ReplayMark | None) -> tuple[str, dict[str, Any]]:
    """The update, and the values of the mark."""
    given = {} if mark is None else {"replay": mark.id, "replay_queue": mark.queue}
    marks = {name: text for name, text in given.items() if text is not None}
    settings = ["#status = :received", f"{OUTBOX_PARTITION} = :shard", f"{OUTBOX_SORT} = :since"]
    settings += [f"{name} = :{name}" for name in marks]
    removed = [TTL_ATTRIBUTE, "attempts", "next_at", "reason"]
    removed += [name for name in ("replay", "replay_queue") if name not in marks]
    expression = f"SET {', '.join(settings)} REMOVE {', '.join(removed)}"
    return expression, {f":{name}": {"S": text} for name, text in marks.items()}
