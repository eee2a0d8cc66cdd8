"""Reads the large body that a message refers to, even after its event was removed from the table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hookline.adapters.aws.bodies import event_prefix
from hookline.adapters.aws.conflicts import companion_key
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from hookline.adapters.aws.bodies import S3Bodies
    from hookline.adapters.aws.table import Table

__all__ = ["referred_body"]


def referred_body(bodies: S3Bodies, table: Table, reference: str, event_id: str, sha256: bytes) -> bytes:
    """The body at a message's ``dataref``. Raises NotFoundError where it was removed or erased, or is not this event's with this digest.

    Anyone who may send to a queue can write a reference, so a reference to another event's body or to another object is refused. A sender
    that repeats an erased event writes its body into the bucket again; the companion, kept longer than the tombstone, shows the erasure.
    """
    key = companion_key(event_id)
    if "erased" in table.items([key]).get(key, {}):
        raise NotFoundError(f"the content of {event_id} was erased")
    prefix = f"{event_prefix(event_id)}{sha256.hex()}/"
    begins = bodies.reference(prefix)
    if not reference.startswith(begins):
        raise NotFoundError(f"the message of {event_id} refers to {reference}, which is not its body")
    body = bodies.get(f"{prefix}{reference.removeprefix(begins)}")
    if hashlib.sha256(body).digest() != sha256:
        raise NotFoundError(f"the body at {reference} does not match the digest in the message of {event_id}")
    return body
