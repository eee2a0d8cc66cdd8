"""Group commit: one sync of the disk serves all requests that arrived during the previous sync."""

from __future__ import annotations

import asyncio
import math
import time
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from hookline.domain.histogram import Durations
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.room import COPIES, PER_EVENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from hookline.domain.event import Outcome
    from hookline.domain.route import RoutedEvent
    from hookline.ports.routed_store import Batch, RoutedStore
    from hookline.runtimes.embedded.health import StorageReports
    from hookline.runtimes.embedded.room import Room

__all__ = ["Committer"]

T = TypeVar("T")

_LARGEST_BATCH = 512
"""Events per transaction. With more, the first of a burst would wait for the last."""

_Waiting = tuple[
    "RoutedEvent", "asyncio.Future[Outcome]", float
]  # the number is the time, by the event loop's clock, when the sender gets 503
_Work = tuple["Batch | None", list["RoutedEvent"]]


class Committer:
    """Stores routed events in groups. Everything except the wait for the disk runs on the event loop's thread.

    Rows are written on the loop's thread, which holds the GIL anyway. Only the COMMIT, which waits for the disk without the GIL,
    runs on another thread. Meanwhile the next group is collected. A caller gets "stored" only after its COMMIT has returned.
    """

    def __init__(
        self,
        store: RoutedStore,
        *,
        deadline: float,
        reports: StorageReports,
        room: Room | None = None,
    ) -> None:
        """``deadline`` is how many seconds after its arrival a waiting request gets 503, wherever it waits.

        ``room`` says how much new events may write to the disk; without it nothing limits them.
        """
        self.deadline = deadline
        self.time: Callable[[], float] = time.monotonic
        """The loop's clock, after ``bind``: deadlines are times of this clock."""
        self.commits = Durations()
        """The durations of commits. The commit thread adds them."""
        self.waits = 0
        """How many groups had to wait for another writer."""

        self._store = store
        self._reports = reports
        self._room = room
        self._gathered: list[_Waiting] = []
        self._committing: list[_Waiting] = []
        self._started = 0.0
        self._scheduled = False
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="hookline-commit", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf
        self._last = math.inf

    def start(self) -> None:
        """Bind to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self.time = self._loop.time
        self._thread.start()

    def submit(self, routed: RoutedEvent, *, arrived: float) -> asyncio.Future[Outcome]:
        """A future with the outcome of storing ``routed``, whose request was complete at ``arrived`` of the loop's clock.

        It ends in UnavailableError when the event is not known to be durable, at the latest when the deadline has passed.
        """
        loop, room = self._loop, self._room
        assert loop is not None  # noqa: S101 -- started before the server listens
        future = loop.create_future()
        if room is not None:
            room.left -= PER_EVENT + COPIES * len(routed.event.body)
            if room.left < 0 and (refusal := room.refusal(len(routed.event.body))) is not None:
                future.set_exception(refusal)
                return future
        now, ends = loop.time(), arrived + self.deadline
        ends = min(ends, self._last)
        if ends <= now or (self._committing and now - self._started > self.deadline):
            future.set_exception(self.too_late())  # the running commit hangs: no further request has to wait for it
            return future
        self._gathered.append((routed, future, ends))
        if ends < self._alarm_at:
            self._set_alarm(ends)
        if not self._scheduled and not self._committing:
            self._scheduled = True
            loop.call_soon(self._next_group)
        return future

    async def in_time(self, waiting: Awaitable[T], *, arrived: float) -> T:
        """Wait for something other than the disk, such as a sender's key. Raises UnavailableError at the same deadline."""
        try:
            async with asyncio.timeout_at(min(arrived + self.deadline, self._last)):
                return await waiting
        except TimeoutError:
            raise self.too_late() from None

    def end_within(self, seconds: float) -> None:
        """Answer requests that wait for the disk with 503 after this many seconds, because the server stops. Only on the event loop."""
        assert self._loop is not None  # noqa: S101 -- as in submit
        self._last = self._loop.time() + seconds
        for waiting in (self._committing, self._gathered):
            waiting[:] = [(routed, future, min(ends, self._last)) for routed, future, ends in waiting]
        if self._waiting() and self._last < self._alarm_at:
            self._set_alarm(self._last)

    async def passed(self) -> None:
        """Wait until all events that were submitted so far have their outcome."""
        if waiting := self._waiting():
            await asyncio.wait(waiting)

    async def drain(self, *, patience: float = 5.0) -> None:
        """Wait until all submitted events have their outcome, then stop. For a hanging commit it waits ``patience`` seconds."""
        while waiting := self._waiting():
            await asyncio.wait(waiting)
        if self._alarm is not None:
            self._alarm.cancel()
        self._work.put(None)
        await asyncio.to_thread(self._thread.join, patience)

    def _waiting(self) -> list[asyncio.Future[Outcome]]:
        return [future for _, future, _ in (*self._committing, *self._gathered) if not future.done()]

    def _next_group(self) -> None:
        """Stage the collected events, and start their commit on its thread."""
        assert self._loop is not None  # noqa: S101 -- as in submit
        self._scheduled = False
        if not self._gathered:
            return
        group, self._gathered = self._gathered[:_LARGEST_BATCH], self._gathered[_LARGEST_BATCH:]
        routed = [item for item, _, _ in group]
        self._committing = group
        self._started = self._loop.time()
        try:
            batch = self._store.stage(routed, wait=False)
        except Exception as fault:  # noqa: BLE001 -- whatever it is, each waiting sender has to hear 503
            self._fail(group, fault)
            return
        self._work.put((batch, routed))

    def _run(self) -> None:
        """The commit thread: few steps in Python, because each one waits for the GIL."""
        while (work := self._work.get()) is not None:
            result = self._commit(*work)
            assert self._loop is not None  # noqa: S101 -- as in submit
            self._loop.call_soon_threadsafe(self._done, result)

    def _commit(self, batch: Batch | None, routed: list[RoutedEvent]) -> Sequence[Outcome] | Exception:
        """Commit the batch; returns the outcomes or the fault. If ``batch`` is None, wait for another writer and stage the events first."""
        try:
            if batch is None:
                self.waits += 1
                batch = self._store.stage(routed)
                assert batch is not None  # noqa: S101 -- stage waits or raises
            started = time.perf_counter()
            batch.commit()
            self.commits.add(time.perf_counter() - started)
        except Exception as fault:  # noqa: BLE001 -- the loop's thread answers every waiting sender with it
            return fault
        return batch.outcomes

    def _done(self, result: Sequence[Outcome] | Exception) -> None:
        group = self._committing
        if isinstance(result, Exception):
            self._fail(group, result)
            return
        self._committing = []
        for (_, future, _), outcome in zip(group, result, strict=True):
            if not future.done():
                future.set_result(outcome)
        if self._reports.health.fault is not None:
            self._reports.works()
        self._next_group()

    def _fail(self, group: list[_Waiting], fault: Exception) -> None:
        self._committing = []
        error = fault if isinstance(fault, UnavailableError) else UnavailableError("internal_fault", repr(fault))
        _end(group, error)
        self._reports.failed(fault)
        if self._gathered:
            self._next_group_soon()

    def _next_group_soon(self) -> None:
        assert self._loop is not None  # noqa: S101 -- as in submit
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._next_group)

    def _set_alarm(self, when: float) -> None:
        assert self._loop is not None  # noqa: S101 -- as in submit
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = when
        self._alarm = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        """Answer requests whose deadline has passed, in the group being committed and in the next. A retry is recognised as a duplicate.

        Usually none waits any more: one timer serves all requests of a whole deadline.
        """
        assert self._loop is not None  # noqa: S101 -- as in submit
        self._alarm, self._alarm_at = None, math.inf
        now = self._loop.time()
        late = [item for item in (*self._committing, *self._gathered) if item[2] <= now and not item[1].done()]
        self._gathered = [item for item in self._gathered if item[2] > now]
        _end(late, self.too_late())
        if late and now - self._started > self.deadline / 2:  # otherwise a step before the disk took the time
            self._reports.failed(self.too_late())
        waiting = [ends for _, future, ends in (*self._committing, *self._gathered) if not future.done()]
        if waiting:
            self._set_alarm(min(waiting))

    def too_late(self) -> UnavailableError:
        """The answer to a request that has reached its deadline, even if its event was stored meanwhile."""
        within = f"within {self.deadline:g} seconds" if self._last == math.inf else "before the server had to stop"
        return UnavailableError("deadline_reached", f"the event was not stored {within}")


def _end(group: list[_Waiting], error: UnavailableError) -> None:
    for _, future, _ in group:
        if not future.done():
            future.set_exception(error)
