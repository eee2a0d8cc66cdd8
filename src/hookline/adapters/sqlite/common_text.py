"""What many bodies have in common, as a dictionary to pack others against."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["LONGEST", "common_text", "parts_of"]

LONGEST = 4096
"""Bytes of a dictionary: more than this is too far behind the end of a body of a few kilobytes."""

_FEWEST_BODIES = 4
_SHARE = 4
"""A quarter of the bodies."""

_TYPES = 4
_PART = re.compile(rb"[A-Za-z_\x80-\xff]+|[0-9]+|[^A-Za-z0-9_\x80-\xff]+")
"""A word, a number, or what stands between them, in any format and any encoding that keeps ASCII as it is."""


def parts_of(text: bytes) -> list[bytes]:
    """Its words, its numbers, and what stands between them: what a dictionary is made of."""
    return _PART.findall(text)


def common_text(samples: Sequence[tuple[str, bytes]]) -> bytes:
    """A body of each of the usual types with only its common parts: words and numbers that other bodies have too.

    A part stays when at least four of the samples have it, and a quarter of them all or of those of its type. ``samples`` are types with
    bodies, no body twice. So names, addresses, amounts and ids of a single event are left out. What most events of a source really have in
    common is left in, also where that is a person's data: a source whose every fourth event is about the same customer.
    """
    by_type: dict[str, list[list[bytes]]] = {}
    for type_, body in samples:
        by_type.setdefault(type_, []).append(_PART.findall(body[:LONGEST]))
    of_all = _common(parts for bodies in by_type.values() for parts in bodies)
    usual = sorted(by_type.values(), key=len)[
        -_TYPES:
    ]  # the most usual last: the nearer, the shorter a reference to it
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
