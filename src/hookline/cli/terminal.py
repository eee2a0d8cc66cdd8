"""Text from outside, made fit for a terminal."""

from __future__ import annotations

import unicodedata

__all__ = ["safe", "safe_lines"]

_STAND_IN = "\N{REPLACEMENT CHARACTER}"


def safe(text: str) -> str:
    """The text with nothing in it that a terminal would obey: no control, escape, line-breaking or reordering character."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_harmless(character) else _STAND_IN for character in text)


def safe_lines(text: str) -> str:
    """The same, line by line; only the newline stays a newline, and a tab becomes spaces."""
    return "\n".join(safe(line.expandtabs(4)) for line in text.removesuffix("\n").split("\n"))


def _is_harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"  # spaces of every width
