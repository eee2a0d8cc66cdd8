"""Rejected requests and events in one file: neither waits for the other longer than one statement takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.builders import QUARANTINE, event, rejected, routed
from hookline.adapters.sqlite import SqliteEventStore, SqliteQuarantine, SqliteRoutedStore
from hookline.domain.quarantine import QuarantineBounds
from hookline.errors import UnavailableError
from unit.sqlite.files import held_by_another_program, opened

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "hookline.db"


def test_keeping_takes_no_turn_from_those_who_store_events(path: Path) -> None:
    """A thread that may wait for the interpreter passes on the writers' lock: a flood would make every sender wait for it."""
    with opened(path) as database:
        quarantine = SqliteQuarantine(database, QUARANTINE)
        assert database._write_lock.try_acquire()

        quarantine.keep([rejected()])

        database._write_lock.release()
        assert len(quarantine.ids()) == 1


def test_keeping_gives_way_to_a_transaction_that_does_not_end(path: Path) -> None:
    """The fault is reported in time, no part of the request is kept, and what is stored stays stored."""
    with opened(path) as database:
        quarantine = SqliteQuarantine(database, QUARANTINE)
        batch = SqliteRoutedStore(database).stage([routed(event(), "payments")])
        assert batch is not None

        with pytest.raises(UnavailableError):
            quarantine.keep([rejected()])
        batch.commit()

        assert quarantine.ids() == []
        assert sum(SqliteEventStore(database).count().values()) == 1


def test_keeping_works_again_once_the_file_is_free(path: Path) -> None:
    """A forgotten shell with a transaction must delay it only until that ends."""
    with opened(path) as database:
        quarantine = SqliteQuarantine(database, QUARANTINE)
        with held_by_another_program(path), pytest.raises(UnavailableError):
            quarantine.keep([rejected()])

        quarantine.keep([rejected()])

        assert len(quarantine.ids()) == 1


def test_more_than_one_statement_holds_are_kept_in_order(path: Path) -> None:
    """The number of requests does not matter."""
    with opened(path) as database:
        quarantine = SqliteQuarantine(database, QuarantineBounds())

        quarantine.keep([rejected(b"%d" % number) for number in range(250)])

        kept = [quarantine.get(number) for number in quarantine.ids()]
        assert [one.rejected.request.body for one in kept if one is not None] == [b"%d" % n for n in range(250)]
