"""What the table and the bucket hold, and what a crash or a race leaves of it."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from contract.aws import BUCKET, TABLE
from contract.builders import EVENT_RETENTION, START, event, routed
from contract.test_claims import free, signed
from hookline.adapters.aws import conflicts, table
from hookline.adapters.aws.bodies import body_key
from hookline.adapters.aws.names import INLINE_LIMIT
from hookline.domain.event import Event, Outcome, Status
from hookline.errors import NotFoundError, UnavailableError
from hookline.ports.event_store import EventFilter
from unit.aws.looks import calls_of, item, objects

if TYPE_CHECKING:
    from contract.homes import AwsHome

SAMPLE = Path(__file__).parents[3] / "examples" / "transactions" / "samples" / "payment.json"
LARGE = b"x" * (INLINE_LIMIT + 1)
OTHER_LARGE = b"y" * (INLINE_LIMIT + 1)
DAY = timedelta(days=1)


def size_of(attributes: dict[str, Any]) -> int:
    """An item's bytes by DynamoDB's rules: names and values in UTF-8, numbers two digits to a byte and one more, maps three and one each.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in attributes.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, inner),) = value.items()
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in inner.items())
    if kind == "N":
        return (len(inner.strip("-").rstrip("0")) + 1) // 2 + 1
    return len(inner.encode() if kind == "S" else inner)


def test_the_sample_payment_takes_one_write_unit(home: AwsHome) -> None:
    """Each write costs for every begun KB of an item: the ordinary event must stay within the first."""
    body = SAMPLE.read_bytes()
    payment = Event(
        id="transactions:evt_01JZ8Q4T6WXN3K5V7B9D2F4H6P",
        source="transactions",
        type="payment",
        time="2025-07-03T09:41:27.318Z",
        received_at=START,
        content_type="application/json",
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
        metadata={"secret": "TRANSACTIONS_SECRET"},
    )

    home.events.add([payment])

    stored = item(home, payment.id)
    assert stored is not None
    assert {"outbox", "since"} <= stored.keys()  # the index's attributes are part of it
    size = size_of(stored)
    assert size <= 1_024, f"the payment's item takes {size} bytes"  # 749, as zlib compresses it today


@pytest.mark.parametrize(("size", "inline"), [(INLINE_LIMIT, True), (INLINE_LIMIT + 1, False)])
def test_a_body_over_the_limit_is_stored_in_the_bucket(home: AwsHome, size: int, inline: bool) -> None:  # noqa: FBT001 -- a column of the table
    """One rule says where a body is, to the byte; the item then holds its key, and the body comes back the same."""
    given = event(body=b"z" * size)

    home.events.add([given])

    stored = item(home, given.id)
    assert stored is not None
    assert ("body" in stored, "body_key" in stored) == (inline, not inline)
    assert objects(home) == ({} if inline else {body_key(given): "pending"})
    assert home.stored(given.id).event == given


def test_bytes_that_do_not_compress_fit_an_item(home: AwsHome) -> None:
    """The largest body that stays inside, in the worst case, with all its attributes: DynamoDB allows 400 KB."""
    noise = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(INLINE_LIMIT // 32))

    outcomes = home.events.add([event(body=noise)])

    assert outcomes == [Outcome.NEW]
    assert home.stored(event().id).event.body == noise


def test_a_crash_between_body_and_item_is_repaired_by_the_senders_next_try(home: AwsHome) -> None:
    """The body is first: without a 2xx the sender comes again, finds its object, and nothing is there twice."""
    home.emulator.fail("dynamodb", "PutItem", code="ThrottlingException")
    with pytest.raises(UnavailableError, match="PutItem: ThrottlingException"):
        home.events.add([event(body=LARGE)])
    left = objects(home)
    home.emulator.heal()

    outcomes = home.events.add([event(body=LARGE)])

    assert outcomes == [Outcome.NEW]
    assert objects(home) == left == {body_key(event(body=LARGE)): "pending"}


def test_nothing_is_stored_without_its_body(home: AwsHome) -> None:
    """An item that points to nothing would be an acknowledged event that is lost."""
    home.emulator.fail("s3", "PutObject", status=503, code="SlowDown")

    with pytest.raises(UnavailableError):
        home.events.add([event(body=LARGE)])

    assert item(home, event().id) is None


def test_an_answer_that_was_lost_does_not_make_a_duplicate(home: AwsHome) -> None:
    """The SDK tries again on its own and finds its own item: code that took that for a duplicate would not call the router."""
    home.emulator.fail("dynamodb", "PutItem", times=1, status=500, code="InternalServerError", done=True)

    with calls_of(home) as calls:
        outcomes = home.events.add([event()])

    assert calls == ["PutItem", "PutItem"]
    assert outcomes == [Outcome.NEW]


@pytest.mark.parametrize(("body", "outcome"), [(event().body, Outcome.DUPLICATE), (b"2", Outcome.CONFLICT)])
def test_a_second_try_that_meets_another_call_s_item_does_not_take_it_for_its_own(
    home: AwsHome, body: bytes, outcome: Outcome
) -> None:
    """The first try failed without storing anything: another call stored the item that the second try finds."""
    home.events.add([event()])
    home.emulator.fail("dynamodb", "PutItem", times=1, status=500, code="InternalServerError")

    assert home.events.add([event(body=body)]) == [outcome]


def test_a_conflict_whose_answer_was_lost_is_counted_once(home: AwsHome) -> None:
    """An operator judges a sender by this count."""
    home.events.add([event()])
    home.emulator.fail(
        "dynamodb", "PutItem", where="~transactions", times=1, status=500, code="InternalServerError", done=True
    )

    outcomes = home.events.add([event(body=b"2")])

    assert outcomes == [Outcome.CONFLICT]
    assert home.stored(event().id).conflicts == 1


def test_a_conflict_tried_twice_is_counted_in_addition_to_another_call_s(home: AwsHome) -> None:
    """The first try failed: the second is refused because of the conflict of another call, and this one still has to be kept."""
    home.events.add([event(), event(body=b"2")])
    home.emulator.fail("dynamodb", "PutItem", where="~transactions", times=1, status=500, code="InternalServerError")

    home.events.add([event(body=b"3")])

    stored = home.stored(event().id)
    assert stored.conflicts == 2
    assert sorted(one.body for one in stored.set_aside) == [b"2", b"3"]


def test_a_duplicate_while_the_first_is_in_flight_is_one_event(home: AwsHome) -> None:
    """Two functions run at the same time, each with its own clock and numbers: the table decides."""
    homes = [home, *(home.restart() for _ in range(7))]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda one: one.events.add([event()])[0], homes))

    assert sorted(outcomes) == [Outcome.DUPLICATE] * 7 + [Outcome.NEW]


def test_conflicts_at_the_same_time_are_all_counted_and_all_kept(home: AwsHome) -> None:
    """The validator cannot read: each put requires what the last refusal showed, and none overwrites another."""
    home.events.add([event()])
    homes = [home.restart() for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda pair: pair[1].events.add([event(body=b"%d" % pair[0])])[0], enumerate(homes)))

    stored = home.stored(event().id)
    assert outcomes == [Outcome.CONFLICT] * 8
    assert stored.conflicts == 8
    assert sorted(one.body for one in stored.set_aside) == [b"%d" % number for number in range(8)]


def test_the_validator_needs_no_right_but_to_put(home: AwsHome) -> None:
    """Its role has no other right: puts distinguish events, duplicates and conflicts."""
    with calls_of(home) as calls:
        home.events.add([event(), event(), event(body=b"2"), event(body=b"3")])

    assert set(calls) == {"PutItem"}


def test_claims_need_no_right_but_to_put_either(home: AwsHome) -> None:
    """A transaction of puts is allowed by the right to put: claims must not widen what the validator may do."""
    one, other, twin = signed(), signed("evt_2", b"2"), free("b", event().body)
    with calls_of(home) as calls:
        outcomes = home.events.add([one, one, other, free("a", event().body), twin])

    assert outcomes == [Outcome.NEW, Outcome.DUPLICATE, Outcome.CONFLICT, Outcome.NEW, Outcome.REPEATED]
    assert set(calls) == {"TransactWriteItems", "PutItem"}


def test_an_event_that_claims_nothing_is_one_put(home: AwsHome) -> None:
    """Senders that sign a time and an id pay nothing for the others."""
    with calls_of(home) as calls:
        home.events.add([event()])

    assert calls == ["PutItem"]


def test_an_answer_to_a_transaction_that_was_lost_makes_no_duplicate(home: AwsHome) -> None:
    """The first try was kept and its answer lost: the second finds its own event and its own claim."""
    home.emulator.fail("dynamodb", "TransactWriteItems", times=1, status=500, code="InternalServerError", done=True)

    outcomes = home.events.add([signed()])

    assert outcomes == [Outcome.NEW]
    assert home.stored(event().id).conflicts == 0


def test_a_lost_transaction_whose_token_the_service_forgot_makes_no_duplicate_either(home: AwsHome) -> None:
    """DynamoDB knows a transaction by its token for ten minutes; after that only the item itself shows which event it is."""
    home.clients.dynamodb().meta.events.register("before-send.dynamodb.TransactWriteItems", _with_another_token)
    home.emulator.fail("dynamodb", "TransactWriteItems", times=1, status=500, code="InternalServerError", done=True)

    assert home.events.add([signed()]) == [Outcome.NEW]
    assert home.stored(event().id).conflicts == 0


def _with_another_token(request: Any, **_: object) -> None:  # botocore's prepared request
    request.body = re.sub(rb'(?<="ClientRequestToken": ")[^"]+', str(uuid4()).encode(), request.body)


def test_a_conflict_with_an_event_that_is_gone_does_not_change_the_new_ones(home: AwsHome) -> None:
    """A validator that was delayed for a month must not store its conflict with the event that has the id now."""
    home.events.add([event(status=Status.ROUTED)])
    old = item(home, event().id)
    assert old is not None
    home.outlive(START)
    home.events.add([event(body=b"new"), event(body=b"second")])

    late = event(body=b"late")
    home.events._conflicts.add(late.id, old["stored_at"]["N"], late, now=home.clock.steady())  # where it was held up

    stored = home.stored(event().id)
    assert stored.conflicts == 1
    assert [one.body for one in stored.set_aside] == [b"second"]


def test_a_large_second_body_is_stored_in_the_bucket_and_may_expire(home: AwsHome) -> None:
    """It is there for a person to look at, and no delivery will ever mark it as one that may expire."""
    home.events.add([event(body=LARGE)])

    outcomes = home.events.add([event(body=OTHER_LARGE)])

    assert outcomes == [Outcome.CONFLICT]
    assert objects(home) == {
        body_key(event(body=LARGE)): "pending",
        body_key(event(body=OTHER_LARGE)): "delivered",
    }
    assert [one.body for one in home.stored(event().id).set_aside] == [OTHER_LARGE]


def test_second_bodies_that_are_not_small_do_not_make_the_companion_large(home: AwsHome) -> None:
    """The whole companion is written again at every conflict: ten bodies of 192 KiB would not even fit."""
    noise = [hashlib.sha256(b"%d" % number).digest() * 3000 for number in range(10)]
    bodies = [bytes(byte ^ place % 251 for place, byte in enumerate(one)) for one in noise]
    home.events.add([event()])

    home.events.add([event(body=body) for body in bodies])

    companion = item(home, f"~{event().id}")
    assert companion is not None
    assert sum(len(str(one)) for one in companion["bodies"]["L"]) < 16_384
    assert {one.body for one in home.stored(event().id).set_aside} == set(bodies)


def test_a_second_body_beyond_the_tenth_leaves_nothing_that_never_expires(home: AwsHome) -> None:
    """It was written before the validator knew that it would not be kept."""
    home.events.add([event(), *(event(body=b"%d" % number) for number in range(10))])

    home.events.add([event(body=LARGE)])

    assert objects(home) == {body_key(event(body=LARGE)): "delivered"}


def test_a_large_duplicate_finds_its_object_and_leaves_it(home: AwsHome) -> None:
    """The object of an event that waits must not change: with another tag it might be gone before its event is delivered."""
    home.events.add([event(body=LARGE)])

    outcomes = home.events.add([event(body=LARGE)])

    assert outcomes == [Outcome.DUPLICATE]
    assert objects(home) == {body_key(event(body=LARGE)): "pending"}


def test_a_large_duplicate_of_another_month_leaves_nothing_that_never_expires(home: AwsHome) -> None:
    """Its object has another key, and no event will ever point to it."""
    home.events.add([event(body=LARGE)])
    late = event(body=LARGE, received_at=START + DAY * 40)

    outcomes = home.events.add([late])

    assert outcomes == [Outcome.DUPLICATE]
    assert objects(home) == {body_key(event(body=LARGE)): "pending", body_key(late): "delivered"}


def test_an_id_that_is_used_again_within_the_month_keeps_its_body_from_expiring(home: AwsHome) -> None:
    """The object of the expired event is found there, tagged as delivered: the new event has not been."""
    home.events.add([event(body=LARGE)])
    home.outbox.deliver([routed(event(body=LARGE), "payments")])
    home.outlive(START)
    before = objects(home)

    outcomes = home.events.add([event(body=LARGE)])

    assert before == {body_key(event(body=LARGE)): "delivered"}
    assert outcomes == [Outcome.NEW]
    assert objects(home) == {body_key(event(body=LARGE)): "pending"}


def test_a_replay_keeps_a_large_body_until_it_is_delivered_again(home: AwsHome) -> None:
    """It may wait longer this time than the object would have been kept."""
    home.events.add([event(body=LARGE)])
    home.outbox.deliver([routed(event(body=LARGE), "payments")])

    home.events.reopen(event().id)

    assert objects(home) == {body_key(event(body=LARGE)): "pending"}


def test_an_expired_event_that_the_table_has_not_removed_yet_is_unknown(home: AwsHome) -> None:
    """The table's own expiry may be two days late: readers and writers alike use the time that is written there."""
    home.events.add([event(status=Status.ROUTED)])
    home.outlive(START)

    seen = (home.events.get(event().id), home.events.load([event().id]).events, home.events.reopen(event().id))

    assert seen == (None, [], False)
    assert item(home, event().id) is not None
    assert home.events.add([event()]) == [Outcome.NEW]


def test_expiry_is_written_in_whole_seconds_that_are_never_early(home: AwsHome) -> None:
    """The table's expiry takes nothing else, and a duplicate within the promised time must be known."""
    home.events.add([event(status=Status.ROUTED)])

    stored = item(home, event().id)

    assert stored is not None
    expires_at = int(stored["expires_at"]["N"])
    assert 0 <= expires_at - (START + EVENT_RETENTION).timestamp() < 1


def test_many_events_are_read_in_one_call(home: AwsHome) -> None:
    """The router gets a hundred ids: with companions that is more keys than one call takes."""
    events = [event(f"evt_{number}") for number in range(120)]
    home.events.add(events)

    with calls_of(home) as calls:
        loaded = home.events.load([one.id for one in events] + ["transactions:unknown"])

    assert [stored.event for stored in loaded.events] == events
    assert loaded.faults == {}
    assert calls == ["BatchGetItem"] * 3


def test_what_a_busy_table_leaves_out_is_asked_for_again(home: AwsHome) -> None:
    """BatchGetItem answers 200 with a part of the items: the others are not unknown."""
    home.events.add([event(name) for name in "abc"])
    left_out: list[dict[str, Any]] = []

    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        ((name, items),) = parsed["Responses"].items()
        if not left_out and len(items) > 1:
            left_out.extend(items[1:])
            keys = [{"event_id": one["event_id"]} for one in items[1:]]
            parsed["Responses"] = {name: items[:1]}
            parsed["UnprocessedKeys"] = {name: {"Keys": keys, "ConsistentRead": True}}

    events = home.clients.dynamodb().meta.events
    events.register("after-call.dynamodb.BatchGetItem", leave_out)
    loaded = home.events.load([event(name).id for name in "abc"])
    events.unregister("after-call.dynamodb.BatchGetItem", leave_out)

    assert len(left_out) == 2
    assert [stored.event.id for stored in loaded.events] == [event(name).id for name in "abc"]


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"B": b"{}"}, "codec": {"S": "zlib"}},
        {"body": {"B": b"\x28\xb5\x2f\xfd"}, "codec": {"S": "of a later version"}},
        {"body": {"B": b'{"amount": 1}'}},
    ],
    ids=["broken", "unknown", "another"],
)
def test_a_body_that_does_not_fit_its_digest_is_given_to_nobody(home: AwsHome, change: dict[str, Any]) -> None:
    """On a queue it would be taken for a payment; and it keeps no other event from being read."""
    home.events.add([event("a"), event("b")])
    stored = item(home, event("a").id) or {}
    home.emulator.client("dynamodb").put_item(TableName=TABLE, Item=stored | change)

    loaded = home.events.load([event("a").id, event("b").id])

    (fault,) = loaded.faults.values()
    assert isinstance(fault, UnavailableError)
    assert [found.event.id for found in loaded.events] == [event("b").id]


def test_a_large_second_body_may_expire_even_where_it_could_not_be_counted(
    home: AwsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender is asked to come again, and may never do so: then nothing would say that no event refers to the body."""
    home.events.add([event()])
    monkeypatch.setattr(conflicts, "_MAX_TRIES", 0)

    with pytest.raises(UnavailableError):
        home.events.add([event(body=LARGE)])

    assert objects(home) == {body_key(event(body=LARGE)): "delivered"}


def test_one_body_that_is_gone_keeps_no_other_event_from_being_read(home: AwsHome) -> None:
    """Somebody emptied the bucket by hand: the other events must still be read, and this one says what it lacks."""
    home.events.add([event("a"), event("b", body=LARGE), event("c")])
    home.emulator.client("s3").delete_object(Bucket=BUCKET, Key=body_key(event("b", body=LARGE)))

    loaded = home.events.load([event(name).id for name in "abc"])

    assert [stored.event.id for stored in loaded.events] == [event("a").id, event("c").id]
    (fault,) = loaded.faults.values()
    assert isinstance(fault, NotFoundError)
    assert f"s3://{BUCKET}/" in fault.detail


def test_a_listing_that_meets_such_a_body_says_so(home: AwsHome) -> None:
    """A page that silently left an event out would hide exactly the one that somebody has to look at."""
    home.events.add([event("a"), event("b", body=LARGE)])
    home.emulator.client("s3").delete_object(Bucket=BUCKET, Key=body_key(event("b", body=LARGE)))

    with pytest.raises(NotFoundError, match="there is no body at s3://"):
        home.events.find(EventFilter(), limit=10)


def test_a_replay_that_comes_a_moment_too_late_brings_nothing_back(home: AwsHome) -> None:
    """The table removes the event between the look and the update: the update must not create half an item."""
    home.events.add([event(status=Status.ROUTED)])

    def remove(**_: object) -> None:
        home.emulator.client("dynamodb").delete_item(TableName=TABLE, Key={"event_id": {"S": event().id}})

    events = home.clients.dynamodb().meta.events
    events.register("before-call.dynamodb.UpdateItem", remove)
    known = home.events.reopen(event().id)
    events.unregister("before-call.dynamodb.UpdateItem", remove)

    assert not known
    assert item(home, event().id) is None


def test_conflicts_that_come_faster_than_they_can_be_counted_are_put_off(
    home: AwsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender is asked to come again: a conflict that was not counted was not stored either."""
    home.events.add([event(), event(body=b"2")])
    monkeypatch.setattr(conflicts, "_MAX_TRIES", 1)

    with pytest.raises(UnavailableError, match="too many conflicts"):
        home.events.add([event(body=b"3")])

    assert home.stored(event().id).conflicts == 1


def test_a_table_that_stays_busy_is_an_outage(home: AwsHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that cannot be read now are not unknown."""
    home.events.add([event()])
    monkeypatch.setattr(table, "_FIRST_PAUSE", 0.001)

    def leave_out(parsed: dict[str, Any], **_: object) -> None:
        keys = [{"event_id": {"S": event().id}}]
        parsed.update({"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": keys, "ConsistentRead": True}}})

    events = home.clients.dynamodb().meta.events
    events.register("after-call.dynamodb.BatchGetItem", leave_out)
    with pytest.raises(UnavailableError, match="left items out"):
        home.events.get(event().id)
    events.unregister("after-call.dynamodb.BatchGetItem", leave_out)
