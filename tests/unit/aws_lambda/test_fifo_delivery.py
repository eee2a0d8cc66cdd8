"""Events that go to a FIFO queue: on it before their sender is answered, so that a sender that waits for answers keeps its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.config import load
from hookline.domain.event import Status
from hookline.errors import OperatorError, UnavailableError
from hookline.ports.telemetry import Metric
from infra.projects import project
from unit.aws_lambda.fakes import Home, body_of
from unit.aws_lambda.test_validator import payment

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.adapters.memory.telemetry import Record

OUTAGE = UnavailableError("storage_unavailable", "AWS: SendMessage: RequestThrottled")
REFUSAL = OperatorError("message_refused", "SQS refuses the message")


@pytest.fixture(name="home")
def with_fifo_queue(tmp_path: Path) -> Home:
    """The example with ``payments`` as a FIFO queue; ``refunds`` and ``disputes`` are standard queues."""
    fifo = '[queues.payments]\nfifo = { group = "data.merchant_id" }'
    return Home(config=load(project(tmp_path, "[queues.payments]", fifo)))


def ids(*numbers: int) -> list[str]:
    """The ids of the events of ``payment``."""
    return [f"transactions:evt_{number}" for number in numbers]


def request_line(home: Home) -> Record:
    """The line of the last request."""
    return [record for record in home.telemetry.records if record.event == "request"][-1]


def test_an_event_is_on_its_fifo_queue_before_its_sender_is_answered(home: Home) -> None:
    """Whatever the asynchronous router does later, the next event of the sender comes behind this one."""
    first = home.post(payment(1))
    there = home.standing()
    second = home.post(payment(2))

    assert [answer["statusCode"] for answer in (first, second)] == [202, 202]
    assert there == ids(1)
    assert home.standing() == ids(1, 2)
    assert home.status(ids(1)[0]) is Status.ROUTED
    assert home.dispatcher.take() == []


def test_an_event_of_standard_queues_is_left_to_the_router(home: Home) -> None:
    """Only events that need an order pay for it."""
    home.post(payment(1, transaction_type="refund"))
    before = home.standing("refunds")
    home.pass_on()

    assert before == []
    assert home.standing("refunds") == ids(1)


def test_a_sender_gets_no_success_for_an_event_while_its_queue_is_away(home: Home) -> None:
    """A 2xx would let its next event come first; the event itself is stored, and waits like any other."""
    home.outbox.refused = {ids(1)[0]: OUTAGE}

    answer = home.post(payment(1))

    assert (answer["statusCode"], body_of(answer)["code"]) == (503, "queue_unavailable")
    assert "retry-after" in answer["headers"]
    assert home.status(ids(1)[0]) is Status.RECEIVED
    assert home.dispatcher.take() == []
    assert request_line(home).fields["detail"] == "storage_unavailable: AWS: SendMessage: RequestThrottled"


def test_the_repeat_of_an_event_that_was_not_on_its_queue_puts_it_there(home: Home) -> None:
    """It is a duplicate, and no answer of 2xx leaves before its message is there."""
    home.outbox.refused = {ids(1)[0]: OUTAGE}
    home.post(payment(1))
    home.outbox.refused = {}

    again = home.post(payment(1))
    home.post(payment(2))

    assert (again["statusCode"], body_of(again)["status"]) == (200, "duplicate")
    assert home.standing() == ids(1, 2)


def test_a_repeat_while_the_queue_is_still_away_is_not_taken_either(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second 503 means the same as the first."""
    home.outbox.refused = {ids(1)[0]: OUTAGE}
    home.post(payment(1))

    def away(_: object) -> None:
        raise OUTAGE

    monkeypatch.setattr(home.outbox, "deliver", away)

    assert home.post(payment(1))["statusCode"] == 503


def test_a_duplicate_of_a_delivered_event_brings_no_second_message(home: Home) -> None:
    """Also after the five minutes in which the queue itself would notice."""
    home.post(payment(1))

    again = home.post(payment(1))

    assert again["statusCode"] == 200
    assert home.standing() == ids(1)


def test_an_event_that_its_queue_refuses_for_good_is_the_routers_to_give_up(home: Home) -> None:
    """Another try cannot help: a sender that got 503 would come again for days."""
    home.outbox.refused = {ids(1)[0]: REFUSAL}

    answer = home.post(payment(1))
    home.pass_on()

    assert answer["statusCode"] == 202
    assert home.status(ids(1)[0]) is Status.FAILED


def test_the_requests_line_says_where_the_event_went(home: Home) -> None:
    """The router writes no line for it."""
    home.post(payment(1))

    line = request_line(home)
    assert line.metrics == {Metric.ACCEPTED: 1, Metric.ROUTED: 1}
    assert line.fields["queues"] == ["payments"]


def test_a_duplicate_counts_as_routed_once(home: Home) -> None:
    """The dashboard compares what was accepted with what was routed."""
    home.post(payment(1))
    home.post(payment(1))

    assert home.telemetry.total(Metric.ROUTED) == 1
