"""Storing an event and its messages in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Outcome
    from hookline.domain.route import RoutedEvent

__all__ = ["Batch", "RoutedStore"]


class Batch(Protocol):
    """Staged events that are not yet durable. Must be ended by exactly one of ``commit`` and ``rollback``."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One outcome per staged event, in order: true once ``commit`` has returned."""
        ...

    def commit(self) -> None:
        """Make all of it durable. Raises UnavailableError when nothing of it is, and then it needs no rollback."""
        ...

    def rollback(self) -> None:
        """Forget all of it."""
        ...


class RoutedStore(Protocol):
    """Keeps events together with their messages in one transaction, so that an event is born where it belongs."""

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> Batch | None:
        """Write events and messages without making them durable; outcomes are those of EventStore.add.

        Only new events put messages on queues. Rows may be staged on one thread and committed on another. With
        ``wait=False`` the answer is None when another writer has the turn. Raises UnavailableError when the store cannot be written.
        """
        ...
