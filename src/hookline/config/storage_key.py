"""The keys that encrypt stored bodies: 32 bytes, written in base64."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from hookline.errors import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["storage_key", "storage_key_complaints"]

_BYTES = 32


def storage_key(value: bytes) -> bytes | None:
    """The key in this secret; None if it is not a key."""
    try:
        key = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        return None
    return key if len(key) == _BYTES and any(key) else None


def storage_key_complaints(names: Sequence[str], secrets: Mapping[str, bytes]) -> Iterator[Complaint]:
    """Complaints about secrets that are missing or are not keys, by name, never with a value."""
    values = [secrets.get(name) for name in names]
    for name, value in zip(names, values, strict=True):
        if not value:
            why = "is missing"
        elif storage_key(value) is None:
            why = "is not the base64 of 32 random bytes (`hookline secrets fresh` creates one)"
        elif values.count(value) > 1:
            why = "is the same key as another one of the list"
        else:
            continue
        yield Complaint(where="storage.key", why=f"the secret {name} {why}")
