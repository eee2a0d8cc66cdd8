"""The thread of consumers' calls: their order, which share a transaction, and which a fault or a hanging disk affects."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from hookline.errors import NotFoundError, UnavailableError
from hookline.sqs_api.queue_thread import QueueThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.anyio

SOON = 0.05
"""Seconds after which a call that must fail has failed; a call that must succeed has ``AMPLE``."""
AMPLE = 60.0


class Ledger:
    """What was done, in transactions that count only at their end. When ``broken``, those of several fail there."""

    def __init__(self) -> None:
        self.kept: list[list[str]] = []
        self.broken = False
        self._open: list[str] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction."""
        self._open = []
        try:
            yield
            if self.broken and len(self._open) > 1:
                raise UnavailableError("storage_unavailable", "at the end")
            if self._open:
                self.kept.append(self._open)
        finally:
            self._open = None

    def write(self, name: str) -> str:
        """In its own transaction, or in the one that is open."""
        if self._open is None:
            self.kept.append([name])
        else:
            self._open.append(name)
        return name

    def fail(self, error: Exception) -> None:
        """As a call does that cannot be done."""
        raise error


async def _gathered(thread: QueueThread, *calls: Callable[[], object]) -> list[object]:
    """Calls that come while another one is running."""
    begun, free = threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        free.wait()

    before = asyncio.ensure_future(thread.run(first))
    await asyncio.to_thread(begun.wait)
    tasks = [asyncio.ensure_future(thread.run(call)) for call in calls]
    await asyncio.sleep(0)
    free.set()
    await before
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_calls_that_have_gathered_share_a_transaction() -> None:
    """In their order; one that comes when nothing waits has its own."""
    ledger = Ledger()

    answers = await _gathered(
        QueueThread(ledger.together), lambda: ledger.write("a"), lambda: ledger.write("b"), lambda: ledger.write("c")
    )

    assert answers == ["a", "b", "c"]
    assert ledger.kept == [["a", "b", "c"]]


async def test_a_call_that_cannot_be_done_spoils_no_other() -> None:
    """Only the caller that named an unknown queue gets an error."""
    ledger = Ledger()

    answers = await _gathered(
        QueueThread(ledger.together),
        lambda: ledger.write("a"),
        lambda: ledger.fail(NotFoundError("x")),
        lambda: ledger.write("b"),
    )

    assert [answers[0], answers[2]] == ["a", "b"]
    assert isinstance(answers[1], NotFoundError)
    assert ledger.kept == [["a", "b"]]


async def test_when_the_storage_fails_in_one_of_them_each_is_done_separately() -> None:
    """Each is done once: a call that was undone with the others must not count twice, nor be answered without counting."""
    ledger = Ledger()
    fault = UnavailableError("storage_unavailable", "x")

    answers = await _gathered(
        QueueThread(ledger.together), lambda: ledger.write("a"), lambda: ledger.fail(fault), lambda: ledger.write("b")
    )

    assert answers == ["a", fault, "b"]
    assert ledger.kept == [["a"], ["b"]]


async def test_nobody_is_answered_before_the_commit() -> None:
    """A commit that fails undoes all of them, and each is tried again separately."""
    ledger = Ledger()
    ledger.broken = True

    answers = await _gathered(QueueThread(ledger.together), lambda: ledger.write("a"), lambda: ledger.write("b"))

    assert answers == ["a", "b"]
    assert ledger.kept == [["a"], ["b"]]


async def test_a_call_hears_when_the_disk_hangs_and_is_not_done_later() -> None:
    """What was received for a client that has gone would be hidden from the others."""
    ledger, free = Ledger(), threading.Event()
    thread = QueueThread(nullcontext, deadline=SOON)

    hanging = asyncio.ensure_future(thread.run(free.wait))
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError):
        await thread.run(ledger.write, "late")
    with pytest.raises(UnavailableError):
        await hanging
    free.set()

    thread._deadline = AMPLE
    assert await thread.run(ledger.write, "next") == "next"
    assert ledger.kept == [["next"]]


async def test_a_call_whose_turn_comes_too_late_is_not_done() -> None:
    """After a group failed because the storage was slow, each call is done separately, except those that were already answered."""
    ran: list[str] = []

    @contextmanager
    def slow() -> Iterator[None]:
        yield
        if ran:
            time.sleep(2.5)
            raise UnavailableError("storage_unavailable", "at the end")

    thread = QueueThread(slow, deadline=2)
    answers = await _gathered(thread, lambda: ran.append("a"), lambda: ran.append("b"))

    done = ran.copy()
    ran.clear()

    thread._deadline = AMPLE
    assert await thread.run(lambda: "next") == "next"
    assert [type(answer) for answer in answers] == [UnavailableError] * 2
    assert done == ["a", "b"]  # once each: in the transaction that was undone
    assert ran == []


async def test_the_thread_ends_without_work_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change of the configuration creates a new application: the threads of the old ones must not pile up."""
    monkeypatch.setattr("hookline.sqs_api.queue_thread._IDLE", SOON)
    thread = QueueThread(nullcontext)

    first = await thread.run(threading.current_thread)
    await asyncio.to_thread(first.join, 10)
    second = await thread.run(threading.current_thread)

    assert not first.is_alive()
    assert second is not first


async def test_what_takes_too_long_is_undone() -> None:
    """A lock that comes free after the caller got 503: messages that it received then would be hidden from the others."""
    ledger, free = Ledger(), threading.Event()
    thread = QueueThread(ledger.together, deadline=SOON)

    def late() -> str:
        free.wait()
        return ledger.write("late")

    with pytest.raises(UnavailableError):
        await thread.run(late)
    free.set()

    thread._deadline = AMPLE
    assert await thread.run(ledger.write, "next") == "next"
    assert ledger.kept == [["next"]]


async def test_what_takes_too_long_is_undone_and_the_others_are_done_again() -> None:
    """The others share its transaction and must still be done."""
    ledger = Ledger()
    thread = QueueThread(ledger.together)
    waiting: list[asyncio.Task[object]] = []
    loop = asyncio.get_running_loop()
    asked, cancelled = threading.Event(), threading.Event()

    def late() -> str:
        asked.set()
        cancelled.wait()
        return ledger.write("late")

    async def cancel() -> None:
        await asyncio.to_thread(asked.wait)
        waiting[0].cancel()
        await asyncio.sleep(0)
        loop.call_soon(cancelled.set)

    begun = threading.Event()
    first = asyncio.ensure_future(thread.run(lambda: begun.wait() and None))
    waiting = [asyncio.ensure_future(thread.run(late)), asyncio.ensure_future(thread.run(ledger.write, "b"))]
    await asyncio.sleep(0)
    begun.set()
    await asyncio.gather(first, cancel())

    assert await waiting[1] == "b"
    assert waiting[0].cancelled()
    assert ["b"] in ledger.kept
    assert not any("late" in kept for kept in ledger.kept)


async def test_a_thread_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of threads that was reached once must not stop all calls until a restart."""
    ledger = Ledger()
    thread = QueueThread(ledger.together)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _refuse)
        with pytest.raises(UnavailableError):
            await thread.run(ledger.write, "refused")

    assert await thread.run(ledger.write, "next") == "next"
    assert ledger.kept == [["next"]]


def _refuse(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
