"""Recorded calls of senders with each bit turned over, where test_catalogue_vectors.py turns over one bit of each byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vectors.senders import VECTORS
from vectors.turned_bits import EVERY_BIT, refuses_every_other_body, refuses_every_other_header

if TYPE_CHECKING:
    from vectors.senders import Recorded

every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.name)


@every_vector
def test_no_bit_of_the_body_can_be_turned(vector: Recorded) -> None:
    """One changed bit may change an amount."""
    refuses_every_other_body(vector, EVERY_BIT)


@every_vector
def test_no_bit_of_a_signed_header_can_be_turned(vector: Recorded) -> None:
    """A changed bit may turn one digit into another, or a letter into a separator."""
    refuses_every_other_header(vector, EVERY_BIT)
