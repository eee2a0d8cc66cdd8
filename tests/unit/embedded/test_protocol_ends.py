"""How a connection ends: by its sender, and by a server that stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.embedded.fakes import settled
from unit.embedded.wire import LIMITS, answers_in, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench


@connected
async def test_a_sender_that_vanishes_takes_nothing_along(bench: Bench) -> None:
    """The application learns of it, the request in flight gets no answer, and the connection is forgotten."""
    wire = bench.connect()
    await bench.say(wire, request("/a", b"1234")[:-1])

    wire.protocol.connection_lost(ConnectionResetError())
    await settled()

    assert bench.app.gone == 1
    assert bench.state.connections == set()
    assert bytes(wire.sent) == b""


@connected
async def test_an_answer_to_a_sender_that_has_gone_is_dropped(bench: Bench) -> None:
    """The event is stored anyway, and its retry is recognised as a duplicate."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a", b"1") + request("/b", b"2"))

    wire.close()
    await settled()
    bench.app.answers.set()
    await settled()

    assert [call.path for call in bench.app.calls] == ["/a"]
    assert bytes(wire.sent) == b""


@connected
async def test_an_answer_to_a_connection_that_is_closing_is_dropped(bench: Bench) -> None:
    """The socket is already closed, and the protocol learns it a moment later."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a", b"1"))

    bench.app.answers.set()
    wire.closing = True
    answers = await bench.say(wire)

    assert answers == []
    wire.protocol.connection_lost(None)
    assert bench.state.connections == set()


@connected
async def test_a_sender_that_closed_its_half_still_reads_its_answers(bench: Bench) -> None:
    """A user may run ``printf … | nc``: each complete request is answered, and then the connection ends."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a") + request("/b"))

    stays = wire.protocol.eof_received()
    bench.app.answers.set()
    answers = await bench.say(wire)

    assert stays
    assert [answer.body for answer in answers] == [b"/a:", b"/b:"]
    assert answers[-1].headers["connection"] == "close"


@pytest.mark.parametrize("sent", [b"", b"POST /a HTTP/1.1\r\nHo", request("/a", b"1234")[:-1]])
def test_a_sender_that_closed_its_half_too_early_is_gone(sent: bytes) -> None:
    """The rest of its request will never come."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        await bench.say(wire, sent)
        stays = wire.protocol.eof_received()
        await settled()
        assert not stays
        assert bench.app.gone == bench.app.begun
        assert bytes(wire.sent) == b""

    on_bench(LIMITS, main)


@connected
async def test_a_stopping_server_closes_idle_connections_and_finishes_the_others(bench: Bench) -> None:
    """A request that was taken is answered, and its answer says that no more are taken here."""
    idle, busy = bench.connect(), bench.connect()
    bench.app.answers.clear()
    await bench.say(busy, request("/a", b"1"))

    for connection in list(bench.state.connections):
        connection.shutdown()
    early = (idle.closing, busy.closing)
    bench.app.answers.set()
    (answer,) = await bench.say(busy)

    assert early == (True, False)
    assert (answer.body, answer.headers["connection"]) == (b"/a:1", "close")
    assert busy.closing


@pytest.mark.parametrize("missing", [1, 8, 40])
def test_a_stopping_server_waits_for_a_request_that_is_arriving(missing: int) -> None:
    """A request whose head or body has partly arrived must still be answered."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        raw = request("/a", b"1234")
        await bench.say(wire, raw[:-missing])

        wire.protocol.shutdown()
        (answer,) = await bench.say(wire, raw[-missing:])

        assert (answer.body, answer.headers["connection"]) == (b"/a:1234", "close")
        assert wire.closing

    on_bench(LIMITS, main)


@pytest.mark.parametrize("missing", [1, 8, 40])
def test_a_stopping_server_does_not_wait_for_the_whole_read_deadline(missing: int) -> None:
    """A sender that has stalled would delay a stop that has ten seconds in a container. The server stops, so the sender gets 503."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        await bench.say(wire, request("/a", b"1234")[:-missing])
        wire.protocol.shutdown()

        await bench.pass_time(wire, 1)
        early = bytes(wire.sent)
        await bench.pass_time(wire, 2)
        (answer,) = answers_in(bytes(wire.sent))

        assert early == b""
        assert (answer.status, answer.code) == (503, "shutting_down")
        assert answer.headers["retry-after"] == "1"

    on_bench(LIMITS, main)


@connected
async def test_a_stopping_server_does_not_wait_for_a_sender_that_reads_no_answer(bench: Bench) -> None:
    """The stop would otherwise last until the deadline of that sender."""
    wire = bench.connect()
    await bench.say(wire, request("/a"))
    wire.protocol.pause_writing()
    bench.app.answers.clear()
    await bench.say(wire, request("/b"))

    wire.protocol.shutdown()
    await bench.pass_time(wire, 3)

    assert wire.aborted


@connected
async def test_a_stopping_server_does_not_wait_for_a_few_answers_that_nobody_reads(bench: Bench) -> None:
    """A connection closes only when its answers are read, which may take all of ``shutdown_timeout``."""
    wire = bench.connect()
    await bench.say(wire, request("/a"))
    wire.unread = 300

    wire.protocol.shutdown()
    await bench.pass_time(wire, 4)

    assert wire.aborted


@connected
async def test_a_connection_that_comes_while_the_server_stops_gets_503(bench: Bench) -> None:
    """The system had accepted the connection when the server stopped listening."""
    bench.protocol.connections.is_closing = True

    (answer,) = await bench.say(bench.connect())

    assert (answer.status, answer.code) == (503, "shutting_down")


@connected
async def test_a_stopping_server_does_not_wait_for_a_body_that_was_refused(bench: Bench) -> None:
    """It was answered: the rest of the body would delay the stop for the whole shutdown timeout."""
    bench.app.immediately = True
    wire = bench.connect()
    raw = request("/a", b"x" * 2000)
    await bench.say(wire, raw[:1000])

    wire.protocol.shutdown()
    await bench.say(wire, raw[1000:])
    await bench.loop.advance(3)

    assert wire.closing
