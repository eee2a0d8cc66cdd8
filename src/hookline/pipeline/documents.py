"""Events, messages and rejected requests as JSON documents; bodies as text where they are text, without a byte changed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from hookline.domain.moment import moment_text

if TYPE_CHECKING:
    from hookline.domain.message import Delivery
    from hookline.domain.quarantine import KeptRequest
    from hookline.ports.event_store import StoredEvent

__all__ = [
    "body_field",
    "event_document",
    "event_summary",
    "message_document",
    "rejected_document",
    "rejected_summary",
]


def event_summary(stored: StoredEvent) -> dict[str, object]:
    """Everything but the bodies."""
    event, attempt = stored.event, stored.attempt
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time,
        "received_at": moment_text(event.received_at),
        "status": event.status.value,
        "content_type": event.content_type,
        "size": len(event.body),
        "sha256": event.body_sha256.hex(),
        "metadata": dict(event.metadata),
        "attempt": {
            "since": moment_text(attempt.since),
            "count": attempt.count,
            "next_at": moment_text(attempt.next_at),
            "reason": attempt.reason,
        },
        "expires_at": moment_text(stored.expires_at),
        "conflicts": stored.conflicts,
    }


def event_document(stored: StoredEvent) -> dict[str, object]:
    """Everything, with the bodies that were set aside."""
    set_aside = [
        {"received_at": moment_text(aside.received_at), "sha256": aside.body_sha256.hex(), **body_field(aside.body)}
        for aside in stored.set_aside
    ]
    return {**event_summary(stored), **body_field(stored.event.body), "set_aside": set_aside}


def body_field(body: bytes) -> dict[str, str]:
    """``body`` as text when it is UTF-8, else ``body_base64``."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def message_document(delivery: Delivery) -> dict[str, object]:
    """A message; its body is a string, so that nothing in it is written anew."""
    return {
        "message_id": delivery.message_id,
        "event_id": delivery.event_id,
        "attributes": dict(delivery.attributes),
        "receives": delivery.receives,
        "sent_at": moment_text(delivery.sent_at),
        "first_received_at": moment_text(delivery.first_received_at),
        "body": delivery.body,
    }


def rejected_summary(kept: KeptRequest) -> dict[str, object]:
    """Everything but headers and body."""
    one, request = kept.rejected, kept.rejected.request
    return {
        "id": kept.id,
        "source": one.source,
        "code": one.code,
        "received_at": moment_text(request.received_at),
        "expires_at": moment_text(kept.expires_at),
        "method": request.method,
        "url": f"{request.path}?{request.query}" if request.query else request.path,
        "size": len(request.body),
    }


def rejected_document(kept: KeptRequest) -> dict[str, object]:
    """Everything, in the form of a request's file; ``now`` is when it was received, in seconds since 1970."""
    request = kept.rejected.request
    names = dict.fromkeys(name for name, _ in request.headers.items())
    headers = {name: list(request.headers.all(name)) for name in names}
    now = int(request.received_at.timestamp())
    return {**rejected_summary(kept), "now": now, "headers": headers, **body_field(request.body)}
