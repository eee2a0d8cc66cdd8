"""A request that offers another protocol is answered as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.embedded.wire import LIMITS, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench


@connected
async def test_an_upgrade_is_not_taken(bench: Bench) -> None:
    """The request is answered as HTTP/1.1, and what follows is not read as a request: it may be in another protocol."""
    wire = bench.connect()
    raw = request("/a", b"", "Connection: Upgrade", "Upgrade: websocket", method="GET", length=False)

    answers = await bench.say(wire, raw + request("/smuggled"), request("/smuggled"))

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"/a:")]
    assert answers[0].headers["connection"] == "close"
    assert [call.path for call in bench.app.calls] == ["/a"]


@pytest.mark.parametrize("size", [10_000, 40, 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_of_a_request_that_offers_an_upgrade_is_read_however_it_comes(size: int, chunked: bool) -> None:  # noqa: FBT001 -- parameters of the test
    """Java's HttpClient offers h2c with each POST to a plain port. A server that does not upgrade answers the request as it is."""
    fields = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"]
    if chunked:
        raw = request("/a", b"", *fields, "Transfer-Encoding: chunked", length=False) + b"2\r\n12\r\n0\r\n\r\n"
    else:
        raw = request("/a", b"12", *fields)

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        (answer,) = await bench.say(wire, *(raw[start : start + size] for start in range(0, len(raw), size)))
        assert (answer.status, answer.body) == (200, b"/a:12")
        assert answer.headers["connection"] == "close"
        assert wire.closing

    on_bench(LIMITS, main)


@connected
async def test_many_offers_in_one_packet_are_no_fault(bench: Bench) -> None:
    """A packet has room for thousands of them, and Python's stack has not."""
    offer = b"GET /a HTTP/1.1\r\nHost:x\r\nUpgrade:a\r\nConnection:upgrade\r\n\r\n"

    answers = await bench.say(bench.connect(), offer * 5000)

    assert [answer.body for answer in answers] == [b"/a:"]


@connected
async def test_an_offer_behind_other_requests_is_answered_in_its_turn(bench: Bench) -> None:
    """The last request of a connection is served with its body, and then the connection closes."""
    wire = bench.connect()
    offer = request("/b", b"2", "Connection: Upgrade", "Upgrade: h2c")

    answers = await bench.say(wire, request("/a", b"1") + offer[:-1], offer[-1:])

    assert [answer.body for answer in answers] == [b"/a:1", b"/b:2"]
    assert "connection" not in answers[0].headers
    assert answers[1].headers["connection"] == "close"


@pytest.mark.parametrize("coding", ["gzip", "identity", "chunked, gzip"])
def test_an_offer_with_a_body_whose_end_is_in_doubt_is_refused(coding: str) -> None:
    """The offer of another protocol does not change how a body is read."""
    raw = request("/a", b"", "Connection: Upgrade", "Upgrade: h2c", f"Transfer-Encoding: {coding}", length=False)

    async def main(bench: Bench) -> None:
        (answer,) = await bench.say(bench.connect(), raw + b"12")
        assert (answer.status, answer.code) == (501, "transfer_encoding_unsupported")
        assert bench.app.calls == []

    on_bench(LIMITS, main)


@pytest.mark.parametrize("target", ["example.com:443", "/a", "http://example.com/a"])
def test_a_tunnel_is_not_opened(target: str) -> None:
    """The bytes behind it would be meant for another server."""

    async def main(bench: Bench) -> None:
        raw = f"CONNECT {target} HTTP/1.1\r\nHost: example.com\r\n\r\n".encode()
        (answer,) = await bench.say(bench.connect(), raw + request("/smuggled"))
        assert (answer.status, answer.code) == (400, "malformed_request")
        assert bench.app.calls == []

    on_bench(LIMITS, main)
