"""Which addresses are public: an address that is private in one spelling is private in each."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.address import is_public

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",  # where clouds show a machine's credentials
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 -- it leads to this machine
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.8",
    "198.18.0.1",
    "240.0.0.1",
    "::",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "64:ff9b:1::808:808",
    "2001:0:53aa:64c::1",
]
NETWORKS = [
    IPv4Network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
]


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Endpoints have such addresses."""
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_a_machine_or_a_network_are_not_public(address: str) -> None:
    """Anyone who may choose a URL or its DNS could otherwise reach what only this machine can reach."""
    assert not is_public(address)


@given(st.sampled_from(NETWORKS), st.integers(0, 2**24 - 1))
def test_an_ipv6_address_that_carries_a_private_one_is_private(network: IPv4Network, number: int) -> None:
    """Mapped, compatible, NAT64 and 6to4 addresses are ways around a check that only knows IPv4."""
    carried = IPv4Address(int(network.network_address) + number % network.num_addresses)
    low = f"{int(carried) >> 16:x}:{int(carried) & 0xFFFF:x}"

    for address in (str(carried), f"::ffff:{carried}", f"::{low}", f"64:ff9b::{low}", f"2002:{low}::1"):
        assert not is_public(address), address


def test_a_name_is_not_an_address() -> None:
    """Judging a name would need a look-up, and the answer could change before the connection."""
    with pytest.raises(ValueError, match="localhost"):
        is_public("localhost")
