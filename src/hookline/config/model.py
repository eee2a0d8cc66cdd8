"""The whole configuration, as one frozen value."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.address import Proxies
from hookline.domain.claim import DEFAULT_DEDUPE
from hookline.domain.quarantine import QuarantineBounds
from hookline.domain.retention import EventRetention
from hookline.errors import Complaint, NotFoundError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.access import AccessKey, User
    from hookline.domain.address import Network
    from hookline.domain.alert import Alert
    from hookline.domain.canary import Canary
    from hookline.domain.forward import Forward
    from hookline.domain.oidc import OidcSettings
    from hookline.domain.queue import Queue
    from hookline.domain.route import Route
    from hookline.domain.source import Source
    from hookline.providers.scheme import Scheme

__all__ = ["DEFAULT_EVENT_RETENTION", "Config", "ServerSettings", "StorageSettings"]

DEFAULT_EVENT_RETENTION = timedelta(days=30)

_BEARER = re.compile(rb"[!-~]+")
_SHORTEST_TOKEN = 8  # bytes of a handshake's token, as for a secret


@record
class ServerSettings:
    """The ports of the embedded home. Port 0 lets the system choose a port.

    The admin port is ``admin_host`` with ``admin_port``, or the Unix socket ``admin_socket``, which is created with ``admin_socket_mode``.
    ``admin_names`` are further values of Host, in lower case. ``admin_url`` is the URL where people open the admin port; None means the
    port's own address. Paths of certificate and key are absolute. A login ends after ``session_idle_timeout`` without use, and after
    ``session_lifetime``. If ``health_port`` is None, there is no port for health; if ``health_host`` is None, it is ``host``.
    ``health_path`` is on the webhook port. ``metrics_token`` is the name of a secret. ``trusted_proxies`` and ``client_address_header``
    apply to both homes. ``max_in_flight`` is in requests, ``max_in_flight_bytes`` in bytes of their bodies. If
    ``max_connections_per_address`` is None, there is no limit.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int = 8081
    admin_names: tuple[str, ...] = ()
    admin_socket: str | None = None
    admin_socket_mode: int = 0o600
    admin_tls_certificate: str | None = None
    admin_tls_key: str | None = None
    admin_url: str | None = None
    session_idle_timeout: timedelta = timedelta(hours=1)
    session_lifetime: timedelta = timedelta(hours=12)
    health_host: str | None = None
    health_port: int | None = None
    health_path: str | None = None
    metrics_token: str | None = None
    traces: bool = False
    read_timeout: timedelta = timedelta(seconds=10)
    keep_alive_timeout: timedelta = timedelta(seconds=620)
    max_connections: int = 8192
    max_connections_per_address: int | None = None
    max_in_flight: int = 1024
    max_in_flight_bytes: int = 64 * 1024 * 1024
    storage_timeout: timedelta = timedelta(seconds=5)
    shutdown_timeout: timedelta = timedelta(seconds=8)
    trusted_proxies: tuple[Network, ...] = ()
    client_address_header: str = "X-Forwarded-For"

    @property
    def proxies(self) -> Proxies | None:
        """The proxies whose header contains the address of the client; None where there are none."""
        if not self.trusted_proxies:
            return None
        return Proxies(networks=self.trusted_proxies, header=self.client_address_header.lower())


@record
class StorageSettings:
    """How the embedded home uses its disk. ``reserve`` is in bytes; if it is None, it depends on the size of the file system.

    ``key`` names the secrets that encrypt bodies: the first one encrypts, and all of them decrypt. Without any, bodies are stored
    unencrypted.
    """

    reserve: int | None = None
    key: tuple[str, ...] = ()


@record
class Config:
    """The checked content of hookline.toml. ``queues`` includes ``unrouted``; ``schemes`` is by source name.

    ``written`` is the file as it was parsed, so that a later version can be compared with it.
    """

    sources: tuple[Source, ...]
    queues: tuple[Queue, ...]
    routes: tuple[Route, ...]
    schemes: Mapping[str, Scheme]
    forwards: tuple[Forward, ...] = ()
    alerts: tuple[Alert, ...] = ()
    canary: Canary | None = None
    server: ServerSettings = field(default_factory=ServerSettings)
    event_retention: timedelta = DEFAULT_EVENT_RETENTION
    dedupe: timedelta = DEFAULT_DEDUPE
    quarantine: QuarantineBounds = field(default_factory=QuarantineBounds)
    storage: StorageSettings = field(default_factory=StorageSettings)
    access: tuple[AccessKey, ...] = ()
    users: tuple[User, ...] = ()
    oidc: OidcSettings | None = None
    written: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def retention(self) -> EventRetention:
        """How long delivered events are kept, by source."""
        return EventRetention(
            usual=self.event_retention,
            of_source={one.name: one.retention for one in self.sources if one.retention is not None},
        )

    def queue(self, name: str) -> Queue:
        """The queue with this name; dead-letter queues have no settings of their own. Raises NotFoundError."""
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
    def fetch_secret_names(self) -> tuple[str, ...]:
        """The secrets for calling senders' APIs for records, each once. Receiving calls needs none of them."""
        return tuple(dict.fromkeys(source.fetch.secret_name for source in self.sources if source.fetch is not None))

    @property
    def local_secret_names(self) -> tuple[str, ...]:
        """Every secret that the embedded home needs: for sources, access keys, metrics, forwards, alerts, login and disk, each once."""
        keys = (key.secret_name for key in self.access)
        token = () if self.server.metrics_token is None else (self.server.metrics_token,)
        login = () if self.oidc is None or self.oidc.secret_name is None else (self.oidc.secret_name,)
        signing = (*self.forward_secret_names, *self.alert_secret_names)
        names = (*self.secret_names, *self.fetch_secret_names, *keys, *token, *signing, *login, *self.storage.key)
        return tuple(dict.fromkeys(names))

    @property
    def aws_secret_names(self) -> tuple[str, ...]:
        """Every secret that AWS may store: those of the sources, which functions read, and those of the forwards, each once."""
        return tuple(dict.fromkeys((*self.secret_names, *self.fetch_secret_names, *self.forward_secret_names)))

    @property
    def forward_secret_names(self) -> tuple[str, ...]:
        """Every secret that signs forwarded requests, each once. No function on AWS needs one."""
        return tuple(dict.fromkeys(name for forward in self.forwards for name in forward.secret_names))

    @property
    def alert_secret_names(self) -> tuple[str, ...]:
        """Every secret that signs alerts, each once."""
        return tuple(dict.fromkeys(name for alert in self.alerts for name in alert.secret_names))

    @property
    def learned_names(self) -> frozenset[str]:
        """The secrets that may be missing, because their senders bring them in a handshake."""
        return frozenset(name for source in self.sources if source.learns_secret for name in source.secret_names)

    @property
    def learning_sources(self) -> tuple[str, ...]:
        """The sources whose senders bring their secrets."""
        return tuple(source.name for source in self.sources if source.learns_secret)

    def secret_complaints(self, secrets: Mapping[str, bytes]) -> tuple[Complaint, ...]:
        """Complaints about ``secrets`` that are missing or cannot be used, by source and name, never with a value."""
        return tuple(
            Complaint(where=f"sources.{source.name}.verify.secrets", why=f"the secret {name} {why}")
            for source in self.sources
            for name in source.all_secret_names
            if (why := self.secret_complaint(source, name, secrets.get(name))) is not None
        )

    def access_complaints(self, secrets: Mapping[str, bytes]) -> tuple[Complaint, ...]:
        """Complaints about the secrets of access keys, metrics and the login that are missing or unusable, by name, never with a value."""
        from hookline.config.access import access_complaint  # noqa: PLC0415 -- the functions on AWS have no access keys, and start cold

        named = [(f"access.{key.id}.secret", key.secret_name) for key in self.access]
        if self.server.metrics_token is not None:
            named.append(("server.metrics_token", self.server.metrics_token))
        found = [
            Complaint(where=where, why=f"the secret {name} {why}")
            for where, name in named
            if (why := access_complaint(secrets.get(name))) is not None
        ]
        login = None if self.oidc is None else self.oidc.secret_name
        if login is not None and not secrets.get(login):
            found.append(Complaint(where="oidc.client_secret", why=f"the secret {login} is missing"))
        return tuple(found)

    def storage_key_complaints(self, secrets: Mapping[str, bytes]) -> tuple[Complaint, ...]:
        """Complaints about keys for the encryption of bodies that are missing or unusable, by name, never with a value."""
        if not self.storage.key:
            return ()
        from hookline.config.storage_key import storage_key_complaints  # noqa: PLC0415 -- on AWS the services encrypt

        return tuple(storage_key_complaints(self.storage.key, secrets))

    def forward_secret_complaints(self, secrets: Mapping[str, bytes]) -> tuple[Complaint, ...]:
        """Complaints about ``secrets`` of forwards and alerts that are missing or cannot sign, never with a value."""
        from hookline.providers.general.standard_webhooks import signing_complaint  # noqa: PLC0415 -- only those who forward need it

        return tuple(
            Complaint(where=f"{where}.secrets", why=f"the secret {name} {why}")
            for where, names in self._signing_names()
            for name in names
            if (why := signing_complaint(secrets.get(name, b""))) is not None
        )

    def _signing_names(self) -> list[tuple[str, tuple[str, ...]]]:
        """The names of the secrets that sign forwards and alerts, each list with its place."""
        forwards = [(f"forwards[{number}]", one.secret_names) for number, one in enumerate(self.forwards)]
        return forwards + [(f"alerts[{number}]", one.secret_names) for number, one in enumerate(self.alerts)]

    def secret_complaint(self, source: Source, name: str, value: bytes | None) -> str | None:
        """Why the source cannot use the value of one of its secrets or tokens, or None."""
        if not value:
            return None if source.learns_secret and name in source.secret_names else "is missing"
        if name in source.secret_names:
            return self.schemes[source.name].secret_complaint(value)
        if source.confirmation is not None and name == source.confirmation.secret_name:
            from hookline.providers.credentials import credentials_complaint  # noqa: PLC0415 -- few sources ask, and all start cold

            return credentials_complaint(value)
        if source.fetch is not None and name == source.fetch.secret_name and not _BEARER.fullmatch(value):
            return "cannot be a token in a header: it contains a space, a line break or another character that is not allowed there"
        short = len(value) < _SHORTEST_TOKEN
        return f"has {len(value)} bytes; at least {_SHORTEST_TOKEN} are needed" if short else None
