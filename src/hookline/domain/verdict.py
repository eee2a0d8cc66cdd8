"""The outcome of an event whose claims other events already hold."""

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
    """A claim of a new event that is already held: the event that holds it, and whether that one has the same body."""

    claim: Claim
    holder: str
    same_body: bool


@record
class Verdict:
    """The outcome of an event with an unknown id whose claims others hold; ``holder`` is the event that it is compared with.

    ``conflict``: its body is stored as a conflict with the holder. ``reused``: the same, but the holder has expired. ``repeated``: it is
    stored as a new event, with a mark.
    """

    outcome: Outcome
    holder: str


def judged(held: Iterable[Held], event_id: str) -> Verdict | None:
    """The verdict of the first held claim, in the order of their kinds; None where no claim is held."""
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
    """Whether one of two events with the same id was fetched from the sender's API; ``known`` is the metadata of the stored one.

    A sender's API and its calls describe the same event differently, so another body is not a conflict.
    """
    return BACKFILLED in event.metadata or BACKFILLED in known


def repeats(event: Event, holder: str) -> Event:
    """The event, marked as one with the same body as ``holder``."""
    return replace(event, metadata={**event.metadata, REPEATED_BODY: holder})


_ORDER = tuple(ClaimKind)
_REPEATED = {
    IfRepeated.ACCEPT: Outcome.REPEATED,
    IfRepeated.SET_ASIDE: Outcome.CONFLICT,
    IfRepeated.DUPLICATE: Outcome.DUPLICATE,
}
