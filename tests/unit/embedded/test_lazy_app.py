"""An application that is made at its first request, and what the collector then looks at."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest

from hookline.runtimes.embedded.lazy_app import LazyApp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """The collector looks at everything again afterwards."""
    yield
    gc.unfreeze()


async def receive() -> dict[str, object]:
    """Nothing."""
    return {}


async def send(_message: object) -> None:
    """Write nowhere."""


class Made:
    """A maker of an application: the first ``faults`` times it fails."""

    def __init__(self, faults: int = 0) -> None:
        self.times = self.answers = 0
        self._faults = faults
        self.loaded = [[number] for number in range(1000)]

    def __call__(self) -> ASGIApp:
        self.times += 1
        if self.times <= self._faults:
            raise OSError("a file is missing")
        return self._answer

    async def _answer(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        self.answers += 1


def test_it_is_made_once_for_callers_that_come_together() -> None:
    """Loading takes a second; a page asks for five files at the same time."""
    made = Made()
    app = LazyApp(made)

    async def crowd() -> None:
        await asyncio.gather(*(app({}, receive, send) for _ in range(5)))

    asyncio.run(crowd())

    assert (made.times, made.answers) == (1, 5)


def test_the_collector_does_not_look_through_what_was_loaded() -> None:
    """Templates and modules stay for as long as the server runs; each look at them is time that senders wait."""
    made = Made()
    before = gc.get_freeze_count()

    asyncio.run(LazyApp(made)({}, receive, send))

    assert gc.get_freeze_count() >= before + len(made.loaded)


def test_one_that_could_not_be_made_is_made_at_the_next_request() -> None:
    """The disk may have been full for a moment."""
    made = Made(faults=1)
    app = LazyApp(made)

    async def twice() -> None:
        with pytest.raises(OSError, match="missing"):
            await app({}, receive, send)
        await app({}, receive, send)

    asyncio.run(twice())

    assert (made.times, made.answers) == (2, 1)
