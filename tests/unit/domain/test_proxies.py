"""The origin of a call: what a stranger writes into a header never counts."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.address import Proxies, is_in, read_address
from hookline.domain.request import Headers

NETWORKS = tuple(map(ip_network, ["192.0.2.0/24", "2001:db8:5::/48", "198.51.100.7/32"]))
PROXIES = Proxies(networks=tuple(map(ip_network, ["10.0.0.0/8", "fd00::/8"])))


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.0",
        "192.0.2.255",
        "::ffff:192.0.2.1",
        "::FFFF:192.0.2.1",
        "2001:db8:5::1",
        "2001:db8:5::1%eth0",
        "198.51.100.7",
    ],
)
def test_an_address_of_the_networks_is_in_them(address: str) -> None:
    """The spelling of the address does not matter: a server on both families writes IPv4 addresses as IPv6."""
    assert is_in(address, NETWORKS)


@pytest.mark.parametrize(
    "address",
    [
        "192.0.1.255",
        "192.0.3.0",
        "::ffff:192.0.3.1",
        "2001:db8:6::1",
        "198.51.100.8",
        "",
        "unknown",
        "192.0.2",
        "192.0.2.1 ",
        "::192.0.2.1",
    ],
)
def test_any_other_is_not(address: str) -> None:
    """A text that is not an address is in no network either."""
    assert not is_in(address, NETWORKS)


def test_a_mapped_address_is_read_as_the_address_that_it_maps() -> None:
    """So that one spelling of a network is enough."""
    assert read_address("::ffff:192.0.2.1") == read_address("192.0.2.1")


def _caller(peer: str, *written: str, header: str = "x-forwarded-for") -> str:
    proxies = Proxies(networks=PROXIES.networks, header=header)
    return proxies.caller(peer, Headers((b"X-Forwarded-For", one.encode()) for one in written))


def test_without_a_trusted_proxy_the_header_says_nothing() -> None:
    """Anyone can write it."""
    assert _caller("203.0.113.9", "192.0.2.1") == "203.0.113.9"


@pytest.mark.parametrize(
    ("written", "caller"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 203.0.113.9"], "203.0.113.9"),
        (["192.0.2.1", "203.0.113.9"], "203.0.113.9"),
        (["192.0.2.1, 203.0.113.9, 10.1.1.1"], "203.0.113.9"),
        (["192.0.2.1, 203.0.113.9,10.1.1.1 , ::ffff:10.2.2.2"], "203.0.113.9"),
        (["garbage, 203.0.113.9"], "203.0.113.9"),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db8::9]:4711"], "2001:db8::9"),
        (["[2001:db8::9]"], "2001:db8::9"),
        (["2001:db8::9"], "2001:db8::9"),
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        ([" , "], "10.0.0.1"),
    ],
)
def test_a_trusted_proxy_names_the_caller_at_the_end(written: list[str], caller: str) -> None:
    """Each proxy appends its caller; the entry before the first proxy that is not trusted is that proxy's own claim."""
    assert _caller("10.0.0.1", *written) == caller


@pytest.mark.parametrize(
    "end", ["unknown", "_hidden", "192.0.2.1;", "192.0.2.300", "a", "192.0.2.1, unknown, 10.1.1.1"]
)
def test_what_is_no_address_names_nobody(end: str) -> None:
    """No address is better than the proxy's, whose network may be allowed."""
    assert _caller("10.0.0.1", f"192.0.2.1, {end}") == ""


def test_another_header_can_be_named() -> None:
    """Cloudflare and others write one address in a header of their own; X-Forwarded-For is then not read."""
    proxies = Proxies(networks=PROXIES.networks, header="cf-connecting-ip")
    headers = Headers([(b"CF-Connecting-IP", b"203.0.113.9"), (b"X-Forwarded-For", b"192.0.2.1")])

    assert proxies.caller("10.0.0.1", headers) == "203.0.113.9"


@given(st.lists(st.sampled_from(["192.0.2.1", "garbage", "10.3.3.3", "", "::1", ","]), max_size=6))
def test_nothing_before_the_proxy_s_own_address_changes_anything(written: list[str]) -> None:
    """Whatever a caller sends, the proxy appends where it came from."""
    assert _caller("10.0.0.1", ", ".join([*written, "203.0.113.9"])) == "203.0.113.9"
