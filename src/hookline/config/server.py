"""Reads ``[server]``, ``[events]``, ``[quarantine]`` and ``[storage]``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.keys import KEYS
from hookline.config.model import DEFAULT_EVENT_RETENTION, ServerSettings, StorageSettings
from hookline.config.rare import rare
from hookline.config.reader import read_names, read_table
from hookline.config.remembering import EVENT_RETENTION, Keeping
from hookline.config.secret_names import secret_name
from hookline.config.units import UnusableError, duration, size, text, url_path, whole
from hookline.domain.claim import DEFAULT_DEDUPE
from hookline.domain.quarantine import QuarantineBounds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from hookline.config.reader import Place, Table
    from hookline.domain.address import Network
    from hookline.domain.source import Source

__all__ = [
    "check_health_path",
    "check_room",
    "is_loopback",
    "open_to_others",
    "passwords_in_the_clear",
    "read_keeping",
    "read_quarantine",
    "read_server",
    "read_storage",
]

_PORT = whole(0, 65535)
_TIMEOUT = duration(timedelta(seconds=1), timedelta(hours=1))
_SESSION_IDLE = duration(timedelta(minutes=1), timedelta(days=7))
_SESSION = duration(timedelta(minutes=5), timedelta(days=30))
_DEDUPE = duration(timedelta(0), timedelta(days=3650))
_QUARANTINE_RETENTION = duration(timedelta(0), timedelta(days=365))
_RESERVE = size(0, 1024**4)
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
_ADMIN_URL = re.compile(rf"(?P<scheme>https?)://(?P<host>{_HOST_NAME.pattern})(?::[0-9]{{1,5}})?/?")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_MODE = re.compile(r"0?[0-7]{3}")
_LONGEST_SOCKET_PATH = 100
"""The most bytes: sun_path has 108 on Linux, 104 on macOS (unix(7))."""
_DEFAULT = ServerSettings()
_DEFAULT_BOUNDS = QuarantineBounds()


def read_server(place: Place, value: object, base: Path) -> ServerSettings:
    """The server's settings; paths of files are relative to ``base``."""
    table = read_table(place, value, KEYS["server"])
    settings = ServerSettings(
        host=table.read("host", text, _DEFAULT.host),
        port=table.read("port", _PORT, _DEFAULT.port),
        admin_host=table.read("admin_host", text, _DEFAULT.admin_host),
        admin_port=table.read("admin_port", _PORT, _DEFAULT.admin_port),
        admin_names=table.read("admin_names", _names, ()),
        admin_socket=table.read("admin_socket", _socket_path, None),
        admin_socket_mode=table.read("admin_socket_mode", _mode, _DEFAULT.admin_socket_mode),
        admin_tls_certificate=table.read("admin_tls_certificate", lambda name: str(base / text(name)), None),
        admin_tls_key=table.read("admin_tls_key", lambda name: str(base / text(name)), None),
        admin_url=table.read("admin_url", _admin_url, None),
        session_idle_timeout=table.read("session_idle_timeout", _SESSION_IDLE, _DEFAULT.session_idle_timeout),
        session_lifetime=table.read("session_lifetime", _SESSION, _DEFAULT.session_lifetime),
        health_host=table.read("health_host", text, None),
        health_port=table.read("health_port", _PORT, None),
        health_path=table.read("health_path", url_path, None),
        traces=table.read("traces", _switch, False),
        metrics_token=table.read("metrics_token", secret_name, None),
        read_timeout=table.read("read_timeout", _TIMEOUT, _DEFAULT.read_timeout),
        keep_alive_timeout=table.read("keep_alive_timeout", _TIMEOUT, _DEFAULT.keep_alive_timeout),
        max_connections=table.read("max_connections", whole(1, 1_000_000), _DEFAULT.max_connections),
        max_connections_per_address=table.read("max_connections_per_address", whole(1, 1_000_000), None),
        max_in_flight=table.read("max_in_flight", whole(1, 1_000_000), _DEFAULT.max_in_flight),
        max_in_flight_bytes=table.read("max_in_flight_bytes", size(1, 1024**4), _DEFAULT.max_in_flight_bytes),
        storage_timeout=table.read("storage_timeout", _TIMEOUT, _DEFAULT.storage_timeout),
        shutdown_timeout=table.read("shutdown_timeout", _TIMEOUT, _DEFAULT.shutdown_timeout),
        trusted_proxies=_proxies(table),
        client_address_header=table.read("client_address_header", _address_header, _DEFAULT.client_address_header),
    )
    if settings.port == settings.admin_port != 0:
        table.at("admin_port" if table.has("admin_port") else "port").complain(
            f"port and admin_port are both {settings.port}"
        )
    _check_admin(table)
    _check_health(table, settings)
    if table.has("client_address_header") and not table.has("trusted_proxies"):
        table.at("client_address_header").complain("has no effect without trusted_proxies")
    return settings


def _check_health(table: Table, settings: ServerSettings) -> None:
    """Complain if the port for health is used by another part of the server, or if its address has no port."""
    others = {"port": settings.port, "admin_port": settings.admin_port}
    if settings.admin_socket is not None:
        del others["admin_port"]
    for name, port in others.items():
        if settings.health_port == port != 0:
            table.at("health_port").complain(f"{name} and health_port are both {port}")
    if settings.health_host is not None and settings.health_port is None:
        table.at("health_host").complain("has no effect without health_port")


def check_health_path(place: Place, settings: ServerSettings, sources: Iterable[Source]) -> None:
    """Complain if a source uses the path for health."""
    if settings.health_path is None:
        return
    for source in sources:
        if source.path in (settings.health_path, f"{settings.health_path}/ready"):
            place.at("server", "health_path").complain(
                f"the source {source.name} listens on {source.path}: health is answered on {settings.health_path} "
                f"and {settings.health_path}/ready, so write another path"
            )


def _check_admin(table: Table) -> None:
    """Complain of settings of the admin port that exclude or require each other."""
    if table.has("admin_socket"):
        for other in ("admin_host", "admin_port", "admin_tls_certificate", "admin_tls_key"):
            if table.has(other):
                table.at(other).complain("has no effect with admin_socket: write only one of them")
    elif table.has("admin_socket_mode"):
        table.at("admin_socket_mode").complain("has no effect without admin_socket")
    for one, other in (("admin_tls_certificate", "admin_tls_key"), ("admin_tls_key", "admin_tls_certificate")):
        if table.has(one) and not table.has(other):
            table.at(one).complain(f"also needs {other}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name other than localhost counts as reachable by others."""
    import ipaddress  # noqa: PLC0415 -- few files set an address, and every cold start would load it

    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def open_to_others(settings: ServerSettings, callers: Collection[object]) -> str | None:
    """Why strangers could read and delete messages with these settings, or None. ``callers`` are those who can authenticate."""
    if settings.admin_socket is not None or callers or is_loopback(settings.admin_host):
        return None
    return (
        f"{settings.admin_host} can be reached from other machines, and without a login anyone there could read and delete "
        "messages: add an [[access]] (`hookline access new ID`) or a user (`hookline users add NAME`), or listen on "
        '"127.0.0.1"'
    )


def passwords_in_the_clear(settings: ServerSettings) -> str | None:
    """Why passwords would be sent over the network unencrypted, or None."""
    if settings.admin_socket is not None or is_loopback(settings.admin_host):
        return None
    if settings.admin_tls_certificate is not None or settings.admin_url is not None:
        return None
    return (
        f"{settings.admin_host} can be reached from other machines without TLS, so that passwords and sessions "
        "could be read on the network: set admin_tls_certificate and admin_tls_key, or, where a proxy uses TLS, "
        "admin_url"
    )


def _admin_url(value: object) -> str:
    found = _ADMIN_URL.fullmatch(value) if isinstance(value, str) else None
    if found is None or not isinstance(value, str):
        raise UnusableError('must be a URL without a path, such as "https://hookline.example.com"')
    if found["scheme"] == "http" and not is_loopback(found["host"].strip("[]")):
        raise UnusableError(
            "must begin with https://, because users send passwords there; http:// is accepted only for names of this machine"
        )
    return value.removesuffix("/").lower()


def _proxies(table: Table) -> tuple[Network, ...]:
    if not table.has("trusted_proxies"):
        return ()
    why = "then anyone could claim any address"
    written: tuple[Network, ...] = rare("trusted_proxies").read_networks(table, "trusted_proxies", why)
    return written


def _address_header(value: object) -> str:
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise UnusableError('must be the name of a header, such as "X-Forwarded-For" or "CF-Connecting-IP"')
    if value.lower() == "forwarded":
        raise UnusableError('"Forwarded" is not read; have the proxy write "X-Forwarded-For"')
    return value


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnusableError("must be true or false")
    return value


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and _HOST_NAME.fullmatch(name) for name in value):
        raise UnusableError('must be a list of host names without scheme and port, such as ["queues.example.com"]')
    return tuple(dict.fromkeys(name.lower() for name in value))


def _socket_path(value: object) -> str:
    path = text(value)
    if len(path.encode()) > _LONGEST_SOCKET_PATH:
        raise UnusableError(f"is longer than {_LONGEST_SOCKET_PATH} bytes, the limit for a Unix socket")
    return path


def _mode(value: object) -> int:
    if not isinstance(value, str) or not _MODE.fullmatch(value):
        raise UnusableError('must be the mode of a file as text of octal digits, such as "0600" or "0660"')
    return int(value, 8)


def read_keeping(place: Place, value: object) -> Keeping:
    """How long delivered events are kept, and how long they are remembered."""
    table = read_table(place, value, KEYS["events"])
    return Keeping(
        retention=table.read("retention", EVENT_RETENTION, DEFAULT_EVENT_RETENTION),
        dedupe=table.read("dedupe", _DEDUPE, DEFAULT_DEDUPE),
    )


def read_quarantine(place: Place, value: object) -> QuarantineBounds:
    """How many rejected requests are kept, and how long."""
    table = read_table(place, value, KEYS["quarantine"])
    return QuarantineBounds(
        max_requests=table.read("max_requests", whole(0, 1_000_000), _DEFAULT_BOUNDS.max_requests),
        max_bytes=table.read("max_bytes", size(0, 1024**4), _DEFAULT_BOUNDS.max_bytes),
        retention=table.read("retention", _QUARANTINE_RETENTION, _DEFAULT_BOUNDS.retention),
    )


def read_storage(place: Place, value: object) -> StorageSettings:
    """Reads ``[storage]``: how the disk is used."""
    table = read_table(place, value, KEYS["storage"])
    return StorageSettings(reserve=table.read("reserve", _RESERVE, None), key=_key_names(table))


def _key_names(table: Table) -> tuple[str, ...]:
    """The names of the secrets that encrypt bodies: one, or a list whose first one encrypts."""
    value = table.values.get("key", [])
    if isinstance(value, str):
        name = table.read("key", secret_name, None)
        return () if name is None else (name,)
    return read_names(table.at("key"), value, "names of secrets", secret_name) if value != [] else ()


def check_room(place: Place, settings: ServerSettings, sources: Iterable[Source]) -> None:
    """Complain of a ``max_body`` that would never fit into the server's limit."""
    for source in sources:
        if source.max_body > settings.max_in_flight_bytes:
            place.at("sources", source.name, "max_body").complain(
                f"is more than max_in_flight_bytes under [server] ({settings.max_in_flight_bytes} bytes): "
                "such a body would always be refused. Write a smaller max_body here, or a larger max_in_flight_bytes"
            )
