"""Where a request probably has its id, its type and its time, as a source of hookline.toml states it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.domain.form import FormError, fields_of
from hookline.domain.moment import is_moment
from hookline.pipeline.proposals.sightings import headers_of, written_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json
    from hookline.domain.request import Request

__all__ = ["DELIVERY", "expressions_of"]

DELIVERY: Final = re.compile(
    r"(?:.*[-_])?(?:delivery|(?:delivery|event|message|msg|notification|transmission|invocation|idempotency|webhook)[-_]?(?:id|uuid|guid|key))",
    re.IGNORECASE,
)
"""Names of headers that hold another id for each delivery. ``X-Account-Id`` and ``X-Request-Id`` do not: the first is the same in all
calls, the second differs between attempts.
"""

_IDS: Final = (
    "event_id", "eventId", "eventID", "webhook_id", "webhookId", "notification_id", "notificationId", "message_id", "messageId",
    "delivery_id", "deliveryId", "event_uuid", "eventUuid",
)  # fmt: skip
_OWN_IDS: Final = ("id", "uuid")
"""These are ids of an event if its type is a member of the same object. Otherwise they may be ids of something that several events are
about.
"""

_TYPES: Final = (
    "type",
    "event_type",
    "eventType",
    "event_name",
    "eventName",
    "event",
    "topic",
    "kind",
    "action",
    "name",
)
_TIMES: Final = (
    "created_at", "createdAt", "occurred_at", "occurredAt", "event_time", "eventTime", "timestamp", "created", "time", "date", "sent_at",
)  # fmt: skip
_TYPE_HEADER: Final = re.compile(
    r".*(?:event|topic|event[-_]type|event[-_]name|event[-_]key|message[-_]type)", re.IGNORECASE
)
_EARLIEST, _LATEST = 10**9, 10**13
"""Seconds since 1970, or milliseconds, in this century."""
_LONGEST: Final = 128
_MOST_FIELDS: Final = 1000


def expressions_of(
    request: Request, members: Mapping[str, Json], *, is_form: bool, carries_id: bool
) -> dict[str, object]:
    """``id``, ``type`` and ``time`` of a source for requests like this one; no ``id`` if verification finds it."""
    inside = _form(request) if is_form else {name: value for name, value in members.items() if name.isidentifier()}
    kind = next((name for name in _TYPES if _is_name(inside.get(name))), None)
    headers = [name for name, value in headers_of(request) if len(value) <= _LONGEST]
    found: dict[str, object] = {} if carries_id else {"id": _id(inside, headers, kind, is_form=is_form)}
    header = next((name for name in headers if _TYPE_HEADER.fullmatch(name)), None)
    if kind is not None:
        found["type"] = f"{'form:' if is_form else ''}{kind} || 'webhook'"
    elif header is not None:
        found["type"] = f"header:{written_name(header)} || 'webhook'"
    time = next((name for name in _TIMES if _is_time(inside.get(name))), None)
    if time is not None and not is_form:
        found["time"] = time
    return found


def _id(inside: Mapping[str, Json], headers: list[str], kind: str | None, *, is_form: bool) -> str:
    own = _OWN_IDS if kind is not None else ()
    name = next((name for name in (*_IDS, *own) if _is_name(inside.get(name))), None)
    header = next((one for one in headers if DELIVERY.fullmatch(one)), None)
    if name is not None:
        return f"form:{name} || content-hash" if is_form else f"{name} || content-hash"
    return f"header:{written_name(header)} || content-hash" if header else "content-hash"


def _is_name(value: object) -> bool:
    return type(value) in (str, int) and 0 < len(str(value)) <= _LONGEST and str(value).isprintable()


def _is_time(value: object) -> bool:
    if isinstance(value, str):
        return is_moment(value)
    return type(value) is int and _EARLIEST <= value < _LATEST


def _form(request: Request) -> dict[str, Json]:
    try:
        fields = fields_of(request.body, most=_MOST_FIELDS)
    except FormError:
        return {}
    texts = {name.decode("latin-1"): value.decode("utf-8", "replace") for name, value in fields}
    return {name: value for name, value in texts.items() if name.isidentifier()}
