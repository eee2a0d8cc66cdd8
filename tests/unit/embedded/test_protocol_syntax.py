"""Bytes that are not HTTP, or that can be read in two ways: each is refused, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.embedded.wire import LIMITS, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench


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

    on_bench(LIMITS, main)


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

    on_bench(LIMITS, main)


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

    on_bench(LIMITS, main)


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

    on_bench(LIMITS, main)


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

    on_bench(LIMITS, main)


def test_tabs_of_a_body_stay_as_they_are() -> None:
    """The signature covers them, wherever the packets are cut."""
    body = b"Transfer-Encoding: chunked\t\r\n\r\nX: a\t\r\n\t"
    raw = request("/a", body, "X: a\t", "Y:\tb") + request("/b", body, "X: a\t")

    async def main(bench: Bench) -> None:
        for at in range(len(raw)):
            await bench.say(bench.connect(), raw[:at], raw[at:])
        assert {call.body for call in bench.app.calls} == {body}
        assert len(bench.app.calls) == 2 * len(raw)

    on_bench(LIMITS, main)


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

    on_bench(LIMITS, main)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_line_of_tabs_has_an_end(size: int) -> None:
    """Blanks that are looked at before they are read count for the limit as well."""

    async def main(bench: Bench) -> None:
        raw = b"POST /a HTTP/1.1\r\nHost: x\r\nX: a" + b"\t" * 3000
        answers = await bench.say(bench.connect(), *(raw[at : at + size] for at in range(0, len(raw), size)))
        assert [answer.status for answer in answers] == [431]

    on_bench(LIMITS, main)


@pytest.mark.parametrize("name", ["chunked", "Chunked", "CHUNKED"])
def test_the_name_of_a_coding_is_case_blind(name: str) -> None:
    """RFC 9112 section 7."""

    async def main(bench: Bench) -> None:
        raw = request("/a", b"", f"Transfer-Encoding: {name}", length=False) + b"1\r\n1\r\n0\r\n\r\n"
        (answer,) = await bench.say(bench.connect(), raw)
        assert (answer.status, answer.body) == (200, b"/a:1")

    on_bench(LIMITS, main)


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

    on_bench(LIMITS, main)


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
