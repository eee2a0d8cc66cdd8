"""Numbers in patterns: JSON readers compare doubles, so a number that a double cannot hold exactly would match another number too."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Self

__all__ = ["WrittenFloat", "number_fault"]

_EXACT, _PARSED_AS_FLOAT = 2**53, 2**64
"""Every integer below the first is a double; from the second on, the parser makes floats of an event's integers."""
_LONGEST = 40


class WrittenFloat(float):
    """A float that keeps the characters it was read from. Pass it to a parser as ``parse_float``."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """The float for ``text``."""
        made = super().__new__(cls, text)
        made.text = text
        return made


def number_fault(value: float) -> str | None:
    """Why a pattern cannot use this number, or None: a double must hold it exactly.

    For an integer of up to 64 bits, a double must have the same value, because such integers of an event are compared exactly. Any other
    number must be the shortest decimal that reads as the double, so 0.1 is accepted; event-ruler's ComparableNumber has the same rule.
    Integers and ``WrittenFloat`` are judged by their written form.
    """
    try:
        double = float(value)
    except OverflowError:
        return "the number has more digits than a double can hold"
    if not isfinite(double):
        return "this is not a number in JSON"
    written = Decimal(
        value.text if isinstance(value, WrittenFloat) else value if isinstance(value, int) else repr(value)
    )
    if written == Decimal(double) or (
        written == Decimal(repr(double)) and not _EXACT <= abs(double) < _PARSED_AS_FLOAT
    ):
        return None
    return f"a double cannot hold {_shown(written)}: JSON readers would compare with {_shown(_nearest(double))}"


def _nearest(double: float) -> Decimal:
    return Decimal(int(double)) if double.is_integer() and abs(double) < _PARSED_AS_FLOAT else Decimal(repr(double))


def _shown(number: Decimal) -> str:
    text = f"{number:f}" if abs(number.adjusted()) < _LONGEST else str(number)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
