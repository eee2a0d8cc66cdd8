"""A delivery as SQS shows it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from hookline.domain.message import Delivery

__all__ = ["SYSTEM_ATTRIBUTES", "attributes_md5", "chosen_attributes", "shown"]

SYSTEM_ATTRIBUTES = ("SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp")
"""What hookline knows about a message beside its own attributes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STRING = "String"
_STRING_VALUE = b"\x01"


def shown(delivery: Delivery, *, system: Collection[str], wanted: Sequence[str], sender: str) -> dict[str, object]:
    """The message with the system attributes ``system`` and those of its own that ``wanted`` names."""
    message: dict[str, object] = {
        "MessageId": delivery.message_id,
        "ReceiptHandle": delivery.receipt,
        "Body": delivery.body,
        "MD5OfBody": _md5(delivery.body.encode()),
    }
    known = _system_attributes(delivery, sender)
    if asked := {name: value for name, value in known.items() if name in system}:
        message["Attributes"] = asked
    if chosen := chosen_attributes(delivery.attributes, wanted):
        message["MessageAttributes"] = {
            name: {"DataType": _STRING, "StringValue": value} for name, value in chosen.items()
        }
        message["MD5OfMessageAttributes"] = attributes_md5(chosen)
    return message


def chosen_attributes(attributes: Mapping[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """The attributes that ``wanted`` names: ``All``, ``.*`` or ``*`` for every one, ``prefix.*``, or a name."""
    if not {"All", ".*", "*"}.isdisjoint(wanted):
        return dict(attributes)
    names = frozenset(wanted)
    prefixes = tuple(name.removesuffix(".*") for name in wanted if name.endswith(".*"))
    return {name: value for name, value in attributes.items() if name in names or name.startswith(prefixes)}


def attributes_md5(attributes: Mapping[str, str]) -> str:
    """The digest that SDKs compare (SQS Developer Guide, "Calculating the MD5 message digest for message attributes")."""
    return _md5(
        b"".join(
            _sized(name) + _sized(_STRING) + _STRING_VALUE + _sized(value) for name, value in sorted(attributes.items())
        )
    )


def _system_attributes(delivery: Delivery, sender: str) -> dict[str, str]:
    known = {
        "SenderId": sender,
        "SentTimestamp": _milliseconds(delivery.sent_at),
        "ApproximateReceiveCount": str(delivery.receives),
    }
    if delivery.first_received_at is not None:
        known["ApproximateFirstReceiveTimestamp"] = _milliseconds(delivery.first_received_at)
    return known


def _milliseconds(moment: datetime) -> str:
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


def _sized(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
