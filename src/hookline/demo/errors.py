"""The errors of sending and of the demo."""

from __future__ import annotations

from hookline.config.units import UnusableError

__all__ = ["CannotSendError"]


class CannotSendError(UnusableError):
    """The delivery cannot be sent: the text says why, and ``option`` is the wrong option of the command line, if any."""
