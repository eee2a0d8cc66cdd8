"""Which connections are closed when there are more than the limit, which is three in most of these tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.runtimes.embedded.connections import MOST_REFUSED
from unit.embedded.fakes import settled
from unit.embedded.wire import LIMITS, Wire, answers_in, connected, on_bench, request

if TYPE_CHECKING:
    from unit.embedded.wire import Bench


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

        (answer,) = answers_in(bytes(slow.sent))
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert slow.closing

    on_bench(LIMITS, main)


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

    on_bench(replace(LIMITS, connections=100, per_address=2), main)


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

    on_bench(replace(LIMITS, connections=100, per_address=2), main)


def test_one_ipv6_subscriber_is_one_address() -> None:
    """A subscriber has 2**64 addresses to choose from; IPv4 written as IPv6 is an IPv4 address."""

    async def main(bench: Bench) -> None:
        addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"]
        wires = [bench.connect(address=address) for address in addresses]
        wires.append(bench.connect(address="192.0.2.1"))
        await settled()
        assert [wire.closing for wire in wires] == [True, False, False, True, False, False]

    on_bench(replace(LIMITS, connections=100, per_address=1), main)


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
    wire.protocol = bench.protocol(bench.config, bench.state, {}, bench.loop)
    wire.protocol.connection_made(wire)

    await bench.say(wire, request("/a"))

    assert bench.app.calls[0].scope["client"] is None
