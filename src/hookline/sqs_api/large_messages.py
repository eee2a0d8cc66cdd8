"""Messages over the size of SQS: clients get them without the body, and with the address of the body."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from hookline.domain.message import size_of, without_body
from hookline.sqs_api.served_queues import LARGEST_MESSAGE

if TYPE_CHECKING:
    from hookline.domain.message import Delivery

__all__ = ["BODIES", "body_url", "within_limit"]

BODIES = "/bodies/"
"""Where the admin port has the bodies of events, each under its event's id."""

_SURELY_FITS = LARGEST_MESSAGE // 8
"""Characters: no more than half of the limit in UTF-8, which leaves room for the attributes."""


def body_url(base: str, event_id: str) -> str:
    """Where the body of an event is, under the URL of the admin port."""
    return f"{base}{BODIES}{quote(event_id, safe='')}"


def within_limit(delivery: Delivery, *, base: str) -> Delivery:
    """The delivery as it is; one that is larger than SQS allows has the address of its body (``dataref``) instead of the body."""
    if len(delivery.body) <= _SURELY_FITS or size_of(delivery) <= LARGEST_MESSAGE:
        return delivery
    return replace(delivery, body=without_body(delivery.body, body_url(base, delivery.event_id)))
