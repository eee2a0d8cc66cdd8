"""The open connections of one port: never more than there are files for; the one that has been idle longest makes room."""

from __future__ import annotations

import ipaddress
import math
from collections import Counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_REFUSED", "Connection", "Connections", "Idle"]

MOST_REFUSED = 64
"""Refused newcomers that stay open for a moment to read why; they come on top of the connections."""

_SILENCE = 60.0  # seconds between two lines in the log
_NETWORK_BITS = 64  # of an IPv6 address: what one subscriber usually has


Idle = dict["Connection", None]
"""Connections that are idle; the one that has been idle longest comes first."""


class Connection(Protocol):
    """What the connections need of one of theirs."""

    @property
    def address(self) -> str | None:
        """Where it comes from, None when that is not known."""
        ...

    def give_way(self) -> None:
        """Close at once."""
        ...


class Connections:
    """Knows which connections are open, and in which order they have been idle.

    A connection whose request is being answered is busy and never closed to make room. All others are idle, from the last byte that
    they sent: silent ones, those that wait for their next request, and those that are still sending one. Each connection enters itself
    where ``add`` says, and takes itself out while it is busy.
    """

    def __init__(self, *, most: int, per_address: int | None = None) -> None:
        self._most = most
        self._per_address = per_address
        self._open: dict[Connection, _Address | None] = {}
        self._idle: Idle = {}
        self._refused: dict[Connection, None] = {}
        self._addresses: dict[str, _Address] = {}
        self._closed_count = self._refused_count = 0
        self._silent_until = -math.inf
        self.unreadable: Counter[tuple[int, str]] = Counter()
        """Requests that were no HTTP or came too slowly, by the status and code of their answer: no application saw them."""
        self.is_closing = False
        """Whether the server takes no more of them."""

    def add(self, connection: Connection) -> tuple[Idle, ...]:
        """Take a new connection, if need be in the place of the one that has been idle longest; nothing when all are busy.

        The result is where it stands while it is idle: of all connections, and of those of its address.
        """
        address = self._address_of(connection)
        if address is not None:
            address.count += 1
            while address.count > (self._per_address or 1) and address.idle:
                self._close(next(iter(address.idle)))
        self._open[connection] = address
        while len(self._open) > self._most and self._idle:
            self._close(next(iter(self._idle)))
        if len(self._open) > self._most:
            self._refuse(connection)
            return ()
        return (self._idle,) if address is None else (self._idle, address.idle)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed, or as good as closed."""
        self._refused.pop(connection, None)
        self._idle.pop(connection, None)
        address = self._open.pop(connection, None)
        if address is not None:
            address.idle.pop(connection, None)
            address.count -= 1
            if not address.count:
                self._addresses.pop(address.name, None)

    def make_room(self) -> None:
        """Close the one that has been idle longest, because the process has no file left."""
        if self._idle:
            self._close(next(iter(self._idle)))

    def report(self, now: float, say: Callable[[int, int, int], None]) -> None:
        """``say`` how many are open, and how many were closed for others or refused since the last report; at most once a minute."""
        if (self._closed_count or self._refused_count) and now >= self._silent_until:
            self._silent_until = now + _SILENCE
            say(len(self._open), self._closed_count, self._refused_count)
            self._closed_count = self._refused_count = 0

    def __len__(self) -> int:
        return len(self._open)

    def _address_of(self, connection: Connection) -> _Address | None:
        if self._per_address is None or connection.address is None:
            return None
        name = _network(connection.address)
        return self._addresses.setdefault(name, _Address(name))

    def _close(self, connection: Connection) -> None:
        self._closed_count += 1
        self.remove(connection)
        connection.give_way()

    def _refuse(self, connection: Connection) -> None:
        self._refused_count += 1
        self.remove(connection)
        self._refused[connection] = None
        if len(self._refused) > MOST_REFUSED:
            oldest = next(iter(self._refused))
            del self._refused[oldest]
            oldest.give_way()


class _Address:
    """The connections of one address."""

    __slots__ = ("count", "idle", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.idle: Idle = {}


def _network(address: str) -> str:
    """What counts as one address: all of an IPv4 address, the first 64 bits of an IPv6 one."""
    if ":" not in address:
        return address
    read = ipaddress.IPv6Address(address.partition("%")[0])
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.IPv6Network((read, _NETWORK_BITS), strict=False))
