"""The configuration and its secrets, which a reload replaces as a whole while the server runs."""

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
    """One configuration with everything that is prepared from it."""

    config: Config
    endpoint: Endpoint
    router: Router
    secrets: Secrets

    def secret_values(self) -> list[bytes]:
        """The values of the secrets that exist."""
        values = []
        for name in self.config.local_secret_names:
            with suppress(UnavailableError):
                values += [secret.value for secret in self.secrets.read([name])]
        return values

    def unkept_sources(self) -> list[str]:
        """The sources whose senders put a secret into each request: their refused requests are not stored."""
        return [name for name, scheme in self.config.schemes.items() if shows_secret(scheme)]


class ActiveConfig:
    """The current configuration. A request uses the one at its beginning; an event is routed by the newest.

    Code that routes and delivers outside of the event loop's thread holds ``guard``, so that no queue is removed in between.
    """

    def __init__(self, loaded: ReadyConfig) -> None:
        self.loaded = loaded
        self.guard = threading.Lock()

    def route(self, event: Event) -> RoutedEvent:
        """The event with its queues, by the current routes."""
        return self.loaded.router.route(event)

    def route_stored(self, stored: StoredEvent) -> RoutedEvent:
        """A stored event with its queues, by the current routes."""
        return self.loaded.router.route_stored(stored)
