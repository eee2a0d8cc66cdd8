"""Ids are known whatever part of the index they are in, and however the process that stores them ended."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.builders import EVENT_RETENTION, QUEUES, START, event, routed, waiting
from effort import examples
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    Database,
    SqliteEventStore,
    SqliteIndexUpkeep,
    SqliteOutbox,
    SqliteQueues,
    SqliteRetention,
    SqliteRoutedStore,
    Tuning,
    event_index,
    index_upkeep,
)
from hookline.adapters.sqlite.event_keys import KeyFilter
from hookline.adapters.sqlite.query import the
from hookline.domain.event import Outcome, Status
from hookline.domain.transaction import TRANSACTION_REFERENCE
from hookline.ports.event_store import EventFilter
from unit.sqlite.files import columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from apsw import Connection

SEGMENT = 3
NAMES = [f"evt_{number}" for number in range(40)]
RUNS = "SELECT id FROM event_key_runs WHERE filter IS NOT NULL"


@pytest.fixture
def clock() -> MemoryClock:
    """A clock that is moved by hand."""
    return MemoryClock(START)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "hookline.db"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what was opened."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def database(path: Path, clock: MemoryClock, stack: ExitStack) -> Database:
    """A database with small segments."""
    return opened(path, clock, stack)


def opened(path: Path, clock: MemoryClock, stack: ExitStack) -> Database:
    """The file as a process of its own has it open."""
    database = Database.open(
        path, clock=clock, queues=QUEUES, event_retention=EVENT_RETENTION, tuning=Tuning(segment=SEGMENT)
    )
    stack.callback(database.close)
    return database


def store(database: Database, names: Sequence[str], *queues: str) -> list[Outcome]:
    """The results for events of these names."""
    batch = SqliteRoutedStore(database).stage([routed(event(name, received_at=START), *queues) for name in names])
    assert batch is not None
    batch.commit()
    return list(batch.outcomes)


def each_is_known(database: Database, names: Sequence[str]) -> None:
    """Each event is found once, and none is stored again."""
    events = SqliteEventStore(database)
    assert store(database, names) == [Outcome.DUPLICATE] * len(names)
    assert [one.event.id for name in names if (one := events.get(event(name).id))] == [event(name).id for name in names]
    assert len(events.find(EventFilter(), limit=1000)) == len(names)
    assert sum(events.count().values()) == len(names)


def numbers_are_unique(path: Path, events: int) -> None:
    """No two events ever had one number."""
    assert columns(path, "SELECT count(*), count(DISTINCT seq), count(DISTINCT id) FROM events") == [(events,) * 3]


def test_an_id_is_known_in_memory_in_a_segment_and_in_a_run_that_was_made_of_others(
    database: Database, path: Path
) -> None:
    """A process that opens the file later knows the id too."""
    for start in range(0, 40, 4):
        assert store(database, NAMES[start : start + 4]) == [Outcome.NEW] * 4
        each_is_known(database, NAMES[: start + 4])
    before = len(columns(path, RUNS))
    SqliteIndexUpkeep(database).advance()

    assert len(columns(path, RUNS)) < before
    each_is_known(database, NAMES)
    numbers_are_unique(path, 40)


@settings(max_examples=examples(60), deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 2), st.lists(st.sampled_from(NAMES), max_size=7, unique=True)), max_size=12)
)
def test_processes_that_take_turns_know_what_the_others_stored(
    steps: list[tuple[int, list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two of them store, and undo, and keep the index up, each with its own memory of the newest events."""
    path = tmp_path_factory.mktemp("shared") / "hookline.db"
    known: set[str] = set()
    with ExitStack() as stack:
        databases = [opened(path, MemoryClock(START), stack) for _ in range(2)]
        for turn, (action, names) in enumerate(steps):
            database = databases[turn % 3 % 2]
            if action == 0:
                batch = SqliteRoutedStore(database).stage([routed(event(name, received_at=START)) for name in names])
                assert batch is not None
                batch.rollback()
            elif action == 1:
                SqliteIndexUpkeep(database).advance()
            new = [name not in known for name in names]
            expected = [Outcome.NEW if one else Outcome.DUPLICATE for one in new]
            assert store(database, names) == expected
            known |= set(names)
        for database in databases:
            each_is_known(database, sorted(known))
    numbers_are_unique(path, len(known))


def test_what_was_undone_while_a_segment_was_made_is_unknown_afterwards(database: Database, path: Path) -> None:
    """No id, no run and no number of it is left."""
    store(database, NAMES[:5])
    connection = database.begin(wait=True)
    assert connection is not None
    database.event_index.seal(connection)
    database.abandon()

    assert store(database, NAMES[:20]) == [Outcome.DUPLICATE] * 5 + [Outcome.NEW] * 15
    each_is_known(database, NAMES[:20])
    numbers_are_unique(path, 20)


@pytest.mark.parametrize("step", ["begin", "seal"])
def test_a_fault_that_is_not_sqlites_ends_the_transaction(
    database: Database, path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This happens when memory runs out: otherwise the next writer would wait for it until the process ends."""
    store(database, NAMES[:2])
    with monkeypatch.context() as patch:
        patch.setattr(database.event_index, step, no_memory)
        with pytest.raises(MemoryError):
            store(database, NAMES[:5])

    assert store(database, NAMES[:5]) == [Outcome.DUPLICATE] * 2 + [Outcome.NEW] * 3
    each_is_known(database, NAMES[:5])
    numbers_are_unique(path, 5)


def no_memory(*_: object, **__: object) -> NoReturn:
    """Fail."""
    raise MemoryError


def test_ids_with_equal_keys_are_distinguished(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch, clock: MemoryClock, stack: ExitStack
) -> None:
    """A sender cannot look for such ids, and if it could, no event would be taken for another."""
    monkeypatch.setattr(event_index, "id_hash", lambda salt: lambda text: 7)  # noqa: ARG005 -- every key is 7
    database = opened(path.with_name("equal.db"), clock, stack)

    assert store(database, NAMES) == [Outcome.NEW] * 40
    SqliteIndexUpkeep(database).advance()
    each_is_known(database, NAMES)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True), st.integers(-(2**63), 2**63 - 1))
def test_a_filter_has_every_key_that_was_put_in(keys: list[int], other: int) -> None:
    """An empty filter has no key."""
    full, empty = KeyFilter(len(keys)), KeyFilter(0)
    full.add(keys)

    def held(bits: bytes, key: int) -> bool:
        last = len(bits) * 8 - 1
        return all(bits[(part & last) >> 3] >> (part & 7) & 1 for part in (key, key >> 32))

    assert all(held(bytes(full.bits), key) for key in keys)
    assert not held(bytes(empty.bits), other)


def test_a_reader_with_an_old_view_finds_what_it_can_see(database: Database) -> None:
    """Segments that were made since, and events that came since, are not in its view."""
    store(database, NAMES[:7])
    with database.read() as view:
        assert database.find_event(view, event(NAMES[0]).id) is not None  # a view begins with its first look
        for start in range(7, 30, 5):
            store(database, NAMES[start : start + 5])
        SqliteIndexUpkeep(database).advance()

        found = [database.find_event(view, event(name).id) is not None for name in NAMES[:20]]

    assert found == [True] * 7 + [False] * 13


def test_a_reader_finds_what_took_the_numbers_of_events_that_were_undone(
    database: Database, clock: MemoryClock, path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they are undone, and another process stores its own, at the moment at which its view begins."""
    other = opened(path, clock, stack)
    batch = SqliteRoutedStore(database).stage([routed(event(name, received_at=START)) for name in NAMES[:2]])
    assert batch is not None
    undo = iter([batch.rollback])

    def late(connection: Connection, *statement: str) -> tuple[object, ...]:
        for rollback in undo:
            rollback()
            store(other, ["other"])
        return the(connection, *statement)

    monkeypatch.setattr(event_index, "the", late)
    with database.read() as view:
        assert database.find_event(view, event("other").id) == 1


def test_expired_events_go_with_their_places_and_their_keys(database: Database, clock: MemoryClock, path: Path) -> None:
    """Their numbers are not given to others."""
    store(database, NAMES[:20])
    clock.advance(EVENT_RETENTION)
    store(database, NAMES[20:22])
    retention = SqliteRetention(database)
    removed = 0
    while step := retention.expire_events(limit=7):
        removed += step
    SqliteIndexUpkeep(database).advance()

    assert removed == 20
    assert columns(path, "SELECT seq FROM events") == [(21,), (22,)]
    tables = ("event_segments", "event_places", "event_keys", "event_key_runs", "event_kinds")
    counts = [columns(path, f"SELECT count(*) FROM {table}")[0][0] for table in tables]  # noqa: S608 -- names above
    assert counts == [0, 0, 0, 0, 0]
    clock.advance(EVENT_RETENTION)
    assert retention.expire_events(limit=7) == 2
    assert store(database, NAMES) == [Outcome.NEW] * 40
    assert columns(path, "SELECT min(seq) FROM events") == [(23,)]
    each_is_known(database, NAMES)


def test_an_expired_event_goes_when_its_last_message_is_gone(database: Database, clock: MemoryClock) -> None:
    """Retention may have looked at the event's segment many times before."""
    store(database, NAMES[:8], "refunds")
    clock.advance(EVENT_RETENTION)
    retention, queues = SqliteRetention(database), SqliteQueues(database)
    assert retention.expire_events(limit=100) == 0

    assert queues.purge("refunds") == 8
    assert retention.expire_events(limit=100) == 8


def test_an_event_that_was_delivered_late_expires_from_its_segment(database: Database, clock: MemoryClock) -> None:
    """A segment of events that wait has no end until one of them is delivered."""
    late = waiting(event("late", received_at=START, status=Status.RECEIVED))
    batch = SqliteRoutedStore(database).stage([late])
    assert batch is not None
    batch.commit()
    store(database, NAMES[:8])
    clock.advance(EVENT_RETENTION + timedelta(hours=1))
    retention = SqliteRetention(database)
    assert retention.expire_events(limit=100) == 8

    SqliteOutbox(database).deliver([routed(late.event)])
    assert retention.expire_events(limit=100) == 0
    clock.advance(EVENT_RETENTION)
    assert retention.expire_events(limit=100) == 1


@pytest.mark.parametrize("transactions", range(12))
def test_a_run_that_was_being_made_when_the_process_ended_does_no_harm(
    database: Database,
    clock: MemoryClock,
    path: Path,
    transactions: int,
    monkeypatch: pytest.MonkeyPatch,
    stack: ExitStack,
) -> None:
    """The next process deletes the unfinished run and makes it again."""
    monkeypatch.setattr(index_upkeep, "_STEP", 5)
    for start in range(0, 40, 4):
        store(database, NAMES[start : start + 4])
    write, left = database.write_relaxed, iter(range(transactions))
    monkeypatch.setattr(database, "write_relaxed", lambda: write() if next(left, None) is not None else ended())
    with pytest.raises(EndedError):
        SqliteIndexUpkeep(database).advance()

    other = opened(path, clock, stack)
    each_is_known(other, NAMES)
    SqliteIndexUpkeep(other).advance()
    each_is_known(other, NAMES)
    assert len(columns(path, RUNS)) < 10
    assert columns(path, "SELECT count(*) FROM event_keys WHERE run NOT IN (SELECT id FROM event_key_runs)") == [(0,)]


@pytest.mark.parametrize("begun", range(8))
def test_two_processes_that_update_the_index_together_lose_no_key_and_keep_none_twice(
    database: Database,
    clock: MemoryClock,
    path: Path,
    begun: int,
    monkeypatch: pytest.MonkeyPatch,
    stack: ExitStack,
) -> None:
    """One of them has found what there is to do, and meanwhile the other one does the rest of its own work."""
    monkeypatch.setattr(index_upkeep, "_STEP", 5)
    of_order = replace(event("paid"), metadata={TRANSACTION_REFERENCE: "order-1"})
    batch = SqliteRoutedStore(database).stage([routed(of_order)])
    assert batch is not None
    batch.commit()
    names = ["paid", *NAMES]
    for start in range(0, 40, 4):
        store(database, NAMES[start : start + 4])
    other = opened(path, clock, stack)
    is_begun, may_end = Event(), Event()
    turns = iter(range(begun))
    write, others_write = database.write_relaxed, other.write_relaxed

    def wait_once() -> AbstractContextManager[Connection]:
        if next(turns, None) is None and not is_begun.is_set():
            is_begun.set()
            assert may_end.wait(30)
        return write()

    def let_it_end() -> AbstractContextManager[Connection]:
        may_end.set()
        first.join()
        return others_write()

    monkeypatch.setattr(database, "write_relaxed", wait_once)
    monkeypatch.setattr(other, "write_relaxed", let_it_end)
    first = Thread(target=SqliteIndexUpkeep(database).advance)
    first.start()
    assert is_begun.wait(30)
    SqliteIndexUpkeep(other).advance()
    SqliteIndexUpkeep(other).advance()
    first.join()

    found = [one.event.id for one in SqliteEventStore(other).find(EventFilter(reference="order-1"), limit=10)]
    assert found == [of_order.id]
    third = opened(path, clock, stack)
    assert [name for name in names if SqliteEventStore(third).get(event(name).id) is None] == []
    assert len(columns(path, RUNS)) < 10
    assert columns(path, "SELECT count(*) FROM event_keys WHERE run NOT IN (SELECT id FROM event_key_runs)") == [(0,)]


class EndedError(Exception):
    """The process ended here."""


def ended() -> None:
    """End."""
    raise EndedError
