"""Names the person at this machine's command line, and makes ids for actions."""

from __future__ import annotations

import getpass
import secrets
import socket
from datetime import UTC, datetime

from hookline.pipeline.audited import Run

__all__ = ["fresh_id", "fresh_run", "local_operator"]


def local_operator() -> str:
    """The operator's name as ``user@machine``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def fresh_id(now: datetime) -> str:
    """A new id that sorts by time: the time in seconds, and a random end."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def fresh_run(reason: str | None) -> Run:
    """A new run by the operator at this machine."""
    now = datetime.now(UTC)
    return Run(id=fresh_id(now), actor=local_operator(), at=now, reason=reason)
