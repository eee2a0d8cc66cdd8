"""Leases events: when two recoverers see the same event, only one of them takes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.codec import micros
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import TABLE_KEY
from hookline.domain.event import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.adapters.aws.outbox_index import Waiting
    from hookline.adapters.aws.table import Table

__all__ = ["FIRST_PAUSE", "LONGEST_PAUSE", "Leases"]

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)

_CHUNK = 16
"""Updates in one transaction: with items of at most 200 KB each, they stay below DynamoDB's limit of 4 MB."""

_AT_ONCE = 8
_MAX_ROUNDS = 3
_CANCELED = "TransactionCanceledException"


class Leases:
    """Takes events for a time: the attempt is counted, and no other reader finds them due before the pause ends.

    The pause is as long as the event has waited, so that it doubles with each attempt, from one minute to fifteen.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, due: Sequence[Waiting], *, due_at: datetime) -> list[Waiting]:
        """The events that were taken: an event that is no longer due, or that another reader took, is left out."""
        chunks = [due[start : start + _CHUNK] for start in range(0, len(due), _CHUNK)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [*chain.from_iterable(pool.map(lambda chunk: self._take(chunk, due_at), chunks))]

    def _take(self, chunk: Sequence[Waiting], due_at: datetime) -> list[Waiting]:
        """Take the whole chunk in one transaction; if it is cancelled, try again with the events that did not cause that."""
        left = list(chunk)
        for _ in range(_MAX_ROUNDS):
            if not left:
                break
            try:
                with translated(but=(_CANCELED,)):
                    self._table.client().transact_write_items(
                        TransactItems=[{"Update": self._update(one, due_at)} for one in left]
                    )
            except ClientError as error:
                reasons = error.response["CancellationReasons"]
                left = [one for one, reason in zip(left, reasons, strict=True) if reason["Code"] == "None"]
            else:
                return left
        return []

    def _update(self, one: Waiting, due_at: datetime) -> dict[str, Any]:
        return {
            "TableName": self._table.name,
            "Key": {TABLE_KEY: {"S": one.event_id}},
            "UpdateExpression": "SET next_at = :next, attempts = if_not_exists(attempts, :none) + :one",
            "ConditionExpression": "#status = :received AND (attribute_not_exists(next_at) OR next_at <= :due)",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":received": {"S": Status.RECEIVED.value},
                ":due": {"N": str(micros(due_at))},
                ":next": {"N": str(micros(due_at + min(max(due_at - one.since, FIRST_PAUSE), LONGEST_PAUSE)))},
                ":none": {"N": "0"},
                ":one": {"N": "1"},
            },
        }
