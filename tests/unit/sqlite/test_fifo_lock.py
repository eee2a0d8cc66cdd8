"""The writers' lock: first come, first served, and never two at the same time."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite.fifo_lock import FifoLock, WaitDeadline

if TYPE_CHECKING:
    from collections.abc import Callable


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _waiting(lock: FifoLock) -> int:
    return len(lock.waiting)


def test_the_turn_is_one_writers_at_a_time() -> None:
    """Two transactions on one connection would become one transaction."""
    lock = FifoLock()

    taken = [lock.try_acquire(), lock.try_acquire(), lock.acquire(timeout=0)]
    lock.release()

    assert taken == [True, False, False]
    assert lock.try_acquire()


def test_a_turn_that_never_comes_is_not_waited_for_forever() -> None:
    """A stuck writer becomes a 503 for the sender, never a hang."""
    lock = FifoLock()
    lock.acquire(timeout=1)
    started = time.monotonic()

    got = lock.acquire(timeout=0.05)

    assert not got
    assert 0.04 < time.monotonic() - started < 20


def test_a_waiter_that_gave_up_is_passed_over() -> None:
    """A lock that is passed to a thread that has left would be lost for all."""
    lock = FifoLock()
    lock.acquire(timeout=1)
    lock.acquire(timeout=0.01)

    lock.release()

    assert lock.try_acquire()


def test_the_turn_may_be_released_by_another_thread() -> None:
    """Rows are staged on the event loop's thread and committed on another, which passes the lock on."""
    lock = FifoLock()
    lock.acquire(timeout=1)

    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()

    assert lock.try_acquire()


@pytest.mark.parametrize("seed", range(5))
def test_the_turn_is_passed_on_in_the_order_of_asking(seed: int) -> None:
    """Under load a writer that is passed over starves: consumers would never get a turn between ingest's batches."""
    lock = FifoLock()
    order: list[int] = []
    lock.acquire(timeout=1)

    def write(number: int) -> None:
        assert lock.acquire(timeout=60)
        time.sleep(random.Random(seed * 100 + number).random() * 0.002)
        order.append(number)
        lock.release()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for number, thread in enumerate(threads):
        thread.start()
        _until(lambda number=number: _waiting(lock) == number + 1)  # type: ignore[misc]  # a loop variable, bound immediately
    lock.release()
    for thread in threads:
        thread.join()

    assert order == list(range(12))
    assert lock.try_acquire()


def test_nobody_slips_in_before_those_who_wait() -> None:
    """The committer asks often and without waiting, and must not overtake a waiting consumer."""
    lock = FifoLock()
    lock.acquire(timeout=1)
    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(lock.acquire, timeout=60)
        _until(lambda: _waiting(lock) == 1)

        lock.release()
        slipped_in = lock.try_acquire()

        assert waiter.result()
    assert not slipped_in


def test_a_lock_that_is_released_while_its_waiter_gives_up_is_not_lost() -> None:
    """The wait ended and the lock was released before the waiter could leave the line: kept for it, the lock would be lost."""
    lock = FifoLock()
    lock.acquire(timeout=1)
    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(lock.acquire, timeout=2)
        _until(lambda: _waiting(lock) == 1)
        with lock._guard:  # the moment between the end of the wait and leaving the line, held still
            time.sleep(2.2)
            lock.release()

        got = waiter.result()

    assert lock.try_acquire() is not got


def test_the_line_moves_on_when_its_first_gives_up() -> None:
    """Only the first waits for the lock itself, and the second must replace it."""
    lock = FifoLock()
    lock.acquire(timeout=1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lock.acquire, timeout=2)
        _until(lambda: _waiting(lock) == 1)
        second = pool.submit(lock.acquire, timeout=60)
        gave_up = not first.result(timeout=60)

        lock.release()

        assert second.result(timeout=60)
    assert gave_up
    assert _waiting(lock) == 0


def test_a_crowd_with_little_patience_neither_loses_nor_doubles_the_lock() -> None:
    """Such a lock goes wrong where a wait ends while the lock is passed to it."""
    lock = FifoLock()
    inside: list[int] = []
    most: list[int] = []
    got = [0] * 8

    def writer(number: int) -> None:
        chance = random.Random(number)
        end = time.monotonic() + 60
        for turn in count():
            if turn >= 300 and (all(got) or time.monotonic() > end):
                break
            if lock.acquire(timeout=chance.random() * 0.0006):
                inside.append(number)
                most.append(len(inside))
                if chance.random() < 0.3:
                    time.sleep(chance.random() * 0.0006)
                inside.remove(number)
                got[number] += 1
                lock.release()

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert all(got)
    assert _waiting(lock) == 0
    assert lock.try_acquire()


def test_a_wait_that_has_begun_ends_when_all_waiting_does() -> None:
    """A thread that waits in line must not delay the end of the server."""
    deadline = WaitDeadline()
    lock = FifoLock(deadline)
    lock.acquire(timeout=1)
    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(lock.acquire, timeout=60)
        _until(lambda: _waiting(lock) == 1)
        started = time.monotonic()

        deadline.set_within(0.2)

        assert not waiter.result(timeout=60)
    assert time.monotonic() - started < 30
    assert not lock.acquire(timeout=30)
    lock.release()
    assert lock.acquire(timeout=30)
