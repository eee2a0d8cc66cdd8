"""Another JSON document with the CRC-32 of a given one, as anybody can make it who knows that a CRC is linear."""

from __future__ import annotations

import zlib

__all__ = ["forged"]

_BLANKS = 64
_BITS = 32


def forged(document: bytes, genuine: bytes) -> bytes:
    """``document`` with 64 blanks after its first brace, spaces and tabs chosen so that its CRC-32 is that of ``genuine``.

    A tab in the place of a space changes the CRC by a difference that depends only on the place: the differences that are needed are a
    solution of 32 linear equations in 64 unknowns over two elements.
    """
    head, _, rest = document.partition(b"{")

    def with_blanks(tabs: int) -> bytes:
        blanks = bytes(0x09 if tabs >> place & 1 else 0x20 for place in range(_BLANKS))
        return head + b"{" + blanks + rest

    plain = zlib.crc32(with_blanks(0))
    basis: dict[int, tuple[int, int]] = {}
    for place in range(_BLANKS):
        difference, tabs = _reduced(zlib.crc32(with_blanks(1 << place)) ^ plain, 1 << place, basis)
        if difference:
            basis[difference.bit_length()] = (difference, tabs)
    left, tabs = _reduced(zlib.crc32(genuine) ^ plain, 0, basis)
    assert left == 0, f"{len(basis)} of {_BITS} equations"
    return with_blanks(tabs)


def _reduced(difference: int, tabs: int, basis: dict[int, tuple[int, int]]) -> tuple[int, int]:
    while difference and (known := basis.get(difference.bit_length())):
        difference, tabs = difference ^ known[0], tabs ^ known[1]
    return difference, tabs
