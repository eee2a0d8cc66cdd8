"""Where the messages of an event are now."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.message import DeadLetter

__all__ = ["MessagePlace", "MessagePlaces", "PlaceState"]


class PlaceState(StrEnum):
    """What a message that stands on a queue is doing."""

    WAITING = "waiting"
    """The next consumer that asks may get it."""
    WITH_CONSUMER = "with a consumer"
    """It was received, and is hidden until it is deleted or its time is over."""
    DELAYED = "delayed"
    """No consumer gets it yet."""


@record
class MessagePlace:
    """A message that stands on ``queue``, as nobody receives it by looking.

    ``visible_at`` is when it can be received again, None where it can be at once. ``last_failure`` is what its last consumer said of a
    failure, and ``dead_letter`` why it is on a dead-letter queue. ``replay_id`` is the replay that it comes from, ``event_id`` its event.
    """

    queue: str
    message_id: str
    state: PlaceState
    receives: int
    sent_at: datetime
    last_received_at: datetime | None = None
    visible_at: datetime | None = None
    last_failure: str | None = None
    dead_letter: DeadLetter | None = None
    replay_id: str | None = None
    event_id: str | None = None


class MessagePlaces(Protocol):
    """Finds messages by their event. SQS has no such thing: there nobody knows where a message is."""

    def places(self, event_id: str) -> Sequence[MessagePlace]:
        """The messages of this event that stand on queues, the oldest first. One that was deleted or has expired is not among them."""
        ...

    def newest(self, queue: str, *, limit: int) -> Sequence[MessagePlace]:
        """The messages of a queue that were sent last, the newest first. Raises NotFoundError."""
        ...
