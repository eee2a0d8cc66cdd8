"""Claims: values that an event reserves when it is stored, so that the same call cannot become a second event."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "BACKFILLED",
    "DEFAULT_DEDUPE",
    "DIGEST_BYTES",
    "REPEATED_BODY",
    "Claim",
    "ClaimKind",
    "IfRepeated",
    "Remembering",
    "claim_key",
]

DEFAULT_DEDUPE = timedelta(days=400)
"""How long digests are kept of events whose senders sign no time."""

BACKFILLED = "backfilled"
"""The attribute of an event that was fetched from its sender's API because no call had brought it: it holds ``true``."""

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


@record
class Claim:
    """One claim of an event, kept until ``until``; ``if_repeated`` counts for bodies only."""

    kind: ClaimKind
    key: bytes
    until: datetime
    if_repeated: IfRepeated = IfRepeated.ACCEPT


@record
class Remembering:
    """What a source remembers of its events, and for how long; None means not at all."""

    ids: timedelta | None = None
    signed: timedelta | None = None
    bodies: timedelta | None = None
    if_repeated: IfRepeated = IfRepeated.ACCEPT


def claim_key(kind: ClaimKind, source: str, value: bytes) -> bytes:
    """The key of what ``source`` claims: the same value of another kind or of another source has another key."""
    return hashlib.sha256(f"{kind.value}:{source}:".encode() + value).digest()[:_KEY_BYTES]
