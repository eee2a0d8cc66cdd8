"""Lists how many messages an environment's queues have, and how old the oldest message of each is."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.metric_series import QUEUE_NAMESPACE, WantedSeries, read_series
from hookline.adapters.aws.queue_gates import is_closed
from hookline.errors import HooklineError
from hookline.ports.queue_listing import ListedQueue
from hookline.ports.queues import Depth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.deployed_queues import DeployedPair
    from hookline.ports.clock import Clock

__all__ = ["SqsQueueListing"]

_LOOK_BACK = timedelta(minutes=15)
"""CloudWatch counts once a minute, some minutes late, and does not count a queue that was not used for hours."""
_AGES_KEPT_FOR = timedelta(minutes=1)
"""How long ages are cached: pages need them every few seconds, CloudWatch has new ones once a minute, and each read is paid for."""


class SqsQueueListing:
    """QueueListing over SQS, with ages from CloudWatch: SQS itself does not say how old its messages are."""

    def __init__(self, clients: Clients, *, environment: str, clock: Clock) -> None:
        self._clients = clients
        self._environment = environment
        self._clock = clock
        self._deployed = DeployedQueues(clients.sqs, environment=environment)
        self._guard = Lock()
        self._ages_at: datetime | None = None
        self._ages: dict[str, float | None] = {}
        self._missing_right: str | None = None

    def listed(self) -> list[ListedQueue]:
        """Every deployed queue, by its name; the counts are approximate, as SQS reports them."""
        pairs = [pair for pair in self._deployed.pairs() if pair.url is not None]
        ages = self._oldest_ages([name for pair in pairs for name in self._physical(pair)])
        return [self._listed(pair, ages) for pair in pairs]

    def _listed(self, pair: DeployedPair, ages: Mapping[str, float | None]) -> ListedQueue:
        own, letters = self._deployed.attributes(pair.url), self._deployed.attributes(pair.dead_letter_url)
        queue, dead = self._physical(pair)
        return ListedQueue(
            queue=self._deployed.settings(pair, own, letters),
            own=_depth(own, ages[queue]),
            dead=_depth(letters, ages[dead]),
            is_paused=is_closed(own.get("Policy", "")),
            dead_is_paused=is_closed(letters.get("Policy", "")),
            missing_right=self._missing_right,
        )

    def _physical(self, pair: DeployedPair) -> tuple[str, str]:
        return (
            names.queue(pair.name, self._environment, fifo=pair.fifo),
            names.dead_letter_queue(pair.name, self._environment, fifo=pair.fifo),
        )

    def _oldest_ages(self, physical: Sequence[str]) -> Mapping[str, float | None]:
        """The newest age of each queue in CloudWatch, read by one call, at most once a minute."""
        with self._guard:
            now = self._clock.now()
            fresh = self._ages_at is not None and now - self._ages_at < _AGES_KEPT_FOR
            if not fresh or not self._ages.keys() >= set(physical):
                self._ages, self._ages_at = self._read_ages(physical, now), now
            return self._ages

    def _read_ages(self, physical: Sequence[str], now: datetime) -> dict[str, float | None]:
        """The ages; None for each queue where this caller has no right to read metrics, since the counts are known anyway."""
        try:
            series = read_series(self._clients, [_age_of(name) for name in physical], now - _LOOK_BACK, now)
        except HooklineError as fault:
            if fault.missing_right is None:
                raise
            self._missing_right = fault.missing_right
            return dict.fromkeys(physical)
        self._missing_right = None
        return {name: values[max(values)] if values else None for name, values in series.items()}


def _age_of(physical: str) -> WantedSeries:
    return WantedSeries(
        name=physical,
        namespace=QUEUE_NAMESPACE,
        metric="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": physical},
        statistic="Maximum",
    )


def _depth(attributes: Mapping[str, str], age: float | None) -> Depth:
    waiting, delayed, in_flight = (
        int(attributes.get(f"ApproximateNumberOfMessages{state}", 0)) for state in ("", "Delayed", "NotVisible")
    )
    there = waiting + delayed + in_flight > 0
    return Depth(visible=waiting, in_flight=in_flight, oldest_age=age if there else None, delayed=delayed)
