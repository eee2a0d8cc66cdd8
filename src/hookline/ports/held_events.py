"""Events that were accepted while their source was paused to hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["HeldEvents"]


class HeldEvents(Protocol):
    """Stored events that are ``held``. Their status is ``received``, and no outbox returns them before they are released.

    An event that is delivered in another way is no longer held.
    """

    def count(self, source: str) -> int:
        """The number of the source's held events, as exactly as the backend knows."""
        ...

    def first(self, source: str, *, limit: int) -> Sequence[str]:
        """The ids of up to ``limit`` held events, the first received first."""
        ...

    def oldest(self, source: str) -> datetime | None:
        """When the first held event was received; None where none is held."""
        ...

    def release(self, event_ids: Sequence[str]) -> Sequence[str]:
        """Release these events to the outbox; returns the ids of those that were held, in order; durable when this returns.

        From now on recovery puts them on their queues if no other process does.
        """
        ...

    def waiting(self, event_ids: Sequence[str]) -> int:
        """How many of these events, which were released a moment ago, are not on their queues yet and have not failed either."""
        ...
