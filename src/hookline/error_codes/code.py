"""What a stable code means."""

from __future__ import annotations

from hookline.record import record

__all__ = ["ErrorCode"]


@record
class ErrorCode:
    """What a stable code means: its HTTP status (None where none is ever sent), a short title and what to do about it."""

    title: str
    remedy: str
    status: int | None = None
