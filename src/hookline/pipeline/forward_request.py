"""The request that delivers a message to an HTTP endpoint, signed as the Standard Webhooks specification says."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias  # Any: the parsed text of a message

from hookline.domain.erasure import is_erased
from hookline.domain.json_text import NotJsonError, read_any
from hookline.domain.message import IN_BASE64, is_embedded, message_of
from hookline.domain.moment import moment_text
from hookline.domain.replay import REPLAY_ID
from hookline.errors import NotFoundError, UnavailableError
from hookline.providers.general.standard_webhooks import StandardWebhooks, signing_complaint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.message import Delivery
    from hookline.domain.secret import Secret
    from hookline.ports.event_store import EventStore

__all__ = ["ReadReferred", "check_secrets", "request_headers", "signed_headers", "webhook_id", "whole_text"]

ReadReferred: TypeAlias = "Callable[[str, str, bytes], bytes]"
"""Returns the body at a ``dataref``, for the event with this id and with this SHA-256. Raises NotFoundError."""

_SCHEME: Final = StandardWebhooks()
_SIGNATURE: Final = "webhook-signature"
_CLOUD_EVENT: Final = '{"specversion":'
_ID_DIGITS: Final = 32


def request_headers(delivery: Delivery, body: bytes, secrets: Sequence[Secret], *, at: datetime) -> dict[str, str]:
    """The headers of one attempt at ``at``: the media type of the body, and one signature for each secret.

    A receiver that knows any one of the secrets can verify it, so a secret can be replaced without an interruption. Raises UnavailableError
    for a secret that cannot sign.
    """
    return {"content-type": _media_type(delivery.body), **signed_headers(webhook_id(delivery), body, secrets, at=at)}


def signed_headers(identity: str, body: bytes, secrets: Sequence[Secret], *, at: datetime) -> dict[str, str]:
    """The headers that sign ``body`` by Standard Webhooks with the id ``identity``. Raises as ``request_headers`` does."""
    check_secrets(secrets)
    signed = [_SCHEME.sign(body, secret=secret.value, delivery_id=identity, at=at) for secret in secrets]
    signatures = " ".join(headers[_SIGNATURE] for headers in signed)
    return {**signed[0], _SIGNATURE: signatures}


def check_secrets(secrets: Sequence[Secret]) -> None:
    """Raise UnavailableError for a secret that cannot sign."""
    for secret in secrets:
        if complaint := signing_complaint(secret.value):
            raise UnavailableError("secrets_unavailable", f"the secret {secret.name} {complaint}")


def whole_text(events: EventStore, delivery: Delivery, referred: ReadReferred | None = None) -> str:
    """The message with its event's body inside, even if it only has a ``dataref``, because a receiver over HTTP could not fetch that.

    A body may be kept longer than its event: ``referred`` reads it in that case, and where another event has the id now. If ``referred`` is
    None, bodies are removed together with their events. Raises NotFoundError if neither exists any more, or if the event's content was
    erased.
    """
    document = _without_body(delivery.body)
    if document is None:
        return delivery.body
    stored, sha256 = events.get(delivery.event_id), document.get("bodysha256")
    if stored is not None and is_erased(stored.event):
        raise NotFoundError(f"the content of {delivery.event_id} was erased")
    if stored is not None and sha256 in (None, stored.event.body_sha256.hex()):
        return message_of(stored.event, replay_id=document.get(REPLAY_ID)).body
    if referred is None:
        raise NotFoundError(f"the event {delivery.event_id} of this message is no longer stored")
    return _with_body(document, referred(str(document["dataref"]), delivery.event_id, _digest(sha256)))


def _without_body(text: str) -> Mapping[str, Any] | None:
    """A message that has a ``dataref``; None for any other text."""
    if '"dataref"' not in text or not text.startswith(_CLOUD_EVENT):
        return None
    try:
        document: Mapping[str, Any] = json.loads(text)
    except (ValueError, RecursionError):  # a producer's text that only begins like a CloudEvent
        return None
    return None if "dataref" not in document or "data" in document or "data_base64" in document else document


def _with_body(document: Mapping[str, Any], body: bytes) -> str:
    """The message as ``cloud_event`` would have made it if its body were not too large."""
    head = json.dumps({name: value for name, value in document.items() if name != "dataref"}, separators=(",", ":"))[
        :-1
    ]
    if is_embedded(body, str(document.get("datacontenttype")), {} if _is_plain(body) else IN_BASE64):
        return f'{head},"data":{body.decode()}}}'
    return f'{head},"data_base64":"{base64.b64encode(body).decode()}"}}'


def _is_plain(body: bytes) -> bool:
    """Whether every parser accepts this JSON."""
    try:
        return read_any(body)[1] is None
    except NotJsonError:
        return False


def _digest(written: object) -> bytes:
    try:
        return bytes.fromhex(str(written))
    except ValueError:
        raise NotFoundError("the message does not say which body it refers to") from None


def webhook_id(delivery: Delivery) -> str:
    """The message id for receivers: the same for every attempt with one message, and never that of another message.

    A message's own id is not enough: an embedded hookline counts its messages from 1, and a receiver may get messages from several
    installations. An event's id is not enough either: the message of a replayed event is a new one, which a receiver must not drop as a
    duplicate.
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
