"""An earlier state of the stored events, next to the current state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RestoreStep", "RestoredEvents"]


@record
class RestoreStep:
    """How many records of the earlier state were looked at, and how many the state of now does not have: ``events`` of them are events.

    ``brought_back`` were stored again. ``without_body`` are events whose large body is gone for good.
    """

    looked_at: int
    missing: int
    events: int
    brought_back: int
    without_body: int

    def __add__(self, other: RestoreStep) -> RestoreStep:
        """Both together."""
        return RestoreStep(
            looked_at=self.looked_at + other.looked_at,
            missing=self.missing + other.missing,
            events=self.events + other.events,
            brought_back=self.brought_back + other.brought_back,
            without_body=self.without_body + other.without_body,
        )


class RestoredEvents(Protocol):
    """What was stored at an earlier moment, and could be stored again."""

    def steps(self, *, bring_back: bool) -> Iterator[RestoreStep]:
        """Look through all of it, some records at a time; with ``bring_back`` store again what is missing, and nothing over what is there.

        What has expired is left out, and so is what was paused then. An event that waited then waits again.
        """
        ...
