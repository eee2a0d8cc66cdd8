"""How long a connection may be slow, idle, or leave its answers unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.embedded.wire import LIMITS, answers_in, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench


@pytest.mark.parametrize(
    ("sent", "reported"),
    [
        (b"P", True),
        (b"POST /a HTTP/1.1\r\nX: y\r\n", True),
        (request("/a", b"1234")[:-1], True),
        (request("/a", b"", "Transfer-Encoding: chunked", length=False) + b"1\r\n", True),
    ],
    ids=["first byte", "head", "body", "chunk"],
)
def test_a_slow_sender_is_ended_at_the_read_deadline(sent: bytes, reported: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """One byte a minute would hold a connection without an end; the answer says why it ended."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        await bench.say(wire, sent)
        await bench.pass_time(wire, 9)
        early = bytes(wire.sent)
        await bench.pass_time(wire, 3)
        (answer,) = answers_in(bytes(wire.sent))
        assert early == b""
        assert reported
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert answer.headers["connection"] == "close"
        await bench.pass_time(wire, 3)
        assert wire.closing

    on_bench(LIMITS, main)


@connected
async def test_a_slow_body_is_not_the_applications_any_more(bench: Bench) -> None:
    """It learns that the sender has gone, and frees what it holds."""
    wire = bench.connect()
    await bench.say(wire, request("/a", b"1234")[:-1])

    await bench.pass_time(wire, 11)
    late = await bench.say(wire, b"4")

    assert bench.app.gone == 1
    assert bench.app.calls == []
    assert [answer.status for answer in late] == [408]


@connected
async def test_a_trickle_does_not_put_the_deadline_off(bench: Bench) -> None:
    """A client that sends one byte a second must not keep its connection open."""
    wire = bench.connect()
    raw = request("/a", b"x" * 1000)

    for start in range(12):
        await bench.say(wire, raw[start : start + 1])
        await bench.pass_time(wire, 1)

    assert [answer.status for answer in answers_in(bytes(wire.sent))] == [408]


@connected
async def test_an_application_that_takes_its_time_is_not_a_slow_sender(bench: Bench) -> None:
    """The whole request is here; storage has a deadline of its own."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a", b"1"))

    await bench.pass_time(wire, 30)
    bench.app.answers.set()
    answers = await bench.say(wire)

    assert [answer.body for answer in answers] == [b"/a:1"]


@connected
async def test_an_idle_connection_is_closed_without_a_word(bench: Bench) -> None:
    """Nothing was asked, and a sender opens another connection when it needs one."""
    used = bench.connect()
    await bench.say(used, request("/a"))

    await bench.pass_time(used, 59)
    early = used.closing
    await bench.pass_time(used, 2)

    assert not early
    assert used.closing
    assert len(answers_in(bytes(used.sent))) == 1
    assert bench.state.connections == set()


@connected
async def test_a_connection_that_never_says_anything_is_closed_soon(bench: Bench) -> None:
    """It holds a file. A sender that opens a connection has something to send; a sender that has proved itself may be idle for longer."""
    silent = bench.connect()

    await bench.pass_time(silent, 9)
    early = silent.closing
    await bench.pass_time(silent, 2)

    assert not early
    assert silent.closing
    assert bytes(silent.sent) == b""


@connected
async def test_a_sender_that_does_not_read_its_answers_is_ended(bench: Bench) -> None:
    """Answers that it does not read would be kept in memory."""
    wire = bench.connect()
    await bench.say(wire, request("/a"))

    wire.protocol.pause_writing()
    await bench.pass_time(wire, 9)
    early = wire.aborted
    await bench.pass_time(wire, 3)

    assert not early
    assert wire.aborted


@connected
async def test_a_few_answers_that_are_not_read_end_the_connection_too(bench: Bench) -> None:
    """The event loop reports only much that waits, and closes only what was read: such connections would keep their files."""
    wire = bench.connect()
    await bench.say(wire, request("/a"))

    wire.unread = 300
    await bench.pass_time(wire, 9)
    early = wire.aborted
    await bench.pass_time(wire, 3)

    assert not early
    assert wire.aborted


@connected
async def test_a_connection_that_is_still_being_answered_is_not_ended(bench: Bench) -> None:
    """On a busy server some bytes may wait at each look although the client reads all of them."""
    wire = bench.connect()

    for _ in range(3):
        await bench.say(wire, request("/a"))
        wire.unread = 300
        await bench.pass_time(wire, 8)

    assert not wire.closing


@connected
async def test_a_sender_that_reads_again_in_time_is_not_ended(bench: Bench) -> None:
    """A slow network is not an attack."""
    wire = bench.connect()
    await bench.say(wire, request("/a"))

    for _ in range(3):
        wire.protocol.pause_writing()
        await bench.pass_time(wire, 8)
        wire.protocol.resume_writing()

    assert not wire.closing


@connected
async def test_a_sender_that_was_answered_and_still_sends_is_cut_off(bench: Bench) -> None:
    """The sender has its answer, and it might never stop sending."""
    bench.app.immediately = True
    wire = bench.connect()
    await bench.say(wire, request("/a", b"x" * 1000)[:-1])

    await bench.pass_time(wire, 11)

    assert wire.aborted
    assert [answer.status for answer in answers_in(bytes(wire.sent))] == [200]
