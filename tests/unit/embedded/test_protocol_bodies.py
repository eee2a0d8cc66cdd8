"""When the protocol reads a body, when it leaves it in the socket, and when it discards it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.embedded.fakes import settled
from unit.embedded.wire import connected, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench

# a sender that asks first


@connected
async def test_a_sender_that_asks_first_gets_100_continue_when_its_body_is_wanted(bench: Bench) -> None:
    """RFC 9110 section 10.1.1: the answer 100 comes when the application reads, and not before."""
    wire = bench.connect()
    bench.app.reads.clear()
    head = request("/a", b"12", "Expect: 100-Continue")[:-2]
    before = await bench.say(wire, head)

    bench.app.reads.set()
    asked = await bench.say(wire)
    answers = await bench.say(wire, b"12")

    assert before == []
    assert [answer.status for answer in asked] == [100]
    assert [(answer.status, answer.body) for answer in answers[1:]] == [(200, b"/a:12")]


@connected
async def test_a_sender_that_asks_first_and_is_refused_gets_no_100_continue(bench: Bench) -> None:
    """Such a sender waits for the answer only."""
    bench.app.immediately = True

    answers = await bench.say(bench.connect(), request("/a", b"12", "Expect: 100-continue")[:-2])

    assert [answer.status for answer in answers] == [200]


@connected
async def test_a_sender_that_asks_and_sends_immediately_needs_no_100_continue(bench: Bench) -> None:
    """The server already has the body."""
    answers = await bench.say(bench.connect(), request("/a", b"12", "Expect: 100-continue"))

    assert [answer.status for answer in answers] == [200]


@connected
async def test_a_sender_that_asks_twice_is_answered_too(bench: Bench) -> None:
    """A proxy may add the field to one that is there. The sender still waits for the answer before it sends the body."""
    asking = request("/a", b"12", "Expect: 100-continue", "Expect: 100-continue")[:-2]

    answers = await bench.say(bench.connect(), asking, b"12")

    assert [answer.status for answer in answers] == [100, 200]


@connected
async def test_another_expectation_is_passed_over(bench: Bench) -> None:
    """No other expectation was ever defined."""
    wire = bench.connect()

    answers = await bench.say(wire, request("/a", b"12", "Expect: miracles")[:-2], b"12")

    assert [answer.status for answer in answers] == [200]


@connected
async def test_an_http_1_0_sender_that_asks_first_gets_no_100_continue(bench: Bench) -> None:
    """RFC 9110 section 10.1.1: the expectation must be ignored, because such a sender would take the 100 for the answer."""
    wire = bench.connect()

    answers = await bench.say(wire, request("/a", b"12", "Expect: 100-continue", version="1.0")[:-2], b"12")

    assert [answer.status for answer in answers] == [200]


# what is discarded


@connected
async def test_the_rest_of_an_answered_body_is_passed_over(bench: Bench) -> None:
    """The application refused it early; the next request on the connection is served."""
    bench.app.immediately = True
    wire = bench.connect()
    raw = request("/a", b"x" * 50_000)

    first = await bench.say(wire, raw[:1000])
    answers = await bench.say(wire, raw[1000:], request("/b"))

    assert [answer.body for answer in first] == [b"/a:"]
    assert [answer.body for answer in answers] == [b"/a:", b"/b:"]
    assert not wire.closing


@connected
async def test_a_body_that_is_passed_over_has_an_end(bench: Bench) -> None:
    """Reading a refused gigabyte costs as much as reading a wanted one."""
    bench.app.immediately = True
    wire = bench.connect()

    await bench.say(wire, request("/a", b"x" * 1_000_000)[:1000], *[b"x" * 20_000] * 6)

    assert wire.aborted


@connected
async def test_what_follows_a_refused_request_has_an_end(bench: Bench) -> None:
    """The connection stays open so that the sender can read why, but takes a limited amount."""
    wire = bench.connect()
    await bench.say(wire, b"nonsense\r\n\r\n")

    await bench.say(wire, *[b"x" * 20_000] * 6)

    assert wire.aborted


@connected
async def test_a_refused_connection_stays_open_for_the_answer_to_be_read(bench: Bench) -> None:
    """RFC 9112 section 9.6: an immediate close resets the connection, and the answer is lost with it."""
    wire = bench.connect()
    await bench.say(wire, b"nonsense\r\n\r\n")

    early = (wire.half_closed, wire.closing, wire.reading)
    await bench.loop.advance(2.5)

    assert early == (True, False, True)
    assert wire.closing


@connected
async def test_a_connection_that_cannot_be_half_closed_lingers_too(bench: Bench) -> None:
    """TLS has no half close in asyncio."""
    wire = bench.connect(half_closes=False)
    (answer,) = await bench.say(wire, b"nonsense\r\n\r\n")

    early = wire.closing
    await bench.loop.advance(2.5)

    assert answer.status == 400
    assert (early, wire.closing) == (False, True)


@connected
async def test_an_early_answer_that_ends_the_connection_lets_the_sender_finish(bench: Bench) -> None:
    """A sender that wrote "Connection: close" may still be sending its body."""
    bench.app.immediately = True
    wire = bench.connect()

    (answer,) = await bench.say(wire, request("/a", b"x" * 1000, "Connection: close")[:-500])
    early = wire.closing
    await bench.say(wire, b"x" * 500)
    await bench.loop.advance(2.5)

    assert answer.headers["connection"] == "close"
    assert (early, wire.closing) == (False, True)


# back pressure


@connected
async def test_a_body_that_nobody_reads_yet_is_left_in_the_socket(bench: Bench) -> None:
    """Memory holds what the application asked for and a little more, whatever the sender's speed."""
    wire = bench.connect()
    bench.app.reads.clear()
    body = b"x" * 500_000

    await bench.say(wire, request("/a", body)[:-400_000])
    paused = not wire.reading
    bench.app.reads.set()
    await settled()
    resumed = wire.reading
    answers = await bench.say(wire, *[b"x" * 50_000] * 8)

    assert (paused, resumed) == (True, True)
    assert [len(answer.body) for answer in answers] == [len(body) + 3]
