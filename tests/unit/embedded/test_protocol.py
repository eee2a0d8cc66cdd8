"""HTTP/1.1 on a socket: requests and their answers, in order, for every kind of application, and for any bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from unit.embedded.fakes import settled
from unit.embedded.wire import LIMITS, answers_in, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench

# requests and answers


@connected
async def test_a_request_is_answered_and_the_connection_stays(bench: Bench) -> None:
    """A new connection for each event would cost both sides more than the event."""
    wire = bench.connect()

    first = await bench.say(wire, request("/a", b"1"))
    both = await bench.say(wire, request("/b", b"2"))

    assert [answer.body for answer in first] == [b"/a:1"]
    assert [answer.body for answer in both] == [b"/a:1", b"/b:2"]
    assert all("connection" not in answer.headers for answer in both)
    assert not wire.closing


@connected
async def test_the_application_sees_what_was_sent(bench: Bench) -> None:
    """Names in lower case and in order, repeats kept, values unchanged: signatures are computed over them."""
    wire = bench.connect()

    await bench.say(wire, request("/we%62hook?a=%20b", b"{}", "X-Two: 1", "x-two:  2", "X-Odd: \xe9\xff"))

    (call,) = bench.app.calls
    assert (call.method, call.path, call.scope["query_string"]) == ("POST", "/webhook", b"a=%20b")
    assert (call.scope["raw_path"], call.scope["client"]) == (b"/we%62hook", ("192.0.2.1", 4711))
    assert (call.scope["http_version"], call.scope["type"]) == ("1.1", "http")
    assert call.headers == [
        (b"host", b"x"),
        (b"content-length", b"2"),
        (b"x-two", b"1"),
        (b"x-two", b"2"),
        (b"x-odd", b"\xe9\xff"),
    ]


@connected
async def test_blanks_around_a_value_are_not_part_of_it(bench: Bench) -> None:
    """RFC 9112 section 5.1: otherwise the signature of a sender that signs without blanks does not fit."""
    wire = bench.connect()

    await bench.say(wire, request("/a", b"", "Webhook-Id:\t msg_1 \t "))

    (call,) = bench.app.calls
    assert dict(call.headers)[b"webhook-id"] == b"msg_1"


@connected
async def test_headers_that_the_server_adds_to_every_answer_are_there(bench: Bench) -> None:
    """The date that uvicorn adds is one of them."""
    bench.state.default_headers = [(b"date", b"Fri, 02 Jan 2026 03:04:05 GMT")]

    (answer,) = await bench.say(bench.connect(), request())

    assert answer.headers["date"] == "Fri, 02 Jan 2026 03:04:05 GMT"


@settings(deadline=None, max_examples=examples(60))
@given(data=st.data(), chunked=st.booleans(), body=st.binary(max_size=300))
def test_a_request_may_come_in_any_number_of_parts(data: st.DataObject, chunked: bool, body: bytes) -> None:  # noqa: FBT001 -- drawn by hypothesis
    """A network may cut a request at any byte."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:]) if part) + b"0\r\n\r\n"
    raw = request("/a", b"", "Transfer-Encoding: chunked", length=False) + coded if chunked else request("/a", body)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    parts = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]

    async def main(bench: Bench) -> None:
        answers = await bench.say(bench.connect(), *[part for part in parts if part])
        assert [answer.body for answer in answers] == [b"/a:" + body]

    on_bench(LIMITS, main)


@connected
async def test_an_answer_to_head_has_no_body(bench: Bench) -> None:
    """RFC 9110 section 9.3.2: its length is sent anyway, and the next answer follows immediately."""
    wire = bench.connect()

    wire.protocol.data_received(request("/a", method="HEAD") + request("/b"))
    await settled()

    head, _, rest = bytes(wire.sent).partition(b"\r\n\r\n")
    assert b"content-length: 3" in head
    assert [answer.body for answer in answers_in(rest)] == [b"/b:"]


@pytest.mark.parametrize(
    ("version", "fields", "stays"),
    [
        ("1.1", (), True),
        ("1.1", ("Connection: close",), False),
        ("1.1", ("Connection: keep-alive, Close",), False),
        ("1.0", (), False),
        ("1.0", ("Connection: keep-alive",), True),
    ],
)
def test_a_connection_ends_when_the_sender_says_so(version: str, fields: tuple[str, ...], stays: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """HTTP/1.0 ends a connection by default, and the answer must say so when it ends."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        (answer,) = await bench.say(wire, request("/a", b"1", *fields, version=version))
        assert answer.body == b"/a:1"
        assert wire.closing == (not stays)
        assert answer.headers.get("connection") == (None if stays else "close")

    on_bench(LIMITS, main)


# pipelining


@connected
async def test_requests_in_a_row_are_answered_in_order(bench: Bench) -> None:
    """The sender distinguishes answers by nothing else."""
    wire = bench.connect()

    answers = await bench.say(wire, b"".join(request(f"/{number}", b"x" * number) for number in range(8)))

    assert [answer.body for answer in answers] == [f"/{number}:{'x' * number}".encode() for number in range(8)]


@connected
async def test_the_next_request_waits_for_the_answer_before_it(bench: Bench) -> None:
    """Meanwhile nothing is read from the socket, so a sender cannot pile up requests in memory."""
    wire = bench.connect()
    bench.app.answers.clear()

    early = await bench.say(wire, request("/a") + request("/b") + request("/c"))
    begun, reading = bench.app.begun, wire.reading
    bench.app.answers.set()
    answers = await bench.say(wire)

    assert (early, begun, reading) == ([], 1, False)
    assert [answer.body for answer in answers] == [b"/a:", b"/b:", b"/c:"]
    assert wire.reading


@connected
async def test_a_pipelined_request_is_not_idle_while_it_is_answered(bench: Bench) -> None:
    """A request whose head had half arrived was counted as idle once, and its connection closed."""
    wire = bench.connect()
    bench.app.answers.clear()
    following = request("/b", b"2")
    await bench.say(wire, request("/a", b"1") + following[:9])
    bench.app.answers.set()
    await bench.say(wire)

    bench.app.answers.clear()
    await bench.say(wire, following[9:])
    await bench.pass_time(wire, 70)
    bench.app.answers.set()
    answers = await bench.say(wire)

    assert [answer.body for answer in answers] == [b"/a:1", b"/b:2"]
    assert not wire.closing


@connected
async def test_a_pipelined_request_may_still_be_arriving(bench: Bench) -> None:
    """Its body belongs to it, also while an earlier request is being answered."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a", b"1") + request("/b", b"23456")[:-3])

    bench.app.answers.set()
    answers = await bench.say(wire, b"456")

    assert [answer.body for answer in answers] == [b"/a:1", b"/b:23456"]


@connected
async def test_what_follows_a_closing_request_is_not_a_request(bench: Bench) -> None:
    """RFC 9112 section 9.6: the sender repeats the second request on another connection."""
    wire = bench.connect()

    answers = await bench.say(wire, request("/a", b"", "Connection: close") + request("/b"))

    assert [answer.body for answer in answers] == [b"/a:"]
    assert [call.path for call in bench.app.calls] == ["/a"]


@connected
async def test_a_broken_request_behind_good_ones_does_not_unsay_them(bench: Bench) -> None:
    """They are answered, and the last answer says that the connection ends."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a") + request("/b") + b"nonsense\r\n\r\n")

    bench.app.answers.set()
    answers = await bench.say(wire)

    assert [answer.body for answer in answers] == [b"/a:", b"/b:"]
    assert answers[-1].headers["connection"] == "close"


@connected
async def test_a_waiting_request_that_turns_out_broken_is_never_begun(bench: Bench) -> None:
    """Its head is good and its body is not, and the request before it is still answered."""
    wire = bench.connect()
    bench.app.answers.clear()
    await bench.say(wire, request("/a") + request("/b", b"", "Transfer-Encoding: chunked", length=False) + b"oops\r\n")

    bench.app.answers.set()
    (answer,) = await bench.say(wire)

    assert (answer.body, answer.headers["connection"]) == (b"/a:", "close")
    assert [call.path for call in bench.app.calls] == ["/a"]


# applications of other kinds: those of the admin port


@connected
async def test_an_answer_in_parts_is_sent_part_by_part(bench: Bench) -> None:
    """An export is too large for memory. The end of each answer is marked, so another may follow."""
    bench.app.parts = True
    wire = bench.connect()

    for request_ in (request("/a", b"1"), request("/b", b"2")):
        wire.protocol.data_received(request_)
        await settled()

    heads_and_chunks = bytes(wire.sent).split(b"\r\n\r\n")
    assert heads_and_chunks[1] == b"2\r\n/a\r\n2\r\n:1\r\n0"
    assert heads_and_chunks[3] == b"2\r\n/b\r\n2\r\n:2\r\n0"
    assert heads_and_chunks[0].count(b"transfer-encoding: chunked") == 1


@connected
async def test_parts_wait_for_a_client_that_does_not_read(bench: Bench) -> None:
    """Otherwise a slow reader of an export would make the process keep all of it."""
    bench.app.parts = True
    wire = bench.connect()
    wire.protocol.pause_writing()
    wire.protocol.data_received(request("/a", b"1"))
    await settled()
    before = bytes(wire.sent).count(b"\r\n2\r\n:1")

    wire.protocol.resume_writing()
    await settled()

    assert (before, bytes(wire.sent).count(b"\r\n2\r\n:1")) == (0, 1)


@connected
async def test_an_application_that_sends_parts_hears_that_its_client_has_gone(bench: Bench) -> None:
    """The application would otherwise read its whole storage for a client that is gone."""
    bench.app.parts = True
    wire = bench.connect()
    wire.protocol.pause_writing()
    wire.protocol.data_received(request("/a", b"1"))
    await settled()

    wire.abort()
    await settled()

    assert bench.app.cut_off == 1


@connected
async def test_a_client_of_http_1_0_gets_parts_until_the_connection_closes(bench: Bench) -> None:
    """HTTP/1.0 has no chunks."""
    bench.app.parts = True
    wire = bench.connect()
    wire.protocol.data_received(b"GET /a HTTP/1.0\r\nHost: a\r\n\r\n")
    await settled()

    assert bytes(wire.sent).endswith(b"\r\n\r\n/a:")
    assert wire.closing


@connected
async def test_an_application_that_waits_for_the_sender_to_leave_hears_of_it(bench: Bench) -> None:
    """A consumer that leaves during a long poll must not be given a message. Until then the application gets no event."""
    bench.app.watches = True
    wire = bench.connect()
    await bench.say(wire, request("/a", b"1"))
    early = bench.app.gone

    wire.close()
    await settled()

    assert (early, bench.app.gone) == (0, 1)


@connected
async def test_an_application_that_still_listens_after_its_answer_is_let_go(bench: Bench) -> None:
    """The application would otherwise wait until the connection closes."""
    bench.app.watches = True
    bench.app.answers.set()
    wire = bench.connect()
    await bench.say(wire, request("/a", b"1"))
    exchange = wire.protocol._current

    assert exchange is not None
    await exchange.send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await exchange.send({"type": "http.response.body", "body": b""})
    await settled()

    assert bench.app.gone == 1
    assert not wire.closing


# whatever comes


@settings(deadline=None, max_examples=examples(150))
@given(
    parts=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [
                    request("/a"),
                    request("/b", b"12"),
                    request("/c", b"12")[:-1],
                    request("/d", b"", "Connection: close"),
                    request("/e", b"x" * 3000),
                    request("/f", b"", "Transfer-Encoding: chunked", length=False),
                    request("/g", b"1", "Expect: 100-continue"),
                    request("/h", method="HEAD", length=False),
                    request("/i", b"", "Connection: Upgrade", "Upgrade: h2c"),
                    request("/j", version="1.0"),
                    b"1\r\nx\r\n",
                    b"0\r\n\r\n",
                    b"\r\n",
                    b"x" * 3000,
                ]
            ),
        ),
        max_size=8,
    ),
    ends=st.sampled_from(["waits", "eof", "lost", "shutdown"]),
    immediately=st.booleans(),
)
def test_any_bytes_leave_the_connection_in_order(parts: list[bytes], ends: str, immediately: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
    """Whatever comes: no fault, the socket is paused and resumed in turn, and in the end no part of the connection is left."""

    async def main(bench: Bench) -> None:
        bench.app.immediately = immediately
        wire = bench.connect()
        for part in parts:
            if not wire.closing:
                wire.protocol.data_received(part)
                await settled()
        if not wire.closing and ends == "eof" and not wire.protocol.eof_received():
            wire.close()
        elif not wire.closing and ends == "lost":
            wire.abort()
        elif not wire.closing and ends == "shutdown":
            wire.protocol.shutdown()
        await bench.pass_time(wire, 75)
        assert wire.closing
        assert bench.state.connections == set()
        assert bench.app.begun == bench.app.gone + len(bench.app.calls)

    on_bench(LIMITS, main)
