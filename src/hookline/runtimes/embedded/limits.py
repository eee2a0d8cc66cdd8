"""The limits of one port's connections and requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.config import ServerSettings

__all__ = ["Limits", "limits_of"]

_STOP_SHARE = 0.25
"""The part of ``shutdown_timeout`` for requests that are still arriving: the rest is for the disk and for reading the answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits; times are in seconds, sizes in bytes.

    ``read_timeout`` is for the first byte of a connection and for each request from its first byte on; ``stop_timeout`` replaces
    it while the server stops. ``per_address`` limits the connections of one address; None means no limit.
    """

    read_timeout: float = 10.0
    stop_timeout: float = 2.0
    keep_alive_timeout: float = 620.0
    head_bytes: int = 32 * 1024
    head_fields: int = 200
    discarded_bytes: int = 128 * 1024 * 1024
    connections: int = 4096
    per_address: int | None = None


def limits_of(server: ServerSettings, *, connections: int) -> Limits:
    """The limits of the settings, with as many connections as the available files allow."""
    read_timeout = server.read_timeout.total_seconds()
    return Limits(
        read_timeout=read_timeout,
        stop_timeout=min(read_timeout, _STOP_SHARE * server.shutdown_timeout.total_seconds()),
        keep_alive_timeout=server.keep_alive_timeout.total_seconds(),
        connections=connections,
        per_address=server.max_connections_per_address,
    )
