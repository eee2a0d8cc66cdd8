"""A file of the version before segments, with many events in it, becomes one of this version: whole, whenever the process is killed."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import apsw
import pytest

from contract.builders import EVENT_RETENTION, QUEUES, START, event, routed
from effort import rounds
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    Database,
    SqliteEventStore,
    SqliteQueues,
    SqliteRetention,
    SqliteRoutedStore,
    schema,
)
from hookline.domain.event import Outcome, Status
from hookline.errors import DataDirectoryError
from hookline.ports.event_store import EventFilter
from unit.sqlite.files import columns, python

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

BEFORE = 17
"""The last version whose events had an index of their ids."""

FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO events (seq, id, source, type, time, received_at, content_type, body_sha256, metadata, status, since,
    expires_at, body, reference)
SELECT i, 'transactions:evt_' || i, 'transactions', iif(i % 3, 'payment', 'refund'), '2026-01-02T03:04:05Z', :start + i,
    'application/json', :digest, '{}', 'routed', :start + i, :start + i + :retention, x'7b7d', 'order-' || (i / 2)
FROM n
"""
MESSAGES = "INSERT INTO messages (queue, event, sent_at, visible_at) SELECT :queue, seq, received_at, 0 FROM events WHERE seq % 2"
OPEN = """
import sys
from pathlib import Path
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database
print("begins", flush=True)
database = Database.open(Path(sys.argv[1]), clock=SystemClock())
print(database.upgrade is not None and database.upgrade.events, flush=True)
database.close()
"""


def older_file(path: Path, events: int) -> None:
    """A file of version 17 with this many events, every other one on its queue."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    for step in schema.MIGRATIONS[:BEFORE]:
        connection.execute(step)
    connection.execute(
        "INSERT INTO queues (id, name, max_receives, visibility_timeout, retention, dead_letter, created_at, modified_at) "
        "VALUES (1, 'payments-dlq', NULL, 30000000, 864000000000, NULL, 1, 1), (2, 'payments', 2, 60000000, 345600000000, 1, 1, 1)"
    )
    retention = EVENT_RETENTION.total_seconds() * 1_000_000
    values = {
        "count": events,
        "start": int(START.timestamp()) * 1_000_000,
        "retention": int(retention),
        "digest": bytes.fromhex("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    }
    with connection:
        connection.execute(FILL, values)
        connection.execute(MESSAGES, {"queue": 2})
        connection.execute(f"PRAGMA user_version = {BEFORE}")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.close()


def opened(path: Path) -> Database:
    """The file, opened by this version."""
    return Database.open(path, clock=MemoryClock(START), queues=QUEUES, event_retention=EVENT_RETENTION)


def it_is_whole(path: Path, events: int) -> None:
    """Every event is there once, in each way in which events are found, and none is stored again."""
    database = opened(path)
    store = SqliteEventStore(database)
    numbers = sorted({1, events, *random.sample(range(1, events + 1), min(events, 50))})
    ids = [f"transactions:evt_{number}" for number in numbers]
    again = [routed(event(f"evt_{number}", b"{}", received_at=START)) for number in numbers]
    batch = SqliteRoutedStore(database).stage(again)
    assert batch is not None
    batch.commit()

    assert batch.outcomes == [Outcome.DUPLICATE] * len(numbers)
    assert [one.event.id for id_ in ids if (one := store.get(id_))] == ids
    assert store.count()[Status.ROUTED] == events
    newest = store.find(EventFilter(type="refund"), limit=1)
    assert newest[0].event.id == f"transactions:evt_{events - events % 3}"
    assert len(store.find(EventFilter(reference="order-1"), limit=10)) == 2
    assert SqliteQueues(database).depth("payments").visible == (events + 1) // 2
    database.close()
    assert columns(path, "SELECT count(*), count(DISTINCT id) FROM events") == [(events, events)]
    not_placed = "SELECT count(*) FROM events WHERE seq <= (SELECT sealed FROM event_index) AND seq NOT IN (SELECT event FROM event_places)"
    assert columns(path, not_placed) == [(0,)]


def opening(path: Path) -> AbstractContextManager[object]:
    """A process that opens the file."""
    return python(OPEN, path)


def test_a_file_without_segments_gets_them_and_says_how_long_it_took(tmp_path: Path) -> None:
    """Its events are found in every way, and expire."""
    path = tmp_path / "hookline.db"
    older_file(path, 5000)
    database = opened(path)
    upgrade = database.upgrade
    database.close()

    assert upgrade is not None
    assert (upgrade.before, upgrade.after, upgrade.events) == (BEFORE, schema.SCHEMA_VERSION, 5000)
    assert upgrade.seconds > 0
    it_is_whole(path, 5000)
    clock = MemoryClock(START)
    database = Database.open(path, clock=clock, queues=QUEUES, event_retention=EVENT_RETENTION)
    clock.advance(EVENT_RETENTION * 2)
    SqliteQueues(database).purge("payments")
    retention = SqliteRetention(database)
    removed = 0
    while step := retention.expire_events(limit=1000):
        removed += step
    database.close()
    assert removed == 5000


def test_a_few_events_are_indexed_when_there_are_more(tmp_path: Path) -> None:
    """A small file is opened in no time, and no event in it is unknown."""
    path = tmp_path / "hookline.db"
    older_file(path, 20)

    it_is_whole(path, 20)


def test_a_file_from_which_many_events_have_gone_is_upgraded(tmp_path: Path) -> None:
    """Numbers are not used twice, so that an event that failed long ago is far from the next one that is left."""
    path = tmp_path / "hookline.db"
    older_file(path, 5000)
    connection = apsw.Connection(str(path))
    for further, least in ((1 << 40, 4000), (1 << 41, 2)):
        values = (further, least)
        connection.execute("UPDATE events SET seq = seq + ? WHERE seq BETWEEN ? AND 5000", values)
        connection.execute("UPDATE messages SET event = event + ? WHERE event BETWEEN ? AND 5000", values)
    connection.close()

    it_is_whole(path, 5000)


def test_an_upgrade_that_is_killed_is_finished_by_the_next_process(tmp_path: Path) -> None:
    """Killed at random moments, again and again: nothing is lost, and nothing is there twice."""
    for number in range(rounds(5)):
        path = tmp_path / f"{number}.db"
        older_file(path, 60_000)
        killed_while_it_is_upgraded(path, longest=0.4)
        it_is_whole(path, 60_000)


@pytest.mark.slow
def test_an_upgrade_of_a_million_events_that_is_killed_is_finished(tmp_path: Path) -> None:
    """The file is as large as that of a year's events."""
    path = tmp_path / "hookline.db"
    older_file(path, 1_000_000)
    for _ in range(6):
        killed_while_it_is_upgraded(path, longest=2.0)
    it_is_whole(path, 1_000_000)


def killed_while_it_is_upgraded(path: Path, *, longest: float) -> None:
    """A process that opens the file is killed after a moment, unless it has finished."""
    with python(OPEN, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        time.sleep(random.random() * longest)
        os.kill(process.pid, signal.SIGKILL)


def test_an_older_hookline_refuses_the_file_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older version would look for indexes that no longer exist."""
    path = tmp_path / "hookline.db"
    older_file(path, 20)
    opened(path).close()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", BEFORE)

    with pytest.raises(DataDirectoryError, match=f"this hookline knows versions up to {BEFORE}"):
        opened(path)


def test_a_command_leaves_the_file_of_an_older_server_as_it_is(tmp_path: Path) -> None:
    """The server would miss its indexes, and refuse every event until somebody restarts it."""
    path = tmp_path / "hookline.db"
    older_file(path, 20)

    with pytest.raises(DataDirectoryError, match="start the server with this version first") as caught:
        Database.open(path, clock=MemoryClock(START), served=True)

    assert caught.value.code == "data_directory_in_use"
    assert columns(path, "PRAGMA user_version") == [(BEFORE,)]
    it_is_whole(path, 20)
    Database.open(path, clock=MemoryClock(START), served=True).close()
