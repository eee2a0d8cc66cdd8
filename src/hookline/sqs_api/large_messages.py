"""Replaces the body of messages that are too large for SQS by the address of the body."""

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
"""The path of events' bodies on the admin port, each under its event's id."""

_SURELY_FITS = LARGEST_MESSAGE // 8
"""The most characters of a body: at most half of the limit in UTF-8, which leaves space for the attributes."""


def body_url(base: str, event_id: str) -> str:
    """The URL of an event's body on the admin port."""
    return f"{base}{BODIES}{quote(event_id, safe='')}"


def within_limit(delivery: Delivery, *, base: str) -> Delivery:
    """The delivery; if it is larger than SQS allows, with the address of its body (``dataref``) instead of the body."""
    if len(delivery.body) <= _SURELY_FITS or size_of(delivery) <= LARGEST_MESSAGE:
        return delivery
    return replace(delivery, body=without_body(delivery.body, body_url(base, delivery.event_id)))
