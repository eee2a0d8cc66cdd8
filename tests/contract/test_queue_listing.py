"""What every QueueListing does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from contract.aws import ENVIRONMENT
from contract.builders import PAYMENTS, QUEUES, event, message, routed
from contract.homes import AwsHome, LocalHome
from hookline.adapters.aws.queue_listing import SqsQueueListing
from hookline.adapters.local import SystemClock
from hookline.ports.queues import Depth

if TYPE_CHECKING:
    from contract.homes import Home


def test_every_queue_is_listed_with_its_messages(home: Home) -> None:
    """An operator sees immediately where messages pile up, and which queue has dead letters."""
    home.keep(routed(event("a"), "payments"), routed(event("b"), "payments"))
    home.queues.send(PAYMENTS.dead_letter_name, [message("dead")])
    home.clock.advance(timedelta(seconds=90))
    home.take()

    listed = {one.queue.name: one for one in home.queue_listing.listed()}

    assert set(listed) == {queue.name for queue in QUEUES}
    assert listed["payments"].queue == PAYMENTS
    assert listed["payments"].own == home.depth(visible=1, in_flight=1, oldest_age=90.0)
    assert listed["payments"].dead == home.depth(visible=1, oldest_age=90.0)
    assert listed["refunds"].own == Depth(visible=0, in_flight=0)
    assert all(one.configured for one in listed.values())


def test_a_queue_that_left_is_listed_last_while_it_has_messages(home: Home) -> None:
    """Its messages expire unless somebody handles them."""
    if not isinstance(home, LocalHome):
        return  # on AWS a queue is there as long as it is deployed
    home.keep(routed(event(), "payments"))
    home.declare([queue for queue in QUEUES if queue.name != "payments"])
    full = [(one.queue.name, one.configured) for one in home.queue_listing.listed()]
    taken = home.take()
    home.queues.delete("payments", [taken.receipt])

    empty = [one.queue.name for one in home.queue_listing.listed()]

    assert full[-1] == ("payments", False)
    assert "payments" not in empty


def test_ages_on_aws_are_those_that_cloudwatch_counted_last(home: Home) -> None:
    """SQS does not report ages; an age from an hour ago would be no age at all, and an empty queue has none."""
    if not isinstance(home, AwsHome):
        return
    cloudwatch = home.emulator.client("cloudwatch")
    home.keep(routed(event(), "payments"))
    now = datetime.now(UTC)  # the emulator's CloudWatch goes by the machine's clock
    listing = SqsQueueListing(home.clients, environment=ENVIRONMENT, clock=SystemClock())
    for minutes, age in ((120, 7.0), (4, 40.0), (2, 160.0)):
        for queue in ("payments-queue-test", "refunds-queue-test"):
            cloudwatch.put_metric_data(
                Namespace="AWS/SQS",
                MetricData=[
                    {
                        "MetricName": "ApproximateAgeOfOldestMessage",
                        "Dimensions": [{"Name": "QueueName", "Value": queue}],
                        "Timestamp": now - timedelta(minutes=minutes),
                        "Value": age,
                    }
                ],
            )

    listed = {one.queue.name: one.own for one in listing.listed()}

    assert listed["payments"].oldest_age == 160.0
    assert listed["refunds"].oldest_age is None
