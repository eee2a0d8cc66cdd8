"""Reads the values of a form."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hookline.domain.moment import moment_text
from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.dashboard.actions.action import Words

__all__ = ["choices", "is_on", "whole_number"]


def whole_number(words: Words, name: str, *, most: int) -> int | None:
    """The number of this name, from 1 to ``most``; None where the field is empty. Raises Rejected ``parameter_invalid``."""
    text = words.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    raise Rejected("parameter_invalid", f"{name} must be a whole number from 1 to {most}")


def is_on(words: Words, name: str) -> bool:
    """Whether the box of this name was ticked."""
    return words.get(name, "") not in ("", "no", "false")


def choices(fields: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """Names and values as texts: numbers with thousands separators, times in RFC 3339; None is left out."""
    return tuple((name, _text(value)) for name, value in fields if value is not None)


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(moment_text(value)) if isinstance(value, datetime) else str(value)
