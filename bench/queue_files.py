"""Files with few and with many events, and how long a look into each takes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bench import servers
from bench.fill import fill
from bench.measures import Row, at_most, say
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import (
    Database,
    DataDirectory,
    SqliteEventStore,
    SqliteOutbox,
    SqliteQueueListing,
    SqliteQueues,
    SqliteRoutedStore,
    SqliteWaitingCounts,
)
from hookline.config import load
from hookline.domain.event import Event, Status
from hookline.domain.route import RoutedEvent
from hookline.domain.transaction import TRANSACTION_REFERENCE
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["depth_and_listing", "fill_with", "put_in_flight"]

_QUEUE = "payments"
_SPECIAL = 30
"""Events with a source, a type and a transaction of their own, the oldest of each file: a listing without an index would walk far."""

_LIMIT = 20  # events of a listing
_AT_A_TIME = 1000
_REFERENCE = "pi_bench"


def fill_with(directory: Path, count: int) -> None:
    """A project in ``directory`` whose data has ``count`` events waiting on one queue, and a few special ones."""
    config = servers.project(directory)
    _add_special(directory)
    fill(directory / "data", config, count, queue=_QUEUE)
    with _database(directory) as database:
        SqliteWaitingCounts(database).advance()  # as a server does each second


def put_in_flight(directory: Path, count: int) -> None:
    """Let a consumer hold ``count`` messages for twelve hours."""
    say(f"receiving {count:,} messages")
    with _database(directory) as database:
        queues = SqliteQueues(database)
        for start in range(0, count, _AT_A_TIME):
            some = min(_AT_A_TIME, count - start)
            queues.receive(_QUEUE, max_messages=some, visibility_timeout=timedelta(hours=12))


def depth_and_listing(small: Path, large: Path, counts: tuple[int, int], *, rounds: int) -> list[Row]:
    """How much longer both take with the larger of ``counts`` than with the smaller one."""
    with _database(small) as few, _database(large) as many:
        depth = _compared(lambda database: SqliteQueueListing(database).listed(), few, many, rounds)
        listings = {name: _compared(_listing(wanted), few, many, rounds) for name, wanted in _filters().items()}
    worst = max(listings, key=lambda name: _ratio(listings[name]))
    against = f"{counts[1]:,} events against {counts[0]:,}"
    each = ", ".join(f"{name} {_ratio(found):.2f}" for name, found in listings.items())
    return [
        Row(
            name="depth",
            measure=f"Depth of all queues, {against}",
            detail=f"{_milliseconds(depth)}; median of {rounds} each",
            numbers={"few": depth[0], "many": depth[1]},
            **at_most(1.5, _ratio(depth), "times"),
        ),
        Row(
            name="listing",
            measure=f"`events list` by each indexed filter, the worst of them, {against}",
            detail=f"{worst}: {_milliseconds(listings[worst])}; {each}",
            numbers={name: found[1] for name, found in listings.items()},
            **at_most(1.5, _ratio(listings[worst]), "times"),
        ),
    ]


def _filters() -> Mapping[str, EventFilter]:
    now = SystemClock().now()
    return {
        "all": EventFilter(),
        "source": EventFilter(source="transactions"),
        "rare source": EventFilter(source="rare"),
        "type": EventFilter(type="payment"),
        "rare type": EventFilter(type="rare"),
        "status": EventFilter(status=Status.FAILED),
        "reference": EventFilter(reference=_REFERENCE),
        "since": EventFilter(since=now - timedelta(days=1)),
        "until": EventFilter(until=now),
    }


def _listing(wanted: EventFilter) -> Callable[[Database], object]:
    return lambda database: SqliteEventStore(database).find(wanted, limit=_LIMIT)


def _compared(
    look: Callable[[Database], object], few: Database, many: Database, rounds: int
) -> tuple[Sequence[float], Sequence[float]]:
    """Seconds on each of both, in turns; who comes first changes, because a busy machine interrupts one of them more often."""
    took: dict[Database, list[float]] = {few: [], many: []}
    for number in range(-1, rounds):
        for database in (few, many) if number % 2 else (many, few):
            seconds = _seconds(look, database)
            if number >= 0:  # the round before warms up
                took[database].append(seconds)
    return took[few], took[many]


def _seconds(look: Callable[[Database], object], database: Database) -> float:
    started = perf_counter()
    look(database)
    return perf_counter() - started


def _ratio(found: tuple[Sequence[float], Sequence[float]]) -> float:
    return median(found[1]) / median(found[0])


def _milliseconds(found: tuple[Sequence[float], Sequence[float]]) -> str:
    return f"{median(found[1]) * 1000:.2f} ms against {median(found[0]) * 1000:.2f} ms"


@contextmanager
def _database(directory: Path) -> Iterator[Database]:
    data = DataDirectory(directory / "data")
    data.create()
    config = load(directory / "hookline.toml")
    database = Database.open(
        data.database, clock=SystemClock(), queues=config.queues, event_retention=config.event_retention
    )
    try:
        yield database
    finally:
        database.close_for_good()


def _add_special(directory: Path) -> None:
    with _database(directory) as database:
        batch = SqliteRoutedStore(database).stage(
            [RoutedEvent(event=_special(number), queues=("refunds",)) for number in range(_SPECIAL)]
        )
        assert batch is not None  # noqa: S101 -- stage waits or raises
        batch.commit()
        failed = [replace(_special(number), id=f"rare:failed_{number}") for number in range(_SPECIAL)]
        SqliteEventStore(database).add(failed)
        for event in failed:
            SqliteOutbox(database).fail(event.id, reason="bench")


def _special(number: int) -> Event:
    return Event(
        id=f"rare:evt_{number}",
        source="rare",
        type="rare",
        time="2025-07-03T09:41:27.318Z",
        received_at=SystemClock().now(),
        content_type="application/json",
        body=b"{}",
        body_sha256=bytes(32),
        metadata={TRANSACTION_REFERENCE: _REFERENCE},
    )
