"""IP addresses: which are public, which are in a list of networks, and which one a call behind trusted proxies comes from."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.domain.request import Headers

__all__ = ["Network", "Proxies", "is_in", "is_public", "read_address"]

Network: TypeAlias = IPv4Network | IPv6Network

_LAST_32_BITS: Final = 0xFFFFFFFF
_COMPATIBLE: Final = IPv6Network("::/96")
"""IPv4-compatible (RFC 4291 section 2.5.5.1): deprecated, and still routed by some systems."""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): a gateway connects to the IPv4 address in the last 32 bits."""
_CLOSED: Final = (
    IPv4Network(
        "192.0.0.0/24"
    ),  # protocol assignments (RFC 6890): some versions of Python treat a part of it as global
    IPv6Network(
        "64:ff9b:1::/48"
    ),  # NAT64 of one network (RFC 8215): the position of the IPv4 address depends on the network
    IPv6Network("2001::/32"),  # Teredo (RFC 4380): a relay connects to an IPv4 address that is hidden in it
    IPv6Network("fec0::/10"),  # site-local (RFC 3879): deprecated, but some networks still use it internally
)


def is_public(text: str) -> bool:
    """Whether ``text`` is an IP address that is reachable on the internet; text that is not an IP address raises ValueError.

    An IPv6 address that contains an IPv4 address (mapped, compatible, NAT64 or 6to4) is public exactly when that IPv4 address is.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = _carried(address) or address
    return _is_global(address) and not any(address in network for network in _CLOSED)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to ``address`` would reach."""
    if address in _TRANSLATED or address in _COMPATIBLE:
        return IPv4Address(int(address) & _LAST_32_BITS)
    return address.ipv4_mapped or address.sixtofour


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@lru_cache(maxsize=1024)
def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The parsed address, as IPv4 where an IPv6 address maps one (RFC 4291 section 2.5.5.2); None for text that is not an address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def is_in(text: str, networks: Iterable[Network]) -> bool:
    """Whether the address is in one of the networks; False for text that is not an address."""
    address = read_address(text)
    return address is not None and any(address in network for network in networks)


@record
class Proxies:
    """The proxies whose statement of the caller's address is trusted, and the header in which they state it.

    Each proxy appends to the header the address that it was called from. So the header is read from its end, up to the first address that
    is not a trusted proxy: an untrusted party wrote everything before that.
    """

    networks: tuple[Network, ...]
    header: str = "x-forwarded-for"

    def caller(self, peer: str, headers: Headers) -> str:
        """The address of the caller, given the connection's ``peer``; "" where a trusted proxy wrote something that is not an address."""
        if not is_in(peer, self.networks):
            return peer
        found = peer
        for written in reversed((headers.get(self.header) or "").split(",")):
            if not (text := written.strip()):
                continue
            address = _without_port(text)
            if address is None:
                return ""
            found = address
            if not is_in(address, self.networks):
                break
        return found


_WITH_PORT: Final = r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}"


def _without_port(text: str) -> str | None:
    """The address without the port that some proxies append to it."""
    found = re.fullmatch(_WITH_PORT, text)
    address = text if found is None else found[1] or found[2]
    return None if read_address(address) is None else address
