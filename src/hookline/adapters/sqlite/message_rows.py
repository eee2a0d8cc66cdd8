"""Reads and writes messages as rows. The message of an event is rendered from the event's row at each read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson

from hookline.adapters.sqlite.codec import DICTIONARY, SEALED, from_micros, span, unpack
from hookline.adapters.sqlite.query import the
from hookline.adapters.sqlite.sealing import event_about
from hookline.domain.event import Event
from hookline.domain.fifo import FifoPosition, sequence_number
from hookline.domain.message import DeadLetter, Delivery, Message, TypedValue, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import apsw

    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.domain.message import AttributeValue

__all__ = [
    "DELIVERY_COLUMNS",
    "carried_event",
    "delivery_of",
    "insert_message",
    "message_id",
    "message_number",
    "opened_texts",
    "read_delivery",
    "seal_texts",
]

_SEND = """
INSERT INTO messages (queue, sent_at, visible_at, event_id, attributes, body, system, group_id, deduplication_id, sealed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_MESSAGE_COLUMNS = """
m.event, m.event_id, m.attributes, m.body, m.system, m.sent_at, m.last_failure, m.dead_queue, m.dead_at, m.dead_receives, m.dead_last_at,
m.replay, m.group_id, m.deduplication_id, m.sealed
"""
DELIVERY_COLUMNS = f"m.receives, m.first_received_at, m.last_received_at, {_MESSAGE_COLUMNS}"
"""The columns of ``messages AS m`` that ``with_event`` takes."""

_DELIVERY = f"SELECT {DELIVERY_COLUMNS} FROM messages AS m WHERE m.id = ?"  # noqa: S608 -- constants of this module
_EVENT_AT = 3
"""The index in ``DELIVERY_COLUMNS`` of the number of the message's event."""

_EVENT = f"""
SELECT id, source, type, time, received_at, content_type, body_sha256, metadata, codec, body, {DICTIONARY} FROM events WHERE seq = ?
"""  # noqa: S608 -- a constant of this package


def insert_message(
    connection: apsw.Connection,
    queue: int,
    now: int,
    message: Message,
    sealing: Sealing,
    fifo: FifoPosition | None = None,
) -> int:
    """Write a message with its own text; returns its id. ``fifo`` is its place on a FIFO queue."""
    attributes = orjson.dumps({name: _written(value) for name, value in message.attributes.items()}).decode()
    system = orjson.dumps(dict(message.system)).decode() if message.system else None
    visible_at = now + span(message.delay) if message.delay else 0
    group, deduplication = (None, None) if fifo is None else (fifo.group, fifo.deduplication_id)
    texts: Row = (attributes, message.body, system)
    sealed = None
    if sealing.is_used and sealing.begin(connection):
        sealed, texts = seal_texts(sealing, message.event_id, texts), (None, None, None)
    (id_,) = the(connection, _SEND, (queue, now, visible_at, message.event_id, *texts, group, deduplication, sealed))
    return int(id_)


def seal_texts(sealing: Sealing, event_id: str | None, texts: Row) -> bytes:
    """Attributes, body and system attributes of a message as one sealed value. Moving a message copies the value and needs no key."""
    return sealing.seal(orjson.dumps(texts), _about(event_id))


def opened_texts(sealing: Sealing, event_id: str | None, sealed: bytes) -> Row:
    """The texts that ``seal_texts`` sealed."""
    return tuple(orjson.loads(sealing.open(sealed, _about(event_id))))


def _about(event_id: str | None) -> bytes:
    return b"message\0%b" % (event_id or "").encode()


def read_delivery(
    connection: apsw.Connection, id_: int, receipt: str, queue_name: Callable[[int], str], sealing: Sealing
) -> Delivery:
    """The message of this id, with the receipt for its consumer."""
    row = the(connection, _DELIVERY, (id_,))
    return delivery_of(id_, receipt, queue_name, row, carried_event(connection, row), sealing)


def carried_event(connection: apsw.Connection, row: Row) -> Row | None:
    """The event's row for a row of ``DELIVERY_COLUMNS``; None for a message with its own body."""
    # A separate statement: for a join SQLite may scan all events if its statistics say that there are few.
    return None if row[_EVENT_AT] is None else the(connection, _EVENT, (row[_EVENT_AT],))


def delivery_of(
    id_: int, receipt: str, queue_name: Callable[[int], str], row: Row, carried: Row | None, sealing: Sealing
) -> Delivery:
    """The message of these rows. It does not read the file, so that no writer has to wait meanwhile."""
    (receives, first_at, last_at, _, event_id, attributes, body, system, sent_at, last_failure, dead_queue, dead_at,
     dead_receives, dead_last_at, replay, group, deduplication, sealed) = row  # fmt: skip
    if sealed is not None:
        attributes, body, system = opened_texts(sealing, event_id, sealed)
    if carried is None:
        message = Message(event_id=event_id, body=body, attributes=_read_attributes(orjson.loads(attributes)))
    else:
        message = message_of(_event(carried, sealing), replay_id=replay)
    return Delivery(
        message_id=message_id(id_),
        receipt=receipt,
        event_id=message.event_id,
        body=message.body,
        attributes=message.attributes,
        receives=receives,
        sent_at=from_micros(sent_at),
        first_received_at=_moment(first_at),
        last_received_at=_moment(last_at),
        system=orjson.loads(system) if system else message.system,
        dead_letter=None
        if dead_queue is None
        else DeadLetter(
            queue=queue_name(dead_queue),
            receives=dead_receives,
            last_received_at=_moment(dead_last_at),
            moved_at=from_micros(dead_at),
        ),
        last_failure=last_failure,
        fifo=None
        if group is None
        else FifoPosition(group=group, deduplication_id=deduplication, sequence_number=sequence_number(id_)),
    )


def _event(row: Row, sealing: Sealing) -> Event:
    """The parts of an event from which its message is made."""
    id_, source, type_, time, received_at, content_type, digest, metadata, codec, body, dictionary = row
    if codec is not None and codec[-1] == SEALED:
        codec, body, dictionary = sealing.opened(codec, body, event_about(id_, digest), dictionary)
    return Event(
        id=id_,
        source=source,
        type=type_,
        time=time,
        received_at=from_micros(received_at),
        content_type=content_type,
        body=unpack(codec, body, dictionary, digest),
        body_sha256=digest,
        metadata=orjson.loads(metadata) if metadata else {},
    )


def message_id(id_: int) -> str:
    """The message's id as text in the form of a UUID, as SQS clients expect."""
    return f"00000000-0000-4000-8000-{id_:012x}"


def message_number(text: str) -> int:
    """The number of a message from the text that ``message_id`` made."""
    return int(text.rpartition("-")[2], 16)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


def _written(value: AttributeValue) -> object:
    """The JSON value of an attribute: a plain text, a pair of type and text, or a triple of type, None and base64 of the bytes."""
    if isinstance(value, str):
        return value
    if isinstance(value.value, bytes):
        return [value.data_type, None, base64.b64encode(value.value).decode()]
    return [value.data_type, value.value]


def _read_attributes(written: Mapping[str, Any]) -> dict[str, AttributeValue]:  # a value that _written wrote
    return {name: value if isinstance(value, str) else _read(*value) for name, value in written.items()}


def _read(data_type: str, text: str | None, encoded: str = "") -> TypedValue:
    return TypedValue(data_type=data_type, value=base64.b64decode(encoded) if text is None else text)
