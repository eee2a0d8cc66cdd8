"""Why nothing was sent."""

from __future__ import annotations

__all__ = ["CannotSendError", "DemoError"]


class CannotSendError(ValueError):
    """What was asked for cannot be sent: the text says why, ``option`` is the word of the command line that is wrong, where it is one."""

    def __init__(self, why: str, *, option: str | None = None) -> None:
        super().__init__(why)
        self.option = option


class DemoError(Exception):
    """The demo's project was not written, or its server did not start: the text says why."""
