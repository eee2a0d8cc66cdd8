"""The subjects that alarms watch in a stack, by physical names, and their thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.domain.queue import UNROUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from hookline.domain.canary import Canary
    from hookline.domain.queue import Queue

__all__ = [
    "FORMER",
    "SHORTEST_AGE",
    "VALIDATOR_DEADLINE",
    "Subject",
    "Watched",
    "api",
    "canary",
    "dead_letter_queues",
    "each",
    "environment",
    "failure_queue",
    "fetching",
    "function",
    "queues",
    "schedule",
    "table",
    "table_indexes",
    "unrouted_queue",
]

FORMER = ".former"
"""The end of a draining queue's name in alarms; no queue of hookline.toml has a dot in its name."""

SHORTEST_AGE = 900
"""Seconds for which a message may wait in any queue before an alarm."""

VALIDATOR_DEADLINE = 8
"""Seconds after which the validator itself answers 503, however long Lambda would let it run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The parts of a stack that alarms watch. ``timeouts`` are those of validator, router and recoverer, in seconds.

    ``draining`` are the former queues of a name that was changed to or from FIFO; they stay until they are empty. ``fetches``: a source
    fetches its events' records from its sender's API. ``canary`` is set where a function sends its events.
    """

    environment: str
    queues: Sequence[Queue]
    timeouts: Mapping[str, int]
    draining: Sequence[Queue] = ()
    fetches: bool = False
    canary: Canary | None = None

    def names(self) -> Iterator[tuple[str, Queue]]:
        """Every queue with its name for people."""
        yield from ((queue.name, queue) for queue in self.queues)
        yield from ((f"{queue.name}{FORMER}", queue) for queue in self.draining)

    def physical(self, queue: Queue) -> str:
        """The queue's physical name."""
        return names.queue(queue.name, self.environment, fifo=queue.fifo is not None)

    def physical_dead(self, queue: Queue) -> str:
        """The physical name of its dead-letter queue."""
        return names.dead_letter_queue(queue.name, self.environment, fifo=queue.fifo is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One resource that a kind of alarm watches; ``name`` is empty where there is only one.

    ``threshold`` replaces the kind's, and so does ``period``, in seconds.
    """

    name: str
    dimensions: Mapping[str, str]
    threshold: float | None = None
    period: int | None = None


def dead_letter_queues(watched: Watched) -> Iterable[Subject]:
    """The dead-letter queue of each queue, by the queue's name."""
    for name, queue in watched.names():
        yield Subject(name=name, dimensions={"QueueName": watched.physical_dead(queue)})


def queues(watched: Watched) -> Iterable[Subject]:
    """Each queue with the message age, in seconds, from which it is probably not consumed.

    The age is longer than a message that fails every time can reach, and well below the queue's retention. ``unrouted`` need not be
    consumed and has a separate alarm: here it only matters that its messages do not expire.
    """
    for name, queue in watched.names():
        half = queue.retention.total_seconds() / 2
        failing = queue.visibility_timeout.total_seconds() * (queue.max_receives + 1)
        age = half if queue.name == UNROUTED else min(half, max(SHORTEST_AGE, failing))
        yield Subject(name=name, dimensions={"QueueName": watched.physical(queue)}, threshold=age)


def function(kind: str, *, share: float | None = None) -> Callable[[Watched], Iterable[Subject]]:
    """One function; the threshold is this ``share`` of the milliseconds that it may take."""
    physical = {"validator": names.validator, "router": names.router, "recoverer": names.recoverer}[kind]

    def subjects(watched: Watched) -> Iterable[Subject]:
        longest = watched.timeouts[kind]
        if kind == "validator":
            longest = min(longest, VALIDATOR_DEADLINE)
        threshold = None if share is None else share * longest * 1000
        yield Subject(name=kind, dimensions={"FunctionName": physical(watched.environment)}, threshold=threshold)

    return subjects


def each(*many: Callable[[Watched], Iterable[Subject]]) -> Callable[[Watched], Iterable[Subject]]:
    """The subjects of all of ``many``."""
    return lambda watched: (subject for subjects in many for subject in subjects(watched))


def _one(dimensions: Callable[[str], Mapping[str, str]], *, name: str = "") -> Callable[[Watched], Iterable[Subject]]:
    """The only subject of its kind, with dimensions made from the environment."""
    return lambda watched: (Subject(name=name, dimensions=dimensions(watched.environment)),)


failure_queue = _one(lambda environment: {"QueueName": names.router_failure_queue(environment)})
"""The queue for failed invocations of the router."""


def unrouted_queue(watched: Watched) -> Iterable[Subject]:
    """The queue of events that no route matches."""
    for queue in watched.queues:
        if queue.name == UNROUTED:
            yield Subject(name="", dimensions={"QueueName": watched.physical(queue)})


api = _one(lambda environment: {"ApiName": names.api(environment), "Stage": names.STAGE})
"""The stage that senders post to."""
table = _one(lambda environment: {"TableName": names.table(environment)}, name="table")
"""The table of events."""
schedule = _one(lambda environment: {"ScheduleGroup": names.schedule(environment)})
"""The group that holds only the recoverer's schedule: the scheduler counts by groups."""
environment = _one(lambda environment: {"Environment": environment})
"""The dimension of hookline's own metrics."""


def fetching(watched: Watched) -> Iterable[Subject]:
    """The environment, if records of its events are fetched."""
    return environment(watched) if watched.fetches else ()


def canary(watched: Watched) -> Iterable[Subject]:
    """The environment, if it has a canary: one event must arrive in time in each interval."""
    if watched.canary is not None:
        yield Subject(
            name="",
            dimensions={"Environment": watched.environment},
            threshold=watched.canary.late_after.total_seconds(),
            period=round(watched.canary.every.total_seconds()),
        )


def table_indexes(watched: Watched) -> Iterable[Subject]:
    """The table's indexes, each of which DynamoDB counts separately. A throttled index throttles writes to the table."""
    for index in (names.OUTBOX_INDEX, names.ARRIVALS_INDEX):
        dimensions = {"TableName": names.table(watched.environment), "GlobalSecondaryIndexName": index}
        yield Subject(name=index, dimensions=dimensions)
