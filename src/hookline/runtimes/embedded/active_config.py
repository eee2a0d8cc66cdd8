"""What was read from the configuration and its secrets, and may be replaced as a whole while the server runs."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError
from hookline.pipeline.rejected import shows_secret

if TYPE_CHECKING:
    from hookline.config import Config
    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.pipeline.receive import Endpoint
    from hookline.pipeline.route import Router
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.secrets import Secrets

__all__ = ["ActiveConfig", "ReadyConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyConfig:
    """One configuration, ready to work with."""

    config: Config
    endpoint: Endpoint
    router: Router
    secrets: Secrets

    def secret_values(self) -> list[bytes]:
        """The values of those secrets that are there."""
        values = []
        for name in self.config.local_secret_names:
            with suppress(UnavailableError):
                values += [secret.value for secret in self.secrets.read([name])]
        return values

    def unkept_sources(self) -> list[str]:
        """The sources whose senders write a secret into each request: none of their refused requests is kept."""
        return [name for name, scheme in self.config.schemes.items() if shows_secret(scheme)]


class ActiveConfig:
    """The configuration in force. A request keeps the one that it began with; an event is routed by the newest.

    ``guard`` is held by code that routes and delivers on another thread than the event loop's, so that no queue is withdrawn in between.
    """

    def __init__(self, loaded: ReadyConfig) -> None:
        self.loaded = loaded
        self.guard = threading.Lock()

    def route(self, event: Event) -> RoutedEvent:
        """The event with its queues, by the current routes."""
        return self.loaded.router.route(event)

    def route_stored(self, stored: StoredEvent) -> RoutedEvent:
        """The same for an event out of the store."""
        return self.loaded.router.route_stored(stored)
