"""The current position of an event's messages."""

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
    """The state of a message on a queue."""

    WAITING = "waiting"
    """The next consumer may receive it."""
    WITH_CONSUMER = "with a consumer"
    """It was received, and is hidden until it is deleted or its time has passed."""
    DELAYED = "delayed"
    """No consumer can receive it before its delay has passed."""


@record
class MessagePlace:
    """A message on ``queue``; reading its state does not receive it.

    ``visible_at`` is when it can be received again, None where it can be received now. ``last_failure`` is the reason that its last
    consumer gave for a failure; ``dead_letter`` is why it is on a dead-letter queue. ``replay_id`` is the replay that it belongs to,
    ``event_id`` is its event.
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
    """Finds messages by their event. SQS cannot do that: there nobody can find out where a message is."""

    def places(self, event_id: str) -> Sequence[MessagePlace]:
        """The messages of this event on all queues, the oldest first. Deleted and expired messages are not included."""
        ...

    def newest(self, queue: str, *, limit: int) -> Sequence[MessagePlace]:
        """The messages of a queue that were sent last, the newest first. Raises NotFoundError."""
        ...
