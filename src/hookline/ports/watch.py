"""New events and refused requests, for a person who watches them arrive."""

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
    """What arrived since the last call, each list in the order of arrival; ``skipped`` counts further events beyond the limit."""

    events: tuple[StoredEvent, ...] = ()
    refused: tuple[RefusedCall, ...] = ()
    skipped: int = 0


class Watch(Protocol):
    """Looks for what has arrived since the last call; the first call starts from the opening. It never blocks a writer."""

    def next(self, *, source: str | None, type: str | None, refused: bool, limit: int) -> Arrived:  # noqa: A002 -- the field's own name
        """The newest ``limit`` events of this source and type (None: any), and the source's refused requests if ``refused``."""
        ...
