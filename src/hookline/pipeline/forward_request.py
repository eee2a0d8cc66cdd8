"""The request that delivers a message to an HTTP endpoint, signed by the Standard Webhooks specification."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from hookline.domain.erasure import is_erased
from hookline.domain.message import message_of
from hookline.domain.moment import moment_text
from hookline.errors import NotFoundError, UnavailableError
from hookline.pipeline.replay import found_event
from hookline.providers.general.standard_webhooks import StandardWebhooks, signing_complaint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.message import Delivery
    from hookline.domain.secret import Secret
    from hookline.ports.event_store import EventStore

__all__ = ["check_secrets", "request_headers", "signed_headers", "webhook_id", "whole_text"]

_SCHEME: Final = StandardWebhooks()
_SIGNATURE: Final = "webhook-signature"
_CLOUD_EVENT: Final = '{"specversion":'
_ID_DIGITS: Final = 32


def request_headers(delivery: Delivery, body: bytes, secrets: Sequence[Secret], *, at: datetime) -> dict[str, str]:
    """The headers of one attempt at ``at``: what the body is, and one signature for each secret.

    A receiver that knows any of the secrets accepts it, so that a secret can be replaced without a gap. Raises UnavailableError for
    a secret that cannot sign.
    """
    return {"content-type": _media_type(delivery.body), **signed_headers(webhook_id(delivery), body, secrets, at=at)}


def signed_headers(identity: str, body: bytes, secrets: Sequence[Secret], *, at: datetime) -> dict[str, str]:
    """The headers that prove ``body`` by Standard Webhooks under the id ``identity``. Raises as ``request_headers`` does."""
    check_secrets(secrets)
    signed = [_SCHEME.sign(body, secret=secret.value, delivery_id=identity, at=at) for secret in secrets]
    signatures = " ".join(headers[_SIGNATURE] for headers in signed)
    return {**signed[0], _SIGNATURE: signatures}


def check_secrets(secrets: Sequence[Secret]) -> None:
    """Raise UnavailableError for a secret that cannot sign."""
    for secret in secrets:
        if complaint := signing_complaint(secret.value):
            raise UnavailableError("secrets_unavailable", f"the secret {secret.name} {complaint}")


def whole_text(events: EventStore, delivery: Delivery) -> str:
    """The message with its event's body, also where it only says where that lies (``dataref``): a receiver over HTTP could not fetch it.

    Raises NotFoundError when the event is not stored any more, or its content was erased.
    """
    if not _lacks_body(delivery.body):
        return delivery.body
    event = found_event(events, delivery.event_id).event
    if is_erased(event):
        raise NotFoundError(f"the content of {event.id} was erased")
    return message_of(event).body


def _lacks_body(text: str) -> bool:
    if '"dataref"' not in text or not text.startswith(_CLOUD_EVENT):
        return False
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):  # a producer's text that only begins like a CloudEvent
        return False
    return "dataref" in document and "data" not in document and "data_base64" not in document


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
