"""All queues, with the number of messages on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.queue import Queue
    from hookline.ports.queues import Depth

__all__ = ["ListedQueue", "QueueListing"]


@record
class ListedQueue:
    """A queue with what stands on it (``own``) and on its dead-letter queue; not ``configured`` once it has left hookline.toml.

    One that is paused gives out no messages. ``removed`` counts the messages that this process has removed from both since it started,
    None where that is not known.
    """

    queue: Queue
    own: Depth
    dead: Depth
    configured: bool = True
    is_paused: bool = False
    dead_is_paused: bool = False
    removed: int | None = None
    missing_right: str | None = None
    """The right without which the ages of its messages are not known."""

    @property
    def is_empty(self) -> bool:
        """Whether no message stands on it nor on its dead-letter queue."""
        return not any(depth.visible or depth.in_flight or depth.delayed for depth in (self.own, self.dead))


class QueueListing(Protocol):
    """Lists queues for a person. It may ask several services."""

    def listed(self) -> Sequence[ListedQueue]:
        """Every queue that takes messages, and those that left the configuration and still have some."""
        ...
