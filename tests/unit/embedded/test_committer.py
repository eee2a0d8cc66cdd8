"""Group commit: few waits for the disk, the right outcome for each, and nobody left waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

import pytest

from contract.builders import event, routed
from contract.homes import LOCAL_OPENERS
from hookline.errors import NotFoundError, UnavailableError
from hookline.runtimes.embedded.committer import Committer
from hookline.runtimes.embedded.health import Health, StorageReports
from unit.embedded.fakes import LogBook, run, settled, until
from unit.sqlite.files import held_by_another_program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from contract.homes import LocalHome
    from hookline.domain.event import Outcome
    from hookline.domain.route import RoutedEvent
    from hookline.ports.routed_store import Batch, RoutedStore
    from unit.embedded.fakes import MovingLoop

T = TypeVar("T")
DEADLINE = 10.0


class WatchedBatch:
    """A batch whose commit waits for the store's permission, or fails."""

    def __init__(self, store: WatchedStore, batch: Batch) -> None:
        self._store = store
        self._batch = batch
        self.outcomes: Sequence[Outcome] = batch.outcomes

    def commit(self) -> None:
        """Wait, fail or commit, as the store says."""
        self._store.commits += 1
        assert self._store.disk_answers.wait(10)
        if self._store.answers_once:
            self._store.disk_answers.clear()
        if self._store.commit_fault is not None:
            fault, self._store.commit_fault = self._store.commit_fault, None
            self._batch.rollback()
            raise fault
        self._batch.commit()

    def rollback(self) -> None:
        """Forget it."""
        self._batch.rollback()


class WatchedStore:
    """A real store whose disk may hang or fail, and that remembers its calls."""

    def __init__(self, store: RoutedStore) -> None:
        self._store = store
        self.groups: list[int] = []
        self.threads: list[str] = []
        self.commits = 0
        self.disk_answers = threading.Event()
        self.disk_answers.set()
        self.answers_once = False
        self.stage_fault: Exception | None = None
        self.commit_fault: Exception | None = None

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> WatchedBatch | None:
        """Stage, or fail once."""
        if self.stage_fault is not None:
            fault, self.stage_fault = self.stage_fault, None
            raise fault
        batch = self._store.stage(routed, wait=wait)
        if batch is None:
            return None
        self.groups.append(len(routed))
        self.threads.append(threading.current_thread().name)
        return WatchedBatch(self, batch)


class WatchedReports(StorageReports):
    """Remembers each fault."""

    def __init__(self, health: Health, log: LogBook) -> None:
        super().__init__(health, log)
        self.faults: list[Exception] = []

    def failed(self, fault: Exception) -> None:
        """Note it, and remember it."""
        self.faults.append(fault)
        super().failed(fault)


class Bench:
    """A committer over a watched store, and what it reported of the storage."""

    def __init__(self, home: LocalHome) -> None:
        self.home = home
        self.store = WatchedStore(home.routed)
        self.log = LogBook()
        self.reports = WatchedReports(Health(), self.log)
        self.committer = Committer(self.store, deadline=DEADLINE, reports=self.reports)

    @property
    def faults(self) -> list[Exception]:
        """What was noted, each time."""
        return self.reports.faults

    def submit(self, *names: str, body: bytes = b'{"amount":1.10}', ago: float = 0.0) -> list[asyncio.Future[Outcome]]:
        """Submit an event of each name, whose request was here ``ago`` seconds ago."""
        arrived = asyncio.get_running_loop().time() - ago
        return [self.committer.submit(routed(event(name, body), "payments"), arrived=arrived) for name in names]

    def run(self, main: Callable[[MovingLoop], Awaitable[T]]) -> T:
        """Start, do ``main``, and drain."""

        async def whole(loop: MovingLoop) -> T:
            self.committer.start()
            result = await main(loop)
            self.store.disk_answers.set()
            await self.committer.drain()
            return result

        return run(whole)


@pytest.fixture(params=sorted(LOCAL_OPENERS))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A committer over each backend."""
    opener: str = request.param
    with ExitStack() as stack:
        yield Bench(LOCAL_OPENERS[opener](tmp_path, stack))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Bench]:
    """A committer over a real file."""
    with ExitStack() as stack:
        yield Bench(LOCAL_OPENERS["sqlite"](tmp_path, stack))


async def _codes(futures: Sequence[asyncio.Future[Outcome]]) -> list[str]:
    """The result of each future: an outcome, or an error's code."""
    async with asyncio.timeout(60):
        results = await asyncio.gather(*futures, return_exceptions=True)
    return [result.code if isinstance(result, UnavailableError) else str(result) for result in results]


# groups


def test_many_submits_share_few_commits(bench: Bench) -> None:
    """A wait for the disk takes longer than everything else: one for each event would be the limit of the whole server."""
    names = [f"evt_{number}" for number in range(1500)]

    outcomes = bench.run(lambda _: _codes(bench.submit(*names)))

    assert outcomes == ["new"] * 1500
    assert bench.store.commits <= 4
    assert sum(bench.home.events.count().values()) == 1500
    assert bench.log.lines == []


def test_what_comes_while_a_commit_runs_goes_into_the_next_one(bench: Bench) -> None:
    """The slower the disk, the larger the groups: that is what keeps the server from falling behind."""

    async def main(_: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        futures = bench.submit("first")
        await until(lambda: bench.store.commits == 1)
        for number in range(50):
            futures += bench.submit(f"evt_{number}")
            await asyncio.sleep(0)
        bench.store.disk_answers.set()
        return await _codes(futures)

    outcomes = bench.run(main)

    assert outcomes == ["new"] * 51
    assert bench.store.groups == [1, 50]


def test_a_lone_event_is_not_made_to_wait_for_company(bench: Bench) -> None:
    """At night a single payment arrives, and its sender waits."""

    async def main(_: MovingLoop) -> float:
        started = time.monotonic()
        await _codes(bench.submit("lone"))
        return time.monotonic() - started

    took = bench.run(main)

    assert took < 10
    assert bench.store.groups == [1]


def test_each_hears_its_own_outcome(bench: Bench) -> None:
    """A group holds an event, its retry and a forgery of it: each sender gets its own answer, in the order of arrival."""

    async def main(_: MovingLoop) -> list[str]:
        futures = [
            *bench.submit("evt_1", "evt_2", "evt_1"),
            *bench.submit("evt_2", body=b"other"),
            *bench.submit("evt_3"),
        ]
        first = await _codes(futures)
        return first + await _codes(bench.submit("evt_3", "evt_4"))

    outcomes = bench.run(main)

    assert outcomes == ["new", "new", "duplicate", "conflict", "new", "duplicate", "new"]
    assert bench.home.standing() == [event(f"evt_{number}").id for number in (1, 2, 3, 4)]


def test_nobody_hears_new_before_the_disk_has_answered(bench: Bench) -> None:
    """Promise 1: the outcome is known when the rows are staged, and must not be used until the commit has returned."""

    async def main(_: MovingLoop) -> tuple[bool, list[str]]:
        bench.store.disk_answers.clear()
        futures = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        await asyncio.sleep(0.05)
        early = futures[0].done()
        bench.store.disk_answers.set()
        return early, await _codes(futures)

    early, outcomes = bench.run(main)

    assert not early
    assert outcomes == ["new"]


def test_rows_are_written_on_the_loops_thread(bench: Bench) -> None:
    """That thread holds the interpreter's lock anyway; the commit thread would have to take it away for each row."""
    bench.run(lambda _: _codes(bench.submit("evt_1", "evt_2")))

    assert bench.store.threads == [threading.main_thread().name]


# faults


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UnavailableError("storage_unavailable", "the disk is full"), "storage_unavailable"),
        (RuntimeError("a bug"), "internal_fault"),
        (NotFoundError("there is no queue payments"), "internal_fault"),
    ],
    ids=["disk", "bug", "queue"],
)
@pytest.mark.parametrize("step", ["stage_fault", "commit_fault"])
def test_a_group_that_fails_is_reported_to_all_and_the_next_one_works(
    bench: Bench, step: str, fault: Exception, code: str
) -> None:
    """Whatever the fault is, each waiting sender gets 503 and sends again; one fault must not stop the pipeline."""

    async def main(_: MovingLoop) -> tuple[list[str], list[str]]:
        bench.store.disk_answers.clear()
        setattr(bench.store, step, fault)
        failed = bench.submit("evt_1", "evt_2", "evt_3")
        await settled()
        following = bench.submit("evt_4", "evt_1")
        bench.store.disk_answers.set()
        return await _codes(failed), await _codes(following)

    failed, following = bench.run(main)

    assert failed == [code] * 3
    assert following == ["new", "new"]
    assert bench.faults == [fault]
    assert sorted(bench.home.standing()) == [event("evt_1").id, event("evt_4").id]


def test_a_fault_of_ours_is_not_reported_to_the_world_as_an_outcome(bench: Bench) -> None:
    """The operator needs the words, so the error carries them; senders get only the code."""
    bench.store.commit_fault = ZeroDivisionError("in our code")

    async def main(_: MovingLoop) -> UnavailableError:
        with pytest.raises(UnavailableError) as caught:
            await bench.submit("evt_1")[0]
        return caught.value

    error = bench.run(main)

    assert error.status == 503
    assert "in our code" in error.detail


# another writer


def test_the_loop_continues_while_another_writer_has_the_turn(bench: Bench) -> None:
    """A consumer that deletes, or a replay, must not stop every connection of the server for as long as it takes."""

    async def main(_: MovingLoop) -> tuple[list[str], bool]:
        other = bench.home.stage(routed(event("other"), "payments"))
        futures = bench.submit("evt_1", "evt_2", "other")
        await _turns()
        early = any(future.done() for future in futures)
        other.commit()
        return await _codes(futures), early

    outcomes, early = bench.run(main)

    assert outcomes == ["new", "new", "duplicate"]
    assert not early
    assert bench.store.threads != [threading.main_thread().name]


def test_the_loop_continues_while_another_process_has_the_file(sqlite: Bench, tmp_path: Path) -> None:
    """SQLite would wait on its own, on whichever thread calls it: that must not be the event loop's."""

    async def main(_: MovingLoop) -> tuple[list[str], bool]:
        with held_by_another_program(tmp_path / "hookline.db"):
            futures = sqlite.submit("evt_1", "evt_2")
            await _turns()
            early = any(future.done() for future in futures)
        return await _codes(futures), early

    outcomes, early = sqlite.run(main)

    assert outcomes == ["new", "new"]
    assert not early


def test_a_writer_that_keeps_the_turn_is_not_waited_for_forever(bench: Bench) -> None:
    """The store's own patience ends first; senders get 503, and everything works once the other writer is gone."""

    async def main(_: MovingLoop) -> tuple[list[str], list[str]]:
        other = bench.home.stage(routed(event("other"), "payments"))
        refused = await _codes(bench.submit("evt_1"))
        other.rollback()
        return refused, await _codes(bench.submit("evt_1"))

    refused, afterwards = bench.run(main)

    assert refused == ["storage_unavailable"]
    assert afterwards == ["new"]


async def _turns() -> None:
    """Turns of the loop while another thread waits. A loop that waited itself would come back when that one's patience is over."""
    for _ in range(20):
        await asyncio.sleep(0.002)


# a disk that hangs


def test_a_disk_that_hangs_is_reported_to_all_who_wait_at_the_deadline(bench: Bench) -> None:
    """Senders have timeouts of their own: those in the group and those behind it must get 503 before that."""

    async def main(loop: MovingLoop) -> tuple[list[bool], list[str], float]:
        bench.store.disk_answers.clear()
        futures = bench.submit("evt_1", "evt_2")
        await until(lambda: bench.store.commits == 1)
        futures += bench.submit("evt_3")
        started = loop.time()
        await loop.advance(DEADLINE - 1)
        early = [future.done() for future in futures]
        while not all(future.done() for future in futures):
            await loop.advance(0.25)
        return early, await _codes(futures), loop.time() - started

    early, codes, took = bench.run(main)

    assert early == [False] * 3
    assert codes == ["deadline_reached"] * 3
    assert took < DEADLINE + 1
    assert isinstance(bench.faults[0], UnavailableError)


def test_who_comes_while_the_disk_hangs_is_not_kept_for_a_whole_deadline_more(bench: Bench) -> None:
    """The server knows by then that the disk does not answer."""

    async def main(loop: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        bench.submit("evt_1")[0].add_done_callback(lambda future: future.exception())
        await until(lambda: bench.store.commits == 1)
        await loop.advance(DEADLINE + 1)
        late = bench.submit("evt_2", "evt_3")
        await loop.advance(1)
        assert all(future.done() for future in late)
        return await _codes(late)

    codes = bench.run(main)

    assert codes == ["deadline_reached"] * 2


def test_the_deadline_counts_from_the_request_and_not_from_the_commit(bench: Bench) -> None:
    """Time that went by before the disk was asked is the sender's time too: it must not be given a second deadline."""

    async def main(loop: MovingLoop) -> tuple[list[str], float]:
        bench.store.disk_answers.clear()
        (running,) = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        (behind,) = bench.submit("evt_2", ago=DEADLINE - 2)
        started = loop.time()
        while not behind.done():
            await loop.advance(0.25)
        took = loop.time() - started
        assert not running.done()
        bench.store.disk_answers.set()
        return await _codes([running, behind]), took

    codes, took = bench.run(main)

    assert codes == ["new", "deadline_reached"]
    assert took < 3


def test_each_request_behind_slow_commits_has_its_own_deadline(bench: Bench) -> None:
    """Two commits of most of a deadline each: a sender that waits for both of them gets 503 in time."""

    async def main(loop: MovingLoop) -> tuple[list[str], float]:
        bench.store.disk_answers.clear()
        first = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        behind, started = bench.submit("evt_2"), loop.time()
        await loop.advance(DEADLINE - 2)
        bench.store.answers_once = True
        bench.store.disk_answers.set()
        codes = await _codes(first)
        while not behind[0].done():
            await loop.advance(0.25)
        took = loop.time() - started
        bench.store.answers_once = False
        return codes + await _codes(behind), took

    codes, took = bench.run(main)

    assert codes == ["new", "deadline_reached"]
    assert took < DEADLINE + 1


def test_what_comes_too_late_is_not_stored(bench: Bench) -> None:
    """A request that has waited for its deadline elsewhere, for a key for example, is refused immediately. That is no fault of the disk."""

    async def main(_: MovingLoop) -> list[str]:
        return await _codes(bench.submit("evt_1", ago=DEADLINE))

    codes = bench.run(main)

    assert codes == ["deadline_reached"]
    assert bench.store.groups == []
    assert bench.faults == []


def test_an_alarm_that_finds_nobody_late_breaks_nothing(bench: Bench) -> None:
    """One timer serves all: it is due when most requests have long been answered, and those that came later wait on."""

    async def main(loop: MovingLoop) -> list[str]:
        codes = await _codes(bench.submit("evt_1"))
        await loop.advance(DEADLINE - 1)
        bench.store.disk_answers.clear()
        behind = bench.submit("evt_2")
        await until(lambda: bench.store.commits == 2)
        await loop.advance(3)
        assert not behind[0].done()
        while not behind[0].done():
            await loop.advance(0.25)
        bench.store.disk_answers.set()
        return codes + await _codes(behind)

    codes = bench.run(main)

    assert codes == ["new", "deadline_reached"]


def test_a_late_success_breaks_nothing(bench: Bench) -> None:
    """The event is stored although its sender got 503: its retry is a duplicate, one message is on the queue, and the next commit works."""

    async def main(loop: MovingLoop) -> tuple[list[str], list[str]]:
        bench.store.disk_answers.clear()
        stuck = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        await loop.advance(DEADLINE + 1)
        refused = await _codes(stuck)
        bench.store.disk_answers.set()
        await until(lambda: bench.reports.health.fault is None)
        return refused, await _codes(bench.submit("evt_1", "evt_2"))

    refused, afterwards = bench.run(main)

    assert refused == ["deadline_reached"]
    assert afterwards == ["duplicate", "new"]
    assert bench.home.standing() == [event("evt_1").id, event("evt_2").id]


def test_a_late_failure_breaks_nothing(bench: Bench) -> None:
    """A disk that hangs and then fails: the senders have their answers already, and the next group works."""

    async def main(loop: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        bench.store.commit_fault = UnavailableError("storage_unavailable", "the disk is gone")
        stuck = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        await loop.advance(DEADLINE + 1)
        codes = await _codes(stuck)
        bench.store.disk_answers.set()
        await until(lambda: len(bench.faults) == 2)
        return codes + await _codes(bench.submit("evt_1"))

    codes = bench.run(main)

    assert codes == ["deadline_reached", "new"]


def test_a_disk_that_is_merely_slow_is_waited_for(bench: Bench) -> None:
    """The deadline is each group's own: a slow disk under load must not be taken for a dead one."""

    async def main(loop: MovingLoop) -> list[str]:
        outcomes = []
        for number in range(5):
            bench.store.disk_answers.clear()
            futures = bench.submit(f"evt_{number}")
            await until(lambda number=number: bench.store.commits == number + 1)  # type: ignore[misc]  # bound immediately
            await loop.advance(DEADLINE / 2)
            bench.store.disk_answers.set()
            outcomes += await _codes(futures)
        return outcomes

    outcomes = bench.run(main)

    assert outcomes == ["new"] * 5
    assert bench.faults == []


# those who leave, and the end


def test_a_sender_that_left_harms_nobody(bench: Bench) -> None:
    """A cancelled request's event may be stored or not; the others of its group get their own outcomes."""

    async def main(_: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        first, second, third = bench.submit("evt_1", "evt_2", "evt_3")
        first.cancel()
        await until(lambda: bench.store.commits == 1)
        second.cancel()
        waiting, also_waiting = bench.submit("evt_4", "evt_5")
        waiting.cancel()
        bench.store.disk_answers.set()
        return await _codes([third, also_waiting])

    outcomes = bench.run(main)

    assert outcomes == ["new", "new"]
    assert bench.faults == []


def test_a_fault_is_not_reported_to_a_sender_that_left(bench: Bench) -> None:
    """Setting a result on a cancelled future raises: that would end the group for all behind it."""

    async def main(_: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        bench.store.commit_fault = UnavailableError("storage_unavailable", "the disk is full")
        first, second = bench.submit("evt_1", "evt_2")
        await until(lambda: bench.store.commits == 1)
        first.cancel()
        bench.store.disk_answers.set()
        return await _codes([second])

    codes = bench.run(main)

    assert codes == ["storage_unavailable"]


def test_draining_waits_for_everything_that_was_submitted(bench: Bench) -> None:
    """SIGTERM: what was taken is answered, and what was answered is durable, before the process ends."""

    async def main(_: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        futures = bench.submit("first")
        await until(lambda: bench.store.commits == 1)
        futures += bench.submit(*(f"evt_{number}" for number in range(600)))
        draining = asyncio.ensure_future(bench.committer.drain())
        await settled()
        early = draining.done()
        bench.store.disk_answers.set()
        async with asyncio.timeout(10):
            await draining
        assert not early
        assert all(future.done() for future in futures)
        return await _codes(futures)

    outcomes = bench.run(main)

    assert outcomes == ["new"] * 601
    assert sum(bench.home.events.count().values()) == 601


def test_draining_nothing_ends_immediately(bench: Bench) -> None:
    """A server without traffic stops without a pause."""
    started = time.monotonic()

    bench.run(lambda _: settled())

    assert time.monotonic() - started < 10
    assert bench.store.groups == []


def test_the_deadline_holds_while_draining(bench: Bench) -> None:
    """SIGTERM while the disk hangs: senders still get 503 in time, and then the stop continues."""

    async def main(loop: MovingLoop) -> list[str]:
        bench.store.disk_answers.clear()
        futures = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        draining = asyncio.ensure_future(bench.committer.drain())
        for _ in range(60):
            await loop.advance(0.25)
        codes = await _codes(futures)
        bench.store.disk_answers.set()
        await draining
        return codes

    codes = bench.run(main)

    assert codes == ["deadline_reached"]


def test_when_the_server_stops_those_who_wait_for_the_disk_hear_so_earlier(bench: Bench) -> None:
    """The container is killed at the end of its grace: a sender must have its 503 by then, and those that come now too."""

    async def main(loop: MovingLoop) -> tuple[list[str], float]:
        bench.store.disk_answers.clear()
        futures = bench.submit("evt_1")
        await until(lambda: bench.store.commits == 1)
        futures += bench.submit("evt_2")
        started = loop.time()
        bench.committer.end_within(2)
        futures += bench.submit("evt_3")
        while not all(future.done() for future in futures):
            await loop.advance(0.25)
        return await _codes(futures), loop.time() - started

    codes, took = bench.run(main)

    assert codes == ["deadline_reached"] * 3
    assert took < 3


def test_a_stop_ends_nothing_that_the_disk_answers_in_time(bench: Bench) -> None:
    """An event whose commit was running is stored and acknowledged."""

    async def main(_: MovingLoop) -> list[str]:
        futures = bench.submit("evt_1")
        bench.committer.end_within(2)
        return await _codes(futures + bench.submit("evt_2"))

    assert bench.run(main) == ["new"] * 2
