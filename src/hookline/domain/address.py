"""Which IP addresses are public: an address that only this machine or its network can reach is not."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["is_public"]

_LAST_32_BITS: Final = 0xFFFFFFFF
_COMPATIBLE: Final = IPv6Network("::/96")
"""IPv4-compatible (RFC 4291 section 2.5.5.1): deprecated, and still routed by some systems."""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): a gateway connects to the IPv4 address in the last 32 bits."""
_CLOSED: Final = (
    IPv4Network(
        "192.0.0.0/24"
    ),  # protocol assignments (RFC 6890): some versions of Python take a part of it for global
    IPv6Network(
        "64:ff9b:1::/48"
    ),  # NAT64 of one network (RFC 8215): where the IPv4 address stands depends on the network
    IPv6Network("2001::/32"),  # Teredo (RFC 4380): a relay connects to an IPv4 address that is hidden in it
    IPv6Network("fec0::/10"),  # site-local (RFC 3879): deprecated, and still in use inside of some networks
)


def is_public(text: str) -> bool:
    """Whether ``text`` is an IP address that belongs to the internet; a name is not an address and raises ValueError.

    An IPv6 address that carries an IPv4 address (mapped, compatible, NAT64 or 6to4) is as public as that one.
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
