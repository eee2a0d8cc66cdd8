"""What is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.pause import Pause, Paused

__all__ = ["Pauses"]


class Pauses(Protocol):
    """Keeps what is paused. A queue that is paused gives out no messages from then on; whatever is sent to it stays.

    A process that runs meanwhile heeds a change within seconds.
    """

    def put(self, pause: Pause) -> None:
        """Pause, durable when this returns, in place of an earlier pause of the same thing.

        Raises NotFoundError for a queue that is not there. Any name may be a source's.
        """
        ...

    def remove(self, kind: Paused, name: str) -> bool:
        """End a pause; whether there was one."""
        ...

    def all(self) -> Sequence[Pause]:
        """Every pause, queues first, by name."""
        ...
