"""When something is reported, and when it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import START
from hookline.domain.alert import Alert, AlertKind
from hookline.pipeline.alerts import Observed, ObservedQueue, advanced, notices, sample_notice, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.domain.alert import AlertState

ALERT = Alert(url="https://chat.example.com", secret_names=("S",), after=timedelta(minutes=2))
GOOD = ObservedQueue(dead=0, oldest_age=1.0)
BAD = ObservedQueue(dead=3, oldest_age=1.0)
MINUTE = timedelta(minutes=1)
States = dict[tuple[str, AlertKind, str], "AlertState"]


def at(minutes: float) -> datetime:
    """A moment."""
    return START + minutes * MINUTE


def seen(minutes: float, queue: ObservedQueue | None) -> Observed:
    """The state of the queue payments at a moment; None while nothing can be read."""
    return Observed(at=at(minutes), queues=None if queue is None else {"payments": queue})


def to_post(states: Mapping[tuple[str, AlertKind, str], AlertState]) -> list[tuple[str, bool]]:
    """What has to be posted."""
    return [(notice.state.subject, notice.has_ended) for notice in notices(states)]


def taken(states: States) -> States:
    """The states once the endpoint has taken every begin."""
    return {key: replace(state, began_posted=state.began_posted or state.fired) for key, state in states.items()}


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ({"queues": {"payments": ObservedQueue(dead=1, oldest_age=0)}}, {(AlertKind.DEAD_LETTERS, "payments")}),
        ({"queues": {"payments": ObservedQueue(dead=0, oldest_age=900)}}, {(AlertKind.OLDEST_AGE, "payments")}),
        ({"queues": {"payments": ObservedQueue(dead=0, oldest_age=899)}}, set()),
        ({"queues": {"payments": ObservedQueue(dead=0, oldest_age=900, is_paused=True)}}, set()),
        ({"queues": {"unrouted": ObservedQueue(dead=0, oldest_age=9000)}}, set()),
        ({"records": {"shop": 3600.0}}, {(AlertKind.RECORDS, "shop")}),
        ({"records": {"shop": 3599.0}}, set()),
        ({"records": None}, set()),
        ({"answers": {"shop": (4, 20)}}, {(AlertKind.REJECTED_SHARE, "shop")}),
        ({"answers": {"shop": (3, 20)}}, set()),
        ({"answers": {"shop": (19, 19)}}, set()),
        ({"answers": {"shop": (0, 0)}}, set()),
        ({"last_events": {"shop": START - timedelta(hours=24)}}, {(AlertKind.SILENT_SOURCE, "shop")}),
        ({"last_events": {"shop": START - timedelta(hours=23)}}, set()),
        ({"storage": {"disk": "the disk is full"}}, {(AlertKind.STORAGE, "disk")}),
        ({"canary": "no event has arrived for 181 seconds"}, {(AlertKind.CANARY, "hookline-canary")}),
        ({}, set()),
    ],
)
def test_what_is_wrong_by_the_usual_thresholds(
    observed: dict[str, object], expected: set[tuple[AlertKind, str]]
) -> None:
    """Each threshold is inclusive, and applies where there is something to measure."""
    found = wrong(ALERT, Observed(at=START, **observed))  # type: ignore[arg-type]  # fields by name

    assert set(found) == expected
    assert all(found.values())


def test_only_what_an_alert_names_is_reported_to_it() -> None:
    """Two teams may each want only the alerts of their own queue."""
    observed = Observed(
        at=START,
        queues={"payments": BAD, "refunds": BAD},
        answers={"shop": (20, 20), "other": (20, 20)},
        storage={"disk": "full"},
    )
    narrow = replace(ALERT, queues=("refunds",), sources=("other",), on=frozenset(AlertKind) - {AlertKind.STORAGE})

    assert set(wrong(narrow, observed)) == {(AlertKind.DEAD_LETTERS, "refunds"), (AlertKind.REJECTED_SHARE, "other")}


def test_it_is_posted_once_when_it_has_lasted_and_once_when_it_is_over() -> None:
    """More posts would be noise, and fewer would leave somebody waiting for the end."""
    states: States = {}
    posts = []
    for minute, queue in enumerate([GOOD, BAD, BAD, BAD, BAD, GOOD, GOOD, GOOD, GOOD]):
        states = advanced(states, [ALERT], seen(minute, queue))
        posts.append(to_post(states))
        states = taken(states)
        if any(state.is_over for state in states.values()):
            states = {}

    assert posts == [[], [], [], [("payments", False)], [], [], [], [("payments", True)], []]


def test_what_does_not_last_is_not_posted() -> None:
    """Messages wait for a moment while a consumer is deployed."""
    states: States = {}
    for minute, queue in enumerate([BAD, BAD, GOOD, BAD, BAD, GOOD]):
        states = advanced(states, [ALERT], seen(minute, queue))
        assert to_post(states) == []

    assert states == {}


def test_what_flickers_is_one_alert() -> None:
    """An end that is withdrawn after a minute would wake somebody twice."""
    states: States = {}
    for minute, queue in enumerate([BAD, BAD, BAD, GOOD, BAD, GOOD, BAD]):
        states = taken(advanced(states, [ALERT], seen(minute, queue)))

    (state,) = states.values()
    assert (state.since, state.quiet_since, state.is_over) == (START, None, False)
    assert to_post(states) == []


def test_a_begin_that_nobody_took_is_posted_before_its_end() -> None:
    """The endpoint was down: it gets both, in their order."""
    states: States = {}
    for minute, queue in enumerate([BAD, BAD, BAD, GOOD, GOOD, GOOD]):
        states = advanced(states, [ALERT], seen(minute, queue))

    assert to_post(states) == [("payments", False)]
    assert to_post(taken(states)) == [("payments", True)]


def test_nothing_ends_while_it_cannot_be_read() -> None:
    """A failing disk must not report that a queue of dead letters is empty."""
    states: States = {}
    for minute in range(4):
        states = taken(advanced(states, [ALERT], seen(minute, BAD)))
    for minute in range(4, 9):
        states = advanced(states, [ALERT], seen(minute, None))

    assert to_post(states) == []
    assert len(states) == 1


def test_an_alert_that_left_the_configuration_is_forgotten() -> None:
    """Its endpoint may not be there any more."""
    states = advanced({}, [replace(ALERT, after=timedelta(0))], seen(0, BAD))

    assert advanced(states, [], seen(1, BAD)) == {}


def test_a_message_says_what_is_wrong_since_when_and_what_to_do() -> None:
    """The person who is woken has nothing else to read."""
    (notice,) = notices(advanced({}, [replace(ALERT, after=timedelta(0))], seen(0, BAD)))

    document = json.loads(notice.body("pay-1:/data", at=at(1)))

    assert document["type"] == "hookline.alert.began"
    assert document["data"] == {
        "alert": "dead_letters",
        "subject": "payments",
        "summary": "3 dead letters of payments",
        "since": "2026-01-02T03:04:05.678901Z",
        "ended": None,
        "hookline": "pay-1:/data",
        "runbook": "docs/how-to/runbook.md#dead-letters",
    }
    assert notice.id == replace(notice, state=replace(notice.state, began_posted=True)).id
    assert notice.id != replace(notice, has_ended=True).id
    assert json.loads(sample_notice(START).body("x", at=START))["data"]["subject"] == "test"


def test_a_wait_for_records_is_not_over_because_nothing_can_be_read() -> None:
    """A fault of the storage is reported by its own alert."""
    begun = advanced({}, [ALERT], replace(seen(0, GOOD), records={"shop": 4000.0}))
    fired = taken(advanced(begun, [ALERT], replace(seen(3, GOOD), records={"shop": 4200.0})))

    unread = advanced(fired, [ALERT], replace(seen(9, None), records=None))
    unread = advanced(unread, [ALERT], replace(seen(12, None), records=None))
    quiet = advanced(unread, [ALERT], replace(seen(13, GOOD), records={}))
    over = advanced(quiet, [ALERT], replace(seen(16, GOOD), records={}))

    assert to_post(unread) == []
    assert to_post(over) == [("shop", True)]


def test_an_alert_that_was_reported_before_there_were_records_is_still_the_same() -> None:
    """An upgrade must not report an alert a second time."""
    older = Alert(url=ALERT.url, secret_names=("S",), on=frozenset(AlertKind) - {AlertKind.RECORDS})

    assert older.id == ALERT.id
