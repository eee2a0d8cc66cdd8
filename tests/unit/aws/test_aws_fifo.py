"""Messages on SQS FIFO queues: each in its group, in order whatever part of a batch is refused, and once in five minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.aws import ENVIRONMENT, TABLE, create_queue, standing_on
from contract.builders import EVENT_RETENTION, event, message, routed
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.dead_letters import SqsDeadLetters, again
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.inventory import SqsInventory
from hookline.adapters.aws.move_tasks import SqsMoveTasks
from hookline.adapters.aws.outbox import DynamoOutbox
from hookline.adapters.aws.queue_gates import QueueGates, is_closed
from hookline.adapters.aws.queues import SqsQueues
from hookline.domain.event import Status
from hookline.domain.fifo import Fifo, FifoPosition, fifo_position
from hookline.domain.queue import Queue
from hookline.errors import HooklineError, UnavailableError
from unit.aws.looks import calls_of

if TYPE_CHECKING:
    from contract.homes import AwsHome
    from hookline.domain.message import Delivery, Message

ORDERS = Queue(name="orders", max_receives=2, fifo=Fifo(group="data.customer"))
NOW = timedelta()
SECOND = timedelta(seconds=1)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def queues(home: AwsHome) -> SqsQueues:
    """The FIFO queue ``orders``, and a standard queue."""
    create_queue(home.emulator, ORDERS)
    return SqsQueues(
        home.clients.sqs,
        queues=[ORDERS, Queue(name="payments")],
        environment=ENVIRONMENT,
        url_prefix=home.emulator.queue_url(""),
    )


def placed(name: str, group: str = "a", *, replay_id: str | None = None) -> Message:
    """A message in a group."""
    plain = message(name)
    return replace(plain, fifo=fifo_position(plain.event_id, group=group, replay_id=replay_id))


def ids(*names: str) -> list[str]:
    """The event ids of messages."""
    return [message(name).event_id for name in names]


def taken(deliveries: list[Delivery]) -> list[str]:
    """The event ids of what was received."""
    return [delivery.event_id for delivery in deliveries]


def test_a_message_comes_with_its_place(queues: SqsQueues) -> None:
    """Consumers see group, deduplication id and sequence number, as any client of SQS does."""
    (sent,) = queues.send("orders", [placed("1", "customer-7")])

    (delivery,) = queues.receive("orders")

    assert delivery.fifo == FifoPosition(
        group="customer-7", deduplication_id="transactions:1", sequence_number=sent.sequence_number
    )
    assert "MessageGroupId" not in delivery.system
    assert len(sent.sequence_number or "") == 20


def test_a_message_without_a_place_is_a_group_of_its_own(queues: SqsQueues) -> None:
    """A producer of hookline's own messages need not know the kind of a queue."""
    queues.send("orders", [message("1")])

    (delivery,) = queues.receive("orders")

    assert delivery.fifo is not None
    assert (delivery.fifo.group, delivery.fifo.deduplication_id) == ("transactions:1", "transactions:1")


def test_a_standard_queue_takes_no_notice_of_a_place(queues: SqsQueues) -> None:
    """SQS refuses a deduplication id there, and one event may go to queues of both kinds."""
    queues.send("payments", [placed("1"), placed("2")])

    deliveries = queues.receive("payments", max_messages=10)

    assert taken(deliveries) == ids("1", "2")
    assert [delivery.fifo for delivery in deliveries] == [None, None]


def test_a_message_that_fails_blocks_only_its_own_group(queues: SqsQueues) -> None:
    """Messages of other groups still arrive; the group itself continues once the message is a dead letter."""
    queues.send("orders", [placed("1", "a"), placed("2", "a"), placed("3", "b")])

    first = queues.receive("orders", max_messages=1)
    others = queues.receive("orders", max_messages=10)
    queues.extend("orders", [first[0].receipt], visibility_timeout=NOW)
    again = queues.receive("orders", max_messages=1, visibility_timeout=NOW)
    after = queues.receive("orders", max_messages=10)
    (dead,) = queues.receive("orders-dlq")

    assert (taken(first), taken(others), taken(again), taken(after)) == (ids("1"), ids("3"), ids("1"), ids("2"))
    assert dead.event_id == ids("1")[0]
    assert dead.fifo is not None
    assert dead.fifo.group == "a"
    assert dead.dead_letter is not None
    assert dead.dead_letter.queue == "orders"


def test_an_event_is_sent_once_in_five_minutes(home: AwsHome, queues: SqsQueues) -> None:
    """A retry whose first try was kept is no second message; a replay is one."""
    (first,) = queues.send("orders", [placed("1")])
    (again,) = queues.send("orders", [placed("1")])
    queues.send("orders", [placed("1", replay_id="r1")])
    home.clock.advance(FIVE_MINUTES + SECOND)
    queues.send("orders", [placed("1")])

    assert again.message_id == first.message_id
    assert len(standing_on(home.emulator, "orders", fifo=True)) == 3


def test_a_batch_keeps_the_order_of_each_group(home: AwsHome, queues: SqsQueues) -> None:
    """One call takes one message of each group, so a refused message is not overtaken by another one of its group."""
    home.emulator.fail("sqs", "SendMessageBatch", entries=[0], times=1, code="InternalError")
    messages = [placed("a1", "a"), placed("b1", "b"), placed("a2", "a"), placed("b2", "b"), placed("a3", "a")]

    with calls_of(home) as calls:
        sent = queues.send_each("orders", messages)

    standing = standing_on(home.emulator, "orders", fifo=True)
    assert not any(isinstance(one, HooklineError) for one in sent)
    assert [one for one in standing if ":a" in one] == ids("a1", "a2", "a3")
    assert [one for one in standing if ":b" in one] == ids("b1", "b2")
    assert calls == ["SendMessageBatch", "SendMessageBatch", "SendMessageBatch", "SendMessage"]


def test_what_may_still_be_taken_keeps_the_rest_of_its_group_back(home: AwsHome, queues: SqsQueues) -> None:
    """Messages of the group that are sent later would otherwise be in front of it."""
    home.emulator.fail("sqs", "SendMessageBatch", entries=[0], code="InternalError")
    messages = [placed("a1", "a"), placed("b1", "b"), placed("a2", "a"), placed("b2", "b")]

    sent = queues.send_each("orders", messages)

    assert [isinstance(one, UnavailableError) for one in sent] == [True, False, True, False]
    assert standing_on(home.emulator, "orders", fifo=True) == ids("b1", "b2")


def test_what_is_refused_for_good_holds_nobody_up(home: AwsHome, queues: SqsQueues) -> None:
    """It can never reach the queue, and its group must continue."""
    too_large = replace(placed("a1", "a"), body="x" * (1024 * 1024 + 1))

    sent = queues.send_each("orders", [too_large, placed("a2", "a")])

    assert [isinstance(one, HooklineError) for one in sent] == [True, False]
    assert standing_on(home.emulator, "orders", fifo=True) == ids("a2")


def outbox_over(home: AwsHome, queues: SqsQueues) -> DynamoOutbox:
    """The outbox of a router whose project has the FIFO queue."""
    return DynamoOutbox(
        home.clients.dynamodb,
        table=TABLE,
        bodies=S3Bodies(home.clients.s3, bucket="unused"),
        queues=queues,
        clock=home.clock,
        event_retention=EVENT_RETENTION,
    )


def test_an_event_goes_to_queues_of_both_kinds(home: AwsHome, queues: SqsQueues) -> None:
    """Each queue gets what it takes: the FIFO queue group and deduplication id, the other neither."""
    stored = event("1")
    home.events.add([stored])
    wanted = replace(routed(stored, "orders", "payments"), groups={"orders": "customer-7"}, replay_id="r1")

    outbox_over(home, queues).send_and_mark([wanted])

    (ordered,), (plain,) = queues.receive("orders"), queues.receive("payments")
    assert ordered.fifo is not None
    assert (ordered.fifo.group, ordered.fifo.deduplication_id) == ("customer-7", f"{stored.id}:r1")
    assert (plain.fifo, plain.body == ordered.body) == (None, True)
    assert home.stored(stored.id).event.status is Status.ROUTED


def test_events_of_one_group_are_delivered_in_the_order_given(home: AwsHome, queues: SqsQueues) -> None:
    """The router passes what recovery found, oldest first."""
    stored = [event(str(number), body=b'{"n":%d}' % number) for number in range(12)]
    home.events.add(stored)
    wanted = [replace(routed(one, "orders"), groups={"orders": f"g{number % 2}"}) for number, one in enumerate(stored)]

    outbox_over(home, queues).send_and_mark(wanted)

    found = standing_on(home.emulator, "orders", fifo=True)
    assert [one for one in found if int(one.rpartition(":")[2]) % 2 == 0] == [one.id for one in stored[::2]]
    assert [one for one in found if int(one.rpartition(":")[2]) % 2] == [one.id for one in stored[1::2]]


def test_a_dead_letter_that_is_put_back_is_sent_once_at_the_end_of_its_group(home: AwsHome, queues: SqsQueues) -> None:
    """This holds within five minutes of its first time, and after a kill between the send and the delete."""
    queues.send("orders", [placed("1", "a"), placed("2", "a")])
    for _ in range(ORDERS.max_receives + 1):
        queues.receive("orders", visibility_timeout=NOW)
    letters = SqsDeadLetters(queues, clock=home.clock, resubmit=lambda _: None)
    for _ in range(2):
        with letters.opened("orders-dlq") as unread:
            queues.send_each("orders", [again(letter) for letter in unread.next(1)])
    with letters.opened("orders-dlq") as unread:
        moved = unread.put_back(unread.next(1))

    assert moved == 1
    assert standing_on(home.emulator, "orders", fifo=True) == ids("2", "1")
    assert standing_on(home.emulator, "orders-dlq", fifo=True) == []


def test_a_move_task_takes_a_fifo_queues_dead_letters_back(home: AwsHome, queues: SqsQueues) -> None:
    """SQS gives a dead letter its message id as deduplication id, so that the queue does not take it for the message it was."""
    queues.send("orders", [placed("1", "a")])
    for _ in range(ORDERS.max_receives + 1):
        queues.receive("orders", visibility_timeout=NOW)
    moves = SqsMoveTasks(
        home.clients.sqs,
        queues=[ORDERS],
        environment=ENVIRONMENT,
        url_prefix=home.emulator.queue_url(""),
        clock=home.clock,
    )

    task = moves.start("orders-dlq")
    home.emulator.move(limit=10)

    (moved,) = queues.receive("orders")
    assert task is not None
    assert moved.fifo is not None
    assert (moved.event_id, moved.fifo.group) == (ids("1")[0], "a")


def test_deployed_queues_are_found_by_their_kind(home: AwsHome, queues: SqsQueues) -> None:
    """A name may have both, while the queue that it was drains."""
    create_queue(home.emulator, replace(ORDERS, fifo=None))
    queues.send("orders", [placed("1")])
    deployed = DeployedQueues(home.clients.sqs, environment=ENVIRONMENT)
    inventory = SqsInventory(home.clients, environment=ENVIRONMENT, table=TABLE, clock=home.clock)

    pairs = [(pair.name, pair.fifo) for pair in deployed.pairs() if pair.name == "orders"]
    stored = [
        (one.queue.fifo is not None, one.messages)
        for one in inventory.look([ORDERS]).queues
        if one.queue.name == "orders"
    ]

    assert pairs == [("orders", False), ("orders", True)]
    assert stored == [(False, 0), (True, 1)]
    assert deployed.queue("orders").fifo is not None
    assert deployed.queue("payments").fifo is None


def test_a_fifo_queue_can_be_paused(home: AwsHome, queues: SqsQueues) -> None:
    """The pause applies to the deployed FIFO queue, not to a standard queue that does not exist."""
    gates = QueueGates(home.clients.sqs, environment=ENVIRONMENT, url_prefix=home.emulator.queue_url(""))

    gates.close("orders")

    attributes = home.emulator.client("sqs").get_queue_attributes(
        QueueUrl=queues.url("orders"), AttributeNames=["Policy"]
    )
    assert is_closed(attributes["Attributes"]["Policy"])
