"""Opens the admin port by the settings, and applies a reload to it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.config.server import open_to_others, passwords_in_the_clear
from hookline.errors import Complaint, ConfigError
from hookline.pipeline.access import KnownKey
from hookline.record import record
from hookline.runtimes.embedded.admin import admin_app
from hookline.runtimes.embedded.admin_guard import Access
from hookline.runtimes.embedded.certificate import Certificate
from hookline.runtimes.embedded.key_use_writer import KeyUseWriter
from hookline.runtimes.embedded.limits import Limits
from hookline.runtimes.embedded.protocol import with_limits
from hookline.runtimes.embedded.server import AdminThread, crowding_report, http_url, listen
from hookline.runtimes.embedded.unix_socket import listen_on_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from starlette.routing import Route
    from starlette.types import ASGIApp

    from hookline.config import Config, ServerSettings
    from hookline.dashboard.sign_in import SignIn
    from hookline.ports.key_uses import KeyUses
    from hookline.runtimes.embedded.active_config import ReadyConfig
    from hookline.runtimes.embedded.connections import Connections
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.settings import Settings

__all__ = ["AdminListener", "AdminPort", "listen_for_admin", "refuse_open_admin"]

_RENEWAL_FAILED = "the certificate of the admin port could not be read again: the previous one stays in use"


@record
class AdminListener:
    """A listening socket and its certificate, if any."""

    socket: socket.socket
    certificate: Certificate | None

    @property
    def url(self) -> str:
        """The address of the admin port: a URL, or ``unix:`` and the path of the socket."""
        if self.socket.family == socket.AF_UNIX:
            return f"unix:{self.socket.getsockname()}"
        return http_url(self.socket, scheme="http" if self.certificate is None else "https")


@contextmanager
def listen_for_admin(settings: Settings) -> Iterator[AdminListener]:
    """Listen on the admin port. A relative ``admin_socket`` is a path in the data directory. Raises ConfigError."""
    certificate = Certificate.of(settings.server)
    with _socket(settings) as listener:
        yield AdminListener(socket=listener, certificate=certificate)


class AdminPort:
    """The server of the admin port, on a separate thread."""

    def __init__(  # noqa: PLR0913 -- all that it serves, each given by its name
        self,
        listener: AdminListener,
        sqs: ASGIApp,
        bodies: Route,
        room: ASGIApp,
        uses: KeyUses,
        *,
        metrics: Route,
        loaded: ReadyConfig,
        sign_in: SignIn,
        health: Health,
        most: int,
        now: Callable[[], datetime],
        log: Log,
    ) -> None:
        """``most`` is the highest number of connections."""
        self._certificate = listener.certificate
        self._log = log
        self._uses = KeyUseWriter(uses, now=now)
        self._sign_in = sign_in
        self._access = Access(names=loaded.config.server.admin_names, log=log, sign_in=sign_in, on_used=self._uses.used)
        self._use_keys(loaded)
        self._thread = AdminThread(
            admin_app(health=health, sqs=sqs, bodies=bodies, room=room, metrics=metrics, access=self._access, now=now),
            listener.socket,
            protocol=with_limits(Limits(connections=most)),
            on_crowded=crowding_report(log, "admin"),
            tls=None if listener.certificate is None else listener.certificate.context,
        )

    @property
    def connections(self) -> Connections:
        """The open connections."""
        return self._thread.connections

    def start(self) -> None:
        """Start serving."""
        self._uses.start()
        self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Stop serving. Wait for the thread at most ``patience`` seconds."""
        self._thread.stop(patience=patience)
        self._uses.stop(patience=patience)

    def use(self, loaded: ReadyConfig) -> None:
        """Use the keys and users of a new configuration, and soon after a renewed certificate, which is read on a thread."""
        self._use_keys(loaded)
        if self._certificate is not None:
            threading.Thread(target=self._renew, args=(self._certificate,), daemon=True).start()

    def _use_keys(self, loaded: ReadyConfig) -> None:
        config, keys = loaded.config, _known_keys(loaded)
        secret_name = None if config.oidc is None else config.oidc.secret_name
        secret = None if secret_name is None else loaded.secrets.read([secret_name])[0].value
        self._sign_in.use(config.users, keys, config.oidc, secret)
        self._access.use(keys, metrics_token=_metrics_token(loaded))
        self._uses.configured(key.id for key in loaded.config.access)

    def _renew(self, certificate: Certificate) -> None:
        try:
            certificate.reload()
        except ConfigError as error:
            complaints = [str(one) for one in error.complaints]
            self._log.say("error", _RENEWAL_FAILED, code=error.code, complaints=complaints)


def refuse_open_admin(server: ServerSettings, config: Config) -> None:
    """Raise ConfigError where strangers could read and delete messages. ``server`` has the addresses that the process really uses.

    It is called at the start, because the command line may name another address than the file, and at each reload, because a file
    without access keys and users must not open a port that other machines can reach.
    """
    people = [*config.users, *([config.oidc] if config.oidc else [])]
    why = open_to_others(server, [*config.access, *people]) or (passwords_in_the_clear(server) if people else None)
    if why is not None:
        raise ConfigError([Complaint(where="server.admin_host", why=why)])


def _socket(settings: Settings) -> AbstractContextManager[socket.socket]:
    server = settings.server
    if server.admin_socket is None:
        return listen(server.admin_host, server.admin_port)
    return listen_on_path(settings.data_dir / server.admin_socket, server.admin_socket_mode)


def _metrics_token(loaded: ReadyConfig) -> bytes | None:
    name = loaded.config.server.metrics_token
    return None if name is None else loaded.secrets.read([name])[0].value


def _known_keys(loaded: ReadyConfig) -> list[KnownKey]:
    return [KnownKey(key=key, secret=loaded.secrets.read([key.secret_name])[0].value) for key in loaded.config.access]
