"""What happens to an event whose claims other events already have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.claim import BACKFILLED, REPEATED_BODY, ClaimKind, IfRepeated
from hookline.domain.event import Outcome
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hookline.domain.claim import Claim
    from hookline.domain.event import Event

__all__ = ["Held", "Verdict", "is_fetched", "judged", "repeats"]


@record
class Held:
    """A claim that a new event makes and that is held already: by which event, and whether that one has the same body."""

    claim: Claim
    holder: str
    same_body: bool


@record
class Verdict:
    """What becomes of an event whose id is unknown and which claims what others hold; ``holder`` is the event that it is compared with.

    ``conflict`` is a body to be set aside with the holder, or ``reused`` where the holder is gone; ``repeated`` is an event to be
    stored and marked.
    """

    outcome: Outcome
    holder: str


def judged(held: Iterable[Held], event_id: str) -> Verdict | None:
    """The verdict of the first claim that decides, in the order of their kinds; None where none is held."""
    for one in sorted(held, key=lambda found: _ORDER.index(found.claim.kind)):
        return Verdict(outcome=_outcome(one, event_id), holder=one.holder)
    return None


def _outcome(held: Held, event_id: str) -> Outcome:
    kind = held.claim.kind
    if kind is ClaimKind.BODY:
        return Outcome.DUPLICATE if held.holder == event_id else _REPEATED[held.claim.if_repeated]
    if held.same_body:
        return Outcome.DUPLICATE
    return Outcome.REUSED if kind is ClaimKind.KNOWN else Outcome.CONFLICT


def is_fetched(event: Event, known: Collection[str]) -> bool:
    """Whether one of two events of one id was fetched from the sender's API; ``known`` is the metadata of the one that is stored.

    A sender writes an event in other words in its API than in its calls, so that another body is no conflict.
    """
    return BACKFILLED in event.metadata or BACKFILLED in known


def repeats(event: Event, holder: str) -> Event:
    """The event, marked as one that has the body of ``holder``."""
    return replace(event, metadata={**event.metadata, REPEATED_BODY: holder})


_ORDER = tuple(ClaimKind)
_REPEATED = {
    IfRepeated.ACCEPT: Outcome.REPEATED,
    IfRepeated.SET_ASIDE: Outcome.CONFLICT,
    IfRepeated.DUPLICATE: Outcome.DUPLICATE,
}
