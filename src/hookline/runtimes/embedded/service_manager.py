"""Reports to a service manager such as systemd when the server serves and when it stops (``Type=notify``, sd_notify(3))."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

__all__ = ["notify"]

_VARIABLE = "NOTIFY_SOCKET"


def notify(state: str) -> None:
    """Send a line such as ``READY=1`` to the manager that started this process; nothing if no manager expects it.

    If the manager cannot be reached, the server continues: the manager ends the start after its own time limit.
    """
    address = os.environ.get(_VARIABLE, "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        manager.settimeout(1.0)
        manager.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
