"""How the file is used."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How the file is used. ``write_timeout`` is in seconds, ``cache`` in KiB for the connection that events go through."""

    write_timeout: float = 5.0
    cache: int = 64 * 1024
