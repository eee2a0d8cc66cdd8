"""Writes a delivery as an SQS message."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hookline.domain.fifo import FifoPosition
    from hookline.domain.message import AttributeValue, Delivery

__all__ = ["SYSTEM_ATTRIBUTES", "attributes_md5", "body_md5", "chosen_attributes", "shown"]

SYSTEM_ATTRIBUTES = (
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "DeadLetterQueueSourceArn",
    "AWSTraceHeader",
    "MessageGroupId",
    "MessageDeduplicationId",
    "SequenceNumber",
)
"""The system attributes of SQS. A message has only those with a value."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STRING = "String"
_TEXT, _BYTES = b"\x01", b"\x02"


def shown(
    delivery: Delivery, *, system: Collection[str], wanted: Sequence[str], sender: str, arn: Callable[[str], str]
) -> dict[str, object]:
    """The message with the system attributes ``system`` and its own attributes in ``wanted``; ``arn`` returns a queue's ARN by name."""
    message: dict[str, object] = {
        "MessageId": delivery.message_id,
        "ReceiptHandle": delivery.receipt,
        "Body": delivery.body,
        "MD5OfBody": body_md5(delivery.body),
    }
    known = _system_attributes(delivery, sender, arn) if system else {}
    if asked := {name: value for name, value in known.items() if name in system}:
        message["Attributes"] = asked
    if wanted and (chosen := chosen_attributes(delivery.attributes, wanted)):
        message["MessageAttributes"] = {name: _attribute(value) for name, value in chosen.items()}
        message["MD5OfMessageAttributes"] = attributes_md5(chosen)
    return message


def chosen_attributes(attributes: Mapping[str, AttributeValue], wanted: Sequence[str]) -> dict[str, AttributeValue]:
    """The attributes that ``wanted`` names: ``All``, ``.*`` or ``*`` for every one, ``prefix.*``, or a name."""
    if not {"All", ".*", "*"}.isdisjoint(wanted):
        return dict(attributes)
    names = frozenset(wanted)
    prefixes = tuple(name.removesuffix(".*") for name in wanted if name.endswith(".*"))
    return {name: value for name, value in attributes.items() if name in names or name.startswith(prefixes)}


def body_md5(body: str) -> str:
    """The digest of a body that SDKs compare."""
    return _md5(body.encode())


def attributes_md5(attributes: Mapping[str, AttributeValue]) -> str:
    """The digest that SDKs compare (SQS Developer Guide, "Calculating the MD5 message digest for message attributes")."""
    return _md5(
        b"".join(_digested(name, value) for name, value in sorted(attributes.items(), key=lambda item: item[0]))
    )


def _digested(name: str, value: AttributeValue) -> bytes:
    data_type, found = (_STRING, value) if isinstance(value, str) else (value.data_type, value.value)
    kind, content = (_TEXT, found.encode()) if isinstance(found, str) else (_BYTES, found)
    return _sized(name.encode()) + _sized(data_type.encode()) + kind + _sized(content)


def _attribute(value: AttributeValue) -> dict[str, str]:
    if isinstance(value, str):
        return {"DataType": _STRING, "StringValue": value}
    if isinstance(value.value, str):
        return {"DataType": value.data_type, "StringValue": value.value}
    return {"DataType": value.data_type, "BinaryValue": base64.b64encode(value.value).decode()}


def _system_attributes(delivery: Delivery, sender: str, arn: Callable[[str], str]) -> dict[str, str]:
    known = {
        "SenderId": sender,
        "SentTimestamp": _milliseconds(delivery.sent_at),
        "ApproximateReceiveCount": str(delivery.receives),
    }
    if delivery.first_received_at is not None:
        known["ApproximateFirstReceiveTimestamp"] = _milliseconds(delivery.first_received_at)
    if delivery.dead_letter is not None:
        known["DeadLetterQueueSourceArn"] = arn(delivery.dead_letter.queue)
    if delivery.fifo is not None:
        known |= _fifo_attributes(delivery.fifo)
    return {**known, **delivery.system}


def _fifo_attributes(position: FifoPosition) -> dict[str, str]:
    known = {"MessageGroupId": position.group, "MessageDeduplicationId": position.deduplication_id}
    return known if position.sequence_number is None else {**known, "SequenceNumber": position.sequence_number}


def _milliseconds(moment: datetime) -> str:
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
