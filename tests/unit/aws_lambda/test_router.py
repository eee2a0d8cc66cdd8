"""The router function: what it takes, what happens to an event with a fault, and what it returns to Lambda."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import event
from hookline.domain.event import Status
from hookline.domain.invocation import encode_event, encode_ids
from hookline.domain.replay import ReplayMark
from hookline.errors import HooklineError, NotFoundError, OperatorError, UnavailableError
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.recoverer import RECOVER_AFTER
from unit.aws_lambda.fakes import AT, Home, Invocation, recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent

MARK = "4929-1183-0021-7754"
BODY = f'{{"card":"{MARK}"}}'.encode()
OUTAGE = UnavailableError("storage_unavailable", "SQS: RequestThrottled")


def fresh(item: Event) -> object:
    """The payload of a fresh event, as Lambda hands it to the function."""
    return json.loads(encode_event(item))


def by_ids(*items: Event) -> object:
    """The payload of stored events."""
    return json.loads(encode_ids([item.id for item in items]))


def stored(home: Home, *names: str) -> list[Event]:
    """Events that wait."""
    items = [event(name, BODY, received_at=AT) for name in names]
    home.events.add(items)
    return items


def refusing(home: Home, fault: HooklineError, *items: Event) -> None:
    """Let the queues refuse these events."""
    home.outbox.refused = {item.id: fault for item in items}


def raising(home: Home, fault: Exception, *names: str) -> None:
    """Let sending raise when any of these events is among those sent; nothing is sent then."""
    send_and_mark = home.outbox.send_and_mark

    def guarded(routed: Sequence[RoutedEvent]) -> None:
        if any(item.event.id.partition(":")[2] in names for item in routed):
            raise fault
        send_and_mark(routed)

    home.outbox.send_and_mark = guarded  # type: ignore[method-assign]  # the outbox of this test only


def test_a_fresh_event_reaches_its_queue_in_one_send() -> None:
    """This is the ordinary case, without a read: the payload has all that is needed."""
    home = Home()
    (item,) = stored(home, "a")

    result = home.router(fresh(item), Invocation())

    assert result == {"routed": 1, "failed": 0}
    assert home.standing() == [item.id]
    assert (home.outbox.sent, home.loader.asked) == ([1], [])


def test_an_invocation_that_has_waited_is_looked_at_first() -> None:
    """After an outage Lambda still holds what the recoverer has passed on meanwhile: no payment may arrive twice because of it."""
    home = Home()
    gone, waiting = stored(home, "a", "b")
    home.clock.advance(RECOVER_AFTER + timedelta(microseconds=1))
    home.router(by_ids(gone), Invocation())

    result = [home.router(fresh(item), Invocation()) for item in (gone, waiting)]

    assert result == [{"routed": 0, "failed": 0}, {"routed": 1, "failed": 0}]
    assert home.standing() == [gone.id, waiting.id]


def test_an_invocation_within_lambdas_own_retries_is_sent_without_a_look() -> None:
    """No other part has the event before the recoverer's time, and a look would be a third call."""
    home = Home()
    (item,) = stored(home, "a")
    home.clock.advance(RECOVER_AFTER)

    result = home.router(fresh(item), Invocation())

    assert result == {"routed": 1, "failed": 0}
    assert home.loader.asked == []


def test_a_replayed_event_goes_where_the_replay_chose_and_names_it() -> None:
    """The router reads the mark from the event: also when the recoverer hands it on, long after the command was killed."""
    home = Home()
    chosen, routed_anew = stored(home, "a", "b")
    home.events.reopen(chosen.id, ReplayMark(id="r1", queue="refunds"))
    home.events.reopen(routed_anew.id, ReplayMark(id="r2"))

    home.router(by_ids(chosen, routed_anew), Invocation())

    (first,) = home.queues.peek("refunds")
    (second,) = home.queues.peek("payments")
    assert (first.event_id, first.attributes["replay_id"]) == (chosen.id, "r1")
    assert (second.event_id, second.attributes["replay_id"]) == (routed_anew.id, "r2")


def test_a_routed_event_is_one_line() -> None:
    """It names the event and the queue, and has no part of the body."""
    home = Home()
    (item,) = stored(home, "a")

    home.router(fresh(item), Invocation())

    (line,) = home.telemetry.records
    assert (line.event, line.level, line.metrics) == ("routed", "info", {Metric.ROUTED: 1})
    assert line.fields["event_id"] == item.id
    assert line.fields["queues"] == ["payments"]
    assert line.fields["request_id"] == Invocation().aws_request_id


def test_an_event_that_no_route_wants_is_counted_as_such() -> None:
    """It is on ``unrouted``, where an alarm watches for it."""
    home = Home()
    odd = event("odd", type="strange", received_at=AT)
    home.events.add([odd])

    home.router(fresh(odd), Invocation())

    assert home.standing("unrouted") == [odd.id]
    assert home.telemetry.total(Metric.UNMATCHED) == 1
    assert home.telemetry.total(Metric.ROUTED) == 0


def test_the_same_invocation_twice_is_one_message() -> None:
    """Lambda hands asynchronous invocations over at least once."""
    home = Home()
    (item,) = stored(home, "a")

    for _ in range(2):
        home.router(by_ids(item), Invocation())

    assert home.standing() == [item.id]
    assert home.telemetry.total(Metric.ROUTED) == 1


def test_ids_are_read_and_sent_ten_at_a_time() -> None:
    """As many as a batch of SQS takes, so that the largest bodies fit into the smallest function."""
    home = Home()
    items = stored(home, *(f"e{number}" for number in range(25)))

    result = home.router(by_ids(*items), Invocation())

    assert result == {"routed": 25, "failed": 0}
    assert home.loader.asked == home.outbox.sent == [10, 10, 5]


def test_an_event_that_does_not_wait_any_more_is_not_changed() -> None:
    """It was delivered, given up, or is unknown: another run was there before."""
    home = Home()
    done, given_up, waits = stored(home, "done", "given-up", "waits")
    home.router(fresh(done), Invocation())
    home.outbox.fail(given_up.id, reason="no such queue")

    result = home.router(by_ids(done, given_up, event("unknown"), waits), Invocation())

    assert result == {"routed": 1, "failed": 0}
    assert home.standing() == [done.id, waits.id]
    assert home.status(given_up.id) is Status.FAILED


@pytest.mark.parametrize(
    "payload",
    [recorded("payment"), {"Records": [{"eventSource": "aws:sqs", "body": MARK}]}, {"id": MARK}, {"v": 2, "ids": []}],
    ids=["gateway", "queue", "bare", "version"],
)
def test_anything_but_a_direct_invocation_is_refused_by_name(payload: object) -> None:
    """Lambda counts it, and the failure queue shows it: a wrapper that is taken for an event would hide a wrong wiring."""
    home = Home()

    with pytest.raises(OperatorError) as refused:
        home.router(payload, Invocation())

    assert refused.value.code == "invocation_unknown"
    assert MARK not in str(refused.value) + repr(home.telemetry.records)
    assert home.telemetry.records[0].fields["fault_code"] == "invocation_unknown"


@pytest.mark.parametrize("names", [("bad",), ("bad", "a", "b")], ids=["only it", "among others"])
@pytest.mark.parametrize("raised", [True, False], ids=["raised", "returned"])
def test_a_fault_that_stays_gives_the_event_up_immediately(names: tuple[str, ...], *, raised: bool) -> None:
    """A week of tries would only hide it; the other events are routed as if it were not there."""
    home = Home()
    bad, *others = stored(home, *names)
    fault = NotFoundError("there is no queue 'payments'")
    raising(home, fault, "bad") if raised else refusing(home, fault, bad)

    result = home.router(by_ids(bad, *others), Invocation())

    assert result == {"routed": len(others), "failed": 1}
    assert home.status(bad.id) is Status.FAILED
    assert sorted(home.standing()) == [item.id for item in others]
    assert home.telemetry.total(Metric.FAILED) == 1
    assert home.telemetry.total(Metric.ROUTED) == len(others)
    found = home.events.get(bad.id)
    assert found is not None
    assert found.attempt.reason == "NotFoundError: there is no queue 'payments'"


def test_a_fault_that_may_pass_leaves_the_event_and_is_raised_to_lambda() -> None:
    """Lambda tries again, and the event is in the outbox whatever Lambda does."""
    home = Home()
    (item,) = stored(home, "a")
    refusing(home, OUTAGE, item)

    with pytest.raises(UnavailableError) as raised:
        home.router(fresh(item), Invocation())

    assert raised.value.code == "routing_unfinished"
    assert str(raised.value) == "events that have to be routed again: 1"
    assert home.status(item.id) is Status.RECEIVED
    assert home.telemetry.total(Metric.FAILED) == 0


def test_one_that_may_pass_is_raised_after_all_the_others_are_done() -> None:
    """Nine payments must not wait because of the tenth."""
    home = Home()
    items = stored(home, *(f"e{number}" for number in range(23)))
    refusing(home, OUTAGE, items[3], items[12])

    with pytest.raises(UnavailableError, match="events that have to be routed again: 2"):
        home.router(by_ids(*items), Invocation())

    assert len(set(home.standing())) == 21
    assert home.telemetry.total(Metric.ROUTED) == 21
    assert home.status("transactions:e3") is home.status("transactions:e12") is Status.RECEIVED


def test_a_fault_of_a_library_is_raised_without_its_words() -> None:
    """Lambda writes what is raised into its log and onto the failure queue."""
    home = Home()
    (item,) = stored(home, "a")
    raising(home, ValueError(MARK), "a")

    with pytest.raises(HooklineError) as raised:
        home.router(fresh(item), Invocation())

    assert MARK not in str(raised.value) + repr(home.telemetry.records)
    assert home.status(item.id) is Status.RECEIVED


def test_what_was_tried_for_a_week_is_given_up() -> None:
    """The embedded home has the same rule, whichever part tries last."""
    home = Home()
    (item,) = stored(home, "a")
    refusing(home, OUTAGE, item)
    home.clock.advance(timedelta(days=7, seconds=1))

    result = home.router(by_ids(item), Invocation())

    assert result == {"routed": 0, "failed": 1}
    assert home.status(item.id) is Status.FAILED


def test_giving_up_that_cannot_be_written_down_is_left_for_later() -> None:
    """Otherwise one throttled update would keep all other events from their queues."""
    home = Home()
    bad, good = stored(home, "bad", "good")
    refusing(home, NotFoundError("there is no queue"), bad)

    def no_write(event_id: str, *, reason: str) -> None:  # noqa: ARG001 -- the port's shape
        raise OUTAGE

    home.outbox.fail = no_write  # type: ignore[method-assign]  # the outbox of this test only

    with pytest.raises(UnavailableError, match="events that have to be routed again: 1"):
        home.router(by_ids(bad, good), Invocation())

    assert home.standing() == [good.id]
    assert home.telemetry.total(Metric.FAILED) == 0


def test_an_event_that_cannot_be_read_delays_no_other() -> None:
    """A body that is gone from the bucket stays gone; one that cannot be read now may be readable later."""
    home = Home()
    gone, later, good = stored(home, "gone", "later", "good")
    home.loader.faults = {gone.id: NotFoundError("there is no body"), later.id: OUTAGE}

    with pytest.raises(UnavailableError, match="events that have to be routed again: 1"):
        home.router(by_ids(gone, later, good), Invocation())

    assert (home.status(gone.id), home.status(later.id)) == (Status.FAILED, Status.RECEIVED)
    assert home.standing() == [good.id]


def test_a_table_that_cannot_be_read_leaves_everything_for_later() -> None:
    """No event is lost, and Lambda gets the error."""
    home = Home()
    items = stored(home, "a", "b")
    home.loader.down = OUTAGE

    with pytest.raises(UnavailableError, match="events that have to be routed again: 2"):
        home.router(by_ids(*items), Invocation())

    assert home.standing() == []


def test_when_time_runs_out_the_rest_is_left_in_order() -> None:
    """If Lambda stopped it in the middle, nobody would know what was sent."""
    home = Home()
    items = stored(home, *(f"e{number:02}" for number in range(40)))

    with pytest.raises(UnavailableError, match="events that have to be routed again: 20"):
        home.router(by_ids(*items), Invocation(left=40_000, step=10_001))

    assert home.standing() == [item.id for item in items[:20]]


def test_a_short_timeout_leaves_time_for_work() -> None:
    """Whatever timeout is configured: a margin that is longer than the whole timeout would never route anything."""
    home = Home()
    (item,) = stored(home, "a")

    assert home.router(by_ids(item), Invocation(left=10_900, step=100)) == {"routed": 1, "failed": 0}


def test_no_line_shows_a_body() -> None:
    """This holds for successes and for failures."""
    home = Home()
    good, bad = stored(home, "good", "bad")
    refusing(home, NotFoundError("there is no queue"), bad)

    home.router(by_ids(good, bad), Invocation())

    assert len(home.telemetry.records) == 2
    assert MARK not in repr(home.telemetry.records)
