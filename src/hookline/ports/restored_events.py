"""An earlier state of the stored events, next to the current state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RestoreStep", "RestoredEvents"]


@record
class RestoreStep:
    """Counts of one step: how many records of the earlier state were read, and how many of these the current state lacks (``missing``).

    ``events`` counts the events among the missing records, and ``brought_back`` the records that were stored again. ``without_body``
    counts events whose large body no longer exists.
    """

    looked_at: int
    missing: int
    events: int
    brought_back: int
    without_body: int

    def __add__(self, other: RestoreStep) -> RestoreStep:
        """The sum of both steps."""
        return RestoreStep(
            looked_at=self.looked_at + other.looked_at,
            missing=self.missing + other.missing,
            events=self.events + other.events,
            brought_back=self.brought_back + other.brought_back,
            without_body=self.without_body + other.without_body,
        )


class RestoredEvents(Protocol):
    """An earlier state of the store, from which records can be stored again."""

    def steps(self, *, bring_back: bool) -> Iterator[RestoreStep]:
        """Read the earlier state in steps; with ``bring_back``, store missing records again, without changing any record that exists.

        Expired records are left out, and so are pauses. An event that waited at that time waits again.
        """
        ...
