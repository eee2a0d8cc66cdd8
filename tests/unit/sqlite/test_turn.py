"""Whose turn it is: first come, first served, and never two at once."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite.ending import Ending
from hookline.adapters.sqlite.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _waiting(turn: Turn) -> int:
    return len(turn._waiting)  # whether a thread already stands in line cannot be told from outside


def test_the_turn_is_one_writers_at_a_time() -> None:
    """Two transactions on one connection would be one."""
    turn = Turn()

    taken = [turn.take_if_free(), turn.take_if_free(), turn.take(timeout=0)]
    turn.release()

    assert taken == [True, False, False]
    assert turn.take_if_free()


def test_a_turn_that_never_comes_is_not_waited_for_forever() -> None:
    """A stuck writer becomes a 503 for the sender, never a hang."""
    turn = Turn()
    turn.take(timeout=1)
    started = time.monotonic()

    got = turn.take(timeout=0.05)

    assert not got
    assert 0.04 < time.monotonic() - started < 2


def test_whoever_gave_up_is_passed_over() -> None:
    """A turn handed to a thread that has left would be lost to everybody."""
    turn = Turn()
    turn.take(timeout=1)
    turn.take(timeout=0.01)

    turn.release()

    assert turn.take_if_free()


def test_the_turn_may_be_released_by_another_thread() -> None:
    """Rows are staged on the event loop's thread and committed on another, which passes the turn on."""
    turn = Turn()
    turn.take(timeout=1)

    thread = threading.Thread(target=turn.release)
    thread.start()
    thread.join()

    assert turn.take_if_free()


@pytest.mark.parametrize("seed", range(5))
def test_the_turn_is_handed_on_in_the_order_of_asking(seed: int) -> None:
    """Under load a writer that is passed over starves: consumers would never get a word in between ingest's batches."""
    turn = Turn()
    order: list[int] = []
    turn.take(timeout=1)

    def write(number: int) -> None:
        assert turn.take(timeout=5)
        time.sleep(random.Random(seed * 100 + number).random() * 0.002)
        order.append(number)
        turn.release()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for number, thread in enumerate(threads):
        thread.start()
        _until(lambda number=number: _waiting(turn) == number + 1)  # type: ignore[misc]  # a loop variable, bound at once
    turn.release()
    for thread in threads:
        thread.join()

    assert order == list(range(12))
    assert turn.take_if_free()


def test_nobody_slips_in_before_those_who_wait() -> None:
    """The committer asks without waiting, again and again: it must not overtake a consumer in line."""
    turn = Turn()
    turn.take(timeout=1)
    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(turn.take, timeout=5)
        _until(lambda: _waiting(turn) == 1)

        turn.release()
        slipped_in = turn.take_if_free()

        assert waiter.result()
    assert not slipped_in


def test_a_turn_handed_over_at_the_last_moment_is_taken() -> None:
    """The wait has ended and the turn arrives before the waiter could leave the line: dropped, it would be gone for good."""
    turn = Turn()
    turn.take(timeout=1)
    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(turn.take, timeout=0.25)
        _until(lambda: _waiting(turn) == 1)
        with turn._guard:  # the moment between the end of the wait and leaving the line, held still
            time.sleep(0.3)
            turn._waiting.popleft().release()

        got = waiter.result()

    assert got
    assert not turn.take_if_free()


def test_a_crowd_with_little_patience_neither_loses_nor_doubles_the_turn() -> None:
    """Waits that end while the turn is handed over are where a lock of one's own goes wrong."""
    turn = Turn()
    inside: list[int] = []
    most: list[int] = []
    got = [0] * 8

    def writer(number: int) -> None:
        chance = random.Random(number)
        for _ in range(300):
            if turn.take(timeout=chance.random() * 0.0006):
                inside.append(number)
                most.append(len(inside))
                if chance.random() < 0.3:
                    time.sleep(chance.random() * 0.0006)
                inside.remove(number)
                got[number] += 1
                turn.release()

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert all(got)
    assert _waiting(turn) == 0
    assert turn.take_if_free()


def test_a_wait_that_has_begun_ends_when_all_waiting_does() -> None:
    """The server stops: a thread that stands in line for its whole patience would hold the process up."""
    ending = Ending()
    turn = Turn(ending)
    turn.take(timeout=1)
    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(turn.take, timeout=30)
        _until(lambda: _waiting(turn) == 1)
        started = time.monotonic()

        ending.end_within(0.2)

        assert not waiter.result(timeout=20)
    assert time.monotonic() - started < 10
    assert not turn.take(timeout=30)
    turn.release()
    assert turn.take(timeout=30)
