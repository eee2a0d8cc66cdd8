"""Events that were accepted while their source held them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["HeldEvents"]


class HeldEvents(Protocol):
    """Stored events that are ``held``. They are ``received``, and no outbox gives them out before they are released.

    One that is delivered all the same is held no more.
    """

    def count(self, source: str) -> int:
        """How many of the source's events are held, as exactly as the backend knows."""
        ...

    def first(self, source: str, *, limit: int) -> Sequence[str]:
        """The ids of up to ``limit`` of them, the first received first."""
        ...

    def oldest(self, source: str) -> datetime | None:
        """When the first of them was received; None where none is held."""
        ...

    def release(self, event_ids: Sequence[str]) -> Sequence[str]:
        """Let these events wait in the outbox like others; the ids of those that were held, in order, durable when this returns.

        From now on recovery brings them to their queues if nobody else does.
        """
        ...

    def waiting(self, event_ids: Sequence[str]) -> int:
        """How many of these events, which were released a moment ago, are neither on their queues yet nor given up."""
        ...
