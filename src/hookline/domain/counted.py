"""Numbers with a noun, singular or plural."""

from __future__ import annotations

__all__ = ["counted", "how_often"]


def counted(number: int, thing: str, things: str | None = None) -> str:
    """``1 dead letter``, ``2,000 dead letters``. ``things`` is the plural; without it, an s is added to ``thing``."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def how_often(number: int) -> str:
    """``once``, ``3 times``."""
    return "once" if number == 1 else f"{number:,} times"
