"""Finds which groups of a FIFO queue in memory may be received, and remembers recently sent messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from hookline.domain.fifo import DEDUPLICATION_INTERVAL, fifo_position, sequence_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hookline.adapters.memory.state import StandingMessage, StandingQueue
    from hookline.domain.fifo import FifoPosition
    from hookline.domain.message import Message

__all__ = [
    "KnownMessage",
    "free_groups",
    "is_free",
    "known_message",
    "leave_groups",
    "place",
    "remember",
    "sequence_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMessage:
    """A sent message, whether or not it is still on the queue; no other message with its deduplication id is sent before ``until``."""

    id: str
    until: datetime


def place(message: Message) -> FifoPosition:
    """The message's group and deduplication id; by default they are made from its event id, or from its text if it has no event."""
    return message.fifo or fifo_position(message.event_id or message.body)


def sequence_of(message_id: str) -> str:
    """The sequence number of a message, from its id."""
    return sequence_number(UUID(message_id).int)


def known_message(queue: StandingQueue, position: FifoPosition, now: datetime) -> KnownMessage | None:
    """The message with the same group and deduplication id that was sent in the last five minutes, if any."""
    known = queue.known.get((position.group, position.deduplication_id))
    return known if known is not None and known.until > now else None


def remember(queue: StandingQueue, message: StandingMessage) -> None:
    """Remember a message that was sent now."""
    position = place(message.message)
    known = KnownMessage(id=message.id, until=message.sent_at + DEDUPLICATION_INTERVAL)
    queue.known[position.group, position.deduplication_id] = known


def free_groups(queue: StandingQueue, *, now: datetime, over: datetime) -> Iterator[list[StandingMessage]]:
    """The messages, in order, of each group without a message in flight.

    First come the groups with a message that was received and is visible again, the longest visible first; then the others by
    their oldest message.
    """
    groups: dict[str, list[StandingMessage]] = {}
    for id_ in sorted(queue.messages):
        message = queue.messages[id_]
        groups.setdefault(message.group, []).append(message)
    free = [(_free_at(group), group[0].id, group) for group in groups.values()]
    ready = [(at is None, at or now, head, group) for at, head, group in free if at is None or at <= now]
    for *_, group in sorted(ready, key=lambda one: one[:3]):
        if kept := [message for message in group if not queue.is_over(message, over)]:
            yield kept


def is_free(queue: StandingQueue, message: StandingMessage, now: datetime) -> bool:
    """Whether no message of this message's group is in flight."""
    free_at = _free_at([one for one in queue.messages.values() if one.group == message.group])
    return free_at is None or free_at <= now


def leave_groups(queue: StandingQueue) -> None:
    """Remove the groups of all messages, because the queue is a standard queue now."""
    for id_, message in queue.messages.items():
        if message.message.fifo is not None:
            queue.messages[id_] = replace(message, message=replace(message.message, fifo=None))


def _free_at(group: list[StandingMessage]) -> datetime | None:
    """When the last message of a group becomes visible, None where none was received."""
    return max((message.visible_at for message in group if message.visible_at is not None), default=None)
