"""How many files the process may have open, and what they are kept for."""

from __future__ import annotations

import resource
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["FileShares", "raise_file_limit", "share_files"]

_RESERVED = 128
"""Files for the database, the log, the event loops, fetched keys, and refused connections that still read why."""

_ADMIN = 512
_UNLIMITED = 1_048_576  # what "no limit" means here
_MACOS_MOST = 10_240  # OPEN_MAX: macOS allows no more although its hard limit says so


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShares:
    """Out of ``limit`` files: the most connections for webhooks, and those for the admin port."""

    limit: int
    webhooks: int
    admin: int

    @property
    def waits(self) -> int:
        """How many consumers may wait for messages at a time, so that they leave half of the admin port to others."""
        return max(1, self.admin // 2)


def raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard one, as far as the system lets us; the limit that holds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _UNLIMITED if hard == resource.RLIM_INFINITY else hard
    for most in (wanted, min(wanted, _MACOS_MOST)):
        if soft == resource.RLIM_INFINITY or soft >= most:
            break
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft


def share_files(limit: int, *, wanted: int) -> FileShares:
    """Who gets how many of ``limit`` files, when webhooks want ``wanted`` connections. A low limit is shared in proportion."""
    reserved, admin = min(_RESERVED, limit // 4), min(_ADMIN, limit // 8)
    return FileShares(limit=limit, webhooks=max(1, min(wanted, limit - reserved - admin)), admin=max(1, admin))
