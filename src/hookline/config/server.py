"""``[server]``, ``[events]``, ``[quarantine]`` and ``[storage]``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.keys import KEYS
from hookline.config.model import DEFAULT_EVENT_RETENTION, ServerSettings, StorageSettings
from hookline.config.reader import read_table
from hookline.config.remembering import Keeping
from hookline.config.units import duration, size, text, whole
from hookline.domain.claim import DEFAULT_DEDUPE
from hookline.domain.quarantine import QuarantineBounds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.config.reader import Place
    from hookline.domain.source import Source

__all__ = ["check_room", "read_keeping", "read_quarantine", "read_server", "read_storage"]

_PORT = whole(0, 65535)
_TIMEOUT = duration(timedelta(seconds=1), timedelta(hours=1))
_EVENT_RETENTION = duration(timedelta(minutes=1), timedelta(days=3650))
_DEDUPE = duration(timedelta(0), timedelta(days=3650))
_QUARANTINE_RETENTION = duration(timedelta(0), timedelta(days=365))
_RESERVE = size(0, 1024**4)
_DEFAULT = ServerSettings()
_DEFAULT_BOUNDS = QuarantineBounds()


def read_server(place: Place, value: object) -> ServerSettings:
    """The server's settings."""
    table = read_table(place, value, KEYS["server"])
    settings = ServerSettings(
        host=table.read("host", text, _DEFAULT.host),
        port=table.read("port", _PORT, _DEFAULT.port),
        admin_port=table.read("admin_port", _PORT, _DEFAULT.admin_port),
        read_timeout=table.read("read_timeout", _TIMEOUT, _DEFAULT.read_timeout),
        keep_alive_timeout=table.read("keep_alive_timeout", _TIMEOUT, _DEFAULT.keep_alive_timeout),
        max_connections=table.read("max_connections", whole(1, 1_000_000), _DEFAULT.max_connections),
        max_connections_per_address=table.read("max_connections_per_address", whole(1, 1_000_000), None),
        max_in_flight=table.read("max_in_flight", whole(1, 1_000_000), _DEFAULT.max_in_flight),
        max_in_flight_bytes=table.read("max_in_flight_bytes", size(1, 1024**4), _DEFAULT.max_in_flight_bytes),
        storage_timeout=table.read("storage_timeout", _TIMEOUT, _DEFAULT.storage_timeout),
        shutdown_timeout=table.read("shutdown_timeout", _TIMEOUT, _DEFAULT.shutdown_timeout),
    )
    if settings.port == settings.admin_port != 0:
        table.at("admin_port" if table.has("admin_port") else "port").complain(
            f"port and admin_port are both {settings.port}"
        )
    return settings


def read_keeping(place: Place, value: object) -> Keeping:
    """How long delivered events are kept, and how long they are known."""
    table = read_table(place, value, KEYS["events"])
    return Keeping(
        retention=table.read("retention", _EVENT_RETENTION, DEFAULT_EVENT_RETENTION),
        dedupe=table.read("dedupe", _DEDUPE, DEFAULT_DEDUPE),
    )


def read_quarantine(place: Place, value: object) -> QuarantineBounds:
    """How much of what was rejected is kept."""
    table = read_table(place, value, KEYS["quarantine"])
    return QuarantineBounds(
        max_requests=table.read("max_requests", whole(0, 1_000_000), _DEFAULT_BOUNDS.max_requests),
        max_bytes=table.read("max_bytes", size(0, 1024**4), _DEFAULT_BOUNDS.max_bytes),
        retention=table.read("retention", _QUARANTINE_RETENTION, _DEFAULT_BOUNDS.retention),
    )


def read_storage(place: Place, value: object) -> StorageSettings:
    """How the disk is used."""
    table = read_table(place, value, KEYS["storage"])
    return StorageSettings(reserve=table.read("reserve", _RESERVE, None))


def check_room(place: Place, settings: ServerSettings, sources: Iterable[Source]) -> None:
    """Complain of bodies that are allowed and yet would never fit."""
    for source in sources:
        if source.max_body > settings.max_in_flight_bytes:
            place.at("sources", source.name, "max_body").complain(
                f"is more than max_in_flight_bytes under [server] ({settings.max_in_flight_bytes} bytes): "
                "such a body would never be let in. Write a smaller max_body here, or more there"
            )
