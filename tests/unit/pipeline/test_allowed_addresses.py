"""A source that takes calls only from some networks: others are refused first, and a signature is needed anyway."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.request import Headers
from hookline.testing import MemoryHome

if TYPE_CHECKING:
    from hookline.domain.request import Request
    from hookline.testing import Answer

TOML = """
{server}
[sources.it]
verify = {{ scheme = "hmac", header = "X-Signature", secrets = ["IT"] }}
id = "id"
allow_from = ["192.0.2.0/24", "2001:db8::/32"]

[sources.hello]
verify = {{ scheme = "dropbox", secrets = ["IT"] }}
allow_from = ["192.0.2.0/24"]

[queues.all]
"""
PROXY = '[server]\ntrusted_proxies = ["10.0.0.0/8"]\n'
BODY = b'{"id": "1"}'


def _home(server: str = "") -> MemoryHome:
    return MemoryHome(parse(TOML.format(server=server), base=Path()), {"IT": b"a-secret-of-this-test"})


def _with(request: Request, **headers: str) -> Request:
    fields = [*request.headers.items(), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return replace(request, headers=Headers((name.encode(), value.encode()) for name, value in fields))


def _sent(home: MemoryHome, address: str, **headers: str) -> Answer:
    return home.post(_with(home.request("it", BODY), **headers), address=address)


@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
def test_a_signed_call_from_an_allowed_network_is_taken(address: str) -> None:
    """The spelling of the address in the connection does not matter."""
    assert _sent(_home(), address).status == 202


@pytest.mark.parametrize("address", ["198.51.100.1", "::ffff:198.51.100.1", "2001:db9::1", "::1", "", "nowhere"])
def test_a_signed_call_from_elsewhere_is_refused(address: str) -> None:
    """A thief of the secret has not stolen the network too."""
    home = _home()

    answer = _sent(home, address)

    assert (answer.status, answer.outcome, answer.event_id) == (403, "address_not_allowed", None)
    assert home.queues.peek("unrouted") == []


def test_the_answer_does_not_mention_the_networks() -> None:
    """A stranger learns no address that would be accepted."""
    assert b"192.0.2" not in _sent(_home(), "198.51.100.1").body


def test_an_allowed_address_is_no_signature() -> None:
    """It is needed in addition to a signature, and replaces none."""
    home = _home()

    forged = replace(home.request("it", BODY), body=b'{"id": "2"}')

    answer = home.post(forged, address="192.0.2.1")

    assert (answer.status, answer.outcome) == (401, "signature_mismatch")


def test_a_handshake_from_elsewhere_is_refused_too() -> None:
    """Other addresses may not call the path at all."""
    home = _home()
    signed = home.request("it", BODY)
    request = replace(signed, method="GET", path="/webhook/hello", query="challenge=abc", headers=Headers([]), body=b"")

    refused, greeted = home.post(request, address="198.51.100.1"), home.post(request, address="192.0.2.1")

    assert (refused.status, greeted.status, greeted.body) == (403, 200, b"abc")
    assert b"abc" not in refused.body


@pytest.mark.parametrize("header", ["x_forwarded_for", "x_real_ip", "forwarded", "cf_connecting_ip", "true_client_ip"])
def test_no_header_opens_it_without_a_trusted_proxy(header: str) -> None:
    """The address is that of the connection, whatever headers the caller sends."""
    assert _sent(_home(), "198.51.100.1", **{header: "192.0.2.1"}).status == 403
    assert _sent(_home(PROXY), "198.51.100.1", **{header: "192.0.2.1"}).status == 403


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("192.0.2.1", 202),
        ("198.51.100.1", 403),
        ("192.0.2.1, 198.51.100.1", 403),
        ("198.51.100.1, 192.0.2.1", 202),
        ("192.0.2.1, 198.51.100.1, 10.0.0.2", 403),
        ("192.0.2.1, unknown", 403),
        ("", 403),
    ],
)
def test_behind_a_trusted_proxy_its_own_word_counts(written: str, status: int) -> None:
    """The last address that is no configured proxy counts; an address before it was written by a stranger."""
    assert _sent(_home(PROXY), "10.0.0.1", x_forwarded_for=written).status == status


def test_a_call_of_the_proxy_itself_is_one_from_its_address() -> None:
    """The proxy's address is in no network that the source allows."""
    assert _sent(_home(PROXY), "10.0.0.1").status == 403
