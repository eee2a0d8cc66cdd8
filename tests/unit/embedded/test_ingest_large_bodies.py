"""Large bodies are checked outside the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING  # Any: the ASGI specification's messages are dictionaries with any values

import pytest

from hookline.domain.source import Verified
from hookline.runtimes.embedded.call_limits import Gate
from unit.embedded.endpoint import MIB, Endpoint, body_of
from unit.embedded.fakes import Sender, settled, source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from unit.embedded.fakes import MovingLoop


class Noted:
    """A verifier that notes which thread asks it."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- the Verifier protocol's shape
        """Take everything."""
        self.threads.append(threading.current_thread().name)
        return Verified()


@pytest.mark.parametrize(("size", "is_large"), [(100, False), (64 * 1024, False), (64 * 1024 + 1, True)])
def test_large_bodies_are_checked_outside_the_event_loop(size: int, is_large: bool) -> None:  # noqa: FBT001 -- pytest's shape
    """Hashing, parsing and validating them takes long, and all other requests would wait for it."""
    noted = Noted()
    endpoint = Endpoint(source(max_body=MIB, verifier=noted))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    body = body_of()
    sender = Sender(body + b" " * (size - len(body)))

    endpoint.post(sender)

    assert sender.status == 202
    assert [name.startswith("hookline-large-bodies") for name in noted.threads] == [is_large]


def test_a_large_body_that_is_refused_is_refused_as_any_other() -> None:
    """Another thread refuses it, and the answer must be the same."""
    endpoint = Endpoint(source(max_body=MIB))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    sender = Sender(b"x" * 100_000)

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (400, "body_not_json")
    assert [one.code for one in endpoint.rejected] == ["body_not_json"]


class Reading(Noted):
    """A verifier that is as slow as a test sets it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ends = threading.Event(), threading.Event()

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Take every call, in the end."""
        self.begun.set()
        assert self.ends.wait(10)
        return super().verify(request, secrets)


def test_the_time_for_reading_a_large_body_does_not_count_against_the_deadline() -> None:
    """Reading takes as long at each attempt, so a 503 would repeat until the event is lost."""
    reading = Reading()
    endpoint = Endpoint(source(max_body=MIB, verifier=reading))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    sender = Sender(body_of() + b" " * 100_000)

    async def main(loop: MovingLoop) -> None:
        call = asyncio.create_task(endpoint.call(sender))
        await asyncio.to_thread(reading.begun.wait, 10)
        await settled()
        await loop.advance(3 * endpoint.deadline)
        reading.ends.set()
        await call

    endpoint.run(main)

    assert sender.status == 202


def test_a_large_body_that_waits_too_long_for_its_turn_is_503() -> None:
    """A wait behind others is no read: the next attempt may find a free thread immediately."""
    readings = [Reading() for _ in range(2)]
    sources = [source(name=f"s{n}", path=f"/{n}", max_body=MIB, verifier=one) for n, one in enumerate(readings)]
    endpoint = Endpoint(*sources, source(max_body=MIB))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    body = body_of() + b" " * 100_000
    first, waiting = [Sender(body, path=f"/{n}") for n in range(2)], Sender(body)

    async def main(loop: MovingLoop) -> None:
        calls = [asyncio.create_task(endpoint.call(sender)) for sender in first]
        for reading in readings:
            await asyncio.to_thread(reading.begun.wait, 10)
        late = asyncio.create_task(endpoint.call(waiting))
        await settled()
        await loop.advance(3 * endpoint.deadline)
        await late
        for reading in readings:
            reading.ends.set()
        await asyncio.gather(*calls)

    endpoint.run(main)

    assert (waiting.status, waiting.document["code"]) == (503, "deadline_reached")
    assert [sender.status for sender in first] == [202, 202]
