"""A token bucket: limits a rate, and allows a burst of one second's tokens."""

from __future__ import annotations

from time import monotonic

__all__ = ["Bucket"]


class Bucket:
    """Holds up to ``depth`` tokens, by default those of one second, and at least one."""

    __slots__ = ("_depth", "_filled_at", "_tokens", "rate")

    def __init__(self, rate: float, *, depth: float | None = None) -> None:
        self.rate = rate
        self._depth = max(1.0, rate) if depth is None else depth
        self._tokens = self._depth
        self._filled_at = monotonic()

    def take(self) -> bool:
        """Take a token if there is one; returns whether there was."""
        if not self.has_any():
            return False
        self._tokens -= 1
        return True

    def has_any(self) -> bool:
        """Whether there is a token now."""
        now = monotonic()
        self._tokens = min(self._depth, self._tokens + (now - self._filled_at) * self.rate)
        self._filled_at = now
        return self._tokens >= 1

    def charge(self, tokens: float) -> None:
        """Take ``tokens``, even more than there are: the next token is available only after the missing ones were added."""
        self._tokens -= tokens
