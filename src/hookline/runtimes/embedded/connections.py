"""Tracks the open connections of one port and limits them to the available files; the one idle longest is closed for a new one."""

from __future__ import annotations

import ipaddress
import math
from collections import Counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_REFUSED", "Connection", "Connections", "Idle"]

MOST_REFUSED = 64
"""Refused connections that stay open for a moment, so that their clients can read the reason; they are not part of the limit."""

_SILENCE = 60.0  # seconds between two lines in the log
_NETWORK_BITS = 64  # bits of an IPv6 address: the network of one subscriber, usually


Idle = dict["Connection", None]
"""The idle connections; the one idle longest is first."""


class Connection(Protocol):
    """The parts of a connection that this module uses."""

    @property
    def address(self) -> str | None:
        """The client's address, None when it is unknown."""
        ...

    def give_way(self) -> None:
        """Close immediately."""
        ...


class Connections:
    """The open connections of one port, in the order in which they became idle.

    A connection whose request is being answered is busy and never closed for another. All others are idle since the last byte that
    they sent: silent ones, those that wait for their next request, and those that are still sending one. Each connection adds itself to
    the place that ``add`` returns, and removes itself while it is busy.
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
        """Requests that were not HTTP or too slow, by the status and code of their answer: no application saw them."""
        self.is_closing = False
        """Whether the server accepts no more connections."""

    def add(self, connection: Connection) -> tuple[Idle, ...]:
        """Add a new connection, if needed in place of the one idle longest; None when all are busy.

        The result are the two lists for it while it is idle: of all connections, and of those of its address.
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
        """Forget a connection that is closed or about to be."""
        self._refused.pop(connection, None)
        self._idle.pop(connection, None)
        address = self._open.pop(connection, None)
        if address is not None:
            address.idle.pop(connection, None)
            address.count -= 1
            if not address.count:
                self._addresses.pop(address.name, None)

    def make_room(self) -> None:
        """Close the connection that is idle longest, because the process has no file left."""
        if self._idle:
            self._close(next(iter(self._idle)))

    def report(self, now: float, say: Callable[[int, int, int], None]) -> None:
        """Call ``say`` with the numbers of open, closed and refused connections since the last report, at most once a minute."""
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
    """The part that counts as one address: all of an IPv4 address, the first 64 bits of an IPv6 address."""
    if ":" not in address:
        return address
    read = ipaddress.IPv6Address(address.partition("%")[0])
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.IPv6Network((read, _NETWORK_BITS), strict=False))
