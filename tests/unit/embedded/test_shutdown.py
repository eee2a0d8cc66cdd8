"""The deadline of a stop: one for everything that waits."""

from __future__ import annotations

import time

import pytest

from hookline.runtimes.embedded.shutdown import Shutdown


def test_before_the_stop_each_step_has_its_own_time() -> None:
    """No step is shortened while the server runs."""
    assert Shutdown(8).left(5) == 5


def test_all_steps_share_what_is_left() -> None:
    """Steps of ten seconds each would together take longer than a container has."""
    shutdown = Shutdown(40)
    shutdown.begin()
    before = shutdown.left(50)
    time.sleep(0.2)

    after = shutdown.left(50)

    assert 0 < after < before <= 40
    assert after <= 39.8


def test_a_step_that_comes_too_late_still_has_a_moment() -> None:
    """Most steps wait for nothing: they must not be skipped because one before them was slow."""
    shutdown = Shutdown(0)
    shutdown.begin()

    assert 0 < shutdown.left(50) < 1


@pytest.mark.parametrize("is_early", [True, False])
def test_those_who_wait_hear_of_the_stop_once(*, is_early: bool) -> None:
    """A second signal, and the end of the process, start nothing again; one that waits later gets the time that is left."""
    heard: list[float] = []
    shutdown = Shutdown(8)
    if is_early:
        shutdown.on_begin(heard.append)
    shutdown.begin()
    shutdown.begin()
    if not is_early:
        shutdown.on_begin(heard.append)

    assert len(heard) == 1
    assert 0 < heard[0] < 8
