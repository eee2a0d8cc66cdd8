"""A clock that is far ahead when the file is opened: it is used only when an operator confirms it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START, event, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import Database, SqliteClockDoubt, SqliteQueues, SqliteRetention, SqliteRoutedStore
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

YEAR = timedelta(days=400)
MINUTE = timedelta(minutes=1)


def store(path: Path, at: datetime = START, name: str = "evt_1") -> None:
    """Put an event on its queue at ``at``."""
    with opened(path) as database:
        database.clock.advance(at - database.clock.now())  # type: ignore[attr-defined]  # a memory clock
        batch = SqliteRoutedStore(database).stage([routed(event(name, received_at=at), "payments")])
        assert batch is not None
        batch.commit()


def reopened(path: Path, at: datetime) -> Database:
    """The file as a process opens it at ``at``."""
    return Database.open(path, clock=MemoryClock(at))


def standing(database: Database) -> list[str]:
    """The messages that can be consumed."""
    return [delivery.event_id for delivery in SqliteQueues(database).peek("payments")]


def test_a_clock_that_is_a_year_ahead_removes_nothing(tmp_path: Path) -> None:
    """This was the first minute of a machine without a battery for its clock."""
    path = tmp_path / "hookline.db"
    store(path)

    database = reopened(path, START + YEAR)
    removed = SqliteRetention(database).expire_messages(limit=10), SqliteRetention(database).expire_events(limit=10)

    assert database.clock.held_at == START
    assert removed == (0, 0)
    assert standing(database) == [event("evt_1").id]
    database.close()


def test_a_clock_within_a_day_is_believed(tmp_path: Path) -> None:
    """A restart after a night must not need an operator."""
    path = tmp_path / "hookline.db"
    store(path)

    database = reopened(path, START + timedelta(hours=24))

    assert database.clock.held_at is None
    database.close()


def test_an_empty_file_gives_no_reason_to_doubt(tmp_path: Path) -> None:
    """It has nothing to remove either."""
    database = reopened(tmp_path / "hookline.db", START + YEAR)

    assert database.clock.held_at is None
    database.close()


def test_what_is_stored_by_a_doubtful_clock_does_not_end_the_doubt(tmp_path: Path) -> None:
    """Otherwise the second start would trust what the first one stored, and remove the rest."""
    path = tmp_path / "hookline.db"
    store(path)
    first = reopened(path, START + YEAR)
    SqliteClockDoubt(first).remember()
    batch = SqliteRoutedStore(first).stage([routed(event("wrong", received_at=START + YEAR), "payments")])
    assert batch is not None
    batch.commit()
    first.close()

    second = reopened(path, START + YEAR + MINUTE)

    assert second.clock.held_at == START
    assert len(standing(second)) == 2
    second.close()


def test_a_clock_that_was_corrected_is_believed_again(tmp_path: Path) -> None:
    """After a restart with the right time nothing has to be confirmed."""
    path = tmp_path / "hookline.db"
    store(path)
    first = reopened(path, START + YEAR)
    SqliteClockDoubt(first).remember()
    first.close()

    second = reopened(path, START + MINUTE)

    assert second.clock.held_at is None
    second.close()


def test_a_confirmation_while_a_server_runs_is_seen_by_it_and_outlives_both(tmp_path: Path) -> None:
    """The operator confirms the time only once."""
    path = tmp_path / "hookline.db"
    store(path)
    server = reopened(path, START + YEAR)
    doubt = SqliteClockDoubt(server)
    doubt.remember()
    before = doubt.is_confirmed()

    command = reopened(path, START + YEAR + MINUTE)
    SqliteClockDoubt(command).confirm()
    command.close()
    after = doubt.is_confirmed()
    server.close()
    later = reopened(path, START + YEAR + timedelta(hours=1))

    assert (before, after) == (False, True)
    assert later.clock.held_at is None
    assert SqliteRetention(later).expire_messages(limit=10) == 1
    later.close()
