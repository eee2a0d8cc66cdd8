"""HTTP/1.1 on a socket, within bounds."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import (  # Any: the ASGI specification's messages are dictionaries with any values
    TYPE_CHECKING,
    Any,
    NamedTuple,
)

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from effort import examples
from hookline.runtimes.embedded.connections import MOST_REFUSED
from hookline.runtimes.embedded.protocol import Limits, with_limits
from unit.embedded.fakes import run, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, MutableMapping

    from hookline.runtimes.embedded.protocol import BoundedProtocol
    from unit.embedded.fakes import MovingLoop

LIMITS = Limits(
    read_timeout=10, keep_alive_timeout=60, head_bytes=2048, head_fields=20, discarded_bytes=100_000, connections=3
)


class Answer(NamedTuple):
    """An answer as it was on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        code: str = json.loads(self.body)["code"]
        return code


class Call(NamedTuple):
    """A request as the application saw it."""

    method: str
    path: str
    body: bytes
    headers: list[tuple[bytes, bytes]]
    scope: MutableMapping[str, Any]


class Wire(asyncio.Transport):
    """The socket, as the protocol sees it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str = "192.0.2.1") -> None:
        super().__init__({"peername": (address, 4711)})
        self._loop = loop
        self.protocol: BoundedProtocol
        self.sent = bytearray()
        self.unread = 0
        self.closing = False
        self.aborted = False
        self.half_closed = False
        self.reading = True
        self.half_closes = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what is sent."""
        assert not self.half_closed
        if not self.closing:
            self.sent += data

    def write_eof(self) -> None:
        """Nothing more will be sent."""
        self.half_closed = True

    def can_write_eof(self) -> bool:
        """Whether half of it can be closed: not under TLS."""
        return self.half_closes

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self.closing

    def get_write_buffer_size(self) -> int:
        """How many bytes the socket has not taken."""
        return self.unread

    def close(self) -> None:
        """Close after what was written."""
        if not self.closing:
            self.closing = True
            if not self.unread:
                self._loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        """Close immediately."""
        self.aborted = True
        self.unread = 0
        self.closing = False
        self.close()

    def pause_reading(self) -> None:
        """Leave what comes in the kernel."""
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        """Take it again."""
        assert not self.reading
        self.reading = True


class Application:
    """Answers each request with its path and body, when it is allowed to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.gone = 0
        self.begun = 0
        self.immediately = False
        self.parts = False
        self.cut_off = 0
        self.watches = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.answers = asyncio.Event()
        self.answers.set()
        self.received = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        self.begun += 1
        body = b""
        more = not self.immediately
        await self.reads.wait()
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone += 1
                return
            body += message["body"]
            self.received += len(message["body"])
            more = message["more_body"]
        self.calls.append(Call(scope["method"], scope["path"], body, list(scope["headers"]), scope))
        if self.watches:
            assert (await receive())["type"] == "http.disconnect"
            self.gone += 1
            return
        await self.answers.wait()
        content = scope["path"].encode() + b":" + body
        if self.parts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            try:
                for part in (content[:2], content[2:]):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body"})
            except ConnectionResetError:
                self.cut_off += 1
            return
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class Bench:
    """Connections to one server."""

    def __init__(self, loop: MovingLoop, limits: Limits = LIMITS) -> None:
        self.loop = loop
        self.app = Application()
        self.state = ServerState()
        self.protocol = with_limits(limits)
        self._config = uvicorn.Config(
            self.app, interface="asgi3", lifespan="off", ws="none", log_config=None, proxy_headers=False
        )
        self._config.load()

    def connect(self, *, half_closes: bool = True, address: str = "192.0.2.1") -> Wire:
        """A new connection."""
        wire = Wire(self.loop, address)
        wire.half_closes = half_closes
        wire.protocol = self.protocol(self._config, self.state, {}, self.loop)
        wire.protocol.connection_made(wire)
        return wire

    async def say(self, wire: Wire, *parts: bytes) -> list[Answer]:
        """Send, let everything happen that can, and read what has been answered so far."""
        for part in parts:
            wire.protocol.data_received(part)
            await settled()
        await settled()
        return _answers(bytes(wire.sent))

    async def pass_time(self, wire: Wire, seconds: float) -> None:
        """Let time pass, with the look at deadlines that the server takes every second."""
        for _ in range(round(seconds)):
            await self.loop.advance(1)
            if not wire.closing or wire.unread:
                wire.protocol.check_deadline(self.loop.time())
        await settled()


def _on(limits: Limits, main: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def whole(loop: MovingLoop) -> None:
        await main(Bench(loop, limits))
        await settled()
        leftover = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)

    run(whole)


def connected(main: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test with a server to talk to."""

    def test() -> None:
        _on(LIMITS, main)

    test.__name__, test.__doc__, test.__qualname__ = main.__name__, main.__doc__, main.__qualname__
    return test


def _answers(raw: bytes) -> list[Answer]:
    """Every answer on the wire, each as long as it says."""
    answers = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        status_line, *fields = head.decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        assert version == "HTTP/1.1"
        assert len(headers) == len(fields)
        length = int(headers.get("content-length", "0"))
        body, raw = raw[:length], raw[length:]
        answers.append(Answer(int(status), headers, body))
    return answers


def request(
    path: str = "/a", body: bytes = b"", *fields: str, method: str = "POST", version: str = "1.1", length: bool = True
) -> bytes:
    """A request as it is on the wire."""
    announced = [f"Content-Length: {len(body)}"] if length else []
    head = "\r\n".join([f"{method} {path} HTTP/{version}", "Host: x", *announced, *fields, "", ""])
    return head.encode("latin-1") + body


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

    _on(LIMITS, main)


@connected
async def test_an_answer_to_head_has_no_body(bench: Bench) -> None:
    """RFC 9110 section 9.3.2: its length is sent anyway, and the next answer follows immediately."""
    wire = bench.connect()

    wire.protocol.data_received(request("/a", method="HEAD") + request("/b"))
    await settled()

    head, _, rest = bytes(wire.sent).partition(b"\r\n\r\n")
    assert b"content-length: 3" in head
    assert [answer.body for answer in _answers(rest)] == [b"/b:"]


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

    _on(LIMITS, main)


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


# what is not HTTP


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
        b"nonsense\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost : x\r\n\r\n",
        b"POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        b"POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n",
        b"POST /a HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /a HTTP/1.1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n",
        b"POST /a HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x, y\r\nContent-Length: 0\r\n\r\n".replace(b", ", b" "),
        b"POST /a HTTP/1.1\r\nHost: x/y\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x@y\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x:port\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: [::1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x%\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: caf\xc3\xa9\r\n\r\n",
        b"POST /a HTTP/1.1\nHost: x\n\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        *(
            line + b"\r\nHost: x\r\nUser-Agent: POST /b HTTP/1.1\r\n\r\n"
            for line in [
                b"POST /a RTSP/1.0", b"POST /a RTSP/1.1", b"POST /a RTSP/1.2", b"POST /a RTSP/2.0", b"POST  /a  RTSP/1.0",
                b"OPTIONS * RTSP/1.0", b"DESCRIBE /a RTSP/1.0", b"SOURCE /a ICE/1.0", b"POST /a ICE/1.0",
                b"POST /a http/1.1", b"POST /a Http/1.1", b"POST /a HTTPS/1.1", b"POST /a XTTP/1.1", b"POST /a HTTP",
                b"POST /a HTTP/1.10", b"POST /a HTTP/01.1", b"POST /a HTTP/1.", b"POST /a HTTP/1,1", b"POST /a HTTP/1.1\t",
                b"POST\t/a HTTP/1.1", b"POST /a\tHTTP/1.1",
                b"POST /a#f HTTP/1.1", b"POST /a?b#f HTTP/1.1", b"POST /a# HTTP/1.1", b"POST # HTTP/1.1", b"POST http://x/a#f HTTP/1.1",
                b"POST http://u@x/a HTTP/1.1", b"POST http://u:p@x/a HTTP/1.1", b"POST ftp://x/a HTTP/1.1", b"POST mailto:x HTTP/1.1",
                b"POST * HTTP/1.1", b"GET * HTTP/1.1", b"POST x:443 HTTP/1.1", b"POST a HTTP/1.1", b"CONNECT x:443 HTTP/1.1",
                b"CONNECT /a HTTP/1.1",
            ]
        ),
    ],
)  # fmt: skip
def test_what_is_not_http_is_400_for_the_sender_to_read(raw: bytes) -> None:
    """A request whose end is in doubt could hide another one; the answer is a problem document like every other."""

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        (answer,) = await bench.say(wire, raw)
        assert (answer.status, answer.code) == (400, "malformed_request")
        assert answer.headers["connection"] == "close"
        assert wire.half_closed
        assert bench.app.calls == []
        await bench.loop.advance(3)
        assert wire.closing

    _on(LIMITS, main)


@pytest.mark.parametrize(
    "host", ["x", "x:", "x:8080", "a.b-c_d~e!", "a%20b", "[::1]", "[::1]:80", "[v7.a:b]", "192.0.2.1:1", "", "x,y"]
)
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_every_host_that_rfc_9110_knows_is_taken(host: str, version: str) -> None:
    """HTTP's grammar does not say which of them is the server's own; a proxy in front may send any of them."""

    async def main(bench: Bench) -> None:
        raw = f"POST /a HTTP/{version}\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
        (answer,) = await bench.say(bench.connect(), raw.encode())
        assert answer.status == 200

    _on(LIMITS, main)


@connected
async def test_http_1_0_needs_no_host(bench: Bench) -> None:
    """RFC 9112 section 3.2 asks HTTP/1.1 for one; health checks still use 1.0 without it."""
    (answer,) = await bench.say(bench.connect(), b"POST /a HTTP/1.0\r\nContent-Length: 1\r\n\r\n1")

    assert (answer.status, answer.body) == (200, b"/a:1")


@pytest.mark.parametrize(
    "line",
    ["POST /a HTTP/0.9", "POST /a HTTP/1.2", "POST /a HTTP/2.0", "POST /a HTTP/3.0", "POST /a HTTP/9.9", "GET /a"],
)
def test_another_version_is_505(line: str) -> None:
    """RFC 9110 section 15.6.6: with 505 the sender can use another version; 400 would call the request broken."""

    async def main(bench: Bench) -> None:
        (answer,) = await bench.say(bench.connect(), f"{line}\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        assert (answer.status, answer.code) == (505, "http_version_unsupported")
        assert answer.headers["connection"] == "close"
        assert bench.app.calls == []

    _on(LIMITS, main)


@connected
async def test_the_preface_of_http_2_is_505(bench: Bench) -> None:
    """A client may wrongly assume that the server knows HTTP/2."""
    (answer,) = await bench.say(bench.connect(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

    assert (answer.status, answer.code) == (505, "http_version_unsupported")


@pytest.mark.parametrize(
    "fields",
    [
        ["gzip"],
        ["identity"],
        ["xchunked"],
        ["gzip, chunked"],
        ["chunked, gzip"],
        [", chunked"],
        ["chunked,"],
        ["chunked;q=1"],
        ["chunked, chunked"],
        ["chunked", "chunked"],
        ["gzip", "chunked"],
        [""],
    ],
    ids=" + ".join,
)
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_another_transfer_coding_is_501(fields: list[str], version: str) -> None:
    """RFC 9112 section 6.1. Reading a body without undoing a coding would store other bytes than the sender's."""

    async def main(bench: Bench) -> None:
        codings = [f"Transfer-Encoding: {value}" for value in fields]
        raw = request("/a", b"", *codings, length=False, version=version) + b"1\r\n1\r\n0\r\n\r\n"
        (answer,) = await bench.say(bench.connect(), raw)
        assert (answer.status, answer.code) == (501, "transfer_encoding_unsupported")
        assert answer.headers["connection"] == "close"
        assert bench.app.calls == []

    _on(LIMITS, main)


CHUNK = b"3\r\nabc\r\n0\r\n\r\n"
BLANKS = ["{}\t", "{} \t ", "\t{}", "\t {} \t\t", "{}  ", "{}" + "\t" * 300, "{}" + " " * 255 + "\t", "{}" + "\t" * 256]


@pytest.mark.parametrize("blanks", BLANKS, ids=range(len(BLANKS)))
@pytest.mark.parametrize(
    "value", ["Transfer-Encoding: {}chunked", "transfer-encoding:{}Chunked", "Content-Length: {}3"]
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_tabs_around_a_value_are_blanks(value: str, blanks: str, size: int) -> None:
    """RFC 9110 section 5.5: a tab counts like a space, also around the fields that say where the request ends."""
    before, _, after = blanks.partition("{}")
    field = value.replace("{}", before) + after
    body = CHUNK if "hunked" in field else b"abc"

    async def main(bench: Bench) -> None:
        raw = request("/a", b"", "X-Tab: a\tb", field, "Expect: \t100-continue\t", length=False) + body
        *_, answer = await bench.say(bench.connect(), *(raw[at : at + size] for at in range(0, len(raw), size)))
        assert (answer.status, answer.body) == (200, b"/a:abc")
        assert (b"x-tab", b"a\tb") in bench.app.calls[0].headers

    _on(LIMITS, main)


def test_tabs_of_a_body_stay_as_they_are() -> None:
    """The signature covers them, wherever the packets are cut."""
    body = b"Transfer-Encoding: chunked\t\r\n\r\nX: a\t\r\n\t"
    raw = request("/a", body, "X: a\t", "Y:\tb") + request("/b", body, "X: a\t")

    async def main(bench: Bench) -> None:
        for at in range(len(raw)):
            await bench.say(bench.connect(), raw[:at], raw[at:])
        assert {call.body for call in bench.app.calls} == {body}
        assert len(bench.app.calls) == 2 * len(raw)

    _on(LIMITS, main)


def test_the_protocol_is_read_wherever_the_packets_are_cut() -> None:
    """A good request must not be refused because a network cut it in an unusual place."""
    good = b"\r\n\r\n" + request("/a", b"1\n2") + b"\r\n" + request("/b", b"3", "X: a\t").replace(b" ", b"  ", 2)
    bad = good + request("/c").replace(b"HTTP/", b"RTSP/")

    async def main(bench: Bench) -> None:
        for at in range(len(bad) - 1):
            for raw, wanted in ((good, [200, 200]), (bad, [200, 200])):
                wire = bench.connect()
                answers = await bench.say(wire, raw[:at], raw[at : at + 2], raw[at + 2 :])
                assert [answer.status for answer in answers if answer.status != 400] == wanted
        assert {call.path for call in bench.app.calls} == {"/a", "/b"}

    _on(LIMITS, main)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_line_of_tabs_has_an_end(size: int) -> None:
    """Blanks that are looked at before they are read count for the limit as well."""

    async def main(bench: Bench) -> None:
        raw = b"POST /a HTTP/1.1\r\nHost: x\r\nX: a" + b"\t" * 3000
        answers = await bench.say(bench.connect(), *(raw[at : at + size] for at in range(0, len(raw), size)))
        assert [answer.status for answer in answers] == [431]

    _on(LIMITS, main)


@pytest.mark.parametrize("name", ["chunked", "Chunked", "CHUNKED"])
def test_the_name_of_a_coding_is_case_blind(name: str) -> None:
    """RFC 9112 section 7."""

    async def main(bench: Bench) -> None:
        raw = request("/a", b"", f"Transfer-Encoding: {name}", length=False) + b"1\r\n1\r\n0\r\n\r\n"
        (answer,) = await bench.say(bench.connect(), raw)
        assert (answer.status, answer.body) == (200, b"/a:1")

    _on(LIMITS, main)


@connected
async def test_chunks_in_http_1_0_are_answered_and_end_the_connection(bench: Bench) -> None:
    """RFC 9112 section 6.1: something in between may have read another length, so nothing that follows can be trusted."""
    wire = bench.connect()
    raw = request("/a", b"", "Connection: keep-alive", "Transfer-Encoding: chunked", length=False, version="1.0")

    answers = await bench.say(wire, raw + b"1\r\n1\r\n0\r\n\r\n" + request("/smuggled"), request("/smuggled"))

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"/a:1")]
    assert answers[0].headers["connection"] == "close"
    assert [call.path for call in bench.app.calls] == ["/a"]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("http://x.com/a?b", "/a", b"b"),
        ("http://x.com", "/", b""),
        ("http://x.com?b", "/", b"b"),
        ("https://x.com:8443/a%20b", "/a b", b""),
        ("*", "*", b""),
    ],
)
def test_a_target_may_be_a_whole_url(target: str, path: str, query: bytes) -> None:
    """RFC 9112 section 3.2.2: a server takes it as a proxy sends it; the path is what counts."""

    async def main(bench: Bench) -> None:
        (answer,) = await bench.say(bench.connect(), request(target, b"", method="OPTIONS"))
        (call,) = bench.app.calls
        assert answer.status == 200
        assert (call.path, call.scope["query_string"]) == (path, query)

    _on(LIMITS, main)


@connected
async def test_a_body_that_turns_out_broken_is_not_the_applications(bench: Bench) -> None:
    """The application learns that the sender has gone, and the answer says why."""
    wire = bench.connect()
    head = request("/a", b"", "Transfer-Encoding: chunked", length=False)

    (answer,) = await bench.say(wire, head + b"2\r\n{}\r\n", b"oops\r\n")

    assert (answer.status, answer.code) == (400, "malformed_request")
    assert bench.app.gone == 1
    assert bench.app.calls == []


@connected
async def test_a_request_is_never_answered_twice(bench: Bench) -> None:
    """A second answer would be taken for that of the sender's next request."""
    bench.app.immediately = True
    wire = bench.connect()
    head = request("/a", b"", "Transfer-Encoding: chunked", length=False)

    answers = await bench.say(wire, head + b"2\r\n{}\r\n", b"oops\r\n")

    assert [answer.status for answer in answers] == [200]


@connected
async def test_trailers_are_not_headers(bench: Bench) -> None:
    """RFC 9110 section 6.5.1: a proxy that strips or sets a header does not look at trailers, so they must not replace one."""
    wire = bench.connect()
    raw = (
        request("/a", b"", "Transfer-Encoding: chunked", length=False) + b"2\r\n{}\r\n0\r\nX-Signature: forged\r\n\r\n"
    )

    await bench.say(wire, raw)

    (call,) = bench.app.calls
    assert b"x-signature" not in dict(call.headers)


# upgrades


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

    _on(LIMITS, main)


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

    _on(LIMITS, main)


@pytest.mark.parametrize("target", ["example.com:443", "/a", "http://example.com/a"])
def test_a_tunnel_is_not_opened(target: str) -> None:
    """The bytes behind it would be meant for another server."""

    async def main(bench: Bench) -> None:
        raw = f"CONNECT {target} HTTP/1.1\r\nHost: example.com\r\n\r\n".encode()
        (answer,) = await bench.say(bench.connect(), raw + request("/smuggled"))
        assert (answer.status, answer.code) == (400, "malformed_request")
        assert bench.app.calls == []

    _on(LIMITS, main)


# limits of the head


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

    _on(LIMITS, main)


def test_a_head_within_the_limit_is_taken() -> None:
    """Bearer tokens and traces are long."""

    async def main(bench: Bench) -> None:
        (answer,) = await bench.say(bench.connect(), request("/a", b"", f"X: {'y' * 1900}"))
        assert answer.status == 200

    _on(LIMITS, main)


@pytest.mark.parametrize("size", [1, 700])
def test_a_head_within_the_limit_is_taken_however_it_comes(size: int) -> None:
    """The same request must not be refused because the network cut it."""
    raw = request("/a", b"", *(f"X-{number}: {'y' * 150}" for number in range(10)))

    async def main(bench: Bench) -> None:
        wire = bench.connect()
        (answer,) = await bench.say(wire, *(raw[start : start + size] for start in range(0, len(raw), size)))
        assert answer.status == 200

    _on(LIMITS, main)


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

    _on(LIMITS, main)


def test_trailers_over_the_limit_are_refused_also_when_all_comes_together() -> None:
    """The request is complete when its bytes are counted, and must still be refused."""

    async def main(bench: Bench) -> None:
        raw = CHUNKED + b"0\r\nX: " + b"y" * 3000 + b"\r\n\r\n"
        answers = await bench.say(bench.connect(), raw + request("/next"))
        assert [answer.status for answer in answers] == [431]
        assert bench.app.calls == []

    _on(LIMITS, main)


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

    _on(LIMITS, main)


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


# deadlines


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
        (answer,) = _answers(bytes(wire.sent))
        assert early == b""
        assert reported
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert answer.headers["connection"] == "close"
        await bench.pass_time(wire, 3)
        assert wire.closing

    _on(LIMITS, main)


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

    assert [answer.status for answer in _answers(bytes(wire.sent))] == [408]


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
    assert len(_answers(bytes(used.sent))) == 1
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
    assert [answer.status for answer in _answers(bytes(wire.sent))] == [200]


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


# ends


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

    _on(LIMITS, main)


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

    _on(LIMITS, main)


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
        (answer,) = _answers(bytes(wire.sent))

        assert early == b""
        assert (answer.status, answer.code) == (503, "shutting_down")
        assert answer.headers["retry-after"] == "1"

    _on(LIMITS, main)


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


# more connections than there may be: three


@connected
async def test_the_connection_that_has_been_idle_longest_gives_way(bench: Bench) -> None:
    """A new sender has something to say; the one that has been silent longest has the least. Otherwise silent senders would win."""
    oldest, used, third = (bench.connect() for _ in range(3))
    await bench.say(oldest, request("/a"))
    await bench.say(used, request("/b"))

    newcomer = bench.connect()
    await settled()
    (served,) = await bench.say(newcomer, request("/c"))

    assert (oldest.closing, used.closing, third.closing) == (False, False, True)
    assert served.status == 200


@connected
async def test_a_connection_that_is_being_answered_never_gives_way(bench: Bench) -> None:
    """Its whole request has arrived, and it must be answered."""
    bench.app.answers.clear()
    busy, other, silent = (bench.connect() for _ in range(3))
    await bench.say(busy, request("/a"))
    await bench.say(other, request("/b"))
    await bench.say(silent, b"")

    newcomers = [bench.connect() for _ in range(5)]
    await settled()

    assert (busy.closing, other.closing, silent.closing) == (False, False, True)
    assert [wire.closing for wire in newcomers] == [True] * 4 + [False]


@pytest.mark.parametrize("sent", [b"P", request("/a", b"12")[:-1]])
def test_a_request_that_is_half_here_gives_way_and_hears_so(sent: bytes) -> None:
    """One byte reserves no place. A genuine sender that loses its place comes again."""

    async def main(bench: Bench) -> None:
        slow = bench.connect()
        await bench.say(slow, sent)

        for _ in range(3):
            bench.connect()
        await settled()

        (answer,) = _answers(bytes(slow.sent))
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert slow.closing

    _on(LIMITS, main)


@connected
async def test_bytes_that_come_make_a_connection_the_least_idle(bench: Bench) -> None:
    """A slow sender that is still sending has more to say than one that has stopped."""
    moving, stalled = bench.connect(), bench.connect()
    raw = request("/a", b"1234")
    await bench.say(moving, raw[:-4])
    await bench.say(stalled, raw[:-4])
    await bench.say(moving, raw[-4:-2])

    bench.connect()
    bench.connect()
    await settled()
    (answer,) = await bench.say(moving, raw[-2:])

    assert (moving.closing, stalled.closing) == (False, True)
    assert answer.body == b"/a:1234"


@connected
async def test_a_connection_that_reads_no_answer_gives_way_immediately(bench: Bench) -> None:
    """A usual close waits until the client reads what was written, and occupies a file until then."""
    stuck = bench.connect()
    await bench.say(stuck, request("/a"))
    stuck.protocol.pause_writing()

    for _ in range(3):
        bench.connect()

    assert stuck.aborted


@connected
async def test_a_connection_that_reads_not_even_little_gives_way_immediately(bench: Bench) -> None:
    """Many such connections would need more files than the process may open."""
    stuck = bench.connect()
    await bench.say(stuck, request("/a"))
    stuck.unread = 300
    await bench.pass_time(stuck, 1)

    for _ in range(3):
        bench.connect()

    assert stuck.aborted


@connected
async def test_a_newcomer_gets_503_immediately_when_all_are_busy(bench: Bench) -> None:
    """It has not sent a byte: there is no request to wait for."""
    bench.app.answers.clear()
    busy = [bench.connect() for _ in range(3)]
    for wire in busy:
        await bench.say(wire, request("/a"))

    refused = bench.connect()
    (answer,) = await bench.say(refused)
    bench.app.answers.set()
    answered = [await bench.say(wire) for wire in busy]
    (served,) = await bench.say(bench.connect(), request("/a"))

    assert (answer.status, answer.code) == (503, "overloaded")
    assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
    assert [answers[0].status for answers in answered] == [200] * 3
    assert served.status == 200


@connected
async def test_refused_newcomers_do_not_pile_up(bench: Bench) -> None:
    """Each stays open for a moment so that its client can read the refusal, and uses a file."""
    bench.app.answers.clear()
    for wire in (busy := [bench.connect() for _ in range(3)]):
        await bench.say(wire, request("/a"))

    refused = [bench.connect() for _ in range(200)]
    await settled()

    assert sum(not wire.closing for wire in refused) == MOST_REFUSED
    assert not any(wire.closing for wire in busy)


@connected
async def test_a_refused_connection_makes_room_as_an_idle_one_does(bench: Bench) -> None:
    """The connection was answered, and is open only for the sender to read the answer."""
    refused = bench.connect()
    await bench.say(refused, b"nonsense\r\n\r\n")
    others = [bench.connect() for _ in range(3)]
    await settled()

    assert refused.closing
    assert not any(wire.closing for wire in others)


def test_an_address_above_its_share_loses_its_own_connection_that_has_been_idle_longest() -> None:
    """One address must not close the connections of others, and its new connection is served."""

    async def main(bench: Bench) -> None:
        other = bench.connect(address="198.51.100.1")
        mine = [bench.connect(address="192.0.2.1") for _ in range(3)]
        await settled()
        (served,) = await bench.say(mine[2], request("/a"))
        assert [wire.closing for wire in (other, *mine)] == [False, True, False, False]
        assert served.status == 200

    _on(replace(LIMITS, connections=100, per_address=2), main)


def test_the_share_of_an_address_does_not_close_what_is_being_answered() -> None:
    """Requests in flight have a limit of their own, so an address may exceed its share with them."""

    async def main(bench: Bench) -> None:
        bench.app.answers.clear()
        mine = [bench.connect(address="192.0.2.1") for _ in range(4)]
        for wire in mine[2:]:
            await bench.say(wire, request("/a"))
        fifth = bench.connect(address="192.0.2.1")
        await settled()
        assert [wire.closing for wire in (*mine, fifth)] == [True, True, False, False, False]

    _on(replace(LIMITS, connections=100, per_address=2), main)


def test_one_ipv6_subscriber_is_one_address() -> None:
    """A subscriber has 2**64 addresses to choose from; IPv4 written as IPv6 is an IPv4 address."""

    async def main(bench: Bench) -> None:
        addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"]
        wires = [bench.connect(address=address) for address in addresses]
        wires.append(bench.connect(address="192.0.2.1"))
        await settled()
        assert [wire.closing for wire in wires] == [True, False, False, True, False, False]

    _on(replace(LIMITS, connections=100, per_address=1), main)


@connected
async def test_a_full_port_is_said_once_a_minute_while_it_lasts(bench: Bench) -> None:
    """The operator must see it, and the log must not fill."""
    said: list[tuple[int, int, int]] = []
    connections = bench.protocol.connections

    def report(now: float) -> None:
        connections.report(now, lambda *counts: said.append(counts))

    report(0)
    for _ in range(5):
        bench.connect()
    report(1)
    for _ in range(7):
        bench.connect()
        report(2)
    report(60.5)
    report(61.5)
    report(200)

    assert said == [(3, 2, 0), (3, 7, 0)]


@connected
async def test_nothing_is_kept_of_a_connection_that_has_ended(bench: Bench) -> None:
    """A connection that ends makes room, and no part of it is kept."""
    for _ in range(50):
        wire = bench.connect()
        await bench.say(wire, request("/a"))
        wire.close()
        await settled()

    assert len(bench.protocol.connections) == 0


@connected
async def test_a_sender_without_an_address_is_served(bench: Bench) -> None:
    """A Unix socket has no address."""
    wire = Wire(bench.loop)
    wire._extra["peername"] = ""  # type: ignore[attr-defined]  # what asyncio gives for a Unix socket
    wire.protocol = bench.protocol(bench._config, bench.state, {}, bench.loop)
    wire.protocol.connection_made(wire)

    await bench.say(wire, request("/a"))

    assert bench.app.calls[0].scope["client"] is None


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

    _on(LIMITS, main)
