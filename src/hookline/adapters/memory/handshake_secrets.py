"""Stores in memory the secrets that senders bring in handshakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from hookline.domain.handshake import Armed, Caller
    from hookline.ports.clock import Clock

__all__ = ["MemoryHandshakeSecrets"]


class MemoryHandshakeSecrets:
    """HandshakeSecrets that are kept until the process ends."""

    def __init__(self, clock: Clock, *, on_kept: Callable[[str, bytes], None] | None = None) -> None:
        """``on_kept`` is called with the name of each secret after it is stored."""
        self._clock = clock
        self._on_kept = on_kept
        self._armed: dict[str, Armed] = {}
        self._kept: dict[str, tuple[bytes, datetime, str]] = {}

    def arm(self, expected: Armed) -> None:
        """Arm a source: expect its secret until a time."""
        self._armed[expected.source] = expected

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """The sources that are armed now."""
        now = self._clock.now()
        return [one for one in self._armed.values() if one.source in sources and one.until > now]

    def kept_at(self, names: Collection[str]) -> dict[str, datetime]:
        """When each secret arrived."""
        return {name: at for name, (_, at, _) in self._kept.items() if name in names}

    def reveal(self, name: str) -> bytes | None:
        """The secret."""
        kept = self._kept.get(name)
        return None if kept is None else kept[0]

    def armed_sources(self) -> list[str]:
        """Every source that is armed now."""
        return [one.source for one in self.armed(self._armed)]

    def kept(self) -> list[tuple[str, str, datetime]]:
        """Every stored secret: its name, its source, and when it arrived."""
        return [(name, source, at) for name, (_, at, source) in sorted(self._kept.items())]

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:
        """Store the first secret that arrives in time."""
        expected = next(iter(self.armed([source])), None)
        if expected is None or expected.secret not in names or expected.secret in self._kept:
            return None
        if not expected.admits(caller):
            return None
        del self._armed[source]
        self._kept[expected.secret] = value, self._clock.now(), source
        if self._on_kept is not None:
            self._on_kept(expected.secret, value)
        return expected.secret
