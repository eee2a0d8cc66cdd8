"""Who works at this machine's command line, and ids for what they do."""

from __future__ import annotations

import getpass
import secrets
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["fresh_id", "local_operator"]


def local_operator() -> str:
    """``user@machine``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def fresh_id(now: datetime) -> str:
    """A new id that sorts by time: the moment to the second, and a random end."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
