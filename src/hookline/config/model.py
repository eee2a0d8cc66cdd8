"""The whole configuration, as one frozen value."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.claim import DEFAULT_DEDUPE
from hookline.domain.quarantine import QuarantineBounds
from hookline.errors import Complaint, NotFoundError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.queue import Queue
    from hookline.domain.route import Route
    from hookline.domain.source import Source
    from hookline.providers.scheme import Scheme

__all__ = ["DEFAULT_EVENT_RETENTION", "Config", "ServerSettings", "StorageSettings"]

DEFAULT_EVENT_RETENTION = timedelta(days=30)

_SHORTEST_TOKEN = 8  # bytes of a handshake's token, as of a secret


@record
class ServerSettings:
    """How the embedded home listens. ``admin_port`` listens only on loopback; port 0 lets the system choose.

    ``max_in_flight`` is in requests, ``max_in_flight_bytes`` in bytes of their bodies. ``max_connections_per_address`` None is no limit.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    admin_port: int = 8081
    read_timeout: timedelta = timedelta(seconds=10)
    keep_alive_timeout: timedelta = timedelta(seconds=620)
    max_connections: int = 8192
    max_connections_per_address: int | None = None
    max_in_flight: int = 1024
    max_in_flight_bytes: int = 64 * 1024 * 1024
    storage_timeout: timedelta = timedelta(seconds=5)
    shutdown_timeout: timedelta = timedelta(seconds=8)


@record
class StorageSettings:
    """How the embedded home uses its disk. ``reserve`` is in bytes; None leaves it to the size of the file system."""

    reserve: int | None = None


@record
class Config:
    """All that hookline.toml says, checked. ``queues`` has ``unrouted`` too; ``schemes`` is by source name.

    ``written`` is the file as it was parsed, to see what a later one changes.
    """

    sources: tuple[Source, ...]
    queues: tuple[Queue, ...]
    routes: tuple[Route, ...]
    schemes: Mapping[str, Scheme]
    server: ServerSettings = field(default_factory=ServerSettings)
    event_retention: timedelta = DEFAULT_EVENT_RETENTION
    dedupe: timedelta = DEFAULT_DEDUPE
    quarantine: QuarantineBounds = field(default_factory=QuarantineBounds)
    storage: StorageSettings = field(default_factory=StorageSettings)
    written: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    def queue(self, name: str) -> Queue:
        """The queue of this name; dead-letter queues have no settings of their own. Raises NotFoundError."""
        for queue in self.queues:
            if queue.name == name:
                return queue
        raise NotFoundError(f"there is no queue {name!r}; there are {', '.join(queue.name for queue in self.queues)}")

    @property
    def queue_names(self) -> tuple[str, ...]:
        """Every queue, each followed by its dead-letter queue."""
        return tuple(name for queue in self.queues for name in (queue.name, queue.dead_letter_name))

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Every secret that any source needs, each once."""
        return tuple(
            dict.fromkeys(name for source in self.sources for name in (*source.secret_names, *source.token_names))
        )

    @property
    def learned_names(self) -> frozenset[str]:
        """The secrets that may be missing, because their senders bring them by a handshake."""
        return frozenset(name for source in self.sources if source.learns_secret for name in source.secret_names)

    @property
    def learning_sources(self) -> tuple[str, ...]:
        """The sources whose senders bring their secrets."""
        return tuple(source.name for source in self.sources if source.learns_secret)

    def secret_complaints(self, secrets: Mapping[str, bytes]) -> tuple[Complaint, ...]:
        """What is missing among ``secrets`` or cannot be used, by source and name, never with a value."""
        return tuple(
            Complaint(where=f"sources.{source.name}.verify.secrets", why=f"the secret {name} {why}")
            for source in self.sources
            for name in (*source.secret_names, *source.token_names)
            if (why := self.secret_complaint(source, name, secrets.get(name))) is not None
        )

    def secret_complaint(self, source: Source, name: str, value: bytes | None) -> str | None:
        """What is wrong with the value that the source has for one of its secrets or tokens, or None."""
        if not value:
            return None if source.learns_secret and name in source.secret_names else "is missing"
        if name in source.secret_names:
            return self.schemes[source.name].secret_complaint(value)
        if source.confirmation is not None and name == source.confirmation.secret_name:
            from hookline.providers.credentials import credentials_complaint  # noqa: PLC0415 -- few sources ask, and all start cold

            return credentials_complaint(value)
        short = len(value) < _SHORTEST_TOKEN
        return f"is {len(value)} bytes long, and at least {_SHORTEST_TOKEN} are needed" if short else None
