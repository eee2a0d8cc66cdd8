"""Secrets that senders brought, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.handshake import Armed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.ports.clock import Clock

__all__ = ["MemoryArrivals"]


class MemoryArrivals:
    """What is expected and what has come, until the process ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._armed: dict[str, Armed] = {}
        self._kept: dict[str, bytes] = {}

    def arm(self, source: str, name: str, until: datetime) -> None:
        """Expect a secret for ``source``, to be kept under ``name``."""
        self._armed[source] = Armed(source=source, secret=name, until=until)

    def armed(self) -> list[Armed]:
        """Every source that is armed now."""
        return [one for one in self._armed.values() if one.until > self._clock.now()]

    def kept(self) -> dict[str, bytes]:
        """What has come, by name."""
        return dict(self._kept)

    def keep(self, source: str, names: Sequence[str], value: bytes) -> str | None:
        """Keep the first that comes in time."""
        expected = next((one for one in self.armed() if one.source == source), None)
        if expected is None or expected.secret not in names or expected.secret in self._kept:
            return None
        del self._armed[source]
        self._kept[expected.secret] = value
        return expected.secret
