"""What every EventStore does with what events claim: one call is one event, whatever is written around what its sender signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import EVENT_RETENTION, START, event, routed
from hookline.domain.claim import BACKFILLED, REPEATED_BODY, Claim, ClaimKind, IfRepeated, claim_key
from hookline.domain.event import Outcome, Status

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.domain.event import Event

LONG = timedelta(days=400)
TRANSMISSION = b"b2384410-3b1b-11e4-9f9b-7f2a50a8a5a4"
FORGED = b'{"id":"evt_2","amount":9000}'


def claiming(given: Event, kind: ClaimKind, value: bytes, **more: object) -> Event:
    """The event with one claim more, for 400 days unless it says otherwise."""
    settings: dict[str, object] = {"until": given.received_at + LONG} | more
    claim = Claim(kind=kind, key=claim_key(kind, given.source, value), **settings)  # type: ignore[arg-type]
    return replace(given, claims=(*given.claims, claim))


def signed(delivery_id: str = "evt_1", body: bytes = b'{"amount":1.10}', **more: object) -> Event:
    """An event of a sender that signs a transmission and not the body's every byte."""
    return claiming(event(delivery_id, body), ClaimKind.SIGNED, TRANSMISSION, **more)


def known(delivery_id: str = "evt_1", body: bytes = b'{"amount":1.10}', **more: object) -> Event:
    """An event of a sender that does not sign a time."""
    given = event(delivery_id, body, status=Status.ROUTED)
    return claiming(given, ClaimKind.KNOWN, given.id.encode(), **more)


def free(delivery_id: str, body: bytes = b'{"ref":"main"}', **more: object) -> Event:
    """An event of a sender that signs the body, and not the header with the id."""
    given = event(delivery_id, body)
    return claiming(given, ClaimKind.BODY, given.body_sha256, **more)


def test_a_signed_part_with_another_body_is_a_conflict_under_a_new_id(home: Home) -> None:
    """A checksum fits several bodies: an eavesdropper of one call must not have it paid out under another id and amount."""
    home.events.add([signed()])

    outcomes = home.events.add([signed("evt_2", FORGED)])

    first = home.stored(event().id)
    assert outcomes == [Outcome.CONFLICT]
    assert home.events.get(event("evt_2").id) is None
    assert (first.conflicts, [one.body for one in first.set_aside]) == (1, [FORGED])


def test_an_event_that_was_fetched_and_its_call_are_one_event_whatever_they_claim(home: Home) -> None:
    """This holds also for a sender that does not sign a time, whose events are known for longer than they are kept."""
    fetched = replace(known(body=b'{"amount":1,"pending":0}'), metadata={BACKFILLED: "true"})
    home.events.add([fetched])

    outcomes = home.events.add([known()])

    stored = home.stored(event().id)
    assert outcomes == [Outcome.DUPLICATE]
    assert (stored.event.body, stored.conflicts) == (fetched.body, 0)


def test_a_signed_part_with_another_body_reaches_no_queue(home: Home) -> None:
    """A conflict is never queued, whichever way it arrived."""
    home.keep(routed(signed(), "payments"))

    outcomes = home.keep(routed(signed("evt_2", FORGED), "payments"))

    assert outcomes == [Outcome.CONFLICT]
    assert home.standing() == [event().id]


def test_the_same_call_again_is_a_duplicate_of_itself(home: Home) -> None:
    """A sender that tries again sends the signed part again: that is no forgery."""
    home.events.add([signed()])

    outcomes = home.events.add([signed(), signed(body=b"other")])

    assert outcomes == [Outcome.DUPLICATE, Outcome.CONFLICT]


def test_the_same_signed_call_under_another_id_is_a_duplicate(home: Home) -> None:
    """Where each call gets an id of its own, the signature is what distinguishes a repeated call from a new one."""
    home.events.add([signed("call-1")])

    outcomes = home.events.add([signed("call-2")])

    assert outcomes == [Outcome.DUPLICATE]
    assert home.events.get(event("call-2").id) is None


def test_claims_of_one_batch_are_judged_in_order(home: Home) -> None:
    """Group commit may put the forgery next to the genuine call: the first of them wins, as if they had come one by one."""
    outcomes = home.events.add([signed(), signed("evt_2", FORGED), event("evt_3")])

    assert outcomes == [Outcome.NEW, Outcome.CONFLICT, Outcome.NEW]


def test_of_many_calls_with_one_signed_part_exactly_one_is_new(home: Home) -> None:
    """The claim is a conditional write: no look before the write could be overtaken."""
    calls = [signed(f"evt_{number}", b"%d" % number) for number in range(16)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda call: home.events.add([call])[0], calls))

    assert sorted(outcomes) == [Outcome.CONFLICT] * 15 + [Outcome.NEW]


def test_claims_survive_a_restart(home: Home) -> None:
    """What was claimed is as durable as the event that claimed it."""
    home.events.add([signed(), free("a")])

    again = home.restart()

    assert again.events.add([signed("evt_2", FORGED), free("b")]) == [Outcome.CONFLICT, Outcome.REPEATED]


def test_a_claim_ends_when_its_time_is_over(home: Home) -> None:
    """Once the sender's signature is too old to verify, nothing needs to be remembered of it."""
    until = START + timedelta(minutes=10)
    home.events.add([signed(until=until)])
    home.clock.advance(timedelta(minutes=10, seconds=1))

    outcomes = home.events.add([signed("evt_2", FORGED, until=until + timedelta(days=1))])

    assert outcomes == [Outcome.NEW]
    assert home.events.add([signed("evt_3")]) == [Outcome.CONFLICT]


def test_a_conflict_with_an_event_that_is_gone_is_distinguished(home: Home) -> None:
    """There is no event to store the body with, and the answer must not say that it was kept."""
    home.events.add([replace(signed(), status=Status.ROUTED)])
    home.outlive(START)

    outcomes = home.events.add([signed("evt_2", FORGED)])

    assert outcomes == [Outcome.REUSED]
    assert home.events.get(event("evt_2").id) is None


def test_another_source_may_use_the_same_values(home: Home) -> None:
    """Two senders do not know each other's ids."""
    other = event("evt_2", FORGED, source="shop")

    outcomes = home.events.add([signed(), claiming(other, ClaimKind.SIGNED, TRANSMISSION)])

    assert outcomes == [Outcome.NEW, Outcome.NEW]


@pytest.mark.parametrize("is_swept", [True, False])
def test_an_id_is_known_for_longer_than_its_event_is_kept(home: Home, *, is_swept: bool) -> None:
    """Most senders do not sign a time: an overheard call verifies after a year as it did on the first day."""
    home.events.add([known()])
    home.outlive(START)
    if is_swept and (retention := getattr(home, "retention", None)) is not None:
        assert retention.expire_events(limit=10) == 1
    gone = home.events.get(event().id)

    outcomes = home.events.add([known(), known(body=b"other"), known("evt_2")])

    assert gone is None
    assert outcomes == [Outcome.DUPLICATE, Outcome.REUSED, Outcome.NEW]
    assert home.events.get(event().id) is None


def test_an_id_is_known_no_longer_than_promised(home: Home) -> None:
    """Digests are not kept without an end either."""
    home.events.add([known()])
    home.clock.advance(LONG + timedelta(seconds=1))
    retention = getattr(home, "retention", None)
    if retention is not None:
        retention.expire_events(limit=10)

    outcomes = home.events.add([known(until=START + LONG * 2)])

    assert outcomes == [Outcome.NEW]


def test_an_event_without_claims_leaves_no_digest(home: Home) -> None:
    """For senders that sign a time this costs nothing."""
    home.events.add([event(status=Status.ROUTED)])
    home.outlive(START)
    retention = getattr(home, "retention", None)
    if retention is not None:
        retention.expire_events(limit=10)

    outcomes = home.events.add([known()])

    assert outcomes == [Outcome.NEW]


def test_a_known_body_under_another_id_is_stored_and_marked(home: Home) -> None:
    """The id is not signed: it may be an overheard call under another id, or a second event in the same words. It is not lost."""
    home.events.add([free("a")])

    outcomes = home.keep(routed(free("b"), "payments"))

    stored = home.stored(event("b").id)
    assert outcomes == [Outcome.REPEATED]
    assert stored.event.metadata[REPEATED_BODY] == event("a").id
    assert stored.event.metadata["secret"] == "TRANSACTIONS_SECRET"
    assert home.standing() == [event("b").id]


def test_a_known_body_under_its_own_id_is_a_duplicate_and_carries_no_mark(home: Home) -> None:
    """A redelivery is no repetition under another id."""
    outcomes = home.events.add([free("a"), free("a"), free("b"), free("b")])

    assert outcomes == [Outcome.NEW, Outcome.DUPLICATE, Outcome.REPEATED, Outcome.DUPLICATE]
    assert REPEATED_BODY not in home.stored(event("a").id).event.metadata


def test_a_known_body_may_be_stored_as_a_conflict_instead(home: Home) -> None:
    """An operator chooses this where no two events have one body: no part of it is queued."""
    home.events.add([free("a")])

    outcomes = home.events.add([free("b", if_repeated=IfRepeated.SET_ASIDE)])

    assert outcomes == [Outcome.CONFLICT]
    assert home.events.get(event("b").id) is None
    assert home.stored(event("a").id).conflicts == 1


def test_a_body_that_is_unique_by_the_senders_word_is_a_duplicate(home: Home) -> None:
    """It holds its own id or time: under another id it is the same event."""
    home.events.add([free("a")])

    outcomes = home.events.add([free("b", if_repeated=IfRepeated.DUPLICATE)])

    assert outcomes == [Outcome.DUPLICATE]


def test_a_body_is_known_for_longer_than_its_event(home: Home) -> None:
    """The event is gone after its retention, and the call that was overheard verifies as before, under its own id or another."""
    home.events.add([replace(free("a"), status=Status.ROUTED)])
    home.clock.advance(EVENT_RETENTION + timedelta(days=1))

    outcomes = home.events.add([free("a"), free("b"), free("c", if_repeated=IfRepeated.SET_ASIDE)])

    assert outcomes == [Outcome.DUPLICATE, Outcome.REPEATED, Outcome.REUSED]


def test_a_large_body_that_was_put_for_nothing_expires(home: Home) -> None:
    """A body of any size is treated in the same way."""
    large = b"x" * 300_000
    home.events.add([signed(body=large)])

    outcomes = home.events.add([signed("evt_2", large + b"y"), signed("evt_3", large + b"z")])

    assert outcomes == [Outcome.CONFLICT, Outcome.CONFLICT]
    assert [len(one.body) for one in home.stored(event().id).set_aside] == [300_001, 300_001]


def test_claims_whose_time_is_over_are_removed_in_steps(home: Home) -> None:
    """They are few bytes each, and there is one for every event of most senders."""
    if (retention := getattr(home, "retention", None)) is None:
        return  # the table's own expiry does it there
    until = START + timedelta(minutes=10)
    home.events.add([free(name, name.encode(), until=until) for name in "abc"])
    home.clock.advance(timedelta(minutes=10))

    removed = [retention.expire_claims(limit=2) for _ in range(3)]

    assert removed == [2, 1, 0]


def test_an_id_is_known_with_its_body_for_longer_than_its_event(home: Home) -> None:
    """The source keeps its events for hours: the sender's repeat is known by its id when the body's time is over, marked or not."""

    def brief(delivery_id: str, body: bytes = b'{"ref":"main"}') -> Event:
        given = replace(event(delivery_id, body, received_at=home.clock.now()), status=Status.ROUTED)
        soon = given.received_at + EVENT_RETENTION
        named = claiming(given, ClaimKind.KNOWN, given.id.encode(), until=given.received_at + LONG)
        return claiming(named, ClaimKind.BODY, given.body_sha256, until=soon)

    home.events.add([brief("a"), brief("b")])
    home.clock.advance(EVENT_RETENTION + timedelta(days=1))

    outcomes = home.events.add([brief("a"), brief("b"), brief("a", FORGED), brief("c")])

    assert outcomes == [Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.REUSED, Outcome.NEW]
