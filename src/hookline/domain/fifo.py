"""What FIFO queues use: groups, whose messages keep their order, and ids, by which a message that is sent twice is recognised."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Final

from hookline.record import record

__all__ = [
    "DEDUPLICATION_INTERVAL",
    "FIFO_SUFFIX",
    "Fifo",
    "FifoPosition",
    "deduplication_id",
    "fifo_position",
    "group_id",
    "is_fifo_id",
    "redriven",
    "sequence_number",
]

FIFO_SUFFIX: Final = ".fifo"
"""The ending of a FIFO queue's name on SQS; clients recognise FIFO queues by it."""

DEDUPLICATION_INTERVAL: Final = timedelta(minutes=5)
"""How long a deduplication id is remembered (SQS Developer Guide, "Exactly-once processing in Amazon SQS")."""

_ID = re.compile(r"[!-~]{1,128}")
"""The characters that SQS accepts in MessageGroupId and MessageDeduplicationId: ASCII letters, digits and punctuation."""

_DIGITS: Final = 20
"""The digits of a sequence number, as on SQS."""


@record
class Fifo:
    """The settings that make a queue a FIFO queue; ``group`` is the JMESPath, as written, that finds an event's group in its CloudEvent."""

    group: str


@record
class FifoPosition:
    """A message's place on a FIFO queue: behind the earlier messages of its group.

    A second message of the group with the same ``deduplication_id`` within five minutes is not sent. ``sequence_number`` is 20 digits that
    increase within a queue; None before the message is sent.
    """

    group: str
    deduplication_id: str
    sequence_number: str | None = None


def is_fifo_id(text: str) -> bool:
    """Whether SQS accepts ``text`` as a group or a deduplication id."""
    return _ID.fullmatch(text) is not None


def group_id(found: object, event_id: str) -> str:
    """The group of the event in whose CloudEvent a queue's expression has ``found`` this: the event's own where it is no text, or empty."""
    return _usable(found if isinstance(found, str) and found else event_id)


def deduplication_id(event_id: str, replay_id: str | None = None) -> str:
    """The deduplication id of an event's message. A replay or redrive (``replay_id``) gives another id, so that its message is sent."""
    return _usable(event_id if replay_id is None else f"{event_id}:{replay_id}")


def fifo_position(event_id: str, *, group: str | None = None, replay_id: str | None = None) -> FifoPosition:
    """The position of an event's message; without ``group`` the event is the only one of its group."""
    return FifoPosition(
        group=group_id(group, event_id), deduplication_id=deduplication_id(event_id, replay_id=replay_id)
    )


def redriven(position: FifoPosition, message_id: str) -> FifoPosition:
    """The position of a dead letter that is sent again: its deduplication id contains the id of the letter.

    With its earlier id, the queue would take it for a duplicate. A letter that is sent twice, because a redrive was killed, arrives once.
    """
    return FifoPosition(
        group=position.group, deduplication_id=deduplication_id(position.deduplication_id, replay_id=message_id)
    )


def sequence_number(number: int) -> str:
    """The sequence number as text that sorts in the order of the numbers."""
    return f"{number:0{_DIGITS}}"


def _usable(text: str) -> str:
    """``text``, or its digest where SQS would refuse the text: the same text always gives the same result."""
    if _ID.fullmatch(text):
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
