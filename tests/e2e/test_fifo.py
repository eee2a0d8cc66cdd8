"""A FIFO queue in the deployed system, under IAM: each event is on it when its sender is answered, also after SQS was away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.sender import transaction
from e2e.deployed import ENVIRONMENT, deployed, package
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Deployed

LEDGER = names.queue("ledger", ENVIRONMENT, fifo=True)
MORE = """
[queues.ledger]
fifo = { group = "data.transaction_type" }

[[routes]]
match = { type = ["payment"] }
queues = ["ledger"]
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The example, with a FIFO queue that payments go to as well."""
    with deployed(package(tmp_path_factory.mktemp("fifo"), more=MORE)) as made:
        yield made


def ledger(stack: Deployed, of: str) -> list[str]:
    """The delivery ids of the messages on the FIFO queue that begin with ``of``."""
    found = (json.loads(message["Body"])["id"].partition(":")[2] for message in stack.emulator.standing(LEDGER))
    return [one for one in found if one.startswith(of)]


def test_events_are_on_the_queue_in_order_when_their_senders_are_answered(stack: Deployed) -> None:
    """Their answer does not wait for the router; queues of both kinds have the event."""
    seen: list[list[str]] = []
    for number in range(3):
        answer = stack.post(transaction(f"order-{number}"))
        assert answer.status == 202
        seen.append(ledger(stack, "order"))

    assert seen == [[f"order-{number}" for number in range(count)] for count in (1, 2, 3)]
    assert stack.waiting() == []
    assert sorted(stack.standing("payments", of="transactions:order")) == [f"transactions:order-{n}" for n in range(3)]


def test_an_event_that_the_queue_did_not_take_gets_there_with_its_senders_repeat(stack: Deployed) -> None:
    """Its sender got no success for it, and so sends nothing else first."""
    stack.emulator.fail("sqs", "SendMessage", where=LEDGER, status=503, code="ServiceUnavailable")
    refused = stack.post(transaction("again-1"))
    stack.emulator.heal()

    answers = [stack.post(transaction(f"again-{number}")).status for number in (1, 2)]

    assert (refused.status, refused.json()["code"]) == (503, "queue_unavailable")
    assert answers == [200, 202]
    assert ledger(stack, "again") == ["again-1", "again-2"]


def test_an_event_whose_sender_does_not_come_again_is_recovered(stack: Deployed) -> None:
    """It is stored: when the sender gives up, nothing is lost."""
    stack.emulator.fail("sqs", "SendMessage", where=LEDGER, status=503, code="ServiceUnavailable")
    refused = stack.post(transaction("left"))
    stack.emulator.heal()

    stack.recover()
    stack.settle()

    assert refused.status == 503
    assert ledger(stack, "left") == ["left"]


def test_a_large_event_keeps_its_place(stack: Deployed) -> None:
    """Its body is in the bucket; the validator may tag it as delivered."""
    answer = stack.post(transaction("large", note="x" * 300_000))

    (message,) = [one for one in stack.emulator.standing(LEDGER) if '"transactions:large"' in one["Body"]]
    assert answer.status == 202
    assert "dataref" in json.loads(message["Body"])
    assert stack.waiting() == []


def test_a_message_has_its_group_and_its_event_id(stack: Deployed) -> None:
    """Consumers and SQS itself use them."""
    stack.post(transaction("place"))

    found = received(stack, "place")

    assert (found["MessageGroupId"], found["MessageDeduplicationId"]) == ("payment", "transactions:place")


def received(stack: Deployed, delivery_id: str) -> dict[str, Any]:
    """The system attributes of a message, which is then visible again."""
    url = stack.emulator.queue_url(LEDGER)
    answer = stack.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageSystemAttributeNames=["All"]
    )
    (found,) = [one for one in answer["Messages"] if f":{delivery_id}" in one["Body"]]
    attributes: dict[str, Any] = found["Attributes"]
    return attributes
