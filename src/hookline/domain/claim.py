"""Claims: what an event keeps for itself when it is stored, so that the same call cannot become a second event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.domain.event import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.domain.event import Event

__all__ = [
    "DEFAULT_DEDUPE",
    "DIGEST_BYTES",
    "REPEATED_BODY",
    "Claim",
    "ClaimKind",
    "Held",
    "IfRepeated",
    "Remembering",
    "Verdict",
    "claim_key",
    "judged",
    "repeats",
]

DEFAULT_DEDUPE = timedelta(days=400)
"""How long digests are kept of events whose senders sign no time."""

REPEATED_BODY = "repeatedbody"
"""The attribute of an event whose body is known under another id: it holds that id."""

DIGEST_BYTES = 16
"""Of a body's SHA-256 that are kept with a claim."""

_KEY_BYTES = 16
"""Nobody can choose two values with one key: that takes about 2^64 tries, and each has to be signed by the sender."""


class ClaimKind(StrEnum):
    """What is claimed, in the order in which claims are judged.

    ``known``: the event's own id, for longer than the event itself is kept. ``signed``: a part of the call that the signature covers
    and that belongs to this call only. ``body``: the body of an event whose id the signature does not cover.
    """

    KNOWN = "known"
    SIGNED = "signed"
    BODY = "body"


class IfRepeated(StrEnum):
    """What becomes of a known body under an unknown id: a new event that is marked, a second body kept aside, or a duplicate."""

    ACCEPT = "accept"
    SET_ASIDE = "set-aside"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of an event, kept until ``until``; ``if_repeated`` counts for bodies only."""

    kind: ClaimKind
    key: bytes
    until: datetime
    if_repeated: IfRepeated = IfRepeated.ACCEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """What a source remembers of its events, and for how long; None means not at all."""

    ids: timedelta | None = None
    signed: timedelta | None = None
    bodies: timedelta | None = None
    if_repeated: IfRepeated = IfRepeated.ACCEPT


def claim_key(kind: ClaimKind, source: str, value: bytes) -> bytes:
    """The key of what ``source`` claims: the same value of another kind or of another source has another key."""
    return hashlib.sha256(f"{kind.value}:{source}:".encode() + value).digest()[:_KEY_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A claim that a new event makes and that is held already: by which event, and whether that one has the same body."""

    claim: Claim
    holder: str
    same_body: bool


@dataclass(frozen=True, slots=True, kw_only=True)
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


def repeats(event: Event, holder: str) -> Event:
    """The event, marked as one that has the body of ``holder``."""
    return replace(event, metadata={**event.metadata, REPEATED_BODY: holder})


_ORDER = tuple(ClaimKind)
_REPEATED = {
    IfRepeated.ACCEPT: Outcome.REPEATED,
    IfRepeated.SET_ASIDE: Outcome.CONFLICT,
    IfRepeated.DUPLICATE: Outcome.DUPLICATE,
}
