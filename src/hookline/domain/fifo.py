"""What a FIFO queue uses: groups, which keep their order, and ids, which identify a message that is sent twice."""

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
"""What the name of a FIFO queue ends in on SQS; clients know FIFO queues by it."""

DEDUPLICATION_INTERVAL: Final = timedelta(minutes=5)
"""How long a deduplication id is known (SQS Developer Guide, "Exactly-once processing in Amazon SQS")."""

_ID = re.compile(r"[!-~]{1,128}")
"""What SQS takes for MessageGroupId and MessageDeduplicationId: letters, digits and punctuation of ASCII."""

_DIGITS: Final = 20
"""Of a sequence number, as on SQS."""


@record
class Fifo:
    """What makes a queue FIFO: ``group`` is the JMESPath, as it was written, that finds an event's group in its CloudEvent."""

    group: str


@record
class FifoPosition:
    """A message's place on a FIFO queue: behind the earlier messages of its group.

    A second message of the group with the same ``deduplication_id`` is not sent within five minutes. ``sequence_number`` is 20 digits
    that grow within a queue, None before the message is sent.
    """

    group: str
    deduplication_id: str
    sequence_number: str | None = None


def is_fifo_id(text: str) -> bool:
    """Whether SQS takes ``text`` for a group or a deduplication id."""
    return _ID.fullmatch(text) is not None


def group_id(found: object, event_id: str) -> str:
    """The group of the event in whose CloudEvent a queue's expression has ``found`` this: the event's own where it is no text, or empty."""
    return _usable(found if isinstance(found, str) and found else event_id)


def deduplication_id(event_id: str, replay_id: str | None = None) -> str:
    """By what a message of an event is known. One of a replay or a redrive (``replay_id``) is another one, which is sent."""
    return _usable(event_id if replay_id is None else f"{event_id}:{replay_id}")


def fifo_position(event_id: str, *, group: str | None = None, replay_id: str | None = None) -> FifoPosition:
    """Where a message of an event stands; without a ``group`` of several messages it is in one of its own."""
    return FifoPosition(
        group=group_id(group, event_id), deduplication_id=deduplication_id(event_id, replay_id=replay_id)
    )


def redriven(position: FifoPosition, message_id: str) -> FifoPosition:
    """Where the dead letter of this id stands when it is sent again: its deduplication id names the letter.

    With the same id as before it would be taken for what it was; and one that is sent twice, because a redrive was killed, is sent once.
    """
    return FifoPosition(
        group=position.group, deduplication_id=deduplication_id(position.deduplication_id, replay_id=message_id)
    )


def sequence_number(number: int) -> str:
    """The number of a message as text that sorts as numbers do."""
    return f"{number:0{_DIGITS}}"


def _usable(text: str) -> str:
    """``text``, or its digest where SQS would refuse it: always the same one for the same text."""
    if _ID.fullmatch(text):
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
