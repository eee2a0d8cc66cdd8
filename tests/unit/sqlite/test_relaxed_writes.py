"""Transactions of consumers, by themselves and several in one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import message
from hookline.adapters.sqlite import SqliteQueues
from hookline.errors import UnavailableError
from unit.sqlite.files import held_by_another_program, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from hookline.adapters.sqlite import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "hookline.db"


def _waiting(database: Database) -> int:
    return SqliteQueues(database).depth("payments").visible


def _sent(database: Database, *names: str) -> SqliteQueues:
    queues = SqliteQueues(database)
    queues.send("payments", [message(name) for name in names])
    return queues


def _delete_during_a_fault(database: Database, receipt: str) -> None:
    queues = SqliteQueues(database)
    with queues.together():
        queues.delete("payments", [receipt])
        with pytest.raises(ZeroDivisionError), database.write_relaxed():
            raise ZeroDivisionError
        with pytest.raises(UnavailableError):  # a later one does not begin on what is to be undone
            queues.receive("payments")


def _receive_elsewhere_and_fail(queues: SqliteQueues) -> None:
    with queues.together():
        thread = threading.Thread(target=queues.receive, args=("payments",))
        thread.start()
        thread.join()
        raise ZeroDivisionError


def test_no_part_of_it_counts_before_the_end(path: Path) -> None:
    """Another connection sees all of it or nothing: a consumer's answer must not come before its commit."""
    with opened(path) as database:
        queues = _sent(database, "a", "b")
        with queues.together():
            for _ in range(2):
                queues.receive("payments")
            during = _waiting(database)
        after = _waiting(database)

    assert (during, after) == (2, 0)


def test_a_fault_in_the_middle_undoes_what_came_before_it(path: Path) -> None:
    """Otherwise a client would get an error although its message is gone, or is hidden from everybody."""
    with opened(path) as database:
        queues = _sent(database, "a", "b")
        (taken,) = queues.receive("payments")
        with pytest.raises(UnavailableError):
            _delete_during_a_fault(database, taken.receipt)
        depth = queues.depth("payments")
        deleted = queues.delete("payments", [taken.receipt])
        left = queues.depth("payments")

    assert (depth.visible, depth.in_flight) == (1, 1)
    assert len(deleted) == 1
    assert (left.visible, left.in_flight) == (1, 0)


def test_a_look_that_finds_nothing_keeps_no_writer_out(path: Path) -> None:
    """Many consumers read empty queues, so a transaction begins only with the first write."""
    with opened(path) as database:
        queues = SqliteQueues(database)
        with queues.together():
            assert queues.receive("payments") == []
            with opened(path) as other:
                _sent(other, "a")

        assert _waiting(database) == 1


def test_a_writer_of_another_thread_has_a_transaction_of_its_own(path: Path) -> None:
    """The block belongs to one thread: what others write must neither wait in it nor be undone with it."""
    with opened(path) as database:
        queues = _sent(database, "a", "b")
        with pytest.raises(ZeroDivisionError):
            _receive_elsewhere_and_fail(queues)

        assert queues.depth("payments").in_flight == 1


def test_a_lock_that_is_not_free_in_time_ends_the_block(path: Path) -> None:
    """Another program holds the file: every caller in the block gets the error, and the next block works."""
    with opened(path) as database:
        queues = _sent(database, "a")
        with (
            held_by_another_program(path),
            pytest.raises(UnavailableError),
            queues.together(),
            pytest.raises(UnavailableError),
        ):
            queues.receive("payments")
        with queues.together():
            taken = queues.receive("payments")

    assert len(taken) == 1


def _receive_in_a_block(queues: SqliteQueues, *, inside: threading.Event, go_on: threading.Event) -> int:
    with queues.together():
        inside.set()
        assert go_on.wait(10)
        return len(queues.receive("payments") + queues.receive("payments"))


def _fail_during_another_block(queues: SqliteQueues, begin_other: Callable[[], None]) -> None:
    with queues.together():
        queues.receive("payments")
        begin_other()
        queues.receive("payments")
        raise ZeroDivisionError


def test_a_block_stays_whole_when_another_thread_begins_one_meanwhile(path: Path) -> None:
    """After a reload the thread of the old application may still run with that of the new one."""
    inside, go_on = threading.Event(), threading.Event()
    with opened(path, patience=5) as database, ThreadPoolExecutor(1) as threads:
        queues = _sent(database, "a", "b", "c", "d")
        others: list[Future[int]] = []

        def begin_other() -> None:
            others.append(threads.submit(_receive_in_a_block, queues, inside=inside, go_on=go_on))
            assert inside.wait(10)

        with pytest.raises(ZeroDivisionError):
            _fail_during_another_block(queues, begin_other)
        go_on.set()
        assert others[0].result(10) == 2
        depth = queues.depth("payments")

    assert (depth.visible, depth.in_flight) == (2, 2)


def _give_back_and_fail(queues: SqliteQueues, receipt: str) -> None:
    with queues.together():
        queues.extend("payments", [receipt], visibility_timeout=timedelta())
        raise ZeroDivisionError


def test_a_block_that_was_undone_wakes_nobody_and_its_repetition_does(path: Path) -> None:
    """A woken consumer looks immediately: before the commit it would find nothing, and without a call it would look half a second later."""
    calls: list[str] = []
    with opened(path) as database:
        queues = _sent(database, "a")
        (taken,) = queues.receive("payments")
        with queues.watching("payments", lambda: calls.append("woken")):
            with pytest.raises(ZeroDivisionError):
                _give_back_and_fail(queues, taken.receipt)
            undone = calls.copy()
            with queues.together():
                queues.extend("payments", [taken.receipt], visibility_timeout=timedelta())
                during = calls.copy()

    assert (undone, during, calls) == ([], [], ["woken"])
