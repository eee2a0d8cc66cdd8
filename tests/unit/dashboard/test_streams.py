"""Answers of the API in parts: they end with their caller's rights, and use a place only while a client reads them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, cast

from hookline.dashboard.api.app import Api
from hookline.dashboard.api.operation import Operation, Stream
from hookline.dashboard.worker import Worker
from hookline.domain.access import ADMITTED
from unit.dashboard.asking import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hookline.dashboard.api.operation import Call
    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.access import Principal, Right
    from unit.dashboard.asking import Answer


class Room:
    """A room in which everybody may do everything."""

    def seen_by(self, _principal: Principal) -> Room:
        """The same for all."""
        return self

    def check(self, _right: Right, _queue: str | None = None) -> None:
        """Yes."""


def streamed(make: Callable[[Call], Stream], *, deadline: float, is_admitted: Callable[[], bool]) -> Answer:
    """The parts that a caller gets of this stream."""
    operation = Operation(name="watch", method="GET", path="/api/watch", summary="Watch", answer={}, act=make)
    api = Api(cast("ControlRoom", Room()), Worker(deadline=deadline), [operation])

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        asked = [await receive()]

        async def stay() -> Message:
            return asked.pop() if asked else await asyncio.get_running_loop().create_future()

        await api({**scope, ADMITTED: is_admitted}, stay, send)

    return ask(cast("ASGIApp", guarded), "/api/watch")


def test_an_answer_ends_when_its_caller_is_not_allowed_any_more() -> None:
    """A person who logs out everywhere, or loses a role, must not be able to watch for another hour."""
    sent: list[bytes] = []

    def parts() -> Iterator[bytes]:
        while True:
            sent.append(b"line\n")
            yield b"line\n"

    answer = streamed(
        lambda _: Stream(media_type="text/plain", parts=parts()), deadline=30, is_admitted=lambda: len(sent) < 3
    )

    assert answer.body == b"line\n" * 2


def test_a_stream_that_comes_after_its_deadline_takes_no_place() -> None:
    """Its caller has had another answer, and would never give the place back: soon nobody could watch."""
    places: list[str] = []

    def late(_call: Call) -> Stream:
        time.sleep(0.2)
        return Stream(
            media_type="text/plain",
            parts=iter([b"late"]),
            open=lambda: places.append("taken"),
            close=lambda: places.append("free"),
        )

    in_time = streamed(late, deadline=30, is_admitted=lambda: True)
    assert (in_time.body, places) == (b"late", ["taken", "free"])
    too_late = streamed(late, deadline=0.05, is_admitted=lambda: True)

    assert too_late.status == 503
    assert places == ["taken", "free"]
