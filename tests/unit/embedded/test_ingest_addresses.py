"""A call from an address that its source does not take: refused before its body, kept nowhere, logged with where it came from."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from hookline.domain.address import Proxies
from hookline.runtimes.embedded.log import Log, json_line
from unit.embedded.endpoint import Endpoint
from unit.embedded.fakes import Sender, source

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.runtimes.embedded.active_config import ReadyConfig

ALLOWED = source(allow_from=(ip_network("192.0.2.0/24"),))
PROXIES = Proxies(networks=(ip_network("10.0.0.0/8"),))


class _Behind(Endpoint):
    """The application, behind a proxy that it trusts."""

    def loaded(self) -> ReadyConfig:
        """With the proxy."""
        loaded = super().loaded()
        return replace(loaded, endpoint=replace(loaded.endpoint, proxies=PROXIES))


def test_an_allowed_address_is_served() -> None:
    """The sender of these tests calls from 192.0.2.1."""
    sender = Sender(b'{"id": "1"}')

    Endpoint(ALLOWED).post(sender)

    assert sender.status == 202


def test_another_is_refused_before_its_body_is_read() -> None:
    """A refused call uses no place, no memory and no quarantine, and its body is read to the end."""
    endpoint = Endpoint(ALLOWED)
    sender = Sender(b'{"id": ', b'"1"}', client=("198.51.100.1", 4711), headers=[(b"expect", b"100-continue")])

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (403, "address_not_allowed")
    assert sender.asked == 0
    assert (endpoint.stored, endpoint.rejected) == ([], [])
    assert endpoint.log.requests == [(403, "address_not_allowed", None)]


def test_it_is_counted_as_rejected() -> None:
    """The code helps an operator to find a sender whose address has changed."""
    endpoint = Endpoint(ALLOWED)

    endpoint.post(Sender(b"{}", client=("198.51.100.1", 4711)))

    assert [(one.source, one.status, one.outcome) for one in endpoint.counts.read()] == [
        ("transactions", 403, "address_not_allowed")
    ]


@pytest.mark.parametrize("client", [None, ("", 0)])
def test_a_connection_without_an_address_is_refused(client: object) -> None:
    """An unknown address is not allowed."""
    sender = Sender(b"{}", client=client)

    Endpoint(ALLOWED).post(sender)

    assert sender.status == 403


@pytest.mark.parametrize(("written", "status"), [(b"192.0.2.1", 202), (b"192.0.2.1, 198.51.100.1", 403)])
def test_a_trusted_proxy_says_where_the_call_comes_from(written: bytes, status: int) -> None:
    """An address that a stranger wrote before it does not count."""
    headers = [(b"content-type", b"application/json"), (b"x-forwarded-for", written)]
    sender = Sender(b'{"id": "1"}', client=("10.0.0.1", 4711), headers=headers)

    _Behind(ALLOWED).post(sender)

    assert sender.status == status


def test_the_log_has_the_caller_s_address(tmp_path: Path) -> None:
    """It is not the proxy's: the operator wants to know which caller was refused."""
    endpoint, lines = _Behind(ALLOWED), tmp_path / "log"
    headers = [(b"x-forwarded-for", b"198.51.100.1")]

    with lines.open("wb") as file:
        log = Log(file.fileno(), json_line)
        endpoint.log.request = log.request  # type: ignore[method-assign]  # the book's own leaves the address away
        endpoint.post(Sender(b"{}", client=("10.0.0.1", 4711), headers=headers))
        log.start()
        log.stop()

    assert json.loads(lines.read_bytes())["client"] == "198.51.100.1"
