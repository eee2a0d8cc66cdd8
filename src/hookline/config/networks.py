"""Lists of networks: which addresses may call, and which proxies are trusted."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_interface
from typing import TYPE_CHECKING, Final

from hookline.config.reader import read, read_list
from hookline.config.units import UnusableError, shown
from hookline.config.verification import ENOUGH
from hookline.providers.provider import Proves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.config.reader import Table
    from hookline.domain.address import Network
    from hookline.providers.provider import Provider

__all__ = ["read_allowed", "read_networks"]

_LEAVE_AWAY: Final = "remove allow_from to accept calls from any address"

_MOST = 1000
_BEFORE_MAPPED = 96  # bits of ::ffff:0:0/96 (RFC 4291 section 2.5.5.2)


def read_networks(table: Table, key: str, why_not_all: str) -> tuple[Network, ...]:
    """The networks that ``key`` lists; none if the key is missing.

    ``why_not_all`` is the complaint about a list that contains every address.
    """
    if not table.has(key):
        return ()
    place = table.at(key)
    written = read_list(place, table.values[key], "networks")
    if len(written) > _MOST:
        place.complain(f"lists more than {_MOST} networks")
        return ()
    found = [read(place.at(index), _network, one, None) for index, one in enumerate(written)]
    for index, one in enumerate(found):
        if one is not None and one in found[:index]:
            place.at(index).complain(f"{one} is listed twice")
    networks = [one for one in found if one is not None]
    for family in _every_address(networks):
        place.complain(f"contains every {family} address: {why_not_all}")
    return tuple(networks)


def read_allowed(source: Table, provider: Provider | None) -> tuple[Network, ...]:
    """The networks of ``allow_from``; ``provider`` is None where the scheme is not known."""
    networks = read_networks(source, "allow_from", _LEAVE_AWAY)
    if provider is not None:
        _check_unsigned(source, provider, networks)
    return networks


def _check_unsigned(source: Table, provider: Provider, networks: Sequence[Network]) -> None:
    """Complain of addresses that replace a signature, unless ``verify`` says that this is intended."""
    if provider.proves is not Proves.NOTHING:
        return
    verify = source.values.get("verify")
    is_enough = verify.get(ENOUGH) if isinstance(verify, dict) else None
    place = source.at("verify").at(ENOUGH)
    if is_enough is not None and not isinstance(is_enough, bool):
        place.complain("must be true or false")
    elif is_enough and not networks and not source.has("allow_from"):
        place.complain("has no effect without allow_from")
    elif networks and not is_enough:
        source.at("allow_from").complain(
            "an address proves little: it adds to a signature and does not replace one. If there is no other proof of "
            f'this sender, write verify = {{ scheme = "{provider.name}", {ENOUGH} = true }}'
        )


def _network(value: object) -> Network:
    if not isinstance(value, str):
        raise UnusableError('must be a network such as "192.0.2.0/24" or "2001:db8::/32", or one address')
    try:
        written = ip_interface(value)
    except ValueError:
        raise UnusableError(
            f"{shown(value)} is neither a network such as 192.0.2.0/24 or 2001:db8::/32 nor an address"
        ) from None
    network = written.network
    if written.ip != network.network_address:
        raise UnusableError(
            f"{shown(value)} is one address of the network {network}: write {network}, or {written.ip} for this address only"
        )
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= _BEFORE_MAPPED:
        plain = IPv4Network((mapped, network.prefixlen - _BEFORE_MAPPED))
        raise UnusableError(
            f"write {plain}: an IPv4 address is compared as IPv4, even if the connection shows it as IPv6"
        )
    return network


def _every_address(networks: Sequence[Network]) -> list[str]:
    """The IP versions of which every address is in the list."""
    four = collapse_addresses(one for one in networks if isinstance(one, IPv4Network))
    six = collapse_addresses(one for one in networks if isinstance(one, IPv6Network))
    return [
        family
        for family, has_all in (
            ("IPv4", any(one.prefixlen == 0 for one in four)),
            ("IPv6", any(one.prefixlen == 0 for one in six)),
        )
        if has_all
    ]
