"""The housekeeper: finishes the outbox, removes what has expired, probes a disk that failed, and outlives every fault."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from contract.builders import EVENT_RETENTION, START, event, message, routed, waiting
from hookline.adapters.memory.retention import MemoryRetention
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.domain.event import Status
from hookline.domain.queue import UNROUTED
from hookline.domain.route import Route
from hookline.errors import UnavailableError
from hookline.pipeline.recover import GIVE_UP_AFTER
from hookline.pipeline.route import Router
from hookline.runtimes.embedded import keeper as keeper_module
from hookline.runtimes.embedded.health import Health
from hookline.runtimes.embedded.keeper import RECOVER_AFTER, Keeper, recover
from unit.embedded.fakes import LogBook, Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.ports.event_store import StoredEvent

LATER = RECOVER_AFTER + timedelta(microseconds=1)
FULL = UnavailableError("storage_unavailable", "SQLite: FullError: database or disk is full")


class Rule:
    """A route's condition that fails for some events until it is fixed."""

    def __init__(self) -> None:
        self.faults: dict[str, Exception] = {}

    @property
    def reads(self) -> frozenset[str]:
        """The event's id says which."""
        return frozenset({"id"})

    def matches(self, event: Mapping[str, object]) -> bool:
        """Whether the id is without the word nobody; raises the fault that a test gave the event."""
        fault = self.faults.get(str(event["id"]))
        if fault is not None:
            raise fault
        return "nobody" not in str(event["id"])


class Yard:
    """A memory backend with events in its outbox, and what recovery needs."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.rule = Rule()
        self.router = Router([Route(match=self.rule, queues=("payments",))])
        self.log = LogBook()

    def leave(self, *names: str) -> None:
        """Leave events in the outbox, as when routing was interrupted."""
        batch = MemoryRoutedStore(self.memory.state).stage([waiting(event(name)) for name in names])
        assert batch is not None
        batch.commit()

    def recover(self, *, after: timedelta = LATER, limit: int = 500) -> int:
        """Recover once some time has passed."""
        self.memory.clock.advance(after)
        return recover(self.memory.outbox, self.router, self.memory.clock, self.log, limit=limit)

    def stored(self, name: str) -> StoredEvent:
        """The event, which must be known."""
        stored = self.memory.events.get(event(name).id)
        assert stored is not None
        return stored

    def break_rule(self, name: str, fault: Exception) -> None:
        """Let routing this event fail."""
        self.rule.faults[event(name).id] = fault


@pytest.fixture
def yard() -> Yard:
    """An empty one."""
    return Yard()


def _ids(*names: str) -> list[str]:
    return [event(name).id for name in names]


# recover


def test_what_waits_is_brought_to_its_queues(yard: Yard) -> None:
    """Promise 2: a stored event always reaches its queue, and unrouted is one."""
    yard.leave("evt_1", "evt_2", "nobodys")

    looked_at = yard.recover()

    assert looked_at == 3
    assert yard.memory.standing() == _ids("evt_1", "evt_2")
    assert yard.memory.standing(UNROUTED) == _ids("nobodys")
    assert yard.stored("evt_1").event.status is Status.ROUTED
    assert yard.stored("nobodys").event.status is Status.UNMATCHED
    assert [line.fields["event_id"] for line in yard.log.lines if line.text == "recovered"] == _ids(
        "evt_1", "evt_2", "nobodys"
    )


def test_a_new_event_is_left_to_the_part_that_routes_it(yard: Yard) -> None:
    """A command may be about to deliver what it reopened: a second delivery would do no harm, but no good either."""
    yard.leave("evt_1")

    early = yard.recover(after=RECOVER_AFTER)
    in_time = yard.recover(after=timedelta(microseconds=1))

    assert (early, in_time) == (0, 1)


def test_nothing_is_delivered_twice(yard: Yard) -> None:
    """Recovery runs every second."""
    yard.leave("evt_1")
    yard.recover()

    again = yard.recover(after=timedelta(days=1))

    assert again == 0
    assert yard.memory.standing() == _ids("evt_1")


def test_a_fault_that_may_pass_is_tried_again_with_growing_pauses(yard: Yard) -> None:
    """The cause may be an outage, or a bug that the next version fixes: pauses grow from 5 s to 15 min."""
    yard.break_rule("evt_1", RuntimeError("not today"))
    yard.leave("evt_1")

    tries = [
        yard.memory.clock.steady() - START
        for _ in range(int(timedelta(hours=1).total_seconds()))
        if yard.recover(after=timedelta(seconds=1))
    ]

    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert yard.stored("evt_1").attempt.count == len(tries)
    assert yard.stored("evt_1").attempt.reason == "RuntimeError: not today"
    assert set(yard.log.texts("warning")) == {"routing failed, trying again later"}


def test_what_was_put_off_arrives_once_the_fault_has_passed(yard: Yard) -> None:
    """An operator need not act after a fault of the storage."""
    yard.break_rule("evt_1", RuntimeError("not today"))
    yard.leave("evt_1")
    yard.recover()
    yard.rule.faults.clear()

    early = yard.recover(after=timedelta(seconds=4))
    yard.recover(after=timedelta(seconds=1))

    assert early == 0
    assert yard.memory.standing() == _ids("evt_1")
    assert yard.stored("evt_1").event.status is Status.ROUTED


def test_a_fault_that_does_not_pass_is_given_up_after_a_week(yard: Yard) -> None:
    """After a week a person must look; until then a fault that ends needs no person."""
    yard.break_rule("evt_1", RuntimeError("never"))
    yard.leave("evt_1")

    yard.recover(after=GIVE_UP_AFTER - timedelta(minutes=1))
    before = yard.stored("evt_1").event.status
    yard.recover(after=timedelta(minutes=2))
    after = yard.stored("evt_1")

    assert before is Status.RECEIVED
    assert after.event.status is Status.FAILED
    assert after.attempt.reason == "RuntimeError: never"
    assert yard.log.texts("error") == ["routing failed permanently: the event is marked as failed and can be replayed"]


def test_a_fault_that_no_retry_fixes_is_given_up_immediately(yard: Yard) -> None:
    """Retries do not declare a queue. The event is kept, and can be replayed once the queue exists."""
    yard.router = Router([Route(match=yard.rule, queues=("nowhere",))])
    yard.leave("evt_1")

    yard.recover()

    stored = yard.stored("evt_1")
    assert stored.event.status is Status.FAILED
    assert stored.attempt.reason == "NotFoundError: there is no queue nowhere"
    assert stored.expires_at is None


def test_one_bad_event_does_not_stop_the_others(yard: Yard) -> None:
    """One event that can never be delivered would delay all other events for a week."""
    yard.leave("evt_1", "bad", "evt_2", "worse", "evt_3")
    yard.break_rule("bad", RuntimeError())
    yard.break_rule("worse", RecursionError())

    looked_at = yard.recover()

    assert looked_at == 5
    assert yard.memory.standing() == _ids("evt_1", "evt_2", "evt_3")


def test_recovery_goes_in_steps(yard: Yard) -> None:
    """Thousands of events wait after a long outage, and other writers must write in between."""
    yard.leave(*(f"evt_{number}" for number in range(7)))

    looked_at = [yard.recover(limit=3), *(yard.recover(after=timedelta(), limit=3) for _ in range(3))]

    assert looked_at == [3, 3, 1, 0]
    assert len(yard.memory.standing()) == 7


def test_a_storage_that_fails_ends_the_round(yard: Yard) -> None:
    """It is not the events' fault: no failure may be counted for them."""
    yard.leave("evt_1", "evt_2")
    outbox = _FailingOutbox(yard)

    with pytest.raises(UnavailableError):
        recover(outbox, yard.router, yard.memory.clock, yard.log)

    assert yard.stored("evt_1").attempt.count == 0
    assert yard.stored("evt_2").attempt.count == 0


class _FailingOutbox:
    """An outbox that can be read and not written, as on a full disk."""

    def __init__(self, yard: Yard) -> None:
        yard.memory.clock.advance(LATER)
        self.pending = yard.memory.outbox.pending
        self.oldest = yard.memory.outbox.oldest

    def deliver(self, routed: Sequence[object]) -> None:  # noqa: ARG002 -- the port's shape
        """Fail."""
        raise FULL

    def defer(self, event_id: str, *, until: object, reason: str) -> None:  # noqa: ARG002 -- the port's shape
        """Fail."""
        raise FULL

    def fail(self, event_id: str, *, reason: str) -> None:  # noqa: ARG002 -- the port's shape
        """Fail."""
        raise FULL


# the thread


class House:
    """A keeper at work on a yard, with its times shortened."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        self.health = Health()
        self.checkpoints = 0
        self.probes = 0
        self.checkpoint_fault: Exception | None = None
        self.probe_fault: Exception | None = None
        self.keeper = Keeper(
            outbox=yard.memory.outbox,
            retention=MemoryRetention(yard.memory.state),
            router=yard.router,
            clock=yard.memory.clock,
            health=self.health,
            log=yard.log,
            checkpoint=self._checkpoint,
            probe=self._probe,
        )

    def _checkpoint(self) -> bool:
        self.checkpoints += 1
        if self.checkpoint_fault is not None:
            raise self.checkpoint_fault
        return True

    def _probe(self) -> None:
        self.probes += 1
        if self.probe_fault is not None:
            raise self.probe_fault


@pytest.fixture
def house(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A keeper that has not begun."""
    monkeypatch.setattr(keeper_module, "_TICK", 0.005)
    monkeypatch.setattr(keeper_module, "_RECOVER_EVERY", 0.02)
    monkeypatch.setattr(keeper_module, "_SWEEP_EVERY", 0.02)
    house = House(yard)
    yield house
    house.keeper.stop()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_the_keeper_recovers_automatically(house: House, yard: Yard) -> None:
    """Events of the last run are delivered soon, also where no new event comes."""
    yard.leave("evt_1")
    yard.memory.clock.advance(LATER)

    house.keeper.start()

    _until(lambda: yard.memory.standing() == _ids("evt_1"))


def test_the_keeper_takes_a_long_outbox_in_one_go(house: House, yard: Yard) -> None:
    """With one step a second, events would be delivered hours late after an outage."""
    yard.leave(*(f"evt_{number}" for number in range(1200)))
    yard.memory.clock.advance(LATER)

    house.keeper.start()

    _until(lambda: len(yard.memory.queues.peek("payments", limit=2000)) == 1200)


def test_the_keeper_removes_what_has_expired(house: House, yard: Yard) -> None:
    """Events past their retention and messages past their queue's; what waits stays, however old."""
    batch = MemoryRoutedStore(yard.memory.state).stage([routed(event(f"old_{number}")) for number in range(600)])
    assert batch is not None
    batch.commit()
    yard.memory.queues.send("payments", [message()])
    yard.break_rule("waits", RuntimeError())
    yard.leave("waits")
    yard.memory.clock.advance(EVENT_RETENTION)

    house.keeper.start()
    _until(lambda: "expired" in yard.log.texts())

    assert list(yard.memory.state.events) == _ids("waits")
    assert yard.memory.standing() == []
    assert [line.fields for line in yard.log.lines if line.text == "expired"] == [
        {"events": 600, "messages": 1, "claims": 0}
    ]


def test_nothing_to_remove_is_not_worth_a_line(house: House, yard: Yard) -> None:
    """A line each minute would hide the other lines."""
    house.keeper.start()
    _until(lambda: house.checkpoints > 20)

    assert yard.log.lines == []


def test_the_log_is_kept_short_all_the_time(house: House) -> None:
    """The log is also shortened while writes never pause."""
    house.keeper.start()

    _until(lambda: house.checkpoints > 5)


def test_readiness_comes_back_without_traffic(house: House, yard: Yard) -> None:
    """A load balancer sends nothing to a server that is not ready: the server itself has to find out that the disk works again."""
    house.health.storage_failed(FULL)
    house.probe_fault = FULL
    house.keeper.start()
    _until(lambda: house.probes >= 3)
    while_full = house.health.ready

    house.probe_fault = None
    _until(lambda: house.health.ready)

    assert not while_full
    assert yard.log.texts() == ["storage works again"]


def test_on_a_disk_that_failed_only_the_probe_works(house: House, yard: Yard) -> None:
    """Sweeping and recovering would fail too, and log each failure."""
    house.health.storage_failed(FULL)
    house.probe_fault = FULL
    yard.leave("evt_1")
    yard.memory.clock.advance(LATER)

    house.keeper.start()
    _until(lambda: house.probes >= 5)

    assert yard.memory.standing() == []
    assert yard.log.lines == []


def test_a_working_disk_is_not_probed(house: House) -> None:
    """Each probe would wait for the disk."""
    house.keeper.start()
    _until(lambda: house.checkpoints > 20)

    assert house.probes == 0


def test_a_stopping_server_is_not_probed_either(house: House) -> None:
    """It is not ready because it stops, and nothing is wrong with its disk."""
    house.health.stop()
    house.keeper.start()
    time.sleep(0.1)

    assert house.probes == 0
    assert not house.health.ready


def test_a_storage_that_fails_in_housekeeping_is_reported_once(house: House, yard: Yard) -> None:
    """The keeper may be the first to notice at night; readiness ends, and the log has one line."""
    house.checkpoint_fault = house.probe_fault = FULL
    house.keeper.start()
    _until(lambda: house.probes >= 3)

    errors = [line for line in yard.log.lines if line.level == "error"]
    assert len(errors) == 1
    assert errors[0].fields["fault"] == str(FULL)
    assert not house.health.ready


@pytest.mark.parametrize("step", ["checkpoint_fault", "probe_fault"])
@pytest.mark.parametrize("fault", [RuntimeError("a bug"), MemoryError(), KeyError("x"), OSError(28, "full")])
def test_the_keeper_outlives_every_fault(house: House, yard: Yard, step: str, fault: Exception) -> None:
    """Nobody would notice that the thread has ended until the disk is full."""
    if step == "probe_fault":
        house.health.storage_failed(FULL)
    setattr(house, step, fault)
    house.keeper.start()
    _until(lambda: len(yard.log.texts("error")) >= 2)

    setattr(house, step, None)
    yard.leave("evt_1")
    yard.memory.clock.advance(LATER)
    _until(lambda: yard.memory.standing() == _ids("evt_1"))

    assert set(yard.log.texts("error")) == {"housekeeping failed"}
    assert yard.log.lines[0].fields["fault"] == repr(fault)


def test_the_keeper_stops_when_it_is_asked(house: House) -> None:
    """The keeper stops between two steps, so soon that a person does not notice the wait."""
    house.keeper.start()
    _until(lambda: house.checkpoints > 0)
    started = time.monotonic()

    house.keeper.stop()

    after = house.checkpoints
    time.sleep(0.05)
    assert house.checkpoints == after
    assert time.monotonic() - started < 20


def test_a_keeper_that_never_started_can_be_stopped(house: House) -> None:
    """The server may fail before it begins."""
    house.keeper.stop()

    assert house.checkpoints == 0


def test_a_long_sweep_ends_when_the_server_stops(house: House, yard: Yard) -> None:
    """Millions of messages may have expired, and a stop must not wait for their removal."""
    started = threading.Event()

    class Endless:
        def expire_events(self, *, limit: int) -> int:
            started.set()
            return limit

        def expire_messages(self, *, limit: int) -> int:  # noqa: ARG002 -- the port's shape
            return 0

        def expire_claims(self, *, limit: int) -> int:  # noqa: ARG002 -- the port's shape
            return 0

    keeper = Keeper(
        outbox=yard.memory.outbox,
        retention=Endless(),
        router=yard.router,
        clock=yard.memory.clock,
        health=house.health,
        log=yard.log,
        checkpoint=lambda: True,
        probe=lambda: None,
    )
    keeper.start()
    started.wait(60)
    began = time.monotonic()

    keeper.stop()

    assert time.monotonic() - began < 20


def test_a_full_disk_is_still_swept_and_its_log_kept_short(house: House, yard: Yard) -> None:
    """New events are refused so that this has room: if it stopped too, the disk would stay full."""
    batch = MemoryRoutedStore(yard.memory.state).stage([routed(event(f"old_{number}")) for number in range(1200)])
    assert batch is not None
    batch.commit()
    yard.memory.clock.advance(EVENT_RETENTION)
    house.health.is_full("the disk is full")

    house.keeper.start()

    _until(lambda: not yard.memory.state.events)
    _until(lambda: house.checkpoints > 0)


def test_the_log_is_kept_short_between_the_steps_of_a_sweep(house: House, yard: Yard) -> None:
    """A sweep of a month in one step would write a log that fills the disk."""
    seen: list[int] = []

    class Steps:
        def expire_events(self, *, limit: int) -> int:
            seen.append(house.checkpoints)
            return limit if len(seen) < 4 else 0

        def expire_messages(self, *, limit: int) -> int:  # noqa: ARG002 -- the port's shape
            return 0

        def expire_claims(self, *, limit: int) -> int:  # noqa: ARG002 -- the port's shape
            return 0

    keeper = Keeper(
        outbox=yard.memory.outbox,
        retention=Steps(),
        router=yard.router,
        clock=yard.memory.clock,
        health=house.health,
        log=yard.log,
        checkpoint=house._checkpoint,
        probe=lambda: None,
    )
    keeper.start()
    _until(lambda: len(seen) >= 4)
    keeper.stop()

    assert [later - earlier for earlier, later in pairwise(seen[:4])] == [1, 1, 1]
