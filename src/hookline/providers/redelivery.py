"""What a sender does after a failed try: when it tries again, when it stops, and what happens to the event."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST", "UNKNOWN", "Fate", "Redelivery", "Try", "foreseen"]

LONGEST: Final = 30 * 86_400.0
"""The seconds after the first try for which a schedule is followed if its sender documents no end."""


class Fate(StrEnum):
    """The final state of an event."""

    ARRIVED = "arrived"
    GIVEN_UP = "given up"
    STOPPED = "stopped"
    DISABLED = "disabled"

    @property
    def is_lost(self) -> bool:
        """Whether the sender will not send it again automatically."""
        return self is not Fate.ARRIVED


@record
class Redelivery:
    """A sender's schedule. Times are in seconds; a pause begins when the try before it has failed.

    ``waits`` are the first pauses, ``every`` is the pause after those, until ``total`` after the first try (None: no documented end).
    ``deadline`` is how long one try may take, if the catalogue's entry does not have it. ``success`` are the statuses that mean success,
    None for any 2xx; ``stops`` those after which it does not try again. ``disables`` says in words when the sender stops sending
    altogether. If one event can cause that: ``disables_on`` are the statuses that cause it immediately, ``disables_after`` is the number of
    failures in a row, ``disables_at_end`` says whether the last failed try causes it. ``signs_anew``: whether each try is signed with its
    own time. ``documented``: whether the sender documents the pauses; if not, they are hookline's assumption within the documented limits.
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
        """Whether the sender treats the status as success."""
        return status in self.success if self.success is not None else 200 <= status < 300  # noqa: PLR2004 -- HTTP's limits

    def pause(self, tries: int, elapsed: float) -> float | None:
        """The pause after this number of tries, the last of which began ``elapsed`` after the first; None if there is no further try."""
        wait = self.waits[tries - 1] if tries <= len(self.waits) else self.every
        end = LONGEST if self.total is None else self.total
        return None if wait is None or elapsed + wait > end else wait

    def then(self, status: int | None, *, tries: int, elapsed: float) -> float | Fate:
        """The pause before the next try, or the final state of the event. ``status`` is that of the last try, None without an answer."""
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
"""For a sender that documents nothing about retries: hookline assumes that it never tries again."""


@record
class Try:
    """One try: its number from 1, its time in seconds after the first, and the pause or final state that follows."""

    number: int
    at: float
    then: float | Fate


def foreseen(redelivery: Redelivery, outage: float) -> Iterator[Try]:
    """The tries of an event at the start of an outage of this many seconds, which is the worst moment; no try succeeds during it."""
    number, at = 0, 0.0
    while True:
        number += 1
        then = Fate.ARRIVED if at >= outage else redelivery.then(None, tries=number, elapsed=at)
        yield Try(number=number, at=at, then=then)
        if isinstance(then, Fate):
            return
        at += then
