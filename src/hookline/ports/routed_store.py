"""Storing an event and its messages in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Outcome
    from hookline.domain.route import RoutedEvent

__all__ = ["Batch", "RoutedStore"]


class Batch(Protocol):
    """Staged events that are not yet durable. Call exactly one of ``commit`` and ``rollback``."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One outcome for each staged event, in order; they are final once ``commit`` has returned."""
        ...

    def commit(self) -> None:
        """Make all staged events durable. Raises UnavailableError when none of them is; no rollback is needed then."""
        ...

    def rollback(self) -> None:
        """Discard all staged events."""
        ...


class RoutedStore(Protocol):
    """Stores events together with their messages in one transaction, so that an event is ``routed`` from the start."""

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> Batch | None:
        """Write events and messages without making them durable; the outcomes are those of EventStore.add.

        Only new events put messages on queues. Rows may be staged on one thread and committed on another. With ``wait=False`` it returns
        None if another writer holds the lock. Raises UnavailableError when the store cannot be written.
        """
        ...
