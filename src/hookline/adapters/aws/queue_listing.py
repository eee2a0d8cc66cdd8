"""How many messages stand on an environment's queues, and how old the oldest are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.queue_gates import is_closed
from hookline.ports.queue_listing import ListedQueue
from hookline.ports.queues import Depth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.adapters.aws.clients import Clients
    from hookline.ports.clock import Clock

__all__ = ["SqsQueueListing"]

_LOOK_BACK = timedelta(minutes=15)
"""CloudWatch counts once a minute, some minutes late, and not at all a queue that nobody has used for hours."""


class SqsQueueListing:
    """QueueListing over SQS, with ages from CloudWatch: SQS itself does not say how old its messages are."""

    def __init__(self, clients: Clients, *, environment: str, clock: Clock) -> None:
        self._clients = clients
        self._environment = environment
        self._clock = clock
        self._deployed = DeployedQueues(clients.sqs, environment=environment)

    def listed(self) -> list[ListedQueue]:
        """Every deployed queue, by its name; counts are as near as SQS knows."""
        found = []
        for pair in self._deployed.pairs():
            if pair.url is None:
                continue
            own, letters = self._deployed.attributes(pair.url), self._deployed.attributes(pair.dead_letter_url)
            queue = self._deployed.settings(pair, own, letters)
            age = self._oldest_age(names.queue(pair.name, self._environment, fifo=pair.fifo))
            dead_age = self._oldest_age(names.dead_letter_queue(pair.name, self._environment, fifo=pair.fifo))
            found.append(
                ListedQueue(
                    queue=queue,
                    own=_depth(own, age),
                    dead=_depth(letters, dead_age),
                    is_paused=is_closed(own.get("Policy", "")),
                    dead_is_paused=is_closed(letters.get("Policy", "")),
                )
            )
        return found

    def _oldest_age(self, physical: str) -> float | None:
        now = self._clock.now()
        with translated():
            answer = self._clients.cloudwatch().get_metric_statistics(
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Dimensions=[{"Name": "QueueName", "Value": physical}],
                StartTime=now - _LOOK_BACK,
                EndTime=now,
                Period=60,
                Statistics=["Maximum"],
            )
        newest = max(answer["Datapoints"], key=lambda point: point["Timestamp"], default=None)
        return None if newest is None else float(newest["Maximum"])


def _depth(attributes: Mapping[str, str], age: float | None) -> Depth:
    waiting, delayed, in_flight = (
        int(attributes.get(f"ApproximateNumberOfMessages{state}", 0)) for state in ("", "Delayed", "NotVisible")
    )
    there = waiting + delayed + in_flight > 0
    return Depth(visible=waiting, in_flight=in_flight, oldest_age=age if there else None, delayed=delayed)
