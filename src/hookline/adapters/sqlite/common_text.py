"""Makes a compression dictionary from the common text of many bodies."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["LONGEST", "common_text", "parts_of"]

LONGEST = 4096
"""The largest dictionary in bytes: the text of a larger one is too far from a body of a few kilobytes to be used."""

_FEWEST_BODIES = 4
_SHARE = 4
"""A part is common if at least one of this number of bodies has it, that is a quarter."""

_TYPES = 4
_PART = re.compile(rb"[A-Za-z_\x80-\xff]+|[0-9]+|[^A-Za-z0-9_\x80-\xff]+")
"""A word, a number, or the characters between them, in any format and any encoding that has ASCII unchanged."""


def parts_of(text: bytes) -> list[bytes]:
    """The words and numbers of a text and the characters between them: the parts of a dictionary."""
    return _PART.findall(text)


def common_text(samples: Sequence[tuple[str, bytes]]) -> bytes:
    """A dictionary with a body of each usual type, reduced to the words and numbers that other bodies also have.

    A part stays if at least four of the samples have it, and also a quarter of all samples or of those of its type. ``samples`` are pairs
    of a type and a body; no two bodies are equal. So names, addresses, amounts and ids of a single event are left out. But a person's data
    stays if many events of a source have it: for example if every fourth event is about the same customer.
    """
    by_type: dict[str, list[list[bytes]]] = {}
    for type_, body in samples:
        by_type.setdefault(type_, []).append(_PART.findall(body[:LONGEST]))
    of_all = _common(parts for bodies in by_type.values() for parts in bodies)
    usual = sorted(by_type.values(), key=len)[-_TYPES:]  # the most frequent last: references to near text are shorter
    return b"".join(_thinned(bodies[-1], of_all | _common(bodies)) for bodies in usual)[-LONGEST:]


def _common(bodies: Iterable[list[bytes]]) -> set[bytes]:
    counts: Counter[bytes] = Counter()
    number = 0
    for parts in bodies:
        counts.update(set(parts))
        number += 1
    return {part for part, count in counts.items() if count >= _FEWEST_BODIES and count * _SHARE >= number}


def _thinned(parts: list[bytes], common: set[bytes]) -> bytes:
    return b"".join(part for part in parts if part in common)
