"""The event of the canary: how it is signed, what result is expected, and when it is reported as failed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from hookline.config.canary import canary_config
from hookline.domain.canary import CANARY, CanaryFault, CanaryRun
from hookline.providers.signing import signed_request

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.canary import Canary
    from hookline.domain.message import Delivery
    from hookline.domain.request import Request

__all__ = ["ACCEPTED", "canary_call", "canary_event_id", "canary_outcome", "is_leftover", "lateness"]

ACCEPTED = 202


def canary_call(secret: bytes, delivery_id: str, at: datetime) -> Request:
    """The signed call that sends the event."""
    canary = canary_config()
    (source,) = canary.sources
    body = json.dumps({"type": "canary", "sent": delivery_id}, sort_keys=True).encode()
    return signed_request(source, canary.schemes[CANARY], secret, body, delivery_id=delivery_id, at=at)


def canary_event_id(delivery_id: str) -> str:
    """The id under which the event is stored."""
    return f"{CANARY}:{delivery_id}"


def canary_outcome(canary: Canary, body: bytes, delivery: Delivery, seconds: float) -> CanaryRun:
    """The result of an event that was sent with ``body`` and whose message was received after ``seconds``."""
    if not _is_whole(body, delivery.body):
        return CanaryRun(
            fault=CanaryFault.CHANGED, seconds=seconds, detail="the data of the message differs from what was sent"
        )
    if seconds > canary.late_after.total_seconds():
        return CanaryRun(
            fault=CanaryFault.LATE,
            seconds=seconds,
            detail=f"the event reached its queue only after {seconds:.1f} seconds",
        )
    return CanaryRun(seconds=seconds)


def is_leftover(canary: Canary, delivery: Delivery, now: datetime) -> bool:
    """Whether no process waits for this message of the canary any more: its process was killed, or it arrived too late."""
    return now - delivery.sent_at > canary.patience


def lateness(canary: Canary, last: CanaryRun | None, *, under_way: float | None, since_success: float) -> str | None:
    """Why an operator should look; None while events arrive in time.

    ``last`` is the last event that arrived or failed; ``under_way`` is how many seconds ago the event was sent that has not arrived yet.
    ``since_success`` is the number of seconds since an event arrived in time, or since the canary started.
    """
    if under_way is not None and under_way > canary.late_after.total_seconds():
        return f"an event has not arrived for {under_way:.0f} seconds"
    if last is not None and last.fault is not None:
        return last.detail
    if since_success > (2 * canary.every + canary.patience).total_seconds():
        return f"no event has arrived for {since_success:.0f} seconds"
    return None


def _is_whole(sent: bytes, body: str) -> bool:
    try:
        document = json.loads(body)
    except ValueError:
        return False
    digest = hashlib.sha256(sent).hexdigest()
    return (document.get("bodysha256"), document.get("data")) == (digest, json.loads(sent))
