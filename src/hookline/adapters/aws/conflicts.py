"""Stores second bodies: other bodies that arrived with the id of a stored event.

They are in a separate item with the key ``~`` and the event's id: a source's name never begins with ``~``. The validator may only put
items, so it reads the item through a put that is refused, and changes it by a put on the condition that it is still as it was read.

=============== ==== ==================================================================================================
attribute       type
=============== ==== ==================================================================================================
``event_id``    S    ``~`` and the event's id
``of``          N    the ``stored_at`` of the event; an item that belongs to an earlier event with the same id is replaced
``conflicts``   N    how often another body arrived
``bodies``      L    at most ten different ones: maps of ``received_at``, ``sha256``, and the body as in an event's item, or ``erased``
``erased``      BOOL the event was erased: no body is kept any more. The erasure counts as a conflict, see ``erasures``
``expires_at``  N    whole seconds since 1970
=============== ==== ==================================================================================================
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.bodies import body_key, is_large
from hookline.adapters.aws.codec import micros, pack, whole_seconds_after
from hookline.adapters.aws.errors import translated, was_retried
from hookline.adapters.aws.items import inline_body
from hookline.adapters.aws.names import BODY_DELIVERED, TABLE_KEY, TTL_ATTRIBUTE
from hookline.domain.retention import kept_aside_longer
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.clients import Client
    from hookline.adapters.aws.items import Item
    from hookline.domain.event import Event
    from hookline.domain.retention import EventRetention

__all__ = ["Conflicts", "companion_key"]

_KEPT_ASIDE = 10
"""Second bodies that are kept per event. More are only counted: a sender's bug must not fill the table."""

_INLINE_LIMIT = 4096
"""Bytes of a stored body in the item; with ten of this size the item is still cheap to rewrite at each conflict."""

_MAX_TRIES = 20
_LONGEST_PAUSE = 0.02


def companion_key(event_id: str) -> str:
    """The key of the item that keeps an event's second bodies."""
    return f"~{event_id}"


class Conflicts:
    """Counts conflicts and stores second bodies, with PutItem only."""

    def __init__(
        self, client: Callable[[], Client], *, table: str, bodies: S3Bodies, retention: EventRetention
    ) -> None:
        self._client = client
        self._table = table
        self._bodies = bodies
        self._retention = retention

    def add(self, event_id: str, of: str, second: Event, *, now: datetime) -> None:
        """Count one conflict with the event of this id, whose ``stored_at`` is ``of``, and keep the body while there is room."""
        companion: Item | None = None
        for _ in range(_MAX_TRIES):
            refused = self._put(self._next(companion, event_id, of, second, now), companion, of)
            if refused is None or int(refused["of"]["N"]) > int(
                of
            ):  # a newer event has the id: second bodies of this one are not needed any more
                return
            companion = refused
            time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 -- only to draw apart those who came together
        raise UnavailableError("storage_unavailable", f"too many conflicts of {event_id} at the same time")

    def _next(self, companion: Item | None, event_id: str, of: str, second: Event, now: datetime) -> dict[str, Any]:
        """The item after one more conflict."""
        inherited = companion is not None and companion["of"]["N"] == of
        count = int(companion["conflicts"]["N"]) if companion and inherited else 0
        kept = list(companion["bodies"]["L"]) if companion and inherited else []
        is_erased = companion is not None and inherited and "erased" in companion
        if (
            not is_erased
            and len(kept) < _KEPT_ASIDE
            and all(one["M"]["sha256"]["B"] != second.body_sha256 for one in kept)
        ):
            kept.append({"M": self._written(second)})
        retention = self._retention.of(second.source)
        return {
            TABLE_KEY: {"S": companion_key(event_id)},
            "of": {"N": of},
            "conflicts": {"N": str(count + 1)},
            "bodies": {"L": kept},
            TTL_ATTRIBUTE: {"N": str(whole_seconds_after(now + retention + kept_aside_longer(retention)))},
            **({"erased": {"BOOL": True}} if is_erased else {}),
        }

    def _written(self, second: Event) -> dict[str, Any]:
        written: dict[str, Any] = {
            "received_at": {"N": str(micros(second.received_at))},
            "sha256": {"B": second.body_sha256},
        }
        if not is_large(second) and len(pack(second.body)[1]) <= _INLINE_LIMIT:
            return written | inline_body(second.body)
        if not is_large(second):  # the object of a large body already exists
            self._bodies.put(second, tag=BODY_DELIVERED)  # no event waits for this body, so it may expire
        return written | {"body_key": {"S": body_key(second)}}

    def _put(self, item: dict[str, Any], companion: Item | None, of: str) -> Item | None:
        """Put the item if the stored one is still as it was read; otherwise return the stored one."""
        condition = "attribute_not_exists(event_id) OR #of < :of"
        values = {":of": {"N": of}}
        if companion is not None:
            condition = f"({condition}) OR (#of = :of AND conflicts = :conflicts)"
            values[":conflicts"] = companion["conflicts"]
        try:
            with translated(but=("ConditionalCheckFailedException",)):
                self._client().put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={"#of": "of"},
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            refused: Item = error.response["Item"]
            return None if was_retried(error) and refused == item else refused
        return None
