"""Paused queues and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.pause import Pause, Paused

__all__ = ["Pauses"]


class Pauses(Protocol):
    """Stores what is paused. A paused queue delivers no messages from then on; messages that are sent to it stay on it.

    A running process follows a change within seconds.
    """

    def put(self, pause: Pause) -> None:
        """Store the pause, durable when this returns; it replaces an earlier pause of the same thing.

        Raises NotFoundError for a queue that does not exist. For a source, any name is accepted.
        """
        ...

    def remove(self, kind: Paused, name: str) -> bool:
        """End a pause; returns whether there was one."""
        ...

    def all(self) -> Sequence[Pause]:
        """Every pause, those of queues first, by name."""
        ...
