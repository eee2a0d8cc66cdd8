"""Messages as rows. One that carries an event is rendered from it when somebody looks."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson

from hookline.adapters.sqlite.codec import from_micros, span
from hookline.adapters.sqlite.event_rows import COLUMNS, read_event
from hookline.adapters.sqlite.query import the
from hookline.domain.message import DeadLetter, Delivery, Message, TypedValue, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import apsw

    from hookline.domain.message import AttributeValue

__all__ = ["insert_message", "message_id", "message_number", "read_delivery"]

_SEND = """
INSERT INTO messages (queue, sent_at, visible_at, event_id, attributes, body, system) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_MESSAGE = """
SELECT event, event_id, attributes, body, system, receives, sent_at, first_received_at, last_received_at, last_failure,
    dead_queue, dead_at, dead_receives, dead_last_at, replay
FROM messages WHERE id = ?
"""
_EVENT = f"SELECT {COLUMNS} FROM events WHERE seq = ?"  # noqa: S608 -- a constant of this package


def insert_message(connection: apsw.Connection, queue: int, now: int, message: Message) -> int:
    """Write a message of its own text; its id."""
    attributes = orjson.dumps({name: _written(value) for name, value in message.attributes.items()}).decode()
    system = orjson.dumps(dict(message.system)).decode() if message.system else None
    visible_at = now + span(message.delay) if message.delay else 0
    values = (queue, now, visible_at, message.event_id, attributes, message.body, system)
    (id_,) = the(connection, _SEND, values)
    return int(id_)


def read_delivery(connection: apsw.Connection, id_: int, receipt: str, queue_name: Callable[[int], str]) -> Delivery:
    """The message of this id, with the receipt that it is handed out with."""
    (event, event_id, attributes, body, system, receives, sent_at, first_at, last_at, last_failure, dead_queue, dead_at,
     dead_receives, dead_last_at, replay) = the(connection, _MESSAGE, (id_,))  # fmt: skip
    if event is None:
        message = Message(event_id=event_id, body=body, attributes=_read_attributes(orjson.loads(attributes)))
    else:
        message = message_of(read_event(the(connection, _EVENT, (event,))).event, replay_id=replay)
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
        system=orjson.loads(system) if system else {},
        dead_letter=None
        if dead_queue is None
        else DeadLetter(
            queue=queue_name(dead_queue),
            receives=dead_receives,
            last_received_at=_moment(dead_last_at),
            moved_at=from_micros(dead_at),
        ),
        last_failure=last_failure,
    )


def message_id(id_: int) -> str:
    """Text in the form of a UUID, as SQS clients expect."""
    return f"00000000-0000-4000-8000-{id_:012x}"


def message_number(text: str) -> int:
    """The number in a text that ``message_id`` made."""
    return int(text.rpartition("-")[2], 16)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


def _written(value: AttributeValue) -> object:
    """Plain text as it is; a type with its text, or with its bytes in base64 as a third item."""
    if isinstance(value, str):
        return value
    if isinstance(value.value, bytes):
        return [value.data_type, None, base64.b64encode(value.value).decode()]
    return [value.data_type, value.value]


def _read_attributes(written: Mapping[str, Any]) -> dict[str, AttributeValue]:  # what _written wrote
    return {name: value if isinstance(value, str) else _read(*value) for name, value in written.items()}


def _read(data_type: str, text: str | None, encoded: str = "") -> TypedValue:
    return TypedValue(data_type=data_type, value=base64.b64decode(encoded) if text is None else text)
