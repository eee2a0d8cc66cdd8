"""The recoverer: which events it takes, which it gives up, when it stops, and what it reports each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import event
from hookline.adapters.memory.dispatcher import MemoryDispatcher
from hookline.domain.event import Status
from hookline.domain.pause import Pause, Paused, PauseState
from hookline.errors import HooklineError, UnavailableError
from hookline.ports.telemetry import Metric
from unit.aws_lambda.fakes import AT, Home, Invocation

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.adapters.memory.telemetry import Record
    from unit.aws_lambda.fakes import Leased

LATER = AT + timedelta(hours=1)
OUTAGE = UnavailableError("storage_unavailable", "Query: ThrottlingException")


def waiting(home: Home, count: int, *, prefix: str = "e") -> None:
    """Events that came at the clock's time and were never routed."""
    home.events.add([event(f"{prefix}{number:04}", received_at=home.clock.now()) for number in range(count)])


def last(home: Home) -> Record:
    """The line of the last run."""
    record = home.telemetry.records[-1]
    assert record.event == "outbox checked"
    return record


def passed_on(home: Home) -> list[list[str]]:
    """The lists of ids that the router received."""
    return [payload["ids"] for payload in home.dispatcher.take() if isinstance(payload, dict)]


def test_an_empty_outbox_is_reported_too() -> None:
    """The alarm takes a missing value for the worst: an age of zero must be reported."""
    home = Home()

    result = home.recoverer({}, Invocation())

    assert result == {"recovered": 0, "failed": 0}
    assert last(home).metrics == {Metric.RECOVERED: 0, Metric.FAILED: 0, Metric.OUTBOX_OLDEST_SECONDS: 0}


def test_how_long_a_paused_source_holds_events_is_reported() -> None:
    """An alarm uses it, and ends when it is missing."""
    home = Home()
    paused = Pause(
        kind=Paused.SOURCE, name="transactions", state=PauseState.HOLDING, since=AT, actor="ann", reason=None
    )
    home.pauses.put(paused)
    home.pauses.put(replace(paused, name="shop", state=PauseState.PAUSED))
    home.recoverer({}, Invocation())
    assert Metric.HELD_OLDEST_SECONDS not in last(home).metrics
    home.events.add([replace(event("held", received_at=home.clock.now()), held=True)])
    home.clock.advance(timedelta(hours=1))

    home.recoverer({}, Invocation())
    assert last(home).metrics[Metric.HELD_OLDEST_SECONDS] == 3600

    home.pauses.put(replace(paused, state=PauseState.RELEASING))
    home.recoverer({}, Invocation())
    assert Metric.HELD_OLDEST_SECONDS not in last(home).metrics


def test_what_is_on_its_way_is_left_to_lambdas_own_retries() -> None:
    """Taken up too early, every event of a busy minute would be sent twice."""
    home = Home()
    waiting(home, 1)
    home.clock.advance(timedelta(seconds=300))

    home.recoverer({}, Invocation())

    assert passed_on(home) == []
    assert last(home).metrics[Metric.OUTBOX_OLDEST_SECONDS] == 300


def test_what_has_waited_for_five_minutes_is_passed_to_the_router() -> None:
    """It reaches its queue, whatever had happened to it before."""
    home = Home()
    waiting(home, 3)
    home.clock.advance(timedelta(seconds=301))

    result = home.recoverer({}, Invocation())
    home.pass_on()

    assert result == {"recovered": 3, "failed": 0}
    assert len(home.standing()) == 3
    assert home.telemetry.total(Metric.RECOVERED) == 3


def test_thousands_are_drained_in_one_run_a_hundred_to_an_invocation() -> None:
    """After an outage the backlog must shrink faster than it grew."""
    home = Home()
    waiting(home, 2345)
    home.clock.advance(timedelta(seconds=301))

    home.recoverer({}, Invocation())

    lots = passed_on(home)
    assert len({event_id for lot in lots for event_id in lot}) == 2345
    assert {len(lot) for lot in lots} == {100, 45}


def test_an_event_that_ends_the_routers_process_keeps_no_other_back() -> None:
    """A body that takes all memory when it is parsed kills the invocation: the events behind it must come first the next time."""
    home = Home()
    waiting(home, 20)
    deadly, *others = [stored.event.id for stored in home.outbox.pending(received_before=LATER, due_at=LATER, limit=99)]
    routed: set[str] = set()

    for _ in range(60):
        home.clock.advance(timedelta(minutes=10))
        home.recoverer({}, Invocation())
        routed |= {event_id for lot in passed_on(home) for event_id in lot[: lot.index(deadly)]}

    assert routed == {*others}


def test_no_other_run_takes_the_same_events() -> None:
    """Runs may overlap: a lease keeps the second from sending everything again."""
    home = Home()
    waiting(home, 5)
    home.clock.advance(timedelta(seconds=301))

    home.recoverer({}, Invocation())
    home.recoverer({}, Invocation())

    assert sum(map(len, passed_on(home))) == 5


def test_an_event_that_the_router_did_not_take_comes_again_after_its_pause() -> None:
    """A crash of the router did not lose the event."""
    home = Home()
    waiting(home, 1)
    home.clock.advance(timedelta(seconds=301))
    home.recoverer({}, Invocation())
    home.dispatcher.take()
    home.clock.advance(timedelta(minutes=6))

    home.recoverer({}, Invocation())
    home.pass_on()

    assert home.standing() == ["transactions:e0000"]


def test_it_stops_while_there_is_time_to_finish_what_it_began() -> None:
    """If Lambda stopped it in the middle of a lot, it would have leased events that it passes to nobody."""
    home = Home()
    waiting(home, 5000)
    home.clock.advance(timedelta(seconds=301))

    home.recoverer({}, Invocation(left=40_000, step=10_000))

    assert sum(map(len, passed_on(home))) == 2000


def test_a_short_timeout_leaves_time_for_work() -> None:
    """Whatever timeout is configured: a margin that is longer than the whole timeout would never recover anything."""
    home = Home()
    waiting(home, 1)
    home.clock.advance(timedelta(seconds=301))

    assert home.recoverer({}, Invocation(left=10_900, step=100)) == {"recovered": 1, "failed": 0}


def test_after_a_week_an_event_is_given_up_and_the_others_are_not() -> None:
    """Only a person can handle it now, and an alarm calls one."""
    home = Home()
    waiting(home, 2, prefix="old")
    home.clock.advance(timedelta(days=7))
    waiting(home, 1, prefix="young")
    home.clock.advance(timedelta(seconds=301))

    result = home.recoverer({}, Invocation())

    assert result == {"recovered": 1, "failed": 2}
    assert home.status("transactions:old0000") is Status.FAILED
    assert home.status("transactions:young0000") is Status.RECEIVED
    assert home.telemetry.total(Metric.FAILED) == 2
    found = home.events.get("transactions:old0000")
    assert found is not None
    assert found.attempt.reason == "not routed in 7 days"


def test_a_router_that_takes_nothing_ends_the_run_with_one_clean_error() -> None:
    """Lambda counts it; leased events come again after their pause."""
    home = Home()
    waiting(home, 300)
    home.clock.advance(timedelta(seconds=301))
    home.recoverer = home.recoverer_over(MemoryDispatcher(room=1))

    with pytest.raises(UnavailableError) as raised:
        home.recoverer({}, Invocation())

    assert raised.value.code == "overloaded"
    assert last(home).level == "error"
    assert last(home).metrics[Metric.RECOVERED] == 100
    assert home.events.count()[Status.RECEIVED] == 300


def test_a_table_that_cannot_be_read_is_shown_by_the_missing_metric() -> None:
    """An age of zero would say that all is well."""
    home = Home()

    def no_answer() -> None:
        raise OUTAGE

    home.outbox.oldest = no_answer  # type: ignore[method-assign]  # the outbox of this test only

    with pytest.raises(UnavailableError):
        home.recoverer({}, Invocation())

    assert Metric.OUTBOX_OLDEST_SECONDS not in last(home).metrics


def test_a_fault_of_a_library_is_raised_without_its_words() -> None:
    """Lambda writes what is raised into its log."""
    home = Home()

    def bug() -> None:
        raise KeyError("4929-1183")

    home.outbox.oldest = bug  # type: ignore[method-assign]  # the outbox of this test only

    with pytest.raises(HooklineError) as raised:
        home.recoverer({}, Invocation())

    assert "4929-1183" not in str(raised.value) + repr(home.telemetry.records)


def test_a_run_with_nothing_to_do_asks_once() -> None:
    """It comes every minute of every day, and each question costs."""
    home = Home()
    waiting(home, 1)

    def no_lease(*, received_before: datetime, due_at: datetime, limit: int) -> list[Leased]:
        raise AssertionError((received_before, due_at, limit))

    home.outbox.lease = no_lease  # type: ignore[method-assign]  # the outbox of this test only

    assert home.recoverer({}, Invocation()) == {"recovered": 0, "failed": 0}


def test_the_age_is_that_of_the_event_that_waits_longest() -> None:
    """The alarm uses this number."""
    home = Home()
    waiting(home, 1, prefix="first")
    home.clock.advance(timedelta(hours=2))
    waiting(home, 1, prefix="second")

    home.recoverer({}, Invocation())

    assert last(home).metrics[Metric.OUTBOX_OLDEST_SECONDS] == 7200
    assert home.clock.now() == AT + timedelta(hours=2)
