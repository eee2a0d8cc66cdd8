"""What every Queues does: the semantics of SQS standard queues."""

from __future__ import annotations

import threading
import time
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, QUEUES, START, message
from hookline.domain.message import Message, TypedValue
from hookline.errors import NotFoundError
from hookline.ports.queues import ReceiptResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from contract.homes import Home
    from hookline.domain.message import AttributeValue, Delivery
    from hookline.ports.queues import Queues

DONE, GONE, UNKNOWN, VISIBLE = ReceiptResult.DONE, ReceiptResult.GONE, ReceiptResult.UNKNOWN, ReceiptResult.VISIBLE
NOW = timedelta()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def send(home: Home, *names: str, queue: str = "payments") -> list[str]:
    """Put messages on a queue; their ids."""
    return [sent.message_id for sent in home.queues.send(queue, [message(name) for name in names])]


def names(deliveries: Sequence[Delivery]) -> list[str]:
    """The names of these messages."""
    return [delivery.event_id.partition(":")[2] for delivery in deliveries]


def receive(home: Home, number: int = 10, queue: str = "payments", *, hide: timedelta | None = None) -> list[str]:
    """Take messages, and say which they are."""
    return names(home.queues.receive(queue, max_messages=number, visibility_timeout=hide))


def bury(home: Home, name: str = "evt_1") -> str:
    """Send a message and receive it until it is a dead letter; its id."""
    (id_,) = send(home, name)
    for _ in range(PAYMENTS.max_receives):
        home.take(hide=NOW)
    home.queues.receive("payments")
    return id_


def test_a_message_arrives_as_it_was_sent(home: Home) -> None:
    """Body and attributes reach the consumer unchanged, with what it needs to deduplicate and to judge delay."""
    (id_,) = send(home, "evt_1")
    home.clock.advance(SECOND)

    delivery = home.take()

    assert delivery.message_id == id_
    assert (delivery.event_id, delivery.body, delivery.attributes) == (
        message().event_id,
        message().body,
        message().attributes,
    )
    assert (delivery.receives, delivery.sent_at, delivery.first_received_at) == (
        1,
        home.recorded(START),
        home.recorded(START + SECOND),
    )
    assert delivery.receipt


def test_message_ids_are_unique_and_in_order(home: Home) -> None:
    """Consumers deduplicate on them: an id must never name two messages, on one queue or on several."""
    ids = [*send(home, "a", "a", "b"), *send(home, "a", queue="refunds"), *send(home, "c")]

    found = [delivery.message_id for delivery in home.queues.receive("payments", max_messages=10)]

    assert len(set(ids)) == 5
    assert found == [*ids[:3], ids[4]]


def test_a_message_id_is_not_used_again_after_its_message_is_gone(home: Home) -> None:
    """A consumer's memory of ids lasts longer than the message, and longer than a restart of hookline."""
    (first,) = send(home, "a")
    home.queues.delete("payments", [home.take().receipt])

    (second,) = send(home.restart(), "b")

    assert first != second


def test_sending_nothing_is_allowed(home: Home) -> None:
    """Callers need no special case for an empty list."""
    sent = home.queues.send("payments", [])

    assert sent == []
    assert home.queues.depth("payments") == home.depth()


def test_messages_come_in_the_order_they_were_sent(home: Home) -> None:
    """Standard queues promise nothing; first in, first out is what people expect where nothing prevents it."""
    send(home, "a", "b", "c")

    first = receive(home, 2)
    second = receive(home, 2)
    third = receive(home, 2)

    assert [first, second, third] == [["a", "b"], ["c"], []]


def test_nobody_else_sees_a_message_until_its_time_is_over(home: Home) -> None:
    """The queue's own visibility timeout, to the microsecond: earlier would be a payment twice, later a payment late."""
    send(home, "a")
    home.take()

    home.clock.advance(PAYMENTS.visibility_timeout - timedelta(microseconds=1))
    before = receive(home)
    home.clock.advance(timedelta(microseconds=1))
    after = home.take()

    assert before == []
    assert (after.receives, after.first_received_at) == (2, home.recorded(START))


def test_a_consumer_may_choose_its_own_timeout(home: Home) -> None:
    """A slow consumer hides messages longer than the queue would."""
    send(home, "a")
    home.take(hide=MINUTE * 10)

    home.clock.advance(MINUTE * 10 - SECOND)
    before = receive(home)
    home.clock.advance(SECOND)
    after = receive(home)

    assert (before, after) == ([], ["a"])


def test_a_timeout_of_zero_hides_nothing(home: Home) -> None:
    """A look that counts as a receive: the message is there for the next consumer immediately."""
    send(home, "a")

    first = home.take(hide=NOW)
    second = home.take(hide=NOW)

    assert first.message_id == second.message_id
    assert (first.receives, second.receives) == (1, 2)
    assert first.receipt != second.receipt


def test_a_dead_letter_queue_hides_for_thirty_seconds(home: Home) -> None:
    """This is SQS's default, because nothing configures a dead-letter queue's visibility."""
    bury(home)
    home.take(DLQ)

    home.clock.advance(SECOND * 30 - timedelta(microseconds=1))
    before = receive(home, queue=DLQ)
    home.clock.advance(timedelta(microseconds=1))
    after = receive(home, queue=DLQ)

    assert (before, after) == ([], ["evt_1"])


def test_any_number_of_messages_may_be_taken(home: Home) -> None:
    """The limit of ten belongs to the SQS protocol, not to the queues."""
    send(home, *(f"evt_{number}" for number in range(25)))

    taken = home.queues.receive("payments", max_messages=20)

    assert len(taken) == 20
    assert len({delivery.receipt for delivery in taken}) == 20


def test_each_message_goes_to_one_of_many_consumers(home: Home) -> None:
    """The point of a queue: work is shared, not repeated."""
    send(home, *(f"evt_{number}" for number in range(40)))

    with ThreadPoolExecutor(8) as pool:
        taken = [one for ones in pool.map(lambda _: receive(home, 3), range(20)) for one in ones]

    assert sorted(taken) == sorted(f"evt_{number}" for number in range(40))


def test_a_message_received_often_enough_becomes_a_dead_letter(home: Home) -> None:
    """A message that nobody can handle must not block the rest, and must not vanish either."""
    (id_,) = send(home, "a")
    receives = [home.take(hide=NOW).receives for _ in range(PAYMENTS.max_receives)]

    taken = receive(home)

    dead = home.take(DLQ)
    assert receives == [1, 2]
    assert taken == []
    assert home.queues.depth("payments") == home.depth()
    assert (dead.message_id, dead.sent_at) == (id_, home.recorded(START))


def test_a_dead_letter_waits_for_the_receive_that_finds_it(home: Home) -> None:
    """As on SQS: its last consumer has its full time, and only the next receive moves the message."""
    send(home, "a")
    home.take(hide=NOW)
    last = home.take(hide=NOW)

    before = (home.standing(), home.standing(DLQ))
    deleted = home.queues.delete("payments", [last.receipt])

    assert before == ([message("a").event_id], [])
    assert deleted == [DONE]


@pytest.mark.parametrize("hide", [NOW, MINUTE])
def test_dead_letters_do_not_count_against_what_is_asked_for(home: Home, hide: timedelta) -> None:
    """A consumer asks for work and gets it, however many dead letters are before it."""
    send(home, "a", "b")
    for _ in range(PAYMENTS.max_receives):
        receive(home, 2, hide=NOW)
    send(home, "c", "d", "e")

    taken = receive(home, 2, hide=hide)

    assert taken == ["c", "d"]
    assert home.standing(DLQ) == [message("a").event_id, message("b").event_id]
    assert home.queues.depth("payments").visible == (3 if hide == NOW else 1)


def test_a_dead_letter_queue_keeps_its_messages_however_often_they_are_received(home: Home) -> None:
    """There is nowhere further to go: a person decides."""
    bury(home)

    receives = [home.take(DLQ, hide=NOW).receives for _ in range(5)]

    assert receives == list(range(receives[0], receives[0] + 5))
    assert home.standing(DLQ) == [message().event_id]


def test_a_receipt_does_not_follow_a_message_to_the_dead_letter_queue(home: Home) -> None:
    """A slow consumer must not delete a message that a person has to look at."""
    send(home, "a")
    receipts = [home.take(hide=NOW).receipt for _ in range(PAYMENTS.max_receives)]
    receive(home)

    answers = [home.queues.delete(queue, receipts) for queue in ("payments", DLQ)]

    assert answers == [[home.deleted_late] * 2, [UNKNOWN, UNKNOWN]]
    assert home.standing(DLQ) == [message("a").event_id]


def test_a_dead_letter_says_where_it_comes_from_and_counts_further(home: Home) -> None:
    """Why a message died is what an operator asks first; SQS counts its receives across both queues."""
    bury(home)

    first, second = (home.take(DLQ, hide=NOW) for _ in range(2))

    assert first.dead_letter is not None
    assert first.dead_letter.queue == "payments"
    assert (first.receives, second.receives) == (PAYMENTS.max_receives + 1, PAYMENTS.max_receives + 2)
    assert first.first_received_at == home.recorded(START)


def test_a_message_that_waits_on_its_queue_is_no_dead_letter(home: Home) -> None:
    """A message that was sent directly to a dead-letter queue did not die anywhere either."""
    send(home, "a")
    send(home, "b", queue=DLQ)

    assert [home.take().dead_letter, home.take(DLQ).dead_letter] == [None, None]


def test_attributes_of_every_type_arrive_as_they_were_sent(home: Home) -> None:
    """A consumer that sends onwards uses whatever SQS allows: numbers, bytes, and labels of its own."""
    attributes: dict[str, AttributeValue] = {
        "text": "Zoë",
        "number": TypedValue(data_type="Number", value="12.50"),
        "bytes": TypedValue(data_type="Binary", value=b"\x00\xff"),
        "picture": TypedValue(data_type="Binary.png", value=b"\x89PNG"),
        "link": TypedValue(data_type="String.url", value="https://example.com"),
    }
    home.queues.send("payments", [Message(event_id="", body="no event", attributes=attributes)])

    delivery = home.take()

    assert (delivery.body, delivery.event_id, delivery.attributes) == ("no event", "", attributes)


def test_a_trace_header_travels_with_the_message_and_with_the_dead_letter(home: Home) -> None:
    """A trace that ends at the queue does not help to find the cause."""
    system = {"AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    home.queues.send("payments", [Message(event_id="", body="traced", system=system)])
    received = [home.take(hide=NOW).system for _ in range(PAYMENTS.max_receives)]
    home.queues.receive("payments")

    assert [*received, home.take(DLQ).system] == [system] * (PAYMENTS.max_receives + 1)


def test_a_delayed_message_waits_for_its_time(home: Home) -> None:
    """Nobody receives it before, and it is counted apart from what consumers hold."""
    home.queues.send("payments", [Message(event_id="", body="later", delay=MINUTE), message("now")])

    before = (receive(home), home.queues.depth("payments"))
    home.clock.advance(MINUTE - SECOND)
    early = receive(home)
    home.clock.advance(SECOND)
    late = home.take()

    assert before == (["now"], home.depth(in_flight=1, oldest_age=0.0, delayed=1))
    assert early == []
    assert (late.body, late.receives) == ("later", 1)


def test_purge_removes_everything_in_flight_or_not(home: Home) -> None:
    """An operator who empties a queue means all of it, and no message of another queue."""
    send(home, "a", "b", "c")
    send(home, "d", queue="refunds")
    held = home.take()

    removed = home.queues.purge("payments")

    assert removed in {3, None}
    assert home.queues.depth("payments") == home.depth()
    assert home.queues.delete("payments", [held.receipt]) == [home.deleted_late]
    assert receive(home, queue="refunds") == ["d"]


def test_delete_removes_what_was_consumed(home: Home) -> None:
    """A consumed message never comes back."""
    send(home, "a", "b")
    first = home.take()

    answers = home.queues.delete("payments", [first.receipt])

    home.clock.advance(PAYMENTS.visibility_timeout)
    assert answers == [DONE]
    assert receive(home) == ["b"]


def test_delete_answers_each_receipt_in_order(home: Home) -> None:
    """A batch of deletes says which of them were late, and a receipt works once."""
    send(home, "a", "b")
    first, second = home.queues.receive("payments", max_messages=2)

    answers = home.queues.delete("payments", [second.receipt, "unknown", first.receipt, second.receipt])

    assert answers == [DONE, UNKNOWN, DONE, home.deleted_late]
    assert home.queues.depth("payments") == home.depth()


def test_only_the_latest_receipt_deletes(home: Home) -> None:
    """A consumer that was too slow must not delete a message that another one is working on."""
    send(home, "a")
    first = home.take()
    home.clock.advance(PAYMENTS.visibility_timeout)
    second = home.take()

    answers = home.queues.delete("payments", [first.receipt, second.receipt])

    assert answers == [home.deleted_late, DONE]


def test_a_late_delete_counts_while_nobody_has_received_again(home: Home) -> None:
    """The work was done, if late: doing it again would help nobody."""
    send(home, "a")
    delivery = home.take()
    home.clock.advance(PAYMENTS.visibility_timeout * 2)

    answers = home.queues.delete("payments", [delivery.receipt])

    assert answers == [DONE]
    assert receive(home) == []


def test_a_receipt_is_good_only_on_its_own_queue(home: Home) -> None:
    """A receipt that is used with the wrong URL must not hit another queue's message."""
    send(home, "a")
    delivery = home.take()

    deleted = home.queues.delete("refunds", [delivery.receipt])
    extended = home.queues.extend("refunds", [delivery.receipt], visibility_timeout=MINUTE)

    assert (deleted, extended) == ([UNKNOWN], [UNKNOWN])
    assert home.queues.depth("payments").in_flight == 1


@pytest.mark.parametrize(
    "mangle",
    [
        lambda _: "",
        lambda _: "/",
        lambda _: "-",
        lambda _: "\x00é\ud800",
        lambda _: "9" * 5000,
        lambda receipt: f"{receipt}0",
        lambda receipt: f"{receipt} ",
        lambda receipt: f"0{receipt}",
        lambda receipt: receipt[:-1],
        lambda receipt: receipt.upper() + "-",
    ],
)
def test_a_receipt_that_was_never_given_out_is_false(home: Home, mangle: Callable[[str], str]) -> None:
    """A receipt is outside input: whatever it says, the answer is no, never a fault."""
    send(home, "a")
    receipt = mangle(home.take().receipt)

    deleted = home.queues.delete("payments", [receipt])
    extended = home.queues.extend("payments", [receipt], visibility_timeout=MINUTE)

    assert (deleted, extended) == ([UNKNOWN], [UNKNOWN])
    assert home.queues.depth("payments").in_flight == 1


def test_extend_gives_a_consumer_more_time_from_now(home: Home) -> None:
    """A heartbeat: the new time counts from the call, as SQS has it, not from the receive."""
    send(home, "a")
    delivery = home.take(hide=MINUTE)
    home.clock.advance(SECOND * 30)

    answers = home.queues.extend("payments", [delivery.receipt, "unknown"], visibility_timeout=MINUTE)

    home.clock.advance(MINUTE - SECOND)
    before = receive(home)
    home.clock.advance(SECOND)
    assert answers == [DONE, UNKNOWN]
    assert before == []
    assert receive(home) == ["a"]


def test_extend_to_zero_gives_a_message_back_immediately(home: Home) -> None:
    """A consumer that cannot continue lets another one try without waiting."""
    send(home, "a")
    delivery = home.take()

    answers = home.queues.extend("payments", [delivery.receipt], visibility_timeout=NOW)

    assert answers == [DONE]
    assert home.queues.depth("payments").visible == 1
    assert receive(home) == ["a"]


def test_a_message_is_hidden_for_twelve_hours_at_most(home: Home) -> None:
    """Counted from the receive, as on SQS: a heartbeat that works here must not fail there."""
    home.queues.send("payments", [message("a")])
    delivery = home.take()
    home.clock.advance(MINUTE / 2)
    almost = timedelta(hours=12) - MINUTE / 2

    beyond = home.queues.extend("payments", [delivery.receipt], visibility_timeout=almost + MINUTE / 60)
    still_hidden = home.queues.receive("payments")
    longest = home.queues.extend("payments", [delivery.receipt], visibility_timeout=almost)

    assert (beyond, longest) == ([ReceiptResult.TOO_LONG], [DONE])
    assert still_hidden == []


def test_a_receipt_stays_good_after_extend(home: Home) -> None:
    """Heartbeats may be repeated, and the delete at the end works with the receipt that the consumer has."""
    send(home, "a")
    delivery = home.take()

    extended = [home.queues.extend("payments", [delivery.receipt], visibility_timeout=MINUTE) for _ in range(2)]
    deleted = home.queues.delete("payments", [delivery.receipt])

    assert extended == [[DONE], [DONE]]
    assert deleted == [DONE]


def test_a_message_that_is_visible_again_cannot_be_extended(home: Home) -> None:
    """Another consumer may take it at this very moment."""
    send(home, "a")
    delivery = home.take()
    home.clock.advance(PAYMENTS.visibility_timeout)

    answers = home.queues.extend("payments", [delivery.receipt], visibility_timeout=MINUTE)

    assert answers == [VISIBLE]
    assert receive(home) == ["a"]


def test_an_earlier_receipt_extends_nothing(home: Home) -> None:
    """A consumer that was overtaken must not move the other one's lease."""
    send(home, "a")
    first = home.take(hide=NOW)
    home.take(hide=MINUTE)

    answers = home.queues.extend("payments", [first.receipt], visibility_timeout=NOW)

    assert answers == [GONE]
    assert home.queues.depth("payments").in_flight == 1


def test_depth_distinguishes_visible_from_in_flight_and_has_the_oldest_age(home: Home) -> None:
    """Operators and autoscalers use it; age counts from sending, whether a consumer has the message or not."""
    send(home, "a")
    home.clock.advance(timedelta(seconds=1.5))
    send(home, "b", "c")
    receive(home, 1)

    depth = home.queues.depth("payments")

    assert depth == home.depth(visible=2, in_flight=1, oldest_age=1.5)
    assert home.queues.depth("refunds") == home.depth()


def test_depth_follows_time(home: Home) -> None:
    """When a lease ends, the message becomes visible without any call."""
    send(home, "a")
    receive(home, hide=SECOND)

    home.clock.advance(SECOND)

    assert home.queues.depth("payments") == home.depth(visible=1, in_flight=0, oldest_age=1.0)


def test_messages_and_leases_survive_a_restart(home: Home) -> None:
    """A restart in the middle of the day neither loses messages nor gives them out twice."""
    send(home, "a", "b")
    delivery = home.take()

    again = home.restart()

    assert again.queues.depth("payments") == home.depth(visible=1, in_flight=1, oldest_age=0.0)
    assert again.queues.delete("payments", [delivery.receipt]) == [DONE]
    assert receive(again) == ["b"]


def test_every_queue_has_its_dead_letter_queue(home: Home) -> None:
    """Whatever is declared can be looked at and sent to, its dead-letter queue included."""
    declared = [name for queue in QUEUES for name in (queue.name, queue.dead_letter_name)]

    for name in declared:
        send(home, "a", queue=name)

    assert [receive(home, queue=name) for name in declared] == [["a"]] * len(declared)


@pytest.mark.parametrize(
    "call",
    [
        lambda queues: queues.send("nowhere", [message()]),
        lambda queues: queues.send("nowhere", []),
        lambda queues: queues.receive("nowhere"),
        lambda queues: queues.delete("nowhere", []),
        lambda queues: queues.extend("nowhere", [], visibility_timeout=NOW),
        lambda queues: queues.depth("nowhere"),
        lambda queues: queues.purge("nowhere"),
        lambda queues: queues.depth("payments-dlq-dlq"),
    ],
)
def test_an_undeclared_queue_is_not_found(home: Home, call: Callable[[Queues], object]) -> None:
    """A typo is reported, never taken as an empty queue."""
    with pytest.raises(NotFoundError):
        call(home.queues)


def test_receive_waits_for_the_first_message(home: Home) -> None:
    """Long polling: a consumer gets a message soon after it was sent, without asking in a loop."""
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(home.queues.receive, "payments", wait=SECOND * 30)
        time.sleep(0.05)
        send(home, "a")
        deliveries = taken.result(timeout=20)

    assert names(deliveries) == ["a"]


def test_receive_notices_when_a_lease_runs_out_while_it_waits(home: Home) -> None:
    """Time makes a message visible and notifies nobody; a waiting consumer must find it anyway."""
    send(home, "a")
    receive(home, hide=MINUTE)

    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(home.queues.receive, "payments", wait=SECOND * 30)
        home.clock.advance(MINUTE)
        deliveries = taken.result(timeout=20)

    assert names(deliveries) == ["a"]


def test_receive_does_not_wait_when_there_is_something(home: Home) -> None:
    """Waiting is for empty queues: one message now is better than ten later."""
    send(home, "a")
    started = time.monotonic()

    taken = home.queues.receive("payments", max_messages=10, wait=SECOND * 30)

    assert names(taken) == ["a"]
    assert time.monotonic() - started < 20


def test_receive_gives_up_when_its_wait_is_over(home: Home) -> None:
    """In real time, so that a consumer's own deadline holds."""
    started = time.monotonic()

    taken = home.queues.receive("payments", wait=timedelta(seconds=0.1))

    assert taken == []
    assert 0.1 <= time.monotonic() - started < 20


def test_one_of_several_waiting_consumers_gets_a_message(home: Home) -> None:
    """All wake up, one wins, and the others continue to wait instead of failing: each gets what comes next."""
    ready = threading.Barrier(4)
    found: list[str] = []

    def consume() -> list[Delivery]:
        ready.wait()
        return home.queues.receive("payments", wait=SECOND * 20)

    with ThreadPoolExecutor(3) as pool:
        waiting = {pool.submit(consume) for _ in range(3)}
        ready.wait()
        for name in ("a", "b", "c"):
            send(home, name)
            done, waiting = futures.wait(waiting, return_when=futures.FIRST_COMPLETED)
            found += [one for consumed in done for one in names(consumed.result())]

    assert found == ["a", "b", "c"]


def test_why_a_message_failed_goes_along_to_the_dead_letter_queue(home: Home) -> None:
    """A person who looks at a dead letter wants to know what to fix; SQS has no place for the reason, and the page says so."""
    send(home, "a")
    first = home.take(hide=NOW)
    noted = [home.queues.failed("payments", first.receipt, reason="the endpoint answered 500")]
    second = home.take(hide=NOW)
    noted.append(home.queues.failed("payments", second.receipt, reason="the endpoint answered 422"))
    home.queues.receive("payments")

    dead = home.restart().take(DLQ)

    assert noted == [home.keeps_failures] * 2
    found = [first.last_failure, second.last_failure, dead.last_failure]
    assert found == (
        [None, "the endpoint answered 500", "the endpoint answered 422"] if home.keeps_failures else [None] * 3
    )


def test_only_the_consumer_that_has_a_message_can_say_why_it_failed(home: Home) -> None:
    """A consumer that was too slow must not overwrite the next one's reason."""
    send(home, "a")
    late = home.take(hide=NOW)
    now = home.take()

    assert [home.queues.failed("payments", receipt, reason="late") for receipt in (late.receipt, "none", "1-f")] == [
        False
    ] * 3
    assert home.queues.failed("payments", now.receipt, reason="now") is home.keeps_failures
    with pytest.raises(NotFoundError):
        home.queues.failed("payment", now.receipt, reason="now")
