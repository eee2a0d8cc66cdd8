"""Removing expired events while many expired events are on queues, because their source keeps events for less time than queues do."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import QUEUES, START, event, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import Database, SqliteRetention, SqliteRoutedStore, retention
from hookline.adapters.sqlite.query import rows
from hookline.domain.event import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import apsw

KEPT = timedelta(hours=1)
STANDING, CONSUMED, AT_ONCE = 3000, 2000, 100


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Events of a few segments that have expired and are on a queue, and as many later ones that are on none."""
    clock = MemoryClock(START)
    with closing(Database.open(tmp_path / "hookline.db", clock=clock, queues=QUEUES, event_retention=KEPT)) as opened:
        store = SqliteRoutedStore(opened)
        for start, count, queue in ((0, STANDING, "payments"), (STANDING, CONSUMED, "refunds")):
            events = [event(f"evt_{number}", status=Status.ROUTED) for number in range(start, start + count)]
            batch = store.stage([routed(one, queue) for one in events])
            assert batch is not None
            batch.commit()
        with opened.write() as connection:
            connection.execute("DELETE FROM messages WHERE queue = ?", (opened.queues.get("refunds").id,))
        clock.advance(KEPT * 2)
        yield opened


def removed_in_steps(database: Database) -> list[int]:
    """How many events each step of a sweep removes, the last one included, which finds no more."""
    sweep, done = SqliteRetention(database), [AT_ONCE]
    while done[-1] == AT_ONCE:
        done.append(sweep.expire_events(limit=AT_ONCE))
    return done[1:]


def test_events_on_queues_are_searched_once_in_a_sweep(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step searched all of it again: with 400,000 events on queues a sweep removed 1,000 a second and used a whole core."""
    searches: list[tuple[object, ...]] = []

    def counted(connection: object, sql: str, values: tuple[object, ...]) -> object:
        searches.extend([values[:2]] if sql == retention._EXPIRED_EVENTS else [])
        return rows(connection, sql, values)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr("hookline.adapters.sqlite.retention.rows", counted)
    steps = removed_in_steps(database)

    standing = [bounds for bounds in searches if bounds[1] <= STANDING]  # type: ignore[operator]  # numbers of events
    assert (sum(steps), len(standing)) == (CONSUMED, len(set(standing)))


def test_a_sweep_that_removes_nothing_writes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders wait for each write: it took 0.2 s for 400,000 standing events, once a minute and with each step."""
    removed_in_steps(database)
    writes: list[str] = []
    write = database.write_relaxed

    def counted() -> AbstractContextManager[apsw.Connection]:
        writes.append("relaxed")
        return write()

    monkeypatch.setattr(database, "write_relaxed", counted)

    assert removed_in_steps(database) == [0]
    assert writes == []


def test_an_event_is_removed_once_its_message_is_gone(database: Database) -> None:
    """An earlier sweep that skipped it must not keep it."""
    removed_in_steps(database)
    with database.write() as connection:
        connection.execute("DELETE FROM messages WHERE id <= 10")

    assert removed_in_steps(database) == [10]
