"""Every call counts as one over TLS: the loopback address replaces AWS's HTTPS endpoints.

hookline's queue and bucket policies refuse a caller without TLS, and MiniStack enforces them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ministack import app  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]


def patch() -> None:
    """Let ``aws:SecureTransport`` be true."""
    app.pin_request_origin = _secure(app.pin_request_origin)


def _secure(pin: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    return lambda address, _secure: pin(address, True)
