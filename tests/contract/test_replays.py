"""What every Replays does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import EVENT_RETENTION, START, event, routed
from hookline.domain.event import Status
from hookline.domain.replay import ReplayMark
from hookline.ports.event_store import EventFilter
from hookline.ports.replays import ReplayRecord, ReplayState

if TYPE_CHECKING:
    from contract.homes import Home

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
ALL = EventFilter(since=START - DAY, until=START + DAY * 4)
"""All that is stored here, and some days more; on AWS every shard of every day is asked."""

MARK = ReplayMark(id="r1")


def record(id_: str = "r1", **changes: object) -> ReplayRecord:
    """A replay that has begun."""
    begun = ReplayRecord(
        id=id_, asked="--since 1d", wanted=ALL, reason="bug 7", actor="ann@desk", begun_at=START, matched=3
    )
    return replace(begun, **changes)  # type: ignore[arg-type]  # as given


def selected(home: Home, wanted: EventFilter = ALL, *, limit: int = 2, replay_id: str | None = None) -> list[str]:
    """The delivery ids of every page, one after the other."""
    ids: list[str] = []
    after = None
    while True:
        page = home.replays.select(wanted, limit=limit, after=after, replay_id=replay_id)
        ids += [stored.event.id.partition(":")[2] for stored in page.events]
        after = page.cursor
        if after is None:
            return ids


def test_a_record_comes_back_as_it_was_saved(home: Home) -> None:
    """A replay that was killed continues from what is written here and from nothing else."""
    whole = record(
        wanted=replace(ALL, status=Status.FAILED, source="transactions", type="payment"),
        where='{"data":{"amount":[{"numeric":[">",1.10]}]}}',
        queue="payments",
        cursor="17 4 transactions:with space",
        replayed=4,
        left_out=1,
        state=ReplayState.FINISHED,
    )
    home.replays.save(whole)

    again = home.restart()

    assert again.replays.get("r1") == whole
    assert again.replays.get("r2") is None


def test_only_unfinished_replays_are_listed_the_newest_first(home: Home) -> None:
    """The same command finds the replay that it has to continue."""
    home.replays.save(record("old"))
    home.replays.save(record("new", begun_at=START + SECOND))
    home.replays.save(record("done"))
    home.replays.save(record("done", state=ReplayState.FINISHED))
    home.replays.save(record("left", state=ReplayState.ABANDONED))

    found = [one.id for one in home.replays.unfinished()]

    assert found == ["new", "old"]


def test_events_come_in_the_order_of_their_receipt_page_by_page(home: Home) -> None:
    """Consumers see old events in the order in which they saw them first, over days, whatever order they were stored in."""
    days = {"a": 3, "b": 0, "c": 1, "d": 2, "e": 2}
    home.events.add([event(name, received_at=START + DAY * number) for name, number in days.items()])

    found = selected(home)

    assert found == ["b", "c", "d", "e", "a"]


def test_the_range_includes_its_beginning_and_excludes_its_end(home: Home) -> None:
    """Two replays of neighbouring ranges have every event once."""
    home.events.add([event(f"{number}", received_at=START + SECOND * number) for number in range(4)])

    found = selected(home, EventFilter(since=START + SECOND, until=START + SECOND * 3))

    assert found == ["1", "2"]


def test_events_of_one_moment_are_all_selected(home: Home) -> None:
    """A page may end between two of them."""
    home.events.add([event(f"{number}") for number in range(5)])

    found = selected(home)

    assert sorted(found) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"source": "shop"}, ["c"]),
        ({"type": "refund"}, ["b"]),
        ({"status": Status.FAILED}, ["a"]),
        ({"status": Status.FAILED, "type": "refund"}, []),
        ({"text": "needle"}, ["c"]),
    ],
)
def test_all_that_is_asked_for_narrows_the_selection(
    home: Home, changes: dict[str, object], expected: list[str]
) -> None:
    """A consumer must not get again what nobody asked for."""
    home.events.add([event("a"), event("b", type="refund"), event("c", source="shop", body=b'"needle" ' * 1000)])
    home.outbox.fail(event("a").id, reason="broken")

    found = selected(home, replace(ALL, **changes))  # type: ignore[arg-type]  # as given

    assert found == expected


def test_expired_events_are_not_selected(home: Home) -> None:
    """An expired event cannot be replayed, swept or not."""
    home.events.add([event("a", status=Status.ROUTED), event("b")])
    home.clock.advance(EVENT_RETENTION + SECOND)

    found = selected(home)

    assert found == ["b"]


def test_a_reopened_event_waits_with_its_mark_and_its_message_names_the_replay(home: Home) -> None:
    """A consumer can recognise a replayed message, by its body and by its attributes, also when recovery delivers it after a crash."""
    home.keep(routed(event(), "payments"))
    first = home.take()
    home.queues.delete("payments", [first.receipt])
    reopened = home.replays.reopen([event().id, "transactions:gone"], ReplayMark(id="r1", queue="refunds"))
    stored = home.stored(event().id)

    home.outbox.deliver([replace(routed(stored.event, "payments"), replay_id="r1")])

    message = home.take()
    assert reopened == [True, False]
    assert stored.event.status is Status.RECEIVED
    assert stored.replay == ReplayMark(id="r1", queue="refunds")
    assert '"replayid":"r1"' in message.body
    assert message.attributes["replay_id"] == "r1"
    assert "replay" not in first.body
    assert "replay_id" not in first.attributes


def test_a_message_that_is_there_already_does_not_become_a_replayed_one(home: Home) -> None:
    """It is the first delivery of its event, whatever is done to the event meanwhile."""
    home.keep(routed(event(), "payments"))
    home.replays.reopen([event().id], MARK)

    message = home.take()

    assert "replay" not in message.body


def test_an_event_that_this_replay_has_had_is_not_reopened_again(home: Home) -> None:
    """A replay that continues after a kill meets the events of its last page again."""
    home.keep(routed(event(), "payments"))
    home.replays.reopen([event().id], MARK)
    home.outbox.deliver([replace(routed(event(), "payments"), replay_id="r1")])

    again = home.replays.reopen([event().id], MARK)
    status = home.stored(event().id).event.status
    other = home.replays.reopen([event().id], ReplayMark(id="r2"))

    assert (again, other) == ([True], [True])
    assert status is Status.ROUTED
    assert home.stored(event().id).event.status is Status.RECEIVED
    assert home.stored(event().id).replay == ReplayMark(id="r2")


def test_a_plain_reopening_takes_the_mark_away(home: Home) -> None:
    """Otherwise its message would name a replay that it does not come from."""
    home.events.add([event(status=Status.ROUTED)])
    home.replays.reopen([event().id], ReplayMark(id="r1", queue="refunds"))

    home.events.reopen(event().id)

    assert home.stored(event().id).replay is None


def test_an_event_of_the_replay_is_selected_whatever_its_status(home: Home) -> None:
    """One that was reopened before a kill is no longer ``failed``, and must not be left out for that."""
    home.events.add([event("a"), event("b"), event("c")])
    for name in "abc":
        home.outbox.fail(event(name).id, reason="broken")
    home.replays.reopen([event("b").id], MARK)
    wanted = replace(ALL, status=Status.FAILED)

    found = [selected(home, wanted, replay_id=id_) for id_ in ("r1", "r2", None)]

    assert found == [["a", "b", "c"], ["a", "c"], ["a", "c"]]


def test_nothing_to_reopen_is_no_special_case(home: Home) -> None:
    """A page without matches is empty."""
    assert home.replays.reopen([], MARK) == []
