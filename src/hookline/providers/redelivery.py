"""How a sender goes on after a try that failed: when it tries again, what ends it, and what becomes of one event."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST", "UNKNOWN", "Fate", "Redelivery", "Try", "foreseen"]

LONGEST: Final = 30 * 86_400.0
"""Seconds after the first try, up to which a schedule is followed whose sender names no end."""


class Fate(StrEnum):
    """What becomes of an event in the end."""

    ARRIVED = "arrived"
    GIVEN_UP = "given up"
    STOPPED = "stopped"
    DISABLED = "disabled"

    @property
    def is_lost(self) -> bool:
        """Whether the sender does not send it again by itself."""
        return self is not Fate.ARRIVED


@record
class Redelivery:
    """A sender's schedule. Times are in seconds; a pause begins when the try before it has failed.

    ``waits`` are the first pauses, ``every`` is the pause after those, until ``total`` after the first try (None: no end is named).
    ``deadline`` is how long one try may take, where the entry of the catalogue does not say it.
    ``success`` are the statuses that end it well, None for any 2xx; ``stops`` those after which it does not try again.
    ``disables`` says in words when the sender stops sending altogether. Where one event can decide that: ``disables_on`` are the
    statuses that do it at once, ``disables_after`` the number of failures in a row, ``disables_at_end`` when all tries have failed.
    ``signs_anew``: whether each try is signed with a time of its own.
    ``documented``: whether the sender names the pauses; if not, they are hookline's assumption within what the sender does say.
    """

    waits: tuple[float, ...] = ()
    every: float | None = None
    total: float | None = None
    deadline: float | None = None
    success: frozenset[int] | None = None
    stops: frozenset[int] = frozenset()
    disables: str = ""
    disables_on: frozenset[int] = frozenset()
    disables_after: int | None = None
    disables_at_end: bool = False
    signs_anew: bool = True
    documented: bool = True
    source: str = ""

    def takes(self, status: int) -> bool:
        """Whether the sender takes the status for success."""
        return status in self.success if self.success is not None else 200 <= status < 300  # noqa: PLR2004 -- HTTP's own borders

    def pause(self, tries: int, elapsed: float) -> float | None:
        """The pause after so many tries, the last of which began ``elapsed`` after the first; None where there is no further try."""
        wait = self.waits[tries - 1] if tries <= len(self.waits) else self.every
        end = LONGEST if self.total is None else self.total
        return None if wait is None or elapsed + wait > end else wait

    def then(self, status: int | None, *, tries: int, elapsed: float) -> float | Fate:
        """The pause before the next try, or what has become of the event. ``status`` is that of the last try, None without an answer."""
        if status is not None and self.takes(status):
            return Fate.ARRIVED
        if status in self.disables_on or tries == self.disables_after:
            return Fate.DISABLED
        if status in self.stops:
            return Fate.STOPPED
        wait = self.pause(tries, elapsed)
        if wait is not None:
            return wait
        return Fate.DISABLED if self.disables_at_end else Fate.GIVEN_UP


UNKNOWN: Final = Redelivery(documented=False)
"""Of a sender that says nothing of it: hookline assumes that it never tries again."""


@record
class Try:
    """One try: its number from 1, when it is made in seconds after the first, and the pause or the fate that follows."""

    number: int
    at: float
    then: float | Fate


def foreseen(redelivery: Redelivery, outage: float) -> Iterator[Try]:
    """The tries of an event that happens when an outage of so many seconds begins, the worst moment; nobody answers during it."""
    number, at = 0, 0.0
    while True:
        number += 1
        then = Fate.ARRIVED if at >= outage else redelivery.then(None, tries=number, elapsed=at)
        yield Try(number=number, at=at, then=then)
        if isinstance(then, Fate):
            return
        at += then
