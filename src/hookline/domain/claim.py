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
"""How long digests are kept for events whose senders do not sign a timestamp."""

BACKFILLED = "backfilled"
"""The attribute that marks, with ``true``, an event that was fetched from its sender's API because it never arrived as a call."""

REPEATED_BODY = "repeatedbody"
"""The attribute that marks an event whose body is already stored under another id: its value is that id."""

DIGEST_BYTES = 16
"""How many bytes of a body's SHA-256 are kept with a claim."""

_KEY_BYTES = 16
"""Nobody can find two values with the same key: that takes about 2^64 tries, and the sender would have to sign each of them."""


class ClaimKind(StrEnum):
    """What a claim reserves, in the order in which claims are judged.

    ``known``: the event's own id, for longer than the event itself is kept. ``signed``: a part of the call that the signature covers and
    that occurs in this call only. ``body``: the body of an event whose id the signature does not cover.
    """

    KNOWN = "known"
    SIGNED = "signed"
    BODY = "body"


class IfRepeated(StrEnum):
    """How to treat a known body under an unknown id: store a new event with a mark, store the body as a conflict, or report a duplicate."""

    ACCEPT = "accept"
    SET_ASIDE = "set-aside"
    DUPLICATE = "duplicate"


@record
class Claim:
    """One claim of an event, kept until ``until``; ``if_repeated`` has a meaning for bodies only."""

    kind: ClaimKind
    key: bytes
    until: datetime
    if_repeated: IfRepeated = IfRepeated.ACCEPT


@record
class Remembering:
    """What is remembered of a source's events, and for how long; None means that it is not remembered."""

    ids: timedelta | None = None
    signed: timedelta | None = None
    bodies: timedelta | None = None
    if_repeated: IfRepeated = IfRepeated.ACCEPT


def claim_key(kind: ClaimKind, source: str, value: bytes) -> bytes:
    """The key of a claim by ``source``: the same value gives another key for another kind or another source."""
    return hashlib.sha256(f"{kind.value}:{source}:".encode() + value).digest()[:_KEY_BYTES]
