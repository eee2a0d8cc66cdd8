"""How many requests and bytes the webhook endpoint holds, and which body it drops when there is no room."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import pytest

from hookline.runtimes.embedded.unfinished import budget
from unit.embedded.endpoint import ROOM, Endpoint, HangingDisk, body_of
from unit.embedded.fakes import Sender, settled, source

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from unit.embedded.fakes import MovingLoop


# bounds


def test_too_many_requests_at_the_same_time_are_asked_to_come_again() -> None:
    """Three wait for the disk; the fourth costs the server no memory."""
    disk = HangingDisk()
    endpoint = Endpoint()
    endpoint.store = disk.over(endpoint.store)
    inside = [Sender(body_of(f"evt_{number}")) for number in range(3)]
    late = Sender(body_of("late"))

    async def main(_: MovingLoop) -> None:
        tasks = [asyncio.ensure_future(endpoint.call(sender)) for sender in inside]
        await settled()
        await endpoint.call(late)
        disk.answers.set()
        await asyncio.gather(*tasks)

    endpoint.run(main)

    assert (late.status, late.document["code"]) == (503, "overloaded")
    assert late.headers["retry-after"] == "1"
    assert [sender.status for sender in inside] == [202] * 3
    assert "transactions:late" not in endpoint.stored


def test_senders_of_one_byte_do_not_block_others(endpoint: Endpoint) -> None:
    """Three requests may be in flight. A hundred that never finish their bodies take none of the three places."""
    slow = [Sender(b"{", then="silence") for _ in range(100)]
    genuine = Sender(body_of())

    async def main(_: MovingLoop) -> None:
        tasks = [asyncio.ensure_future(endpoint.call(sender)) for sender in slow]
        await settled()
        await endpoint.call(genuine)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert genuine.status == 202


def test_more_bytes_than_there_is_room_for_are_asked_to_come_again() -> None:
    """Several large bodies may each be within their limit, and together exceed the memory."""
    disk = HangingDisk()
    endpoint = Endpoint(source(max_body=ROOM))
    endpoint.store = disk.over(endpoint.store)
    first, second, small = Sender(body_of("a", 6000)), Sender(body_of("b", 6000)), Sender(body_of("c"))

    async def main(_: MovingLoop) -> None:
        task = asyncio.ensure_future(endpoint.call(first))
        await settled()
        await endpoint.call(second)
        disk.answers.set()
        await endpoint.call(small)
        await task

    endpoint.run(main)

    assert (second.status, second.document["code"]) == (503, "overloaded")
    assert (first.status, small.status) == (202, 202)


# bodies that are still arriving


def test_the_body_that_has_been_idle_longest_is_dropped_when_there_is_no_room() -> None:
    """Otherwise slow senders would fill the room and keep the others out. A sender that is sending is never the one that is dropped."""
    endpoint = Endpoint(source(max_body=1000), unfinished=1000)
    stalled, moving, late = (Sender(b" " * 400, then="silence") for _ in range(3))
    moving.parts.append(b" " * 100)

    async def main(_: MovingLoop) -> None:
        tasks = []
        for sender in (moving, stalled):
            tasks.append(asyncio.ensure_future(endpoint.call(sender)))
            await settled()
        before = stalled.status
        tasks.append(asyncio.ensure_future(endpoint.call(late)))
        await settled()
        assert before is None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert (moving.status, moving.document["code"]) == (408, "request_timeout")
    assert (stalled.status, late.status) == (None, None)


def test_a_part_that_comes_makes_a_body_the_least_idle() -> None:
    """The order is that of each body's last bytes, and not of its first ones."""
    endpoint = Endpoint(source(max_body=1000), unfinished=1000)
    more = asyncio.Event()
    stalled, late = (Sender(b" " * 400, then="silence") for _ in range(2))

    class Moving(Sender):
        async def receive(self) -> MutableMapping[str, Any]:
            if self.asked == 1:
                await more.wait()
            return await super().receive()

    moving = Moving(b" " * 400, b" " * 100, then="silence")

    async def main(_: MovingLoop) -> None:
        tasks = []
        for sender in (moving, stalled):
            tasks.append(asyncio.ensure_future(endpoint.call(sender)))
            await settled()
        more.set()
        await settled()
        tasks.append(asyncio.ensure_future(endpoint.call(late)))
        await settled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert stalled.status == 408
    assert (moving.status, late.status) == (None, None)


def test_a_body_without_a_byte_is_not_dropped() -> None:
    """It holds nothing: dropping it would free no room, and its sender would have to come again for nothing."""
    endpoint = Endpoint(source(max_body=1000), unfinished=1000)
    waiting = Sender(b"", then="silence")
    large = [Sender(b" " * 900, then="silence") for _ in range(4)]

    async def main(_: MovingLoop) -> None:
        tasks = []
        for sender in (waiting, *large):
            tasks.append(asyncio.ensure_future(endpoint.call(sender)))
            await settled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert waiting.status is None
    assert [sender.status for sender in large] == [408, 408, 408, None]


@pytest.mark.parametrize(("in_flight", "largest", "room"), [(64, 8, 32), (64, 16, 64), (10, 10, 40)])
def test_there_is_always_room_for_four_of_the_largest_bodies(in_flight: int, largest: int, room: int) -> None:
    """A budget smaller than one body would always refuse that body."""
    assert budget(in_flight, largest) == room


def test_verified_calls_above_the_rate_are_refused() -> None:
    """The rate is the sender's own: what is above it is stored nowhere, and the sender comes again."""
    endpoint = Endpoint(source(rate_limit=1))
    senders = [Sender(body_of("evt_1")), Sender(body_of("evt_2"))]

    endpoint.post(*senders)

    assert [sender.status for sender in senders] == [202, 429]
    assert senders[1].headers["retry-after"] == "1"
    assert endpoint.stored == ["transactions:evt_1"]


def test_a_sender_that_comes_while_the_server_stops_gets_that_answer(endpoint: Endpoint) -> None:
    """No part of it was kept, and another server may take it."""
    endpoint.gate.close()
    sender = Sender(body_of())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, "shutting_down")
    assert endpoint.stored == []
