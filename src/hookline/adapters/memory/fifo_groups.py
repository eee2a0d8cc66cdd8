"""The groups of a FIFO queue in memory: which of them may be received, and what was sent a moment ago."""

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
    """A message that was sent, whether or not it is still there; another one with its deduplication id is not sent before ``until``."""

    id: str
    until: datetime


def place(message: Message) -> FifoPosition:
    """The message's group and deduplication id; without them they are made from its event id, or from its text where it has none."""
    return message.fifo or fifo_position(message.event_id or message.body)


def sequence_of(message_id: str) -> str:
    """The sequence number of a message, by its id."""
    return sequence_number(UUID(message_id).int)


def known_message(queue: StandingQueue, position: FifoPosition, now: datetime) -> KnownMessage | None:
    """What a message with the same group and deduplication id has become in the last five minutes."""
    known = queue.known.get((position.group, position.deduplication_id))
    return known if known is not None and known.until > now else None


def remember(queue: StandingQueue, message: StandingMessage) -> None:
    """Note what was sent now."""
    position = place(message.message)
    known = KnownMessage(id=message.id, until=message.sent_at + DEDUPLICATION_INTERVAL)
    queue.known[position.group, position.deduplication_id] = known


def free_groups(queue: StandingQueue, *, now: datetime, over: datetime) -> Iterator[list[StandingMessage]]:
    """The messages of each group of which none is in flight, in their order.

    First come the groups that have a message which was received and is visible again, the longest visible first; then the others by
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
    """Whether none of a message's group is in flight."""
    free_at = _free_at([one for one in queue.messages.values() if one.group == message.group])
    return free_at is None or free_at <= now


def leave_groups(queue: StandingQueue) -> None:
    """Let no message have a group any more: the queue is a standard queue."""
    for id_, message in queue.messages.items():
        if message.message.fifo is not None:
            queue.messages[id_] = replace(message, message=replace(message.message, fifo=None))


def _free_at(group: list[StandingMessage]) -> datetime | None:
    """When the last of a group becomes visible, None where none was received."""
    return max((message.visible_at for message in group if message.visible_at is not None), default=None)
