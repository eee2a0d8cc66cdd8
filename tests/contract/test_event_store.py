"""What every EventStore does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: fields of a filter

import pytest

from contract.builders import EVENT_RETENTION, START, event, routed
from hookline.domain.claim import BACKFILLED
from hookline.domain.event import Outcome, Status
from hookline.domain.transaction import ATTRIBUTES
from hookline.ports.event_store import Attempt, EventFilter, SecretUse, SetAside, StoredEvent

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.domain.event import Event

ANY = EventFilter()


def found(home: Home, wanted: EventFilter = ANY, *, limit: int = 100, before: str | None = None) -> list[str]:
    """The delivery ids that a search finds."""
    stored = home.events.find(wanted, limit=limit, before=before)
    return [one.event.id.partition(":")[2] for one in stored]


def test_a_new_event_comes_back_as_it_was_given(home: Home) -> None:
    """The payload that comes out is the payload that went in, to the byte, and so is everything known about it."""
    given = event(body=b'{"amount": 1.10,\r\n "big": 12345678901234567890.00, "text": "\xc3\xa9\\u0000"}')

    outcomes = home.events.add([given])

    assert outcomes == [Outcome.NEW]
    assert home.events.get(given.id) == StoredEvent(
        event=given, attempt=Attempt(since=START), expires_at=None, conflicts=0
    )


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"x" * 100_000, bytes(range(256)) * 64])
def test_any_bytes_are_kept(home: Home, body: bytes) -> None:
    """A source may send forms or files: no byte is special, whether the store compresses or not."""
    given = event(body=body)

    home.events.add([given])

    assert home.stored(given.id).event == given


def test_what_is_left_out_stays_left_out(home: Home) -> None:
    """A form of a source without a signature: another media type, and nothing else that is known."""
    given = replace(event(body=b"a=1&a=2"), content_type="application/x-www-form-urlencoded", metadata={})

    home.events.add([given])

    assert home.stored(given.id).event == given


def test_the_same_body_again_is_a_duplicate(home: Home) -> None:
    """Senders repeat themselves; a repeat changes nothing, and neither do its other fields."""
    home.events.add([event()])
    first = home.stored(event().id)

    outcomes = home.events.add([event(received_at=START + timedelta(hours=1), type="other")])

    assert outcomes == [Outcome.DUPLICATE]
    assert home.stored(event().id) == first


@pytest.mark.parametrize("first_is_fetched", [True, False])
def test_an_event_that_was_fetched_and_its_call_are_one_event(home: Home, *, first_is_fetched: bool) -> None:
    """A sender's API has an event in other words than its call: whichever comes first is kept, and the other is no conflict."""
    fetched = replace(event(body=b'{"amount":1,"pending":0}'), metadata={BACKFILLED: "true"})
    first, second = (fetched, event()) if first_is_fetched else (event(), fetched)
    home.events.add([first])

    outcomes = home.events.add([second])

    stored = home.stored(event().id)
    assert outcomes == [Outcome.DUPLICATE]
    assert (stored.event.body, stored.conflicts, stored.set_aside) == (first.body, 0, ())
    assert stored.event.metadata == first.metadata


def test_another_body_under_a_known_id_is_a_conflict_and_stored(home: Home) -> None:
    """A sender that uses an id twice must not overwrite money: the first body is kept, and the second is there to look at."""
    later = START + timedelta(minutes=1)
    second = event(body=b'{"amount":9}', received_at=later)
    home.events.add([event()])

    outcomes = home.events.add([second])

    stored = home.stored(event().id)
    assert outcomes == [Outcome.CONFLICT]
    assert stored.event == event()
    assert stored.conflicts == 1
    assert stored.set_aside == (SetAside(received_at=later, body=second.body, body_sha256=second.body_sha256),)


def test_the_same_second_body_is_kept_once_and_counted_each_time(home: Home) -> None:
    """A sender that retries a conflict shows how often it does, without filling the store."""
    home.events.add([event()])

    outcomes = [home.events.add([event(body=b"2")]) for _ in range(3)]

    stored = home.stored(event().id)
    assert outcomes == [[Outcome.CONFLICT]] * 3
    assert stored.conflicts == 3
    assert [one.body for one in stored.set_aside] == [b"2"]


def test_at_most_ten_second_bodies_are_kept_and_all_are_counted(home: Home) -> None:
    """A sender's bug must not fill the disk, and must not go unnoticed either."""
    home.events.add([event()])
    seconds = [event(body=b"%d" % number, received_at=START + timedelta(seconds=number)) for number in range(13)]

    home.events.add(seconds)

    stored = home.stored(event().id)
    assert stored.conflicts == 13
    assert [one.body for one in stored.set_aside] == [b"%d" % number for number in range(10)]


def test_two_of_the_same_id_in_one_call_are_judged_in_order(home: Home) -> None:
    """Group commit puts a retry next to its original: the first of them wins, as if they had come one by one."""
    events = [event(), event("evt_2"), event(), event(body=b"other")]

    outcomes = home.events.add(events)

    assert outcomes == [Outcome.NEW, Outcome.NEW, Outcome.DUPLICATE, Outcome.CONFLICT]
    assert home.stored(event().id).event.body == event().body
    assert home.stored(event().id).conflicts == 1


def test_no_events_have_no_outcomes(home: Home) -> None:
    """Callers need no special case for an empty batch."""
    outcomes = home.events.add([])

    assert outcomes == []


def test_events_survive_a_restart(home: Home) -> None:
    """An acknowledged event is there tomorrow."""
    home.events.add([event()])
    home.events.add([event(body=b"other")])
    before = home.stored(event().id)

    again = home.restart()

    assert again.stored(event().id) == before
    assert again.events.add([event()]) == [Outcome.DUPLICATE]


def test_of_many_at_the_same_time_exactly_one_is_new(home: Home) -> None:
    """A sender's parallel retries are the classic double payment: the key is claimed once, whichever comes first."""
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: home.events.add([event()])[0], range(32)))

    assert sorted(outcomes) == [Outcome.DUPLICATE] * 31 + [Outcome.NEW]


def test_an_unknown_event_is_none(home: Home) -> None:
    """A query for a missing event is answered, and is no fault."""
    home.events.add([event()])

    stored = home.events.get("transactions:other")

    assert stored is None


def test_a_delivered_event_is_unknown_once_its_time_is_over(home: Home) -> None:
    """Nobody may see what retention has ended, even before it is swept, and then the id may be used again."""
    home.events.add([event(status=Status.ROUTED), event("evt_2", status=Status.UNMATCHED), event("evt_3")])
    home.outlive(START)
    known = found(home)

    outcomes = home.events.add([event(body=b"new"), event("evt_2"), event("evt_3")])

    assert known == ["evt_3"]
    assert outcomes == [Outcome.NEW, Outcome.NEW, Outcome.DUPLICATE]
    assert home.stored(event().id).event.body == b"new"
    assert home.stored(event().id).conflicts == 0
    assert found(home) == ["evt_2", "evt_1", "evt_3"]


def test_a_delivered_event_is_known_until_the_very_end_of_its_time(home: Home) -> None:
    """A duplicate a moment before the end of retention is still one."""
    home.events.add([event(status=Status.ROUTED)])
    home.clock.advance(home.expiry(START) - START - timedelta(microseconds=1))

    outcomes = home.events.add([event()])

    assert outcomes == [Outcome.DUPLICATE]
    assert home.stored(event().id).expires_at == home.expiry(START)


def test_second_bodies_go_with_their_event(home: Home) -> None:
    """A new event under an old id does not inherit another's conflicts."""
    home.events.add([event(status=Status.ROUTED), event(body=b"other")])
    home.outlive(START)

    home.events.add([event()])

    assert home.stored(event().id).conflicts == 0
    assert home.stored(event().id).set_aside == ()


def test_events_that_are_not_delivered_never_expire(home: Home) -> None:
    """An event that has not reached its queue is kept for as long as that takes."""
    home.events.add([event(), event("evt_2")])
    home.outbox.fail(event("evt_2").id, reason="no such queue")

    home.clock.advance(EVENT_RETENTION * 100)

    assert [home.stored(one.id).expires_at for one in (event(), event("evt_2"))] == [None, None]


def test_find_gives_the_newest_first_and_continues_page_by_page(home: Home) -> None:
    """An operator looks at the last events first; the last id of a page leads to the next one without gap or repeat."""
    hours = (3, 0, 4, 1, 2)  # stored in another order than received
    home.events.add([event(f"evt_{number}", received_at=START + timedelta(hours=number)) for number in hours])

    first = found(home, limit=2)
    second = found(home, limit=2, before=event("evt_3").id)
    third = found(home, limit=2, before=event("evt_1").id)

    assert [first, second, third] == [["evt_4", "evt_3"], ["evt_2", "evt_1"], ["evt_0"]]


def test_find_takes_all_that_is_asked_for_together(home: Home) -> None:
    """Filters narrow each other; one that is not given asks nothing."""
    searches = [
        (EventFilter(status=Status.FAILED), ["d"]),
        (EventFilter(source="shop"), ["c", "b"]),
        (EventFilter(type="refund"), ["d", "b"]),
        (EventFilter(source="shop", type="refund", status=Status.RECEIVED), ["b"]),
        (EventFilter(source="shop", status=Status.FAILED), []),
    ]
    home.events.add(
        [event("a"), event("b", source="shop", type="refund"), event("c", source="shop"), event("d", type="refund")]
    )
    home.outbox.fail(event("d").id, reason="broken")

    results = [(wanted, found(home, wanted)) for wanted, _ in searches]

    assert results == searches


DAYS = EventFilter(since=START - timedelta(days=1), until=START + timedelta(days=5))


def test_find_takes_a_range_of_time(home: Home) -> None:
    """An incident has a beginning and an end, over midnight too; the end is not part of it, so that ranges do not overlap."""
    days = timedelta(days=1)
    searches = [
        (EventFilter(since=START + days), ["d", "c", "b"]),
        (EventFilter(until=START + 2 * days), ["b", "a"]),
        (EventFilter(since=START + days, until=START + 3 * days), ["c", "b"]),
        (EventFilter(since=START + days, until=START + days), []),
        (EventFilter(since=START + days, type="refund"), ["d"]),
        (EventFilter(since=START, source="shop"), ["c"]),
        (EventFilter(since=START, status=Status.FAILED), ["b"]),
        (EventFilter(status=Status.FAILED, until=START), []),
    ]
    home.clock.advance(4 * days)
    home.events.add(
        [
            event("a"),
            event("c", received_at=START + 2 * days, source="shop"),
            event("b", received_at=START + days),
            event("d", received_at=START + 3 * days, type="refund"),
        ]
    )
    home.outbox.fail(event("b").id, reason="broken")

    results = [(wanted, found(home, wanted)) for wanted, _ in searches]

    assert results == searches


@pytest.mark.parametrize("span", [EventFilter(), replace(DAYS, until=START + timedelta(days=1))])
def test_find_takes_what_an_event_says(home: Home, span: EventFilter) -> None:
    """Support knows a payment's reference, an amount, a part of an id or a word, and never the whole event id."""
    searches: list[tuple[dict[str, Any], list[str]]] = [
        ({"reference": "pi_2"}, ["c", "b"]),
        ({"reference": "pi_"}, []),
        ({"amount": "12.5"}, ["b", "a"]),
        ({"amount": "12.500"}, ["b", "a"]),
        ({"amount": "1250"}, ["c"]),
        ({"amount": "125"}, []),
        ({"id_part": "ions:b"}, ["b"]),
        ({"id_part": "%"}, []),
        ({"text": "né"}, ["d"]),
        ({"text": "b_"}, []),
        ({"reference": "pi_2", "amount": "12.50"}, ["b"]),
    ]

    def paid(name: str, reference: str, amount: str) -> Event:
        metadata = {"transactionreference": reference, "transactionamount": amount}
        return replace(event(name), metadata=metadata)

    home.events.add(
        [
            paid("a", "pi_1", "12.50"),
            paid("b", "pi_2", "12.5"),
            paid("c", "pi_2", "1250"),
            event("d", body='"René"'.encode() * 1500),
        ]
    )

    results = [(changes, found(home, replace(span, **changes))) for changes, _ in searches]

    assert results == searches


def test_an_amount_is_found_where_no_mapper_reads_it(home: Home) -> None:
    """The default project has no records of transactions, and its events have amounts anyway."""
    bodies = [
        b'{"amount":"7.50"}',
        b'{"amount":7.5}',
        b'{"amount":"77.5"}',
        b'{"note":7.5}',
        b'"amount 7.5"',
        b'["amount", 7.5',
    ]
    home.events.add([event(f"{number}", body=body) for number, body in enumerate(bodies)])
    home.events.add([event("large", body=b'{"note":"' + b"x" * 20_000 + b'","amount":"7.500"}')])

    assert found(home, replace(DAYS, amount="7.5")) == ["large", "1", "0"]


def test_pages_of_a_search_follow_each_other(home: Home) -> None:
    """Text is looked for after events were read: a page must not end early, nor begin twice."""
    texts = ["yes", "no", "yes", "yes", "no", "yes"]
    home.events.add(
        [
            event(f"{number}", body=text.encode() * 2000, received_at=START + timedelta(hours=20 * number))
            for number, text in enumerate(texts)
        ]
    )
    wanted = replace(DAYS, text="yes")

    pages = [found(home, wanted, limit=2), found(home, wanted, limit=2, before=event("3").id)]

    assert pages == [["5", "3"], ["2", "0"]]


def test_find_counts_its_limit_after_the_filter(home: Home) -> None:
    """A rare event is found behind any number of others."""
    home.events.add([event("a", type="refund"), *(event(f"evt_{number}") for number in range(20))])

    ids = found(home, EventFilter(type="refund"), limit=1)

    assert ids == ["a"]


def test_nothing_comes_before_an_unknown_event(home: Home) -> None:
    """A page's last event that is gone ends the listing instead of starting it over."""
    home.events.add([event()])

    ids = found(home, before="transactions:gone")

    assert ids == []


def test_a_listing_leaves_second_bodies_out(home: Home) -> None:
    """A page of a hundred events must not carry a thousand bodies; the count shows where to look."""
    home.events.add([event(), event(body=b"other")])

    (stored,) = home.events.find(ANY, limit=1)

    assert (stored.conflicts, stored.set_aside) == (1, ())


@pytest.mark.parametrize("status", [Status.ROUTED, Status.UNMATCHED])
def test_reopen_puts_a_delivered_event_back_as_if_it_had_just_come(home: Home, status: Status) -> None:
    """Replay is an event's second chance: due immediately, and safe from retention until it is delivered again."""
    home.events.add([event(status=status)])
    home.clock.advance(timedelta(hours=1))

    known = home.events.reopen(event().id)

    assert known
    assert home.stored(event().id) == StoredEvent(
        event=event(), attempt=Attempt(since=START + timedelta(hours=1)), expires_at=None, conflicts=0
    )


def test_reopen_forgets_why_an_event_failed(home: Home) -> None:
    """The new attempt is judged separately, not by last week's tries."""
    home.events.add([event()])
    home.put_off(event().id, until=START + timedelta(days=1), reason="busy")
    home.outbox.fail(event().id, reason="broken")

    home.events.reopen(event().id)

    stored = home.stored(event().id)
    assert stored.event.status is Status.RECEIVED
    assert stored.attempt == Attempt(since=START)


def test_reopen_knows_what_it_does_not_know(home: Home) -> None:
    """An unknown or expired event cannot be replayed, and the operator reads so."""
    home.events.add([event(status=Status.ROUTED)])
    home.outlive(START)

    answers = [home.events.reopen(event().id), home.events.reopen("transactions:other")]

    assert answers == [False, False]
    assert home.outbox.oldest() is None


def test_a_reopened_event_can_be_delivered_again_and_expires_later(home: Home) -> None:
    """A replayed event is kept for another full retention: it was of use today."""
    home.keep(routed(event(), "payments"))
    home.clock.advance(timedelta(days=1))
    home.events.reopen(event().id)

    home.outbox.deliver([routed(event(), "payments")])

    assert home.standing() == [event().id, event().id]
    assert home.stored(event().id).expires_at == home.expiry(START + timedelta(days=1))


def test_count_knows_every_status(home: Home) -> None:
    """A status without events counts zero, so that a gauge never disappears."""
    empty = home.events.count()
    home.events.add([event("a"), event("b"), event("c", status=Status.ROUTED), event("d", status=Status.UNMATCHED)])
    home.outbox.fail(event("a").id, reason="broken")

    counts = home.events.count()

    assert empty == dict.fromkeys(Status, 0)
    assert counts == {Status.RECEIVED: 1, Status.FAILED: 1, Status.ROUTED: 1, Status.UNMATCHED: 1}


def test_a_transaction_comes_back_as_it_was(home: Home) -> None:
    """A replay in a year routes by the record that was made at acceptance; a minus or a digit lost would be another amount."""
    won = {name: f"value of {name}" for name in ATTRIBUTES} | {
        "transactionamount": "-12345678901234567.8900",
        "transactionreference": "ch_1:800",
        "transactionstatus": "won",
    }
    home.events.add([replace(event("a"), metadata=won)])

    stored = home.events.get("transactions:a")

    assert stored is not None
    assert stored.event.metadata == won


def test_count_leaves_out_what_has_expired(home: Home) -> None:
    """Numbers agree with listings whether the sweep has run or not."""
    home.events.add([event("a", status=Status.ROUTED), event("b", status=Status.UNMATCHED), event("c")])
    home.outlive(START)

    counts = home.events.count()

    assert counts == {Status.RECEIVED: 1, Status.FAILED: 0, Status.ROUTED: 0, Status.UNMATCHED: 0}


def test_secrets_are_listed_with_their_last_use_by_source(home: Home) -> None:
    """After a rotation somebody has to know when the old one can go."""
    later, latest = START + timedelta(hours=1), START + timedelta(hours=2)
    old, new = {"secret": "OLD"}, {"secret": "NEW", "transactiontype": "payment"}
    home.events.add(
        [
            replace(event("a"), metadata=old),
            replace(event("b", received_at=latest), metadata=new),
            replace(event("c", received_at=later), metadata=new),
            replace(event("d", source="bank"), metadata=new),
            replace(event("e", source="open"), metadata={}),
        ]
    )

    uses = home.events.secret_uses()

    assert uses == [
        SecretUse(source="bank", secret="NEW", events=1, last_received_at=START),
        SecretUse(source="transactions", secret="NEW", events=2, last_received_at=latest),
        SecretUse(source="transactions", secret="OLD", events=1, last_received_at=START),
    ]


def test_secrets_of_events_that_have_expired_and_of_second_bodies_are_left_out(home: Home) -> None:
    """Only what is kept can be counted, and the secret that is reported proved only what was accepted."""
    home.keep(routed(replace(event("a"), metadata={"secret": "OLD"}), "payments"))
    home.outlive(START)
    home.events.add(
        [replace(event("b"), metadata={"secret": "NEW"}), replace(event("b", b"2"), metadata={"secret": "X"})]
    )

    uses = home.events.secret_uses()

    assert [(use.secret, use.events) for use in uses] == [("NEW", 1)]
