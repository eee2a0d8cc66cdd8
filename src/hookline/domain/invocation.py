"""The router's input: one new event, or the ids of stored events.

A direct invocation has this payload, ``{"v": 1, "event": …}`` or ``{"v": 1, "ids": […]}``; anything else is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from hookline.domain.event import Event
from hookline.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["VERSION", "decode", "encode_event", "encode_ids"]

T = TypeVar("T")

VERSION = 1
"""The version that is written. A newer router can still read what an older validator wrote."""

_STRANGERS: Mapping[str, str] = {
    "requestPayload": "the record of a failed invocation: send the value of its requestPayload",
    "requestContext": "an API Gateway request: the router is invoked by the validator, not by API Gateway",
    "httpMethod": "an API Gateway request: the router is invoked by the validator, not by API Gateway",
    "Records": "records of queue messages or of another event source: no event source may be mapped to the router",
    "detail-type": "an EventBridge event: no rule may have the router as its target",
    "specversion": 'a bare CloudEvent: the event must be wrapped, with "v" and "event"',
    "body": 'a bare event: the event must be wrapped, with "v" and "event"',
}
"""What other callers would send, by a key that identifies it; the first that fits is reported."""


def encode_event(event: Event) -> bytes:
    """The payload that passes on an event that was stored a moment ago, with its body in base64."""
    document = {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time,
        "received_at": event.received_at.isoformat(),
        "content_type": event.content_type,
        "body": base64.b64encode(event.body).decode(),
        "sha256": event.body_sha256.hex(),
        "metadata": dict(event.metadata),
    }
    return _payload("event", document)


def encode_ids(event_ids: Sequence[str]) -> bytes:
    """The payload that passes on stored events by their ids."""
    return _payload("ids", list(event_ids))


def decode(payload: object) -> Event | tuple[str, ...]:
    """The event, or the ids, from a payload that was parsed from JSON.

    Raises OperatorError ``invocation_unknown``, which names what the payload is instead and repeats no part of it.
    """
    if not isinstance(payload, dict) or "v" not in payload:
        raise _unknown(_stranger(payload))
    version = payload["v"]
    if type(version) is not int or version != VERSION:
        raise _unknown(f"another version than {VERSION}: deploy the functions together")
    if payload.keys() == {"v", "event"}:
        return _event(payload["event"])
    if payload.keys() == {"v", "ids"}:
        return _ids(payload["ids"])
    raise _unknown("neither one event nor a list of ids")


def _payload(key: str, value: object) -> bytes:
    return json.dumps({"v": VERSION, key: value}, separators=(",", ":")).encode()


def _ids(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise _unknown("a list of ids that contains something else")
    return tuple(value)


def _event(value: object) -> Event:
    document = value if isinstance(value, dict) else {}
    body = _body(_field(document, "body", str))
    digest = hashlib.sha256(body).digest()
    if digest.hex() != _field(document, "sha256", str):
        raise _unknown("an event whose body does not match its digest")
    return Event(
        id=_field(document, "id", str),
        source=_field(document, "source", str),
        type=_field(document, "type", str),
        time=_field(document, "time", str),
        received_at=_moment(_field(document, "received_at", str)),
        content_type=_field(document, "content_type", str),
        body=body,
        body_sha256=digest,
        metadata=_texts(_field(document, "metadata", dict)),
    )


def _field(document: Mapping[str, object], name: str, kind: type[T]) -> T:
    value = document.get(name)
    if not isinstance(value, kind):
        raise _unknown(f"an event whose {name} is missing or not valid")
    return value


def _body(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _unknown("an event whose body is not base64") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unknown("an event whose received_at is missing or not valid") from None
    if moment.tzinfo is None:
        raise _unknown("an event whose received_at has no UTC offset")
    return moment


def _texts(metadata: Mapping[object, object]) -> dict[str, str]:
    texts = {name: text for name, text in metadata.items() if isinstance(name, str) and isinstance(text, str)}
    if len(texts) != len(metadata):
        raise _unknown("an event whose metadata is missing or not valid")
    return texts


def _stranger(payload: object) -> str:
    keys = payload if isinstance(payload, dict) else {}
    return next((name for key, name in _STRANGERS.items() if key in keys), "not a message that hookline sends")


def _unknown(what: str) -> OperatorError:
    return OperatorError("invocation_unknown", f"this is {what}")
