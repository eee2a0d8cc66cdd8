"""Why nothing was sent."""

from __future__ import annotations

from hookline.config.units import UnusableError

__all__ = ["CannotSendError"]


class CannotSendError(UnusableError):
    """What was asked for cannot be sent: the text says why, ``option`` is the word of the command line that is wrong, where it is one."""
