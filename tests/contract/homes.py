"""Every backend as one thing to test, and how to start it anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import EVENT_RETENTION, QUEUES, START
from hookline.adapters.memory import (
    MemoryClock,
    MemoryEventStore,
    MemoryOutbox,
    MemoryQueues,
    MemoryRetention,
    MemoryRoutedStore,
    MemoryState,
)
from hookline.adapters.sqlite import (
    Database,
    SqliteEventStore,
    SqliteOutbox,
    SqliteQueues,
    SqliteRetention,
    SqliteRoutedStore,
    Tuning,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from hookline.domain.event import Outcome
    from hookline.domain.message import Delivery
    from hookline.domain.route import RoutedEvent
    from hookline.ports.event_store import EventStore, StoredEvent
    from hookline.ports.outbox import Outbox
    from hookline.ports.queues import Queues
    from hookline.ports.retention import Retention
    from hookline.ports.routed_store import Batch, RoutedStore

__all__ = ["OPENERS", "TURN_TIMEOUT", "Home", "Opener"]

TURN_TIMEOUT = timedelta(seconds=1)
"""How long a writer waits for its turn: long for a test, short for whoever waits for the tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A backend with all of its ports. ``restart`` ends it and opens what it left behind; what memory keeps simply stays."""

    events: EventStore
    routed: RoutedStore
    outbox: Outbox
    queues: Queues
    retention: Retention
    clock: MemoryClock
    restart: Callable[[], Home]

    def stage(self, *items: RoutedEvent) -> Batch:
        """Stage, where nobody else has the turn."""
        batch = self.routed.stage(items)
        assert batch is not None
        return batch

    def keep(self, *items: RoutedEvent) -> list[Outcome]:
        """Stage and commit."""
        batch = self.stage(*items)
        batch.commit()
        return list(batch.outcomes)

    def stored(self, event_id: str) -> StoredEvent:
        """The event, which must be known."""
        found = self.events.get(event_id)
        assert found is not None
        return found

    def take(self, queue: str = "payments", *, hide: timedelta | None = None) -> Delivery:
        """Receive one message, which must be there."""
        (delivery,) = self.queues.receive(queue, visibility_timeout=hide)
        return delivery

    def standing(self, queue: str = "payments") -> Sequence[str]:
        """The event ids of the messages on a queue."""
        return [delivery.event_id for delivery in self.queues.peek(queue, limit=100)]


Opener = Callable[["Path", "ExitStack"], Home]
"""Opens a backend in an empty folder; the stack closes it."""


def _memory(_folder: Path, _stack: ExitStack) -> Home:
    clock = MemoryClock(START)
    state = MemoryState(clock, QUEUES, EVENT_RETENTION, turn_timeout=TURN_TIMEOUT)

    def restart() -> Home:
        return home

    home = Home(
        events=MemoryEventStore(state),
        routed=MemoryRoutedStore(state),
        outbox=MemoryOutbox(state),
        queues=MemoryQueues(state),
        retention=MemoryRetention(state),
        clock=clock,
        restart=restart,
    )
    return home


def _sqlite(folder: Path, stack: ExitStack) -> Home:
    return _open_sqlite(folder / "hookline.db", stack, MemoryClock(START))


def _open_sqlite(path: Path, stack: ExitStack, clock: MemoryClock) -> Home:
    database = Database.open(
        path,
        clock=clock,
        queues=QUEUES,
        event_retention=EVENT_RETENTION,
        tuning=Tuning(write_timeout=TURN_TIMEOUT.total_seconds()),
    )
    stack.callback(database.close)

    def restart() -> Home:
        database.close()
        return _open_sqlite(path, stack, clock)

    return Home(
        events=SqliteEventStore(database),
        routed=SqliteRoutedStore(database),
        outbox=SqliteOutbox(database),
        queues=SqliteQueues(database),
        retention=SqliteRetention(database),
        clock=clock,
        restart=restart,
    )


OPENERS: dict[str, Opener] = {"memory": _memory, "sqlite": _sqlite}
