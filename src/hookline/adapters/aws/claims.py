"""Claims in the table, each an item of its own, put in one transaction with the event that makes them.

A transaction of puts needs only the right to put items. Each put requires that the claim is free; DynamoDB returns the item that
refused it (``ReturnValuesOnConditionCheckFailure``), so that no separate read is needed and no write of another process is missed.

=============== ==== =================================================================================================
attribute       type
=============== ==== =================================================================================================
``event_id``    S    ``=`` and 16 bytes of a digest of what is claimed, in base64; a source's name never begins with ``=``
``of``          S    the id of the event that holds it
``stored_at``   N    the ``stored_at`` of that event
``sha256``      B    the first 16 bytes of its body's digest
``expires_at``  N    whole seconds since 1970
=============== ==== =================================================================================================
"""

from __future__ import annotations

import base64
import random
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.codec import seconds_text, whole_seconds_after
from hookline.adapters.aws.errors import translated, was_retried
from hookline.adapters.aws.names import TABLE_KEY, TTL_ATTRIBUTE
from hookline.domain.claim import DIGEST_BYTES
from hookline.domain.verdict import Held, judged
from hookline.errors import UnavailableError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hookline.adapters.aws.clients import Client
    from hookline.adapters.aws.items import Item
    from hookline.domain.claim import Claim
    from hookline.domain.event import Event
    from hookline.domain.verdict import Verdict

__all__ = ["Answered", "ClaimingPuts", "claim_item", "claim_item_key"]

_CANCELED = "TransactionCanceledException"
_REFUSED = "ConditionalCheckFailed"
_MAX_TRIES = 8
_LONGEST_PAUSE = 0.1


def claim_item_key(key: bytes) -> str:
    """The key of the item that holds a claim."""
    return f"={base64.urlsafe_b64encode(key).decode().rstrip('=')}"


@record
class Answered:
    """Why a put was refused: the stored item with the event's id, or else the verdict on the claims and the item of the deciding claim.

    All fields are None when everything was put.
    """

    known: Item | None = None
    verdict: Verdict | None = None
    holding: Item | None = None


class ClaimingPuts:
    """Puts an event and its claims in one transaction: all of them or none."""

    def __init__(self, client: Callable[[], Client], *, table: str, unknown: str) -> None:
        """``unknown`` is the condition expression for a free key; ``:now`` in it is the current time."""
        self._client = client
        self._table = table
        self._unknown = unknown

    def put(self, item: dict[str, Any], event: Event, claims: Sequence[Claim], *, now: datetime) -> Answered:
        """Put ``item`` and the claims. Raises UnavailableError when other writers changed the same keys at every attempt."""
        puts = [item, *(claim_item(claim, event, item) for claim in claims)]
        for _ in range(_MAX_TRIES):
            try:
                with translated(but=(_CANCELED,)):
                    self._client().transact_write_items(TransactItems=[self._written(one, now) for one in puts])
            except ClientError as error:
                reasons = error.response["CancellationReasons"]
                if all(reason.get("Code", "None") in {"None", _REFUSED} for reason in reasons):
                    return _judged(reasons, item, event, claims, was_repeated=was_retried(error))
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 -- only to separate writers that collided
            else:
                return Answered()
        raise UnavailableError(
            "storage_unavailable", f"other writers changed the claims of {event.id} at every attempt"
        )

    def _written(self, item: dict[str, Any], now: datetime) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": self._unknown,
                "ExpressionAttributeValues": {":now": {"N": seconds_text(now)}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }


def claim_item(claim: Claim, event: Event, item: Item) -> dict[str, Any]:
    """The claim of ``event``, whose own item is ``item``."""
    return {
        TABLE_KEY: {"S": claim_item_key(claim.key)},
        "of": {"S": event.id},
        "stored_at": item["stored_at"],
        "sha256": {"B": event.body_sha256[:DIGEST_BYTES]},
        TTL_ATTRIBUTE: {"N": str(whole_seconds_after(claim.until))},
    }


def _judged(
    reasons: Sequence[Any], item: Item, event: Event, claims: Sequence[Claim], *, was_repeated: bool
) -> Answered:
    known = reasons[0].get("Item")
    if known is not None:
        is_own = known["stored_at"] == item["stored_at"] and known["sha256"] == item["sha256"]
        return Answered() if was_repeated and is_own else Answered(known=known)
    items = {claim.key: reason["Item"] for claim, reason in zip(claims, reasons[1:], strict=True) if "Item" in reason}
    held = [_held(claim, items[claim.key], event) for claim in claims if claim.key in items]
    verdict = judged(held, event.id)
    holding = next((items[one.claim.key] for one in held if verdict and one.holder == verdict.holder), None)
    return Answered(verdict=verdict, holding=holding)


def _held(claim: Claim, item: Item, event: Event) -> Held:
    same_body = item["sha256"]["B"] == event.body_sha256[:DIGEST_BYTES]
    return Held(claim=claim, holder=item["of"]["S"], same_body=same_body)
