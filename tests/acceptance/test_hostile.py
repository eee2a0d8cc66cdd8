"""Whatever is sent, hookline answers by its contract or closes: never 500, never a hang, and the next good request is served."""

from __future__ import annotations

import json
import random
import select
import socket
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acceptance.sender import Sender, answers, connect, head, read_answer, send_raw, sign, transaction
from acceptance.server import Server, until
from effort import examples
from hookline.error_codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acceptance.sender import Answer

CONTRACT = {200, 202, 400, 401, 404, 405, 408, 409, 413, 415, 429, 431, 501, 503, 505}
MIB = 1024 * 1024
READ_TIMEOUT = 1
SOURCES = f"""
[server]
read_timeout = "{READ_TIMEOUT}s"
storage_timeout = "5s"

[sources.free]
verify = {{ scheme = "none" }}
id = "content-hash"

[sources.shop]
verify = {{ scheme = "hmac", secrets = ["TRANSACTIONS_SECRET"], header = "X-Sig", timestamp_header = "X-Time" }}
id = "id"

[sources.forms]
verify = {{ scheme = "none" }}
id = "header:X-Id"
media_types = ["application/x-www-form-urlencoded", "application/json"]
"""
FREE = {"Content-Type": "application/json"}
CHUNKED = FREE | {"Transfer-Encoding": "chunked"}

many = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file: what one test does to it, the next has to bear."""
    with Server(tmp_path_factory.mktemp("hostile"), more=SOURCES) as server:
        yield server


@pytest.fixture
def server(serving: Server) -> Iterator[Server]:
    """The server, which after each test still lives, still takes a good event, and has logged no fault of its own."""
    yield serving
    _still_serves(serving)
    faults = [line for line in serving.lines if "traceback" in line or line.get("event") == "text"]
    assert faults == []


# anything at all

texts = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)
tokens = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-.^_`|~", min_size=1, max_size=20)
names = st.one_of(
    st.sampled_from(
        ["webhook-id", "webhook-signature", "webhook-timestamp", "svix-signature", "content-type", "content-encoding",
         "connection", "expect", "upgrade", "x-sig", "x-time", "x-id", "host", "te", "trailer", "cookie", "range"]
    ),
    tokens,
)  # fmt: skip
values = st.one_of(
    st.sampled_from(
        ["", "v1,", "v1,AAAA", "application/json", "close", "keep-alive", "100-continue", "h2c", "0", "-1", "1e9"]
    ),
    st.integers().map(str),
    texts,
)
paths = st.one_of(
    st.sampled_from(
        [
            "/webhook",
            "/webhook/free",
            "/webhook/shop",
            "/webhook/forms",
            "*",
            "/",
            "//",
            "/%",
            "/%00",
            "/webhook%2Ffree",
        ]
    ),
    texts.map(lambda text: "/" + text.replace(" ", "")),
)
methods = st.one_of(st.sampled_from(["POST", "GET", "PUT", "CONNECT", "OPTIONS", "post", "PRI", "SEARCH"]), tokens)
bodies = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=12,
    ).map(lambda document: json.dumps(document).encode()),
)


@many
@given(method=methods, path=paths, headers=st.lists(st.tuples(names, values), max_size=8), body=bodies)
def test_any_request_gets_an_answer_of_the_contract(
    server: Server, method: str, path: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    """Outside input can raise nothing but a refusal: every answer has a code that somebody documented."""
    request = head([("Content-Length", str(len(body))), *headers], method=method, target=path) + body

    found = send_raw(server.port, request, patience=0.03)

    assert found
    _all_in_contract(found)


@many
@given(data=st.binary(max_size=400))
def test_any_bytes_get_an_answer_or_an_end(server: Server, data: bytes) -> None:
    """What connects to a public port is mostly not HTTP: TLS hellos, port scanners, other protocols."""
    found = send_raw(server.port, data, half_close=True)

    _all_in_contract(found)


@many
@given(body=bodies)
def test_any_signed_body_gets_an_answer_of_the_contract(server: Server, body: bytes) -> None:
    """The sender is known and its body is anything: parser, schema and extractors hold."""
    with server.sender() as sender:
        answer = sender.post(body)

    _all_in_contract([answer])
    assert answer.status not in (401, 503)


@many
@given(
    fields=st.lists(
        st.tuples(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), values), max_size=6
    )
)
def test_no_invented_signature_is_accepted(server: Server, fields: list[tuple[str, str]]) -> None:
    """Promise 4 against headers of any kind, repeated or not."""
    body = transaction("made up")
    length = [("Content-Length", str(len(body))), ("Content-Type", "application/json")]

    found = send_raw(server.port, head([*length, *fields]) + body, patience=0.03)

    assert [answer.status for answer in found] in ([401], [400])
    assert "transactions:made up" not in server.event_ids()


# slow, silent and vanishing senders


@pytest.mark.parametrize("slow_part", ["head", "body", "chunks"])
def test_a_slow_sender_is_ended_at_the_read_deadline(server: Server, slow_part: str) -> None:
    """A byte a second costs the sender nothing: without a deadline a few thousand such connections are an outage."""
    body = json.dumps("slow" * 20).encode()
    start, drip = {
        "head": (b"POST /webhook/free HTTP/1.1\r\n", b"X-Slow: " + b"y" * 60),
        "body": (head(FREE | {"Content-Length": str(len(body))}), body),
        "chunks": (head(CHUNKED), b"50\r\n" + body),
    }[slow_part]
    with connect(server.port) as connection:
        started = time.monotonic()
        connection.sendall(start)
        found = _drip(connection, drip, pause=0.2)
        took = time.monotonic() - started

    assert [answer.status for answer in found] == [408]
    assert found[0].code == "request_timeout"
    assert READ_TIMEOUT <= took < READ_TIMEOUT + 3


def test_a_connection_that_says_nothing_is_ended_in_time(server: Server) -> None:
    """Silence holds a file descriptor: it ends too, at the read deadline, without a byte in answer."""
    with connect(server.port) as connection:
        started = time.monotonic()
        found = answers(connection)
        took = time.monotonic() - started

    assert found == []
    assert READ_TIMEOUT <= took < READ_TIMEOUT + 20


def test_a_kept_alive_connection_is_ended_at_a_deadline_of_its_own(tmp_path: Path) -> None:
    """Longer than the one for the first byte: a load balancer keeps its connections, and must be the one that closes them."""
    more = SOURCES.replace("[server]", '[server]\nkeep_alive_timeout = "4s"')
    with Server(tmp_path, more=more) as server, connect(server.port) as connection:
        connection.sendall(head({"Content-Length": "0"}, target="/nowhere"))
        started = time.monotonic()
        found = answers(connection)
        took = time.monotonic() - started

    assert [answer.status for answer in found] == [404]
    assert 4 <= took < 25


def test_silent_connections_do_not_block_others(server: Server) -> None:
    """Five hundred that say nothing, and a sender is served among them."""
    with ExitStack() as open_connections:
        for _ in range(500):
            open_connections.enter_context(connect(server.port))

        with server.sender() as sender:
            answer = sender.post(_event("among silence"))

    assert answer.status == 202


FEW_FILES = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (128, 400))"


def test_more_silent_connections_than_files_take_down_nothing(tmp_path: Path) -> None:
    """The soft limit is usually 1,024 files. A flood on either port leaves both of them and the database at work, and the log says so."""
    more = SOURCES.replace(f'"{READ_TIMEOUT}s"', '"30s"')
    with Server(tmp_path, more=more, before=FEW_FILES) as server, ExitStack() as flood:
        statuses = []
        for round_ in range(4):
            for port in (server.port, server.admin_port):
                for _ in range(200):
                    flood.enter_context(connect(port))
            with server.sender() as sender, Sender(server.admin_port) as admin:
                statuses.append(sender.post(_event(f"in flood {round_}")).status)
                statuses.append(admin.request("GET", "/health").status)
                statuses.append(admin.request("GET", "/ready").status)
        full = {line["port"] for line in _wait_for_lines(server, "too many connections", 2)}
        limited = server.wait_for("the limit of open files allows fewer connections than max_connections")

    assert statuses == [202, 200, 200] * 4
    assert full == {"webhooks", "admin"}
    assert limited["files"] == 400


def test_an_address_has_its_share_of_the_connections(tmp_path: Path) -> None:
    """It is a setting: behind a proxy all senders have one address."""
    more = SOURCES.replace("[server]", "[server]\nmax_connections_per_address = 5")
    with Server(tmp_path, more=more) as server, ExitStack() as flood:
        mine = [flood.enter_context(connect(server.port)) for _ in range(10)]
        with server.sender() as sender:
            status = sender.post(_event("from a full address")).status
        closed = [select.select([connection], [], [], 2)[0] != [] for connection in mine[:5]]

    assert status == 202
    assert closed == [True] * 5


def test_a_sender_that_closed_its_half_still_reads_its_answer(server: Server) -> None:
    """A half-closed connection is HTTP's own way of saying "that was all" (RFC 9112 section 9.6)."""
    body = _event("half closed")

    found = send_raw(server.port, head(sign(body) | {"Content-Length": str(len(body))}) + body, half_close=True)

    assert [answer.status for answer in found] == [202]


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_sender_that_vanishes_in_mid_body_leaves_nothing(server: Server, framing: str) -> None:
    """Half a body may be valid JSON and well signed as far as it goes; it was not all, and it must not be kept."""
    whole = _event("vanished")
    before = server.event_ids()
    data = {
        "length": head(sign(whole) | {"Content-Length": str(len(whole) + 1)}) + whole,
        "chunked": head(sign(whole) | CHUNKED) + _chunk(whole),  # the last chunk never comes
    }[framing]

    with connect(server.port) as connection:
        connection.sendall(data)
        time.sleep(0.1)
        _reset(connection)
    time.sleep(0.3)

    assert server.event_ids() == before


def test_a_sender_that_does_not_read_its_answers_is_ended(server: Server) -> None:
    """Answers that nobody fetches would pile up in memory."""
    request = head({"Content-Length": "0"}, method="GET", target="/nowhere")
    ended = False
    with connect(server.port) as connection:
        connection.setblocking(False)
        waiting, end = request * 1000, time.monotonic() + 10
        while not ended and time.monotonic() < end:
            try:
                waiting = waiting[connection.send(waiting) :] or request * 1000
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                ended = True

    assert ended


# too large


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("size", [MIB + 1, 20 * MIB, 100 * MIB])
@pytest.mark.parametrize("path", ["/webhook", "/webhook/free"])
def test_a_body_over_the_limit_is_413_for_the_sender_to_read(
    server: Server, size: int, path: str, framing: str
) -> None:
    """A reset instead of an answer is retried for days; a body cut at the limit would be a false event or a false "bad signature"."""
    before = server.event_ids()

    answer = _post_large(server.port, path, size, chunked=framing == "chunked")

    assert answer.status == 413
    assert answer.code == "body_too_large"
    assert server.event_ids() == before


def test_a_valid_body_in_a_chunked_one_that_is_too_large_is_not_kept(server: Server) -> None:
    """The first mebibyte is a whole event, well signed: what comes after makes the whole another one."""
    body = _event("truncated")
    padded = body + b" " * (MIB - len(body))
    before = server.event_ids()

    found = send_raw(server.port, head(sign(padded) | CHUNKED) + _chunk(padded) + _chunk(b" ") + b"0\r\n\r\n")

    assert [answer.status for answer in found] == [413]
    assert server.event_ids() == before


def test_a_sender_that_asks_first_gets_100_continue(server: Server) -> None:
    """Expect: 100-continue (RFC 9110 section 10.1.1): large clients wait for this word before the body."""
    body = _event("asked")
    with connect(server.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(head(sign(body) | {"Content-Length": str(len(body)), "Expect": "100-continue"}))
        interim = read_answer(stream)
        connection.sendall(body)
        final = read_answer(stream)

    assert interim is not None
    assert interim.status == 100
    assert final is not None
    assert final.status == 202


@pytest.mark.parametrize(
    ("target", "length", "status"),
    [("/webhook", 100 * MIB, 413), ("/nowhere", 10, 404), ("/webhook/forms", 10**15, 413)],
)
def test_a_sender_that_asks_first_is_refused_before_the_body(
    server: Server, target: str, length: int, status: int
) -> None:
    """The purpose of the question is to save the body."""
    with connect(server.port, timeout=60) as connection, connection.makefile("rb") as stream:
        connection.sendall(head(FREE | {"Content-Length": str(length), "Expect": "100-continue"}, target=target))
        answer = read_answer(stream)

    assert answer is not None
    assert answer.status == status


HEADS = {
    "10,000 headers": head([(f"X-{number}", "y") for number in range(10_000)]),
    "201 headers": head([(f"X-{number}", "y") for number in range(201)]),
    "one header of a mebibyte": head({"X-Large": "y" * MIB}),
    "a header name of a mebibyte": head({"X" * MIB: "y"}),
    "a request line of a mebibyte": head(target="/" + "x" * MIB),
    "a query of 40 KiB": head(target="/webhook?" + "x" * 40_960),
    "a mebibyte without an end of line": b"POST /webhook HTTP/1.1\r\nX: " + b"y" * MIB,
    "a request line without an end": b"POST /" + b"x" * MIB,
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_over_the_limit_is_431_for_the_sender_to_read(server: Server, name: str) -> None:
    """The sender of a head is not known yet: the head must be bounded while it is read."""
    found = send_raw(server.port, HEADS[name])

    assert [answer.status for answer in found] == [431]
    assert found[0].code == "headers_too_large"


def test_an_endless_trailer_is_ended(server: Server) -> None:
    """After a chunked body there may be header fields again, and they are no way around the limit."""
    trailers = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(2000))
    before = server.event_ids()

    found = send_raw(server.port, head(CHUNKED, target="/webhook/free") + b"1\r\n1\r\n0\r\n" + trailers + b"\r\n")

    assert {answer.status for answer in found} <= {202, 400, 431}
    assert 202 in {answer.status for answer in found} or server.event_ids() == before


def test_an_endless_chunk_extension_is_ended(server: Server) -> None:
    """Chunk extensions count as nothing in many servers' limits (CVE-2023-39326 and its like)."""
    with connect(server.port, timeout=60) as connection:
        with suppress(OSError):
            connection.sendall(head(CHUNKED, target="/webhook/free") + b"1;" + b"x" * MIB)
        found = answers(connection)

    assert [answer.status for answer in found] in ([400], [408], [413], [431])


ALLOWED = 100 * 1024 * 1024
"""More than the budget of 32 MiB, because the allocator keeps what was freed in pieces; less than the 200 MiB that were sent."""


def test_memory_stays_bounded_under_many_slow_bodies(tmp_path: Path) -> None:
    """Two hundred mebibytes on their way at the same time: the budget refuses what does not fit, so the kernel kills nothing."""
    more = '[server]\nread_timeout = "20s"\nmax_in_flight_bytes = "32mb"\n[sources.free]\nverify = { scheme = "none" }\nid = "content-hash"'
    with Server(tmp_path, more=more) as server:
        _still_serves(server)
        before = server.resident_bytes
        with ExitStack() as stack:
            connections = [stack.enter_context(connect(server.port)) for _ in range(200)]
            statuses, largest = _send_slowly(server, connections, json.dumps("x" * (MIB - 2)).encode())

        assert len(statuses) == 200
        assert set(statuses) <= {200, 202, 408, 503}
        assert {200, 202} & set(statuses)
        assert largest - before < ALLOWED
        _still_serves(server)


FREE_SOURCE = '[sources.free]\nverify = { scheme = "none" }\nid = "content-hash"'
BODIES = {
    "no JSON, judged by the event loop": b"x" * 60_000,
    "no JSON, judged on a thread": b"x" * 600_000,
    "no UTF-8": b'"' + b"\xff" * 600_000 + b'"',
    "an event": b'"' + b"x" * 600_000 + b'"',
}


@pytest.mark.parametrize("name", BODIES)
def test_an_answered_body_is_freed_without_the_collector(tmp_path: Path, name: str) -> None:
    """The collector runs rarely: a body that only it can free would stay for thousands of requests, with as many others."""
    body = BODIES[name]
    rounds = 30_000_000 // len(body)
    with Server(tmp_path, more=FREE_SOURCE, before="import gc; gc.disable()") as server:
        _post_free(server, body, times=10)
        before = server.resident_bytes
        _post_free(server, body, times=rounds)

        assert server.resident_bytes - before < 15_000_000


def test_a_connection_that_is_idle_or_gone_holds_none_of_its_bytes(tmp_path: Path) -> None:
    """There may be ten thousand of them, and a read brings up to 256 KiB."""
    body = b'"' + b"x" * 60_000 + b'"'
    whole = head(FREE | {"Content-Length": str(len(body))}, target="/webhook/free") + body
    half_a_head = head({"X-Long": "y" * 10_000})[:-2]
    with Server(tmp_path, more=FREE_SOURCE, before="import gc; gc.disable()") as server, ExitStack() as stack:
        _still_serves(server)
        before = server.resident_bytes
        for _ in range(300):
            idle = stack.enter_context(connect(server.port))
            idle.sendall(whole)
            answer = read_answer(stack.enter_context(idle.makefile("rb")))
            assert answer is not None
            assert answer.status in {200, 202}
            for _ in range(10):
                with connect(server.port) as gone:
                    gone.sendall(half_a_head)
        _still_serves(server)

        assert server.resident_bytes - before < 12_000_000


def test_senders_of_one_byte_of_body_stop_no_source(tmp_path: Path) -> None:
    """They cost their sender 10 KB a second. A request takes one of the places in flight only when its body is whole."""
    more = '[server]\nread_timeout = "20s"\nmax_in_flight = 20\n[sources.free]\nverify = { scheme = "none" }\nid = "content-hash"'
    with Server(tmp_path, more=more) as server, ExitStack() as stack:
        for _ in range(300):
            slow = stack.enter_context(connect(server.port))
            slow.sendall(head(FREE | {"Content-Length": "100"}, target="/webhook/free") + b"{")

        with server.sender() as sender:
            statuses = [sender.post(_event(f"among slow bodies {number}")).status for number in range(5)]

    assert statuses == [202] * 5


# framing

SMUGGLED = b'POST /webhook/free HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"smuggle"'
FRAMINGS = {
    "two lengths": [("Content-Length", "2"), ("Content-Length", "3")],
    "two equal lengths": [("Content-Length", "2"), ("Content-Length", "2")],
    "a list of lengths": [("Content-Length", "2, 3")],
    "length and chunked": [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
    "chunked and length": [("Transfer-Encoding", "chunked"), ("Content-Length", "5")],
    "chunked twice": [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
    "chunked not last": [("Transfer-Encoding", "chunked, identity")],
    "an unknown coding": [("Transfer-Encoding", "gzip")],
    "chunked in disguise": [("Transfer-Encoding", "xchunked")],
    "chunked after a tab": [("Transfer-Encoding", "\tchunked"), ("Content-Length", "5")],
    "chunked after a form feed": [("Transfer-Encoding", "\x0cchunked"), ("Content-Length", "5")],
    "a negative length": [("Content-Length", "-1")],
    "a length with a plus": [("Content-Length", "+5")],
    "a hexadecimal length": [("Content-Length", "0x5")],
    "a length beyond 64 bits": [("Content-Length", "18446744073709551617")],
    "an empty length": [("Content-Length", "")],
    "a space before the colon": [("Content-Length ", "5")],
    "a folded header": [("X-Fold", "a\r\n b"), ("Content-Length", "5")],
    "a bare line feed": [("X-Bare", "a\nContent-Length: 5")],
    "a bare carriage return": [("X-Bare", "a\rContent-Length: 5")],
}

OTHER_CODINGS = {"chunked twice", "chunked not last", "an unknown coding", "chunked in disguise"}


@pytest.mark.parametrize("name", FRAMINGS)
def test_a_body_whose_end_is_in_doubt_ends_the_connection(server: Server, name: str) -> None:
    """Where a proxy and hookline read different ends, the rest becomes a request that nobody checked (RFC 9112 section 11.2)."""
    before = server.event_ids()
    data = head([*FREE.items(), *FRAMINGS[name]], target="/webhook/free") + b"0\r\n\r\n" + SMUGGLED

    found = send_raw(server.port, data)

    assert [answer.status for answer in found] == [501 if name in OTHER_CODINGS else 400]
    assert server.event_ids() == before


@pytest.mark.parametrize(
    "field", ["Transfer-Encoding: chunked\t", "Transfer-Encoding:\tchunked \t ", "Content-Length: 5\t"]
)
@pytest.mark.parametrize("at", [None, -1, -3])
def test_blanks_around_the_framing_do_not_matter(server: Server, field: str, at: int | None) -> None:
    """A tab is a blank as well (RFC 9110 section 5.5), wherever the packets are cut."""
    name, _, value = field.partition(":")
    start = head([*FREE.items(), (name, value[1:] if value[0] == " " else value)], target="/webhook/free")
    body = _chunk(b'"12"\n') + b"0\r\n\r\n" if "chunked" in field else b'"12"\n'
    with connect(server.port) as connection, connection.makefile("rb") as stream:
        for part in (start[:-2][:at], start[:-2][at:] if at else b"", b"\r\n" + body):
            connection.sendall(part)
            time.sleep(0.05)
        answer = read_answer(stream)

    assert answer is not None
    assert answer.status in (200, 202)


BROKEN_CHUNKS = {
    "a size that is no number": b"xyz\r\n{}\r\n0\r\n\r\n",
    "a negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n",
    "a prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
    "more than announced": b"1\r\n{}\r\n0\r\n\r\n",
    "no line end after the data": b"2\r\n{}0\r\n\r\n",
    "bare line feeds": b"2\n{}\n0\n\n",
}


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_broken_chunks_are_refused(server: Server, name: str) -> None:
    """Two readers would read such a chunk differently."""
    before = server.event_ids()

    found = send_raw(server.port, head(CHUNKED, target="/webhook/free") + BROKEN_CHUNKS[name])

    assert [answer.status for answer in found] == [400]
    assert server.event_ids() == before


LINES = {
    "a NUL in the path": b"POST /web\0hook HTTP/1.1\r\nHost: a\r\n\r\n",
    "a NUL in a header": b"POST /webhook HTTP/1.1\r\nX: a\0b\r\n\r\n",
    "a NUL in a name": b"POST /webhook HTTP/1.1\r\nX\0: a\r\n\r\n",
    "only NULs": bytes(4096),
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(range(200)),
    "no Host": b'POST /webhook/free HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"id":"evt_1"}',
    "two Hosts": b"POST /webhook/free HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}",
    "a Host that is none": b"POST /webhook/free HTTP/1.1\r\nHost: a/b\r\nContent-Length: 2\r\n\r\n{}",
    "no version": b"POST /webhook \r\nHost: a\r\n\r\n",
    "a header without a colon": b"POST /webhook HTTP/1.1\r\nnonsense\r\n\r\n",
    "a header without a name": b"POST /webhook HTTP/1.1\r\n: a\r\n\r\n",
    "a space in the path": b"POST /web hook HTTP/1.1\r\nHost: a\r\n\r\n",
    "another protocol": b"POST /webhook RTSP/1.0\r\nHost: a\r\n\r\n",
    "another protocol of version 1.1": b"POST /webhook RTSP/1.1\r\nHost: a\r\n\r\n",
    "a method of another protocol": b"SOURCE /webhook ICE/1.0\r\nHost: a\r\n\r\n",
    "small letters": b"POST /webhook http/1.1\r\nHost: a\r\n\r\n",
    "a version of two digits": b"POST /webhook HTTP/1.10\r\nHost: a\r\n\r\n",
    "a fragment": b"POST /webhook#a HTTP/1.1\r\nHost: a\r\n\r\n",
    "a fragment of a URL": b"POST http://a/webhook#a HTTP/1.1\r\nHost: a\r\n\r\n",
    "a user in a URL": b"POST http://user@a/webhook HTTP/1.1\r\nHost: a\r\n\r\n",
    "a URL of another protocol": b"POST ftp://a/webhook HTTP/1.1\r\nHost: a\r\n\r\n",
    "an asterisk": b"POST * HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", LINES)
def test_what_is_not_http_is_400_for_the_sender_to_read(server: Server, name: str) -> None:
    """The author of a broken client also needs to read what was wrong."""
    found = send_raw(server.port, LINES[name])

    assert [answer.status for answer in found] == [400]
    assert found[0].code == "malformed_request"


VERSIONS = {
    "9.9": b"POST /webhook HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    "1.2": b"POST /webhook HTTP/1.2\r\nHost: 127.0.0.1\r\n\r\n",
    "2.0": b"POST /webhook HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "0.9": b"GET /webhook\r\n\r\n",
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("port", ["port", "admin_port"])
def test_another_version_of_http_is_505(server: Server, version: str, port: str) -> None:
    """The sender learns that it is the version, on both ports."""
    found = send_raw(getattr(server, port), VERSIONS[version])

    assert [(answer.status, answer.code) for answer in found] == [(505, "http_version_unsupported")]


@pytest.mark.parametrize(
    "head_", ["Content-Length: 0", "Host: 127.0.0.1\r\nHost: 127.0.0.1", "Host: a/b", "Host: 127.0.0.1\r\nX : a"]
)
def test_the_admin_port_keeps_to_the_grammar_too(server: Server, head_: str) -> None:
    """Two readers of one connection must not see different requests there either."""
    found = send_raw(server.admin_port, f"GET /health HTTP/1.1\r\n{head_}\r\n\r\n".encode())

    assert [(answer.status, answer.code) for answer in found] == [(400, "malformed_request")]


STUCK = {
    "silent": b"",
    "head": b"GET /hea",
    "body": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: 9\r\n\r\n{",
}


@pytest.mark.parametrize("where", STUCK)
def test_slow_connections_end_on_the_admin_port_too(serving: Server, where: str) -> None:
    """A stuck consumer must not keep its connection."""
    with connect(serving.admin_port, timeout=20) as connection:
        connection.sendall(STUCK[where])
        found = answers(connection)

    assert [answer.status for answer in found] == ([] if where == "silent" else [408])


# correct HTTP of other kinds


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    """A sender may not wait for answers (RFC 9112 section 9.3.2): then only their order says which is whose."""
    events = [_event(f"pipelined {number}") for number in range(50)]
    data = b"".join(head(sign(body) | {"Content-Length": str(len(body))}) + body for body in events)

    with connect(server.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(data)
        found = [read_answer(stream) for _ in events]

    ids = [answer.json()["event_id"] for answer in found if answer is not None]
    assert ids == [f"transactions:{json.loads(body)['event_id']}" for body in events]


def test_a_broken_request_behind_good_ones_does_not_unsay_them(server: Server) -> None:
    """A request that was whole before it is answered first, and stored."""
    good = _event("before the break")

    found = send_raw(server.port, head(sign(good) | {"Content-Length": str(len(good))}) + good + b"NONSENSE\r\n\r\n")

    assert [answer.status for answer in found] in ([202], [202, 400])
    assert found[0].json()["event_id"] in server.event_ids()


def test_refusals_in_a_pipeline_do_not_swallow_what_follows(server: Server) -> None:
    """Each body is read to its end even when its request is refused."""
    good = _event("after refusals")
    refused = head({"Content-Length": "5"}, target="/nowhere") + b"12345"
    data = refused * 3 + head(sign(good) | {"Content-Length": str(len(good))}) + good

    found = send_raw(server.port, data)

    assert [answer.status for answer in found] == [404, 404, 404, 202]


@pytest.mark.parametrize(
    ("fields", "after"), [({}, "ended"), ({"Connection": "keep-alive"}, "open"), ({"Connection": "close"}, "ended")]
)
def test_http_1_0_is_answered(server: Server, fields: dict[str, str], after: str) -> None:
    """Old senders use it; they read until the connection closes unless they asked to keep it."""
    body = _event(f"http 1.0 {fields}")
    data = head(sign(body) | {"Content-Length": str(len(body))} | fields, version="1.0") + body
    with connect(server.port) as connection, connection.makefile("rb") as stream:
        connection.sendall(data)
        answer = read_answer(stream)
        is_readable = bool(select.select([connection], [], [], 0.3)[0])  # readable and empty: its end

    assert answer is not None
    assert answer.status == 202
    assert is_readable == (after == "ended")


def test_head_has_no_body(server: Server) -> None:
    """A body after HEAD would be read as the next answer (RFC 9110 section 9.3.2)."""
    with connect(server.port) as connection:
        connection.sendall(head(method="HEAD") + head({"Connection": "close"}, method="GET"))
        with connection.makefile("rb") as stream:
            data = stream.read()

    first, second = data.split(b"HTTP/1.1 405")[1:]
    assert first.endswith(b"\r\n\r\n")
    assert b"method_not_allowed" in second


@pytest.mark.parametrize("scheme", ["http://127.0.0.1", "http://elsewhere.example", "https://a:1"])
def test_an_absolute_uri_is_taken_by_its_path(server: Server, scheme: str) -> None:
    """RFC 9112 section 3.2.2: a server accepts the form that is meant for proxies."""
    body = _event(f"absolute {scheme}")

    found = send_raw(
        server.port, head(sign(body) | {"Content-Length": str(len(body))}, target=f"{scheme}/webhook") + body
    )

    assert [answer.status for answer in found] == [202]


@pytest.mark.parametrize(
    ("target", "status"),
    [("/webhook?any=thing", 202), ("/%77ebhook", 202), ("/webhook%00", 404), ("/webhook%2f", 202), ("/webhook%", 404),
     ("/webhook%zz", 404), ("/webhook%ff", 404), ("/w\xe9bhook", 404), ("/webhook/../webhook", 404), ("/./webhook", 404),
     ("/webhook;a=b", 404), ("*", 400), ("//webhook", 404), ("/webhook#part", 400)],
)  # fmt: skip
def test_odd_paths_lead_to_their_source_or_nowhere(server: Server, target: str, status: int) -> None:
    """A proxy in front may spell a path differently: it never leads to another source, and never to a fault."""
    body = _event(f"path {target}")

    found = send_raw(server.port, head(sign(body) | {"Content-Length": str(len(body))}, target=target) + body)

    assert [answer.status for answer in found] in ([status], [400])
    assert status != 202 or found[0].status == 202


def test_repeated_signature_headers_are_all_looked_at(server: Server) -> None:
    """Some senders rotate secrets by sending the header twice: any one that fits is enough, in any order."""
    found = []
    for number, order in enumerate([1, -1]):
        body = _event(f"repeated {number}")
        signed = sign(body) | {"Content-Length": str(len(body))}
        twice = [("webhook-signature", signed.pop("webhook-signature")), ("webhook-signature", f"v1,{'A' * 44}")][
            ::order
        ]
        found += send_raw(server.port, head([*signed.items(), *twice]) + body)

    assert [answer.status for answer in found] == [202, 202]


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "Content-Type"])
def test_a_repeated_header_that_must_be_one_is_no_way_in(server: Server, name: str) -> None:
    """Two readers would choose differently: the used value would not be the signed one."""
    body = _event(f"doubled {name}")
    signed = sign(body) | {"Content-Length": str(len(body))}

    found = send_raw(server.port, head([*signed.items(), (name, "0")]) + body)

    assert [answer.status for answer in found] in ([401], [400], [415])


def test_an_upgrade_is_not_taken(server: Server) -> None:
    """There is HTTP/1.1 here and nothing else: the request is answered as HTTP/1.1, and nothing after it is read as HTTP."""
    body = _event("upgrade")
    fields = sign(body) | {"Content-Length": str(len(body)), "Connection": "Upgrade", "Upgrade": "h2c"}

    found = send_raw(server.port, head(fields) + body)

    assert len(found) == 1
    _all_in_contract(found)


def test_random_cuts_of_a_good_request_change_nothing(server: Server) -> None:
    """A network may cut anywhere, and the parser sees each cut."""
    cuts = random.Random(7)
    statuses = []
    for number in range(25):
        body = _event(f"cut {number}")
        data = head(sign(body) | {"Content-Length": str(len(body))}) + body
        with connect(server.port) as connection, connection.makefile("rb") as stream:
            while data:
                size = cuts.randint(1, 120)
                connection.sendall(data[:size])
                data = data[size:]
                time.sleep(0.0005)
            answer = read_answer(stream)
        statuses.append(answer.status if answer else None)

    assert statuses == [202] * 25


def test_a_crowd_of_everything_together_leaves_the_server_whole(server: Server) -> None:
    """Faults of one connection must not reach another: good events are taken while others misbehave."""
    hostile = [threading.Thread(target=_misbehave, args=(server.port, seed)) for seed in range(6)]
    for thread in hostile:
        thread.start()
    with server.sender() as sender:
        statuses = [sender.post(_event(f"crowd {number}")).status for number in range(60)]
    for thread in hostile:
        thread.join(timeout=30)

    assert statuses == [202] * 60
    assert not any(thread.is_alive() for thread in hostile)


_run = time.time_ns()
_serial = iter(range(1_000_000))


def _event(name: str) -> bytes:
    return transaction(f"{name} {_run} {next(_serial)}")


def _still_serves(server: Server) -> None:
    assert server.running
    with Sender(server.port) as sender:
        assert sender.post(_event("still")).status == 202


def _all_in_contract(found: list[Answer]) -> None:
    for answer in found:
        if answer.status == 100:
            continue
        assert answer.status in CONTRACT, answer
        if answer.status >= 300:
            assert answer.headers["content-type"] == "application/problem+json"
            assert CODES[answer.code].status == answer.status
            assert answer.code != "internal_fault", answer


def _wait_for_lines(server: Server, start: str, count: int) -> list[dict[str, object]]:
    """The log lines whose text begins so, once there are ``count`` of them."""

    def found() -> list[dict[str, object]]:
        return [line for line in server.lines if str(line.get("event")).startswith(start)]

    until(lambda: len(found()) >= count)
    return found()


def _drip(connection: socket.socket, data: bytes, *, pause: float) -> list[Answer]:
    """Send one byte at a time, until an answer comes; returns the answer."""
    for byte in data:
        if select.select([connection], [], [], pause)[0]:
            break
        with suppress(OSError):
            connection.send(bytes([byte]))
    return answers(connection)


def _reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _post_large(port: int, path: str, size: int, *, chunked: bool) -> Answer:
    """Send all of it as an ordinary client does, and only then read."""
    piece = b" " * 65536
    fields = CHUNKED if chunked else FREE | {"Content-Length": str(size)}
    with connect(port, timeout=20) as connection, connection.makefile("rb") as stream:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head(fields, target=path))
            for start in range(0, size, len(piece)):
                part = piece[: size - start]
                connection.sendall(_chunk(part) if chunked else part)
            if chunked:
                connection.sendall(b"0\r\n\r\n")
        answer = read_answer(stream)
    assert answer is not None, "the connection was reset before the sender could read why"
    return answer


def _send_slowly(server: Server, connections: list[socket.socket], body: bytes) -> tuple[list[int], int]:
    """Every connection sends its body in twenty pieces, all at the same time; returns the statuses and the most memory seen."""
    largest = 0
    step = len(body) // 20 + 1
    for connection in connections:
        connection.settimeout(10)
        connection.sendall(head(FREE | {"Content-Length": str(len(body))}, target="/webhook/free"))
    for start in range(0, len(body), step):
        for connection in connections:
            with suppress(OSError):
                connection.sendall(body[start : start + step])
        largest = max(largest, server.resident_bytes)
    statuses = []
    for connection in connections:
        with connection.makefile("rb") as stream:
            answer = read_answer(stream)
        statuses += [] if answer is None else [answer.status]
    return statuses, max(largest, server.resident_bytes)


def _post_free(server: Server, body: bytes, *, times: int) -> None:
    whole = head(FREE | {"Content-Length": str(len(body))}, target="/webhook/free") + body
    with connect(server.port) as connection, connection.makefile("rb") as stream:
        for _ in range(times):
            connection.sendall(whole)
            answer = read_answer(stream)
            assert answer is not None
            assert answer.status in {200, 202, 400}


def _misbehave(port: int, seed: int) -> None:
    chance = random.Random(seed)
    requests = [
        *LINES.values(),
        *HEADS.values(),
        *(head(FREE, target="/webhook/free") + part for part in BROKEN_CHUNKS.values()),
    ]
    for _ in range(25):
        data = chance.choice(requests)
        with suppress(OSError), connect(port, timeout=10) as connection:
            connection.sendall(data[: chance.randint(1, len(data))])
            if chance.random() < 0.5:
                _reset(connection)
