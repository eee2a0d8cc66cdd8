"""The request that delivers a message to an HTTP endpoint, signed by the Standard Webhooks specification."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from hookline.domain.moment import moment_text
from hookline.providers.standard_webhooks import StandardWebhooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.message import Delivery
    from hookline.domain.secret import Secret

__all__ = ["request_headers", "webhook_id"]

_SCHEME: Final = StandardWebhooks()
_SIGNATURE: Final = "webhook-signature"
_CLOUD_EVENT: Final = '{"specversion":'
_ID_DIGITS: Final = 32


def request_headers(delivery: Delivery, body: bytes, secrets: Sequence[Secret], *, at: datetime) -> dict[str, str]:
    """The headers of one attempt at ``at``: what the body is, and one signature for each secret.

    A receiver that knows any of the secrets accepts it, so that a secret can be replaced without a gap.
    """
    identity = webhook_id(delivery)
    signed = [_SCHEME.sign(body, secret=secret.value, delivery_id=identity, at=at) for secret in secrets]
    signatures = " ".join(headers[_SIGNATURE] for headers in signed)
    return {"content-type": _media_type(delivery.body), **signed[0], _SIGNATURE: signatures}


def webhook_id(delivery: Delivery) -> str:
    """The same for every attempt with one message, and never that of another message.

    A message's own id does not suffice: an embedded hookline counts its messages from 1, and a receiver may hear from several. An
    event's id does not either: a message of a replayed event is another one, which a receiver must not take for a repetition.
    """
    parts = (delivery.event_id, delivery.message_id, moment_text(delivery.sent_at) or "")
    return f"msg_{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_ID_DIGITS]}"


def _media_type(body: str) -> str:
    if body.startswith(_CLOUD_EVENT):
        return "application/cloudevents+json; charset=utf-8"
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return "text/plain; charset=utf-8"
    return "application/json; charset=utf-8"
