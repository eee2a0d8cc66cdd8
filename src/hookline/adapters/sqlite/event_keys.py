"""Computes the keys by which events are found: 64 bits of a keyed hash of an id or of a reference, and Bloom filters of such keys.

Two texts may have the same key. Code that finds an event by its key must compare the text too.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["KEY_BITS", "KeyFilter", "id_hash", "reference_hash"]

KEY_BITS = 64
_BITS_PER_KEY = 16
"""With two bits set for each key, one look-up in seventy is a false positive."""

_LEAST_BITS = 1024


def id_hash(salt: bytes) -> Callable[[str], int]:
    """The function that computes the key of an event's id, a signed number as SQLite stores it."""
    return _hash(salt, b"id")


def reference_hash(salt: bytes) -> Callable[[str], int]:
    """The function that computes the key of a transaction's reference."""
    return _hash(salt, b"reference")


def _hash(salt: bytes, person: bytes) -> Callable[[str], int]:
    begun = blake2b(digest_size=KEY_BITS // 8, key=salt, person=person).copy

    def hashed(text: str) -> int:
        one = begun()
        one.update(text.encode())
        return int.from_bytes(one.digest(), "little", signed=True)

    return hashed


class KeyFilter:
    """A Bloom filter to fill with keys: its size in bits is a power of two and at least 16 for each key; each key sets two bits."""

    def __init__(self, keys: int) -> None:
        """``keys`` is the expected number of keys; with more keys there are more false positives."""
        size = max(_LEAST_BITS, 1 << (keys * _BITS_PER_KEY - 1).bit_length())
        self.bits = bytearray(size // 8)

    def add(self, keys: Iterable[int]) -> None:
        """Add keys."""
        bits = self.bits
        last = len(bits) * 8 - 1
        for key in keys:
            one, other = key & last, key >> 32 & last
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)
