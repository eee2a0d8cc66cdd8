"""A file with many events in it, written by the adapter itself, as a server would have written it in weeks."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from bench.measures import say
from bench.traffic import TYPES, body
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, DataDirectory, SqliteIndexUpkeep, SqliteRoutedStore, Tuning
from hookline.config import load
from hookline.domain.event import Event
from hookline.domain.route import RoutedEvent
from hookline.pipeline.identify import event_id

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

__all__ = ["fill"]

_BATCH = 100_000
"""Events per transaction: the more, the fewer pages of indexes are written again."""

_CACHE = 512 * 1024  # KiB
_QUEUES = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}


def fill(
    data: Path,
    config_path: Path,
    count: int,
    *,
    queue: str | None = None,
    consumed: bool = False,
    retention: timedelta | None = None,
) -> None:
    """Store ``count`` events in ``data``, each with its message on its queue, or all on ``queue``.

    ``consumed``: their messages are gone. ``retention`` is how long they are kept, when not as the configuration says.
    """
    directory = DataDirectory(data)
    directory.create()
    config = load(config_path)
    fifth = max(1, count // 5)
    clock = SystemClock()
    database = Database.open(
        directory.database,
        clock=clock,
        queues=config.queues,
        event_retention=config.event_retention if retention is None else retention,
        tuning=Tuning(cache=_CACHE),
    )
    try:
        store, upkeep = SqliteRoutedStore(database), SqliteIndexUpkeep(database)
        for start in range(0, count, _BATCH):
            numbers = range(start, min(start + _BATCH, count))
            batch = store.stage([_event(number, clock, queue, consumed=consumed) for number in numbers])
            assert batch is not None  # noqa: S101 -- stage waits or raises
            batch.commit()
            database.checkpoint()
            upkeep.advance()
            if numbers.stop // fifth > start // fifth:
                say(f"{numbers.stop:,} events stored")
    finally:
        database.close_for_good()


def _event(number: int, clock: SystemClock, queue: str | None, *, consumed: bool) -> RoutedEvent:
    delivery_id = f"evt_{os.urandom(13).hex()}"
    payload = body(number, delivery_id)
    type_ = TYPES[number % len(TYPES)]
    event = Event(
        id=event_id("transactions", delivery_id),
        source="transactions",
        type=type_,
        time="2025-07-03T09:41:27.318Z",
        received_at=clock.now(),
        content_type="application/json",
        body=payload,
        body_sha256=hashlib.sha256(payload).digest(),
        metadata={"secret": "TRANSACTIONS_SECRET"},
    )
    return RoutedEvent(event=event, queues=() if consumed else (queue or _QUEUES[type_],))
