"""Putting an old event through again on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.dispatcher import MemoryDispatcher
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.state import MemoryState
from hookline.domain.event import TRANSITIONS, Status
from hookline.errors import OperatorError
from hookline.pipeline.replay import hand_over, reopened
from unit.builders import NOW, event


@pytest.mark.parametrize("status", [Status.ROUTED, Status.UNMATCHED, Status.FAILED])
def test_an_event_that_has_ended_waits_again(status: Status) -> None:
    """A replay changes an event's status and no part of what was received."""
    old = event(status=status)

    again = reopened(old)

    assert again == replace(old, status=Status.RECEIVED)
    assert again.body is old.body


def test_an_event_that_waits_already_is_not_replayed() -> None:
    """It will be routed in any case; a second time would only reset its pauses."""
    with pytest.raises(OperatorError) as refused:
        reopened(event(status=Status.RECEIVED))

    assert refused.value.code == "not_replayable"
    assert "transactions:evt_1" in str(refused.value)


def test_replay_follows_the_table_of_statuses() -> None:
    """One table decides, so that no store and no command can disagree with it."""
    replayable = {status for status in Status if Status.RECEIVED in TRANSITIONS[status]}

    assert replayable == set(Status) - {Status.RECEIVED}


def test_events_are_handed_to_the_router_in_groups_of_a_hundred() -> None:
    """One invocation for each of ten thousand events would take minutes, and one invocation has no room for all of them."""
    events = MemoryEventStore(MemoryState(MemoryClock(NOW), [], timedelta(days=30)))
    ids = [f"transactions:{number}" for number in range(101)]
    events.add([replace(event(status=Status.FAILED), id=event_id) for event_id in ids])
    dispatcher = MemoryDispatcher()

    results = hand_over(ids, events, dispatcher, replay_id="r1")

    assert [result.fault for result in results] == [None] * 101
    assert [len(payload["ids"]) for payload in dispatcher.take()] == [100, 1]  # type: ignore[index]  # parsed JSON


def test_events_that_the_router_did_not_take_are_reported_as_waiting() -> None:
    """They wait again, so recovery delivers them, and a second replay would be refused."""
    events = MemoryEventStore(MemoryState(MemoryClock(NOW), [], timedelta(days=30)))
    events.add([event(status=Status.FAILED)])

    (known, unknown) = hand_over(
        ["transactions:evt_1", "transactions:nope"], events, MemoryDispatcher(room=0), replay_id="r1"
    )

    assert known.fault is not None
    assert "the event waits in the outbox" in str(known.fault)
    assert unknown.fault is not None
    assert unknown.fault.code == "not_found"
