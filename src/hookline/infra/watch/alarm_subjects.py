"""What there is to watch in a stack, by its physical names, and how much of it is too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.domain.queue import UNROUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hookline.domain.queue import Queue

__all__ = [
    "SHORTEST_AGE",
    "VALIDATOR_DEADLINE",
    "Subject",
    "Watched",
    "api",
    "dead_letter_queues",
    "each",
    "environment",
    "failure_queue",
    "function",
    "queues",
    "schedule",
    "table",
    "table_indexes",
    "unrouted_queue",
]

SHORTEST_AGE = 900
"""Seconds for which a message may wait in any queue before an alarm."""

VALIDATOR_DEADLINE = 8
"""Seconds after which the validator answers 503 by itself, however long Lambda would let it run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What there is to watch. ``timeouts`` are the functions' own, in seconds, by validator, router and recoverer."""

    environment: str
    queues: Sequence[Queue]
    timeouts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing that a kind of alarm watches; ``name`` is empty where there is only one. ``threshold`` stands before the kind's."""

    name: str
    dimensions: Mapping[str, str]
    threshold: float | None = None


def dead_letter_queues(watched: Watched) -> Iterable[Subject]:
    """The dead-letter queue of each queue, by the queue's name."""
    for queue in watched.queues:
        yield Subject(
            name=queue.name, dimensions={"QueueName": names.dead_letter_queue(queue.name, watched.environment)}
        )


def queues(watched: Watched) -> Iterable[Subject]:
    """Each queue with the age, in seconds, that says that nobody consumes it.

    That is longer than a message can get by failing every time, and well before the queue forgets it. Nobody need consume
    ``unrouted``, which has an alarm of its own: there only forgetting is at stake.
    """
    for queue in watched.queues:
        half = queue.retention.total_seconds() / 2
        failing = queue.visibility_timeout.total_seconds() * (queue.max_receives + 1)
        age = half if queue.name == UNROUTED else min(half, max(SHORTEST_AGE, failing))
        dimensions = {"QueueName": names.queue(queue.name, watched.environment)}
        yield Subject(name=queue.name, dimensions=dimensions, threshold=age)


def function(kind: str, *, share: float | None = None) -> Callable[[Watched], Iterable[Subject]]:
    """One function; with ``share`` of the milliseconds that it may take as the threshold."""
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
    """The only subject of its kind, by what the environment makes of its dimensions."""
    return lambda watched: (Subject(name=name, dimensions=dimensions(watched.environment)),)


failure_queue = _one(lambda environment: {"QueueName": names.router_failure_queue(environment)})
"""Where Lambda leaves what the router could not do."""
unrouted_queue = _one(lambda environment: {"QueueName": names.queue(UNROUTED, environment)})
"""Where events lie that no route wants."""
api = _one(lambda environment: {"ApiName": names.api(environment), "Stage": names.STAGE})
"""The stage that senders post to."""
table = _one(lambda environment: {"TableName": names.table(environment)}, name="table")
"""The table of events."""
schedule = _one(lambda environment: {"ScheduleGroup": names.schedule(environment)})
"""The group that holds only the recoverer's schedule: the scheduler counts by groups."""
environment = _one(lambda environment: {"Environment": environment})
"""What hookline's own metrics are counted by."""


def table_indexes(watched: Watched) -> Iterable[Subject]:
    """The table's indexes, each of which DynamoDB counts separately. A throttled index throttles writes to the table."""
    for index in (names.OUTBOX_INDEX, names.ARRIVALS_INDEX):
        dimensions = {"TableName": names.table(watched.environment), "GlobalSecondaryIndexName": index}
        yield Subject(name=index, dimensions=dimensions)
