"""Messages on their way to SQS: cut into batches that it takes, and sent under its names."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.builders import QUEUES, message
from hookline.adapters.aws.message_sender import BATCH_BYTES, BATCH_ENTRIES, MessageSender, split
from hookline.adapters.aws.queues import SqsQueues
from hookline.domain.message import Message, size_of
from hookline.errors import NotFoundError, OperatorError, UnavailableError
from hookline.ports.queues import Sent
from unit.aws.looks import calls_of

if TYPE_CHECKING:
    from contract.homes import AwsHome

KIB = 1024
SIZES = st.lists(st.sampled_from([1, 100, 200 * KIB, 256 * KIB, 500 * KIB, 1024 * KIB]), max_size=30)


def of_size(size: int) -> Message:
    """A message of ``size`` bytes."""
    return Message(event_id="transactions:a", body="x" * size, attributes={})


@given(sizes=SIZES)
def test_every_message_is_in_one_batch_in_order_and_no_batch_is_too_large(sizes: list[int]) -> None:
    """One too many, in number or bytes, and SQS refuses the whole batch."""
    messages = [of_size(size) for size in sizes]

    batches = list(split(messages))

    assert [number for batch in batches for number in batch] == list(range(len(messages)))
    assert all(0 < len(batch) <= BATCH_ENTRIES for batch in batches)
    assert all(sum(size_of(messages[number]) for number in batch) <= BATCH_BYTES for batch in batches)


@given(sizes=SIZES)
def test_no_batch_is_cut_before_it_must_be(sizes: list[int]) -> None:
    """Every call costs money."""
    messages = [of_size(size) for size in sizes]

    batches = list(split(messages))

    for batch, following in pairwise(batches):
        together = [*batch, following[0]]
        assert len(together) > BATCH_ENTRIES or sum(size_of(messages[number]) for number in together) > BATCH_BYTES


def test_a_messages_size_counts_what_sqs_counts() -> None:
    """Bytes, not characters, and each attribute's name, type and value: https://docs.aws.amazon.com/AWSSimpleQueueService (quotas)."""
    sized = Message(event_id="a", body="é€", attributes={"event_type": "né"})

    assert size_of(sized) == len("é€".encode()) + len("event_type") + len("String") + len("né".encode())


def test_a_message_over_the_limit_is_refused_without_a_call(home: AwsHome) -> None:
    """SQS would refuse it at every try, and everything in its batch with it."""
    with calls_of(home) as calls, pytest.raises(OperatorError, match="1048576 bytes") as caught:
        home.queues.send("payments", [of_size(BATCH_BYTES + 1)])

    assert caught.value.code == "message_refused"
    assert calls == []


def test_what_is_too_large_keeps_nothing_else_from_its_queue(home: AwsHome) -> None:
    """The messages before and after it are sent."""
    messages = [message("a"), of_size(BATCH_BYTES + 1), message("b")]

    sent = home.queues.send_each("payments", messages)

    assert [isinstance(one, Sent) for one in sent] == [True, False, True]
    assert home.standing() == [message("a").event_id, message("b").event_id]


def test_a_batch_that_fails_as_a_whole_is_reported_for_each_message(home: AwsHome) -> None:
    """None of its events may be marked."""
    home.emulator.fail("sqs", "SendMessageBatch", status=503, code="ServiceUnavailable")

    sent = home.queues.send_each("payments", [message("a"), message("b")])

    assert [type(one) for one in sent] == [UnavailableError] * 2


def test_pauses_between_tries_of_a_batch_grow(home: AwsHome) -> None:
    """What a busy queue did not take is not sent to it again immediately."""
    home.emulator.fail("sqs", "SendMessageBatch", entries=[0], code="InternalError")
    home.emulator.fail("sqs", "SendMessageBatch", entries=[0], code="InternalError")
    pauses: list[float] = []
    sender = MessageSender(home.clients.sqs, pause=pauses.append)

    sent = sender.send("payments", home.queues.url("payments"), [message("a"), message("b")])

    assert [isinstance(one, Sent) for one in sent] == [False, True]
    assert len(pauses) == 3
    assert all(0.1 * 2**turn <= pause <= 0.2 * 2**turn for turn, pause in enumerate(pauses))


def test_a_queue_and_its_dead_letter_queue_have_their_deployed_names() -> None:
    """One rule makes the names, here and where they are deployed."""
    queues = SqsQueues(object(), queues=QUEUES, environment="live", url_prefix="https://sqs.example/1/")

    urls = [queues.url(name) for name in ("payments", "payments-dlq", "unrouted")]

    assert urls == [
        "https://sqs.example/1/payments-queue-live",
        "https://sqs.example/1/payments-dlq-live",
        "https://sqs.example/1/unrouted-queue-live",
    ]
    with pytest.raises(NotFoundError):
        queues.url("payments-queue-live")


@pytest.mark.parametrize("body", ["text", "[1]", '{"id":1}', "{}", "é"])
def test_a_message_that_is_no_event_has_no_event_id(home: AwsHome, body: str) -> None:
    """Somebody may put anything on a queue by hand: it is received anyway."""
    home.queues.send("payments", [Message(event_id="", body=body)])

    delivery = home.take()

    assert (delivery.event_id, delivery.body, delivery.attributes) == ("", body, {})


def test_a_wait_is_longer_than_one_call(home: AwsHome) -> None:
    """The client gives up on an answer after two seconds: a longer wait is several calls."""
    home.emulator.set_time(None)

    with calls_of(home) as calls:
        taken = home.queues.receive("payments", wait=timedelta(seconds=1.5))

    assert taken == []
    assert calls == ["ReceiveMessage"] * 2


def test_timeouts_are_rounded_up_to_whole_seconds(home: AwsHome) -> None:
    """SQS takes nothing else, and a consumer must not lose its message early."""
    home.queues.send("payments", [message()])
    home.take(hide=timedelta(seconds=1, microseconds=1))
    home.clock.advance(timedelta(seconds=1, milliseconds=900))

    early = home.queues.receive("payments")
    home.clock.advance(timedelta(milliseconds=100))

    assert early == []
    assert home.take().receives == 2


def test_a_body_arrives_as_the_text_it_was(home: AwsHome) -> None:
    """Amounts are money: no digit changes on the way to the consumer, whichever JSON readers are in between."""
    body = '{"id": "transactions:a",\n "amount": 12345678901234567890.10, "note": "\u00e9\\u0000"}'

    home.queues.send("payments", [Message(event_id="transactions:a", body=body)])

    assert home.take().body == body
