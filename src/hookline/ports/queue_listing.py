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
    """A queue with its messages (``own``) and those of its dead-letter queue; not ``configured`` if it is no longer in hookline.toml.

    A paused queue delivers no messages. ``removed`` counts the messages that this process has removed from both since it started, None
    where that is not known.
    """

    queue: Queue
    own: Depth
    dead: Depth
    configured: bool = True
    is_paused: bool = False
    dead_is_paused: bool = False
    removed: int | None = None
    missing_right: str | None = None
    """The missing permission because of which the ages of its messages are not known."""

    @property
    def is_empty(self) -> bool:
        """Whether there are no messages on the queue and on its dead-letter queue."""
        return not any(depth.visible or depth.in_flight or depth.delayed for depth in (self.own, self.dead))


class QueueListing(Protocol):
    """Lists queues for a person. It may call several services."""

    def listed(self) -> Sequence[ListedQueue]:
        """Every queue that accepts messages, and queues that are no longer configured but still have messages."""
        ...
