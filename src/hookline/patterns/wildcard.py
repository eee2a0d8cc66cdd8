"""``*`` in strings, matched in a time that grows only with the string, not with the number of ways to split it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.patterns.predicates import StringTest

__all__ = ["fits_wildcard", "literals", "wildcard_faults"]

_TOKEN = re.compile(r"(?P<stars>\*+)|\\(?P<escaped>[*\\])|(?P<stray>\\)|(?P<text>[^*\\]+)")


def wildcard_faults(wildcard: str) -> Iterator[str]:
    """Why ``wildcard`` cannot be used; empty when it can. The rules are those of EventBridge."""
    for token in _TOKEN.finditer(wildcard):
        if len(token["stars"] or "") > 1:
            yield f"two * follow each other at character {token.start()}; write one, which means the same"
        if token["stray"]:
            yield f"the backslash at character {token.start()} must be followed by * or by another backslash"


def fits_wildcard(wildcard: str) -> StringTest:
    """Strings that match ``wildcard``, in which each ``*`` is any number of characters, or none."""
    head, *rest = literals(wildcard)
    if not rest:
        return lambda value: value == head
    *middle, tail = rest
    shortest = len(head) + len(tail)

    def fits(value: str) -> bool:
        if len(value) < shortest or not value.startswith(head) or not value.endswith(tail):
            return False
        return _in_order(value, middle, len(head), len(value) - len(tail))

    return fits


def literals(wildcard: str) -> list[str]:
    """The pieces between the wildcards, without their escapes."""
    pieces = [""]
    for token in _TOKEN.finditer(wildcard):
        if token["stars"]:
            pieces.append("")
        else:
            pieces[-1] += token["escaped"] or token["text"] or ""
    return pieces


def _in_order(value: str, pieces: list[str], position: int, end: int) -> bool:
    # The leftmost position for a piece leaves the most room for the rest, so the search never has to go back.
    for piece in pieces:
        found = value.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True
