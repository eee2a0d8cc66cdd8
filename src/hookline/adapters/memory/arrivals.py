"""Secrets that senders brought, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.handshake import Armed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from hookline.ports.clock import Clock

__all__ = ["MemoryArrivals"]


class MemoryArrivals:
    """What is expected and what has come, until the process ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._armed: dict[str, Armed] = {}
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    def arm(self, source: str, name: str, until: datetime) -> None:
        """Expect a secret for ``source``."""
        self._armed[source] = Armed(source=source, secret=name, until=until)

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """Those that are armed now."""
        now = self._clock.now()
        return [one for one in self._armed.values() if one.source in sources and one.until > now]

    def arrived(self, names: Collection[str]) -> dict[str, datetime]:
        """When each came."""
        return {name: at for name, (_, at) in self._kept.items() if name in names}

    def reveal(self, name: str) -> bytes | None:
        """The secret."""
        value, _ = self._kept.get(name, (None, None))
        return value

    def keep(self, source: str, names: Sequence[str], value: bytes) -> str | None:
        """Keep the first that comes in time."""
        expected = next(iter(self.armed([source])), None)
        if expected is None or expected.secret not in names or expected.secret in self._kept:
            return None
        del self._armed[source]
        self._kept[expected.secret] = value, self._clock.now()
        return expected.secret
