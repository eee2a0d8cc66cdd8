"""An event whose content was erased: its tombstone still identifies a second delivery of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.claim import BACKFILLED
from hookline.domain.event import Status

if TYPE_CHECKING:
    from hookline.domain.event import Event

__all__ = ["ERASED", "UNDELIVERED", "WHY_UNDELIVERED", "is_erased", "is_erased_body", "tombstone"]

ERASED: Final = "erased"
"""The metadata key that holds the id of the erasure that removed the event's content."""

UNDELIVERED: Final = frozenset({Status.RECEIVED, Status.FAILED})
"""The statuses of an event that is on no queue yet: after its erasure it is not put on any."""

WHY_UNDELIVERED: Final = "erased before it was delivered"

_KEPT: Final = ("secret", BACKFILLED)
"""The metadata keys that an erasure keeps: hookline's own, which contain no part of the content. All other metadata comes from the body or
the headers.
"""

_NOTHING: Final = hashlib.sha256(b"").digest()


def is_erased(event: Event) -> bool:
    """Whether the event's content was erased."""
    return ERASED in event.metadata


def is_erased_body(body: bytes, body_sha256: bytes) -> bool:
    """Whether a body was erased: it is empty, but its digest is that of another body."""
    return not body and body_sha256 != _NOTHING


def tombstone(event: Event, erasure: str) -> Event:
    """The event without its content. An event that was not delivered becomes ``unmatched``: it goes to no queue."""
    kept = {name: event.metadata[name] for name in _KEPT if name in event.metadata}
    status = Status.UNMATCHED if event.status in UNDELIVERED else event.status
    return replace(event, body=b"", metadata={**kept, ERASED: erasure}, status=status, held=False)
