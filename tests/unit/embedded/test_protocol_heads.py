"""How large a head, its trailers and the extensions of its chunks may be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.embedded.wire import LIMITS, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench


@pytest.mark.parametrize(
    "raw",
    [
        request("/a", b"", f"X: {'y' * 2048}"),
        request("/" + "a" * 2048),
        request("/a", b"", *(f"X-{number}: y" for number in range(20))),
        request("/a", b"", *(f"X-{number}: {'y' * 200}" for number in range(11))),
        request("/a", b"a body", f"X: {'y' * 2048}") + b"and nonsense\r\n\r\n",
        request("/a", b"a body", "Connection: Upgrade", "Upgrade: h2c", f"X: {'y' * 2048}"),
        b"POST /a HTTP/1.1\r\nX: " + b"y" * 4000,
        b"POST /" + b"a" * 4000,
    ],
    ids=["one header", "target", "many headers", "all headers", "more", "upgrade", "unended header", "unended target"],
)
@pytest.mark.parametrize("size", [100_000, 1500, 500, 1])
def test_a_head_over_the_limit_is_431_for_the_sender_to_read(raw: bytes, size: int) -> None:
    """Nobody is proved at this point, so the head's size is limited while it arrives."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        for start in range(0, len(raw), size):
            wire.protocol.data_received(raw[start : start + size])
        (answer,) = await bench.say(wire)
        assert (answer.status, answer.code) == (431, "headers_too_large")
        assert answer.headers["connection"] == "close"
        assert bench.app.begun == 0

    on_bench(LIMITS, main)


def test_a_head_within_the_limit_is_taken() -> None:
    """Bearer tokens and traces are long."""

    async def main(bench: Bench) -> None:
        (answer,) = await bench.say(bench.connect(), request("/a", b"", f"X: {'y' * 1900}"))
        assert answer.status == 200

    on_bench(LIMITS, main)


@pytest.mark.parametrize("size", [1, 700])
def test_a_head_within_the_limit_is_taken_however_it_comes(size: int) -> None:
    """The same request must not be refused because the network cut it."""
    raw = request("/a", b"", *(f"X-{number}: {'y' * 150}" for number in range(10)))

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        (answer,) = await bench.say(wire, *(raw[start : start + size] for start in range(0, len(raw), size)))
        assert answer.status == 200

    on_bench(LIMITS, main)


CHUNKED = request("/a", b"", "Transfer-Encoding: chunked", length=False) + b"1\r\n1\r\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"0\r\nX: " + b"y" * 3000 + b"\r\n\r\n",
        b"0\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 300) for number in range(10)) + b"\r\n",
        b"0\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(30)) + b"\r\n",
        b"0\r\nX: " + b"y" * 9000,
        b"0\r\nA: 1\r\nX: " + b"y" * 9000,
        b"0;x=" + b"y" * 9000,
        b"1;x=" + b"y" * 3000 + b"\r\n2\r\n1;x=" + b"y" * 9000,
    ],
    ids=["one", "together", "many", "unended", "unended behind another", "extension", "extensions"],
)
@pytest.mark.parametrize("size", [1_000_000, 1500, 500, 7])
def test_trailers_and_extensions_over_the_limit_are_refused_while_they_come(rest: bytes, size: int) -> None:
    """The limit is that of the head: nobody reads them, and they cost memory and time."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        await bench.say(wire, CHUNKED)
        for start in range(0, len(rest), size):
            wire.protocol.data_received(rest[start : start + size])
        (answer,) = await bench.say(wire)
        assert (answer.status, answer.code) == (431, "headers_too_large")
        assert bench.app.calls == []

    on_bench(LIMITS, main)


def test_trailers_over_the_limit_are_refused_also_when_all_comes_together() -> None:
    """The request is complete when its bytes are counted, and must still be refused."""

    async def main(bench: Bench) -> None:
        raw = CHUNKED + b"0\r\nX: " + b"y" * 3000 + b"\r\n\r\n"
        answers = await bench.say(bench.connect(), raw + request("/next"))
        assert [answer.status for answer in answers] == [431]
        assert bench.app.calls == []

    on_bench(LIMITS, main)


@pytest.mark.parametrize("size", [100_000, 700, 13])
def test_small_chunks_and_signed_chunks_are_no_abuse(size: int) -> None:
    """A chunk of one byte takes six bytes, and a chunk signed by AWS 85 bytes more than its content."""
    signed = b"".join(b"1;chunk-signature=%s\r\n%d\r\n" % (b"f" * 64, number % 10) for number in range(200))
    small = b"".join(b"1\r\n%d\r\n" % (number % 10) for number in range(2000))
    raw = CHUNKED + signed + small + b"0\r\n\r\n"

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        for start in range(0, len(raw), size):
            wire.protocol.data_received(raw[start : start + size])
            await asyncio.sleep(0)
        (answer,) = await bench.say(wire)
        assert (answer.status, len(answer.body)) == (200, len("/a:") + 2201)

    on_bench(LIMITS, main)


@connected
async def test_a_body_is_not_counted_as_the_next_head(bench: Bench) -> None:
    """A pipelining sender's next request may begin in the same packet as a large body ends."""
    wire = bench.connect()
    following = request("/b")

    answers = await bench.say(wire, request("/a", b"x" * 5000) + following[:10], following[10:])

    assert [answer.status for answer in answers] == [200, 200]


@connected
async def test_each_request_has_a_head_of_its_own(bench: Bench) -> None:
    """A connection that serves for hours does not use up its limit."""
    wire = bench.connect()

    answers = await bench.say(wire, *[request("/a", b"", f"X: {'y' * 1500}")] * 5)

    assert [answer.status for answer in answers] == [200] * 5
