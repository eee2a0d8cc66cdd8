"""Recorded calls of senders with each bit turned over, where test_catalogue_vectors.py turns over one bit of each byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vectors.test_catalogue_vectors import every_vector, refuses_every_other_body, refuses_every_other_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vectors.senders import Recorded


def each_bit_turned(content: bytes) -> Iterator[bytes]:
    """The content with each of its bits turned over, one at a time."""
    for bit in range(len(content) * 8):
        copy = bytearray(content)
        copy[bit // 8] ^= 1 << bit % 8
        yield bytes(copy)


@every_vector
def test_no_bit_of_the_body_can_be_turned(vector: Recorded) -> None:
    """One changed bit may change an amount."""
    refuses_every_other_body(vector, each_bit_turned)


@every_vector
def test_no_bit_of_a_signed_header_can_be_turned(vector: Recorded) -> None:
    """A bit may make a digit of another, or a separator of a letter."""
    refuses_every_other_header(vector, each_bit_turned)
