"""How the file is used."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the file is used. ``write_timeout`` is in seconds, ``cache`` in KiB for the connection that events go through.

    ``log_limit`` is in bytes: a log that became longer is cut to it when it starts over. ``segment`` is how many new events are indexed
    together; their ids are in memory until then.
    """

    write_timeout: float = 5.0
    cache: int = 64 * 1024
    log_limit: int = 64 * 1024 * 1024
    segment: int = 1024
