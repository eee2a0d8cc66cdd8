"""How long a piece of work may take."""

from __future__ import annotations

import time

from hookline.errors import UnavailableError

__all__ = ["Deadline"]


class Deadline:
    """The end of the work in hand; without one there is always time. Set it anew for each piece of work."""

    def __init__(self) -> None:
        self._end: float | None = None

    def start(self, seconds: float) -> None:
        """Give the work that begins now this long."""
        self._end = time.monotonic() + seconds

    def clear(self) -> None:
        """Let the work take as long as it takes."""
        self._end = None

    def left(self) -> float | None:
        """Seconds until the end, below zero when it has passed; None without a deadline."""
        return None if self._end is None else self._end - time.monotonic()

    def require(self, seconds: float) -> None:
        """Raise UnavailableError ``deadline_reached`` when fewer than ``seconds`` are left."""
        left = self.left()
        if left is not None and left < seconds:
            raise UnavailableError(
                "deadline_reached", f"{max(left, 0):.1f} seconds are left, and a try may take {seconds:g}"
            )
