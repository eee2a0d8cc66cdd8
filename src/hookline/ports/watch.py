"""What arrives, as it arrives: for a person who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.ports.event_store import StoredEvent

__all__ = ["Arrived", "RefusedCall", "Watch"]


@record
class RefusedCall:
    """A request that was refused: when, for which source, with which code, and its size in bytes.

    ``number`` is its id in the quarantine; None where no request is kept.
    """

    at: datetime
    source: str | None
    code: str
    size: int | None = None
    number: int | None = None


@record
class Arrived:
    """What came since the last look, each in the order of arrival; ``skipped`` is how many events more came than were asked for."""

    events: tuple[StoredEvent, ...] = ()
    refused: tuple[RefusedCall, ...] = ()
    skipped: int = 0


class Watch(Protocol):
    """Looks for what has come since the last look, the first time since it was opened. It never holds a writer up."""

    def next(self, *, source: str | None, type: str | None, refused: bool, limit: int) -> Arrived:  # noqa: A002 -- the field's own name
        """The newest ``limit`` events of this source and type (None: any), and refused requests of the source where they are wanted."""
        ...
