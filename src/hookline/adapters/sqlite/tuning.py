"""Settings for the use of the database file."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Settings for the use of the file. ``write_timeout`` is in seconds; ``cache`` is in KiB, for the connection that stores events.

    ``log_limit`` is in bytes: a longer log is truncated to it when it starts over. ``segment`` is how many new events are indexed
    together; their ids are in memory until then.
    """

    write_timeout: float = 5.0
    cache: int = 64 * 1024
    log_limit: int = 64 * 1024 * 1024
    segment: int = 1024
