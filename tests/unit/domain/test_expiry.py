"""A held time of expiry, over a steady time that the test moves."""

from __future__ import annotations

from datetime import timedelta

from hookline.adapters.local import SystemClock
from hookline.adapters.memory.clock import MemoryClock
from hookline.domain.expiry import Holdable
from unit.builders import NOW

HOUR = timedelta(hours=1)


def test_while_the_clock_is_believed_things_expire_by_its_steady_time() -> None:
    """This is the usual case."""
    clock = MemoryClock(NOW)
    clock.advance(HOUR)

    assert (clock.expiry(), clock.held_at) == (NOW + HOUR, None)


def test_a_held_time_continues_from_where_it_was_held() -> None:
    """A server that runs for weeks with a wrong clock must still delete what has expired."""
    clock = MemoryClock(NOW)
    clock.advance(1000 * HOUR)
    clock.hold(NOW)
    clock.advance(HOUR)

    assert (clock.expiry(), clock.held_at) == (NOW + HOUR, NOW)


def test_a_clock_that_is_believed_again_is_right_immediately() -> None:
    """An operator has confirmed the clock."""
    clock = MemoryClock(NOW)
    clock.hold(NOW - HOUR)
    clock.hold(None)

    assert (clock.expiry(), clock.held_at) == (NOW, None)


def test_all_local_clocks_are_held_alike() -> None:
    """One rule, so that tests over the memory clock say something about the machine's."""
    assert issubclass(SystemClock, Holdable)
    assert issubclass(MemoryClock, Holdable)
