"""Divides the files that the process may open between connections and other uses."""

from __future__ import annotations

import resource
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["FileShares", "raise_file_limit", "share_files"]

_RESERVED = 128
"""Files for the database, the log, the event loops, fetched keys, and refused connections that still read the reason."""

_ADMIN = 512
_UNLIMITED = 1_048_576  # the number that is used for "no limit"
_MACOS_MOST = 10_240  # OPEN_MAX: macOS allows no more, although its hard limit is higher


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShares:
    """The highest numbers of connections for webhooks and for the admin port, out of ``limit`` files."""

    limit: int
    webhooks: int
    admin: int

    @property
    def waits(self) -> int:
        """How many consumers may wait for messages at the same time: they must leave half of the admin port to others."""
        return max(1, self.admin // 2)


def raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard one, as far as the system allows; returns the resulting limit."""
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
    """The shares of ``limit`` files, when webhooks want ``wanted`` connections. A low limit is divided in proportion."""
    reserved, admin = min(_RESERVED, limit // 4), min(_ADMIN, limit // 8)
    return FileShares(limit=limit, webhooks=max(1, min(wanted, limit - reserved - admin)), admin=max(1, admin))
