"""How events get from the table to their queues, and what a crash or a race leaves of that."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: botocore carries no types

import pytest

from contract.aws import BUCKET, TABLE
from contract.builders import START, event, routed
from hookline.adapters.aws.bodies import body_key
from hookline.adapters.aws.clients import Clients
from hookline.adapters.aws.leases import Leases
from hookline.adapters.aws.names import INLINE_LIMIT
from hookline.adapters.aws.outbox_index import Waiting
from hookline.adapters.aws.table import Table
from hookline.domain.event import Status
from hookline.errors import NotFoundError, OperatorError, UnavailableError
from unit.aws.looks import calls_of, item, objects
from unit.aws.stubs import Stub

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from contract.homes import AwsHome

LARGE = b"x" * (INLINE_LIMIT + 1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def lease(home: AwsHome, at: datetime, *, limit: int = 1000) -> Sequence[Waiting]:
    """The events that a recoverer takes at a moment."""
    return home.outbox.lease(received_before=at, due_at=at, limit=limit)


def ids(leases: Sequence[Waiting]) -> list[str]:
    """The names of these events."""
    return [one.event_id for one in leases]


def status_of(home: AwsHome, name: str = "evt_1") -> Status:
    """The status of an event."""
    return home.stored(event(name).id).event.status


def test_a_fresh_event_with_one_queue_takes_two_calls(home: AwsHome) -> None:
    """The ordinary event's price and latency: one message, one update, and no look at what was stored a moment ago."""
    home.events.add([event()])

    with calls_of(home) as calls:
        home.outbox.send_and_mark([routed(event(), "payments")])

    assert calls == ["SendMessage", "UpdateItem"]
    assert home.standing() == [event().id]
    assert status_of(home) is Status.ROUTED


def test_many_events_go_by_queue_in_batches(home: AwsHome) -> None:
    """Recovery after an outage: ten messages to a call, and one update for each event."""
    events = [event(f"evt_{number}") for number in range(12)]
    home.events.add(events)

    with calls_of(home) as calls:
        home.outbox.send_and_mark([routed(one, "payments", "refunds") for one in events])

    assert [call for call in calls if call != "UpdateItem"] == ["SendMessageBatch"] * 4
    assert calls.count("UpdateItem") == 12
    assert home.standing("payments") == home.standing("refunds") == [one.id for one in events]


def test_a_crash_between_message_and_mark_sends_again(home: AwsHome) -> None:
    """At least once: the event still waits, and the next try puts a second message with the same id."""
    home.events.add([event()])
    home.emulator.fail("dynamodb", "UpdateItem", status=500, code="InternalServerError")
    with pytest.raises(UnavailableError):
        home.outbox.send_and_mark([routed(event(), "payments")])
    between = (status_of(home), home.standing())
    home.emulator.heal()

    home.outbox.deliver([routed(event(), "payments")])

    assert between == (Status.RECEIVED, [event().id])
    assert home.standing() == [event().id] * 2
    assert status_of(home) is Status.ROUTED


def test_a_mark_whose_answer_was_lost_is_a_mark(home: AwsHome) -> None:
    """The SDK's second try finds the event delivered already: that is the wanted result, and no fault."""
    home.events.add([event()])
    home.emulator.fail("dynamodb", "UpdateItem", times=1, status=500, code="InternalServerError", done=True)

    home.outbox.send_and_mark([routed(event(), "payments")])

    assert status_of(home) is Status.ROUTED
    assert home.standing() == [event().id]


def test_one_of_several_queues_that_is_down_keeps_the_event_waiting(home: AwsHome) -> None:
    """Every queue gets it at least once, however long that takes."""
    home.events.add([event()])
    home.emulator.fail("sqs", "SendMessage", where="refunds-queue", status=503, code="ServiceUnavailable")
    with pytest.raises(UnavailableError):
        home.outbox.send_and_mark([routed(event(), "payments", "refunds")])
    between = status_of(home)
    home.emulator.heal()

    home.outbox.deliver([routed(event(), "payments", "refunds")])

    assert between is Status.RECEIVED
    assert home.standing("payments") == [event().id] * 2
    assert home.standing("refunds") == [event().id]


def test_only_entries_that_were_not_taken_are_sent_again(home: AwsHome) -> None:
    """SendMessageBatch answers 200 and lists the failures inside: if nobody read the list, a message would be lost."""
    events = [event(name) for name in "abc"]
    home.events.add(events)
    home.emulator.fail("sqs", "SendMessageBatch", times=1, entries=[1], code="InternalError")

    with calls_of(home) as calls:
        home.outbox.send_and_mark([routed(one, "payments") for one in events])

    assert calls.count("SendMessageBatch") == 2
    assert sorted(home.standing()) == [one.id for one in events]
    assert [status_of(home, name) for name in "abc"] == [Status.ROUTED] * 3


def test_an_entry_that_is_never_taken_leaves_only_its_event_waiting(home: AwsHome) -> None:
    """The others' messages were sent, so their events are marked: otherwise they would be sent again with every try of this one."""
    events = [event(name) for name in "abc"]
    home.events.add(events)
    home.emulator.fail("sqs", "SendMessageBatch", times=1, entries=[1], code="InternalError")
    home.emulator.fail("sqs", "SendMessageBatch", where="transactions:b", entries=[0], code="InternalError")

    with pytest.raises(UnavailableError, match="payments"):
        home.outbox.send_and_mark([routed(one, "payments") for one in events])

    assert [status_of(home, name) for name in "abc"] == [Status.ROUTED, Status.RECEIVED, Status.ROUTED]
    assert home.standing() == [event("a").id, event("c").id]


def test_an_entry_that_sqs_refuses_is_a_permanent_fault_that_names_the_queue(home: AwsHome) -> None:
    """No number of tries helps: a person has to look, and the error names the place. It must not delay the other entries."""
    events = [event(name) for name in "abc"]
    home.events.add(events)
    home.emulator.fail("sqs", "SendMessageBatch", entries=[0], code="InvalidMessageContents", sender_fault=True)

    with pytest.raises(OperatorError, match="refuses the message of transactions:a for the queue payments") as caught:
        home.outbox.send_and_mark([routed(one, "payments") for one in events])

    assert caught.value.code == "message_refused"
    assert [status_of(home, name) for name in "abc"] == [Status.RECEIVED, Status.ROUTED, Status.ROUTED]


def test_a_single_message_that_sqs_refuses_is_a_permanent_fault_too(home: AwsHome) -> None:
    """The same answer, whichever call carried the message."""
    home.events.add([event()])
    home.emulator.fail("sqs", "SendMessage", code="InvalidMessageContents")

    with pytest.raises(OperatorError, match="InvalidMessageContents") as caught:
        home.outbox.send_and_mark([routed(event(), "payments")])

    assert caught.value.code == "message_refused"


def test_a_permanent_fault_is_reported_before_one_that_may_pass(home: AwsHome) -> None:
    """An event that one queue refuses for good is not retried for a week because another queue was down."""
    home.events.add([event()])
    home.emulator.fail("sqs", "SendMessage", where="payments-queue", status=503, code="ServiceUnavailable")
    home.emulator.fail("sqs", "SendMessage", where="refunds-queue", code="InvalidMessageContents")

    with pytest.raises(OperatorError) as caught:
        home.outbox.send_and_mark([routed(event(), "payments", "refunds")])

    assert caught.value.code == "message_refused"


def test_an_undeclared_queue_is_found_before_anything_is_sent(home: AwsHome) -> None:
    """Nothing may be sent to one queue because another one's name was mistyped."""
    home.events.add([event()])

    with calls_of(home) as calls, pytest.raises(NotFoundError):
        home.outbox.send_and_mark([routed(event(), "payments", "nowhere")])

    assert calls == []


def test_a_large_body_is_left_out_of_its_message(home: AwsHome) -> None:
    """A message has room for one megabyte at most: it names the place of the bytes, and the consumer finds them there."""
    home.events.add([event(body=LARGE)])

    home.outbox.send_and_mark([routed(event(body=LARGE), "payments")])

    document = json.loads(home.take().body)
    bucket, _, key = document["dataref"].removeprefix("s3://").partition("/")
    with home.emulator.client("s3").get_object(Bucket=bucket, Key=key)["Body"] as stream:
        assert stream.read() == LARGE
    assert not {"data", "data_base64"} & document.keys()
    assert document["bodysha256"] == event(body=LARGE).body_sha256.hex()


def test_the_time_of_a_large_body_begins_with_its_delivery(home: AwsHome) -> None:
    """The bucket counts from when an object was written: a body that waited for a week must not lose it."""
    home.events.add([event(body=LARGE)])
    key = body_key(event(body=LARGE))
    etag = home.emulator.client("s3").head_object(Bucket=BUCKET, Key=key)["ETag"]

    with calls_of(home) as calls:
        home.outbox.send_and_mark([routed(event(body=LARGE), "payments")])

    assert calls == ["SendMessage", "CopyObject", "UpdateItem"]
    head = home.emulator.client("s3").head_object(Bucket=BUCKET, Key=key)
    assert (head["ETag"], head["ContentType"], head["ContentLength"]) == (etag, "application/json", len(LARGE))
    assert objects(home) == {key: "delivered"}


def test_a_large_body_of_an_event_that_failed_is_kept(home: AwsHome) -> None:
    """Its time may have begun with a try that got as far as that; a failed event waits for a person, however long."""
    home.events.add([event(body=LARGE)])
    home.emulator.fail("dynamodb", "UpdateItem", status=500, code="InternalServerError")
    with pytest.raises(UnavailableError):
        home.outbox.send_and_mark([routed(event(body=LARGE), "payments")])
    home.emulator.heal()

    home.outbox.fail(event().id, reason="given up")

    assert objects(home) == {body_key(event(body=LARGE)): "pending"}
    assert home.stored(event().id).event.body == LARGE


def test_a_lease_counts_the_attempt_and_hides_the_event(home: AwsHome) -> None:
    """Of two recoverers in the same minute the second finds nothing, and a crash of the first costs one pause."""
    home.events.add([event()])
    at = START + MINUTE * 5

    first = lease(home, at)
    second = lease(home, at + MINUTE)
    later = lease(home, at + MINUTE * 5)

    assert first == [Waiting(since=START, event_id=event().id)]
    assert second == []
    assert ids(later) == [event().id]
    assert home.stored(event().id).attempt.count == 2


def test_pauses_double_from_one_minute_to_fifteen(home: AwsHome) -> None:
    """A lasting fault causes few tries, and the end of a fault is noticed within a quarter of an hour."""
    home.events.add([event()])
    at = START + SECOND
    pauses = []

    for _ in range(7):
        assert ids(lease(home, at)) == [event().id]
        next_at = home.stored(event().id).attempt.next_at
        assert next_at is not None
        pauses.append(round((next_at - at).total_seconds()))
        at = next_at

    assert pauses == [60, 61, 122, 244, 488, 900, 900]


def test_two_recoverers_share_what_is_due(home: AwsHome) -> None:
    """Each event belongs to one run only, and no event is left out by both for long."""
    home.events.add([event(f"evt_{number}") for number in range(60)])
    at = START + MINUTE * 5

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(lease, one, at) for one in (home, home.restart())]
        taken = [ids(run.result()) for run in runs]

    left = ids(lease(home, at))
    assert sorted([*taken[0], *taken[1], *left]) == sorted(event(f"evt_{number}").id for number in range(60))


def test_an_event_that_was_routed_after_it_was_found_is_left_out(home: AwsHome) -> None:
    """The index lags behind the table, and the router may come first: its neighbours in the transaction are still taken."""
    home.events.add([event(name) for name in "abc"])
    home.outbox.deliver([routed(event("b"), "payments")])
    found = [Waiting(since=START, event_id=event(name).id) for name in ("a", "b", "gone", "c")]

    taken = Leases(Table(home.clients.dynamodb, TABLE)).take(found, due_at=START + MINUTE)

    assert ids(taken) == [event("a").id, event("c").id]
    assert status_of(home, "b") is Status.ROUTED
    assert item(home, event("gone").id) is None


def test_a_router_that_comes_after_the_lease_still_delivers(home: AwsHome) -> None:
    """A lease only keeps recoverers apart: the slow first try of a router may finish."""
    home.events.add([event()])
    lease(home, START + MINUTE * 5)

    home.outbox.send_and_mark([routed(event(), "payments")])

    assert status_of(home) is Status.ROUTED
    assert lease(home, START + MINUTE * 60) == []


def test_a_slow_router_that_meets_a_replay_loses_nothing(home: AwsHome) -> None:
    """It holds the event from before: its message was sent, so the event is on its queue, whichever of the two marks it."""
    home.events.add([event()])
    home.outbox.fail(event().id, reason="broken")
    home.events.reopen(event().id)

    home.outbox.send_and_mark([routed(event(), "payments")])

    assert home.standing() == [event().id]
    assert status_of(home) is Status.ROUTED


def test_a_hundred_leases_take_seven_transactions(home: AwsHome) -> None:
    """Drained one call for each event, an outage of an hour would take longer than the hour."""
    home.events.add([event(f"evt_{number}", received_at=START + SECOND * number) for number in range(100)])

    with calls_of(home) as calls:
        taken = lease(home, START + MINUTE * 10)

    assert ids(taken) == [event(f"evt_{number}").id for number in range(100)]
    assert (calls.count("Query"), calls.count("TransactWriteItems"), len(calls)) == (16, 7, 23)


def test_the_limit_takes_the_longest_waits(home: AwsHome) -> None:
    """A run that cannot take all takes the oldest, across all shards."""
    home.events.add([event(f"evt_{number}", received_at=START - SECOND * number) for number in range(30)])

    taken = lease(home, START + MINUTE, limit=5)

    assert ids(taken) == [event(f"evt_{number}").id for number in range(29, 24, -1)]


def test_waiting_events_spread_over_the_shards(home: AwsHome) -> None:
    """One partition of the index takes a thousand writes a second: all events in one would be the limit of everything."""
    home.events.add([event(f"evt_{number}") for number in range(100)])

    found = [item(home, event(f"evt_{number}").id) for number in range(100)]

    shards = {one["outbox"]["S"] for one in found if one is not None}
    assert len(shards) > 12
    assert shards <= {str(number) for number in range(16)}


def test_only_what_waits_or_failed_is_in_the_index(home: AwsHome) -> None:
    """The index is sparse: it holds the backlog, and a delivered event costs nothing there."""
    home.events.add([event(name) for name in "abc"])
    home.outbox.deliver([routed(event("a"), "payments")])
    home.outbox.fail(event("b").id, reason="broken")

    found = home.emulator.client("dynamodb").scan(TableName=TABLE, IndexName="outbox")["Items"]

    assert {one["event_id"]["S"]: one["outbox"]["S"] == "failed" for one in found} == {
        event("b").id: True,
        event("c").id: False,
    }


def test_a_leased_event_does_not_hide_the_events_behind_it(home: AwsHome) -> None:
    """A page of the index without due events is not its end."""
    home.events.add([event(f"evt_{number}") for number in range(40)])
    at = START + MINUTE * 5

    runs = [ids(lease(home, at, limit=10)) for _ in range(5)]

    assert [len(run) for run in runs] == [10, 10, 10, 10, 0]
    assert len({one for run in runs for one in run}) == 40


def test_a_lease_waits_for_an_index_that_still_lists_what_was_taken(
    home: AwsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for an empty outbox, it would end the recoverer's run: a long backlog would shrink by one lot a minute."""
    home.events.add([event(f"evt_{number}") for number in range(40)])
    client, at = home.clients.dynamodb(), START + MINUTE * 5
    ask, before, lagging = client.query, {}, set[str]()

    def query(**asked: Any) -> Any:
        shard = asked["ExpressionAttributeValues"][":shard"]["S"]
        if shard not in lagging:
            before[shard] = ask(**asked)
        lagging.discard(shard)
        return before[shard]

    monkeypatch.setattr(client, "query", query)
    first = ids(lease(home, at, limit=20))
    lagging.update(before)
    second = ids(lease(home, at, limit=20))

    assert (len(first), len(second), len({*first, *second})) == (20, 20, 40)


def test_an_index_that_lags_behind_is_looked_at_again_in_the_table(home: AwsHome) -> None:
    """An event that was delivered a moment ago may still be listed: routed again, it would be on its queue twice for nothing."""
    home.events.add([event("a"), event("b"), event("c")])

    def overtake(**_: object) -> None:
        events.unregister("before-call.dynamodb.BatchGetItem", overtake)
        home.outbox.deliver([routed(event("a"), "payments")])
        home.put_off(event("b").id, until=START + MINUTE * 60, reason="busy")

    events = home.clients.dynamodb().meta.events
    events.register("before-call.dynamodb.BatchGetItem", overtake)
    pending = home.outbox.pending(received_before=START + MINUTE, due_at=START + MINUTE, limit=10)

    assert [stored.event.id for stored in pending] == [event("c").id]


def test_events_that_another_run_is_changing_are_left_for_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is cancelled again and again must not stop the run: its events stay due."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    found = [Waiting(since=START, event_id=event(name).id) for name in "abcd"]
    stub = Stub(answers=[cancelled(4), cancelled(3), cancelled(2)])
    with Clients("us-east-1") as clients:
        client = stub.before(clients.dynamodb())

        taken = Leases(Table(client, TABLE)).take(found, due_at=START + MINUTE)

    assert taken == []
    assert [len(json.loads(request.body)["TransactItems"]) for request in stub.requests] == [4, 3, 2]


def cancelled(number: int) -> tuple[int, bytes]:
    """DynamoDB's answer to a transaction of ``number`` items, whose first one another transaction is changing."""
    reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in range(number - 1))]
    error = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "CancellationReasons": reasons}
    return 400, json.dumps(error).encode()
