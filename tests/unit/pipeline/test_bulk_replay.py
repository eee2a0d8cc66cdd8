"""Replays of many events: the plan, the pages, and how a replay continues after a kill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.dispatcher import MemoryDispatcher
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.replays import MemoryReplays
from hookline.adapters.memory.state import MemoryState
from hookline.config.units import UnusableError
from hookline.domain.canary import CANARY
from hookline.domain.event import Status
from hookline.domain.queue import UNROUTED, Queue
from hookline.domain.route import Route, RoutedEvent
from hookline.errors import NotFoundError, OperatorError, PatternError, UnavailableError
from hookline.patterns import compile_pattern
from hookline.pipeline.audited import Run
from hookline.pipeline.bulk_replay import BulkReplay, ReplayRequest, deliver_here, hand_to_router
from hookline.pipeline.route import Router
from hookline.ports.replays import ReplayState
from unit.builders import NOW, event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.ports.event_store import StoredEvent
    from hookline.ports.replays import ReplayRecord

QUEUES = [Queue(name=name) for name in ("payments", "copies", UNROUTED)]
ROUTER = Router(
    [
        Route(match=compile_pattern({"type": ["payment"]}), queues=("payments", "copies")),
        Route(match=compile_pattern({"type": ["refund"]}), queues=("copies",)),
    ]
)
LATER = NOW + timedelta(hours=1)


class Place:
    """A home in memory with a few events."""

    def __init__(self, count: int = 5) -> None:
        self.clock = MemoryClock(NOW)
        self.state = MemoryState(self.clock, QUEUES, timedelta(days=30))
        self.events = MemoryEventStore(self.state)
        self.outbox, self.queues = MemoryOutbox(self.state), MemoryQueues(self.state)
        self.replays, self.audit = MemoryReplays(self.state), MemoryAuditLog(self.state)
        self.put(*(f"e{number}" for number in range(count)))

    def put(self, *names: str, type_: str = "payment") -> None:
        """Events that consumers have had."""
        for name in names:
            one = replace(event(), id=f"transactions:{name}", type=type_, status=Status.RECEIVED, received_at=NOW)
            self.events.add([one])
            self.outbox.deliver([RoutedEvent(event=one, queues=())])

    def bulk(self, **changes: object) -> BulkReplay:
        """Replays of this home."""
        made = BulkReplay(
            replays=self.replays,
            audit=self.audit,
            router=ROUTER,
            deliver=deliver_here(self.outbox, ROUTER),
            known_queues=("payments", "copies", UNROUTED),
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # as given

    def on(self, queue: str) -> list[str]:
        """The names of the events on a queue."""
        return [one.event_id.partition(":")[2] for one in self.queues.peek(queue, limit=1000)]


def run(id_: str = "r1", **changes: object) -> Run:
    """A run an hour later."""
    return replace(Run(id=id_, actor="ann@desk", at=LATER, reason="bug 7"), **changes)  # type: ignore[arg-type]  # as given


def request(**words: str) -> ReplayRequest:
    """A replay of the last two hours."""
    return ReplayRequest.of({"since": "2h", **words}, LATER)


def finish(bulk: BulkReplay, words: ReplayRequest, this: Run, at_once: int = 2) -> ReplayRecord:
    """Prepare, and run to the end."""
    *_, last = bulk.run(bulk.prepare(words, this).replay, this, at_once=at_once)
    return last


def test_a_plan_counts_what_would_happen_and_changes_nothing() -> None:
    """The operator sees how many messages each queue gets, and which of them consumers have had, before any is sent."""
    place = Place()
    place.put("r", type_="refund")
    place.put("odd", type_="odd")
    place.events.add([replace(event(), id="transactions:waits"), replace(event(), id="transactions:fell")])
    place.outbox.fail("transactions:fell", reason="broken")

    plan = place.bulk().plan(request())

    assert (plan.matched, plan.waiting, plan.delivered, plan.messages) == (8, 1, 7, 14)
    assert dict(plan.statuses) == {"routed": 7, "failed": 1}
    assert dict(plan.queues) == {"copies": 7, "payments": 6, "unrouted": 1}
    assert plan.size == 8 * len(event().body)
    assert len(plan.sample) == 5
    assert (plan.first, plan.last) == (NOW, event().received_at)
    assert place.on("payments") == []
    assert place.replays.unfinished() == []
    assert list(place.audit.newest(limit=1)) == []


def test_every_event_is_put_through_once_with_the_replays_id() -> None:
    """A consumer that deduplicates by event id must be able to recognise a replay."""
    place = Place()

    done = finish(place.bulk(), request(), run())

    messages = place.queues.peek("payments", limit=100)
    assert [one.event_id for one in messages] == [f"transactions:e{number}" for number in range(5)]
    assert {one.attributes["replay_id"] for one in messages} == {"r1"}
    assert (done.replayed, done.left_out, done.state) == (5, 0, ReplayState.FINISHED)


def test_one_queue_can_be_chosen_and_the_others_get_nothing() -> None:
    """One consumer lost its work, and the others must not get everything again."""
    place = Place(2)
    place.put("r", type_="refund")

    done = finish(place.bulk(), request(queue="payments"), run())

    assert done.replayed == 2
    assert place.on("payments") == ["e0", "e1"]
    assert place.on("copies") == []


def test_a_pattern_over_the_message_chooses_events() -> None:
    """The fault is often visible only in the body."""
    place = Place(3)

    matched = place.bulk().plan(request(where='{"id": [{"suffix": "e1"}]}')).matched
    by_body = place.bulk().plan(request(where='{"data": {"nothing": [1]}}')).matched

    assert (matched, by_body) == (1, 0)


def test_events_of_the_canary_are_replayed_only_where_it_is_named() -> None:
    """A replay of an hour is for customers' events, and the canary's would only raise its alarm."""
    place = Place(1)
    one = replace(
        event(), id=f"{CANARY}:minute_1", source=CANARY, type="payment", status=Status.RECEIVED, received_at=NOW
    )
    place.events.add([one])
    place.outbox.deliver([RoutedEvent(event=one, queues=())])

    assert place.bulk().plan(request()).matched == 1
    assert place.bulk().plan(request(source=CANARY)).matched == 1
    finish(place.bulk(), request(), run())
    assert place.on("payments") == ["e0"]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("{", "not JSON"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep"),
        ('{"typ": ["x"]}', "has only"),
        ("[]", "an object"),
        ('{"type": "x"}', "type"),
    ],
)
def test_a_pattern_that_could_never_match_is_refused(where: str, why: str) -> None:
    """An empty plan would look like good news."""
    with pytest.raises(PatternError, match=why):
        request(where=where)


def test_events_that_wait_already_are_left_out() -> None:
    """They will be delivered soon, and a replay would deliver them twice."""
    place = Place(1)
    place.events.add([replace(event(), id="transactions:waits")])

    done = finish(place.bulk(), request(), run())

    assert (done.replayed, done.left_out) == (1, 1)
    assert place.on("payments") == ["e0"]


def test_events_that_come_later_are_not_part_of_it() -> None:
    """A replay that includes new events, and its own, would never finish."""
    words = request(until="2099-01-01")

    assert words.wanted.until == LATER


class StopError(Exception):
    """As a kill would."""


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_replay_that_was_killed_continues_without_a_gap_or_a_repeat(kept: int) -> None:
    """Whether it was killed before or after the delivery, the cursor is that of the page before."""
    place = Place(7)
    pages = 0

    def deliver(events: Sequence[StoredEvent]) -> None:
        nonlocal pages
        pages += 1
        if pages > kept:
            if kept % 2:
                deliver_here(place.outbox, ROUTER)(events[:1])
            raise StopError
        deliver_here(place.outbox, ROUTER)(events)

    with pytest.raises(StopError):
        finish(place.bulk(deliver=deliver), request(), run())
    bulk = place.bulk()
    prepared = bulk.prepare(request(), run("r2"))
    *_, done = bulk.run(prepared.replay, run("r2"), at_once=2)

    assert prepared.plan is None
    assert done.id == "r1"
    assert done.replayed == 7
    assert sorted(place.on("payments")) == [f"e{number}" for number in range(7)]
    assert {one.attributes["replay_id"] for one in place.queues.peek("copies", limit=100)} == {"r1"}


def test_each_run_has_its_entry_with_what_it_has_put_through() -> None:
    """Two people may run parts of one replay, and each entry counts the events of its own part."""
    place = Place(5)
    bulk = place.bulk()
    steps = bulk.run(bulk.prepare(request(), run()).replay, run(), at_once=2)
    next(steps)
    while_it_runs = [one.affected for one in place.audit.newest(limit=5)]
    steps.close()

    finish(bulk, request(), run("r2", actor="bob@desk", reason=None, at=LATER + timedelta(minutes=1)))

    second, first = place.audit.newest(limit=5)
    assert while_it_runs == [None]
    assert (first.actor, first.affected, first.reason) == ("ann@desk", 2, "bug 7")
    assert (second.actor, second.affected, second.reason) == ("bob@desk", 3, "bug 7")
    assert first.details["replay"] == second.details["replay"] == "r1"
    assert second.details["resumed_after"] == "2"
    assert '"since": "2h"' in first.details["asked"]


def test_the_same_words_continue_a_replay_for_a_day() -> None:
    """After a day ``2h`` means another time, so a person must decide to continue."""
    place = Place(3)
    bulk = place.bulk()
    next(bulk.run(bulk.prepare(request(), run()).replay, run(), at_once=1))
    day = run("r2", at=LATER + timedelta(days=1, seconds=1))

    other = bulk.prepare(request(type="payment"), run("r3"))
    with pytest.raises(OperatorError) as stale:
        bulk.prepare(request(), day)
    by_id = bulk.prepare(request(), day, resume="r1")
    again = bulk.prepare(request(), day, fresh=True)

    assert stale.value.code == "replay_unfinished"
    assert "r1" in stale.value.detail
    assert other.replay.id == "r3"
    assert (by_id.replay.id, by_id.replay.replayed) == ("r1", 1)
    assert (again.replay.id, again.replay.replayed) == ("r2", 0)


def test_a_fresh_replay_ends_the_unfinished_one() -> None:
    """Otherwise the next run with the same options would continue the old one."""
    place = Place(3)
    bulk = place.bulk()
    next(bulk.run(bulk.prepare(request(), run()).replay, run(), at_once=1))
    again = bulk.prepare(request(), run("r2"), fresh=True)
    next(bulk.run(again.replay, run("r2"), at_once=1))

    found = [one.id for one in place.replays.unfinished()]

    assert found == ["r2"]
    assert place.replays.get("r1") == replace(place.replays.get("r1"), state=ReplayState.ABANDONED)  # type: ignore[type-var]  # there


@pytest.mark.parametrize("known", ["nope", "done"])
def test_only_an_unfinished_replay_can_be_resumed(known: str) -> None:
    """A wrong id must not start a replay."""
    place = Place(1)
    finish(place.bulk(), request(), run("done"))

    with pytest.raises(NotFoundError, match="no unfinished replay"):
        place.bulk().prepare(request(), run("r2"), resume=known)


def test_a_queue_that_is_not_there_is_refused_before_anything_changes() -> None:
    """A fault that is found on page ten would come after nine pages were delivered."""
    place = Place(1)

    with pytest.raises(NotFoundError, match="has no queue"):
        place.bulk(known_queues=("copies",)).prepare(request(), run())


def test_an_unknown_queue_is_refused() -> None:
    """An empty plan for a misspelt queue would look as if there were nothing to do."""
    with pytest.raises(NotFoundError, match="no queue paymnets"):
        Place(1).bulk().prepare(request(queue="paymnets"), run())


def test_a_fault_stops_it_and_it_can_continue() -> None:
    """A replay must continue from the same event after a fault of a minute."""
    place = Place(3)

    def full(_: Sequence[StoredEvent]) -> None:
        raise UnavailableError("storage_full", "no room")

    with pytest.raises(UnavailableError):
        finish(place.bulk(deliver=full), request(), run())

    assert [one.replayed for one in place.replays.unfinished()] == [0]
    assert [one.affected for one in place.audit.newest(limit=5)] == [0]


def test_the_router_that_is_deployed_gets_ids() -> None:
    """On AWS the events are read from the table, with the mark that says which replay and which queue."""
    place = Place(3)
    dispatcher = MemoryDispatcher()

    finish(place.bulk(deliver=hand_to_router(dispatcher)), request(queue="copies"), run())

    handed = [payload["ids"] for payload in dispatcher.take()]  # type: ignore[index]  # parsed JSON
    stored = place.events.get("transactions:e0")
    assert handed == [["transactions:e0", "transactions:e1"], ["transactions:e2"]]
    assert stored is not None
    assert ROUTER.route_stored(stored).queues == ("copies",)
    assert ROUTER.route_stored(stored).replay_id == "r1"


def test_words_that_mean_nothing_are_refused() -> None:
    """A replay with a mistyped time must not cover the events of all times."""
    with pytest.raises(UnusableError, match="must be a time"):
        request(since="yesterday")
