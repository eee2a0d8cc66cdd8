"""The message on a queue: an event as CloudEvents 1.0 JSON."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import orjson

from hookline.domain.claim import BACKFILLED, REPEATED_BODY
from hookline.domain.fifo import fifo_position
from hookline.domain.kept_headers import kept_in
from hookline.domain.replay import REPLAY_ATTRIBUTE, REPLAY_ID
from hookline.domain.trace import TRACE_ATTRIBUTES, TRACE_PARENT, aws_trace_header
from hookline.domain.transaction import ATTRIBUTES
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from hookline.domain.event import Event
    from hookline.domain.fifo import FifoPosition

__all__ = [
    "ALWAYS",
    "IN_BASE64",
    "LATER",
    "OPTIONAL",
    "ORIGINAL_TIME",
    "VIEW",
    "AttributeValue",
    "DeadLetter",
    "Delivery",
    "Message",
    "TypedValue",
    "attribute_text",
    "cloud_event",
    "is_embedded",
    "is_json_media_type",
    "message_of",
    "named_event",
    "size_of",
    "without_body",
]

ALWAYS = ("specversion", "id", "source", "type", "time", "datacontenttype", "bodysha256")
"""The attributes that every event has; all values are text."""

ORIGINAL_TIME = "originaltime"
"""The attribute that holds a time as its sender wrote it, where readers would refuse it and ``time`` is the time of receipt."""

OPTIONAL = (*ATTRIBUTES, ORIGINAL_TIME)
"""The attributes that some events have; all values are text. An event's metadata holds each under the same name."""

VIEW = frozenset((*ALWAYS, *OPTIONAL, "data"))
"""Everything that a route's pattern can use."""

LATER = frozenset({BACKFILLED, REPEATED_BODY, REPLAY_ID, *TRACE_ATTRIBUTES, "data_base64", "dataref"})
"""The other attributes of a message: they are set when the event is stored or its message is created, after its routes are chosen."""

_REFUSED_BY_SQS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""U+FFFE and U+FFFF: legal in JSON text, refused in an SQS message (SendMessage, "InvalidMessageContents").

The other characters that SQS refuses are control characters and lone surrogates, which valid JSON text cannot hold.
"""

_BODY_MEMBER = re.compile(r',"data(?:_base64)?":')

_TRANSACTION = ATTRIBUTES[0]
"""An attribute that is present whenever an event reports a transaction."""


_AWS_TRACE_HEADER = "AWSTraceHeader"

_CARRIED = "carried"
IN_BASE64: Mapping[str, str] = MappingProxyType({_CARRIED: "data_base64"})
"""The metadata of an event whose body is JSON that some parsers refuse: embedded as text, it would make the whole message unreadable."""


@record
class TypedValue:
    """The value of a message attribute that is not plain text: ``Number``, ``Binary``, or a type with a label such as ``String.url``.

    A value of type ``Binary`` is bytes, of any other type text.
    """

    data_type: str
    value: str | bytes


AttributeValue: TypeAlias = "str | TypedValue"
"""The value of a message attribute; a plain string is of type ``String``."""


@record
class Message:
    """A message to put on a queue; ``body`` is text.

    ``system`` are the system attributes that the message was sent with (``AWSTraceHeader``). Consumers see the message only after ``delay``
    has passed. ``fifo`` is its position on a FIFO queue; without it, the position follows from its event id. A standard queue ignores it.
    """

    event_id: str
    body: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)
    delay: timedelta | None = None
    fifo: FifoPosition | None = None


@record
class DeadLetter:
    """Why a message is on a dead-letter queue: the queue it comes from, how often and when it was last received there, and when it moved.

    None: the backend does not report it. SQS reports only the queue.
    """

    queue: str
    receives: int | None = None
    last_received_at: datetime | None = None
    moved_at: datetime | None = None


@record
class Delivery:
    """A message that a consumer has received. ``receipt`` is needed to delete it or to extend its time.

    ``receives`` includes this receive and, for a dead letter, those on its first queue; ``first_received_at`` is the time of the first of
    them. ``last_failure`` is the reason that its last consumer gave for a failure, None where it gave none or the backend does not keep it.
    ``fifo`` is its position on a FIFO queue.
    """

    message_id: str
    receipt: str
    event_id: str
    body: str
    attributes: Mapping[str, AttributeValue]
    receives: int
    sent_at: datetime
    first_received_at: datetime | None
    last_received_at: datetime | None = None
    system: Mapping[str, str] = field(default_factory=dict)
    dead_letter: DeadLetter | None = None
    last_failure: str | None = None
    fifo: FifoPosition | None = None


@lru_cache(maxsize=256)
def is_json_media_type(media_type: str) -> bool:
    """Whether a body of this type, with parameters or without, is JSON (``application/json`` or any ``…+json``, RFC 6839)."""
    return media_type.partition(";")[0].endswith(("/json", "+json"))


def attribute_text(value: AttributeValue) -> str:
    """The value as text; bytes are encoded in base64."""
    found = value if isinstance(value, str) else value.value
    return found if isinstance(found, str) else base64.b64encode(found).decode()


def size_of(message: Message | Delivery) -> int:
    """A message's size in bytes as SQS counts it: its body and its attributes' names, types and values."""
    return len(message.body.encode()) + sum(
        len(name.encode()) + _size(value) for name, value in message.attributes.items()
    )


def _size(value: AttributeValue) -> int:
    data_type, found = ("String", value) if isinstance(value, str) else (value.data_type, value.value)
    return len(data_type) + len(found.encode() if isinstance(found, str) else found)


def named_event(body: str) -> str:
    """The id of the CloudEvent in ``body``; empty where ``body`` is not a CloudEvent."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = document.get("id") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""


def message_of(
    event: Event, dataref: str | None = None, *, replay_id: str | None = None, group: str | None = None
) -> Message:
    """The message for ``event``; where the body is too large, ``dataref`` says where it is stored instead.

    ``replay_id`` is the replay that the message belongs to; ``group`` is its group on a FIFO queue.
    """
    attributes = {"event_type": event.type, "source": event.source}
    if replay_id is not None:
        attributes[REPLAY_ATTRIBUTE] = replay_id
    trace = event.metadata.get(TRACE_PARENT)
    if trace is not None:
        attributes[TRACE_PARENT] = trace
    return Message(
        event_id=event.id,
        body=cloud_event(event, dataref, replay_id=replay_id),
        attributes=attributes,
        system={} if trace is None else {_AWS_TRACE_HEADER: aws_trace_header(trace)},
        fifo=None if group is None else fifo_position(event.id, group=group, replay_id=replay_id),
    )


def cloud_event(event: Event, dataref: str | None = None, *, replay_id: str | None = None) -> str:
    """The event in structured JSON mode (CloudEvents 1.0 JSON format, section 3).

    A JSON body is embedded as the text that was received, so that no number is parsed and written again. A body that is not JSON, that some
    parsers refuse, or that contains characters that SQS refuses is sent as ``data_base64``. With ``dataref`` the CloudEvent has no data
    (CloudEvents' claim check extension).
    """
    context = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"hookline/{event.source}",
        "type": event.type,
        "time": event.time,
        "datacontenttype": event.content_type,
        "bodysha256": event.body_sha256.hex(),
    }
    if _TRANSACTION in event.metadata:
        context |= {name: event.metadata[name] for name in ATTRIBUTES if name in event.metadata}
    if REPEATED_BODY in event.metadata:
        context[REPEATED_BODY] = event.metadata[REPEATED_BODY]
    if BACKFILLED in event.metadata:
        context[BACKFILLED] = event.metadata[BACKFILLED]
    if ORIGINAL_TIME in event.metadata:
        context[ORIGINAL_TIME] = event.metadata[ORIGINAL_TIME]
    if event.metadata:
        context |= kept_in(event.metadata)
    if TRACE_PARENT in event.metadata:
        context |= {name: event.metadata[name] for name in TRACE_ATTRIBUTES if name in event.metadata}
    if replay_id is not None:
        context[REPLAY_ID] = replay_id
    if dataref is not None:
        return _json({**context, "dataref": dataref})
    head = _json(context)[:-1]
    if is_embedded(event.body, event.content_type, event.metadata):
        return f'{head},"data":{event.body.decode()}}}'
    return f'{head},"data_base64":"{base64.b64encode(event.body).decode()}"}}'


def without_body(text: str, dataref: str) -> str:
    """The message that ``cloud_event`` made, with a reference to its body instead of the body.

    The text is cut, not parsed: the body is its last member, and quotation marks inside earlier members are escaped.
    """
    found = _BODY_MEMBER.search(text)
    if found is None:
        return text
    return f'{text[: found.start()]},"dataref":{json.dumps(dataref)}}}'


def _json(context: Mapping[str, str]) -> str:
    """The JSON of ``context`` in ASCII, so that every reader decodes its characters alike."""
    try:
        written = orjson.dumps(context)
    except TypeError:  # half of a surrogate pair: only an escape can write it
        written = None
    return written.decode() if written and written.isascii() else json.dumps(context, separators=(",", ":"))


def is_embedded(body: bytes, content_type: str, metadata: Mapping[str, str]) -> bool:
    """Whether the body is embedded in the message unchanged."""
    if not is_json_media_type(content_type) or _CARRIED in metadata:
        return False
    return not any(map(body.__contains__, _REFUSED_BY_SQS))
