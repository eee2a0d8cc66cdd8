"""The health port: a separate listener and thread, so that it answers while webhooks and consumers keep the others busy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.runtimes.embedded.bare_health import HEALTH_PATH, READY_PATH, BareHealth, health_app
from hookline.runtimes.embedded.limits import Limits
from hookline.runtimes.embedded.protocol import with_limits
from hookline.runtimes.embedded.server import AdminThread, listen

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from hookline.config import ServerSettings
    from hookline.runtimes.embedded.health import Health

__all__ = ["HealthPort", "listen_for_health"]

_CONNECTIONS = 32
"""The most connections; the ones idle longest are closed for new ones. Their files are not taken from those for webhooks."""


@contextmanager
def listen_for_health(server: ServerSettings) -> Iterator[socket.socket | None]:
    """Listen on the health port; None where the settings have none. Raises ConfigError."""
    if server.health_port is None:
        yield None
        return
    with listen(server.health_host or server.host, server.health_port) as listener:
        yield listener


class HealthPort:
    """Serves the health port on the listener, if there is one."""

    def __init__(self, listener: socket.socket | None, health: Health, *, is_stopping: Callable[[], bool]) -> None:
        bare = BareHealth(health, paths=(HEALTH_PATH, READY_PATH), is_stopping=is_stopping)
        limits = Limits(connections=_CONNECTIONS, keep_alive_timeout=60.0)
        self._thread = (
            None
            if listener is None
            else AdminThread(health_app(bare), listener, protocol=with_limits(limits), name="hookline-health")
        )

    def start(self) -> None:
        """Start serving."""
        if self._thread is not None:
            self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Stop serving. Wait for the thread at most ``patience`` seconds."""
        if self._thread is not None:
            self._thread.stop(patience=patience)
