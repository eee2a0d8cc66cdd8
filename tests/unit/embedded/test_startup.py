"""Opening the store in steps."""

from __future__ import annotations

import pytest

from hookline.errors import DataDirectoryError, UnavailableError
from hookline.runtimes.embedded.startup import StartupSteps

FULL = UnavailableError("storage_unavailable", "SQLite: FullError: database or disk is full")


class Step:
    """A step that fails as long as it has faults."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.done = 0

    def __call__(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.done += 1


def test_each_step_is_done_once_however_often_it_is_tried() -> None:
    """A step that was done must not be done again over later changes, such as the declared queues."""
    first, second = Step(), Step(FULL)
    startup = StartupSteps([first, second])

    faults = [startup.try_on() for _ in range(3)]

    assert faults == [FULL, None, None]
    assert (first.done, second.done) == (1, 1)


def test_no_step_is_done_before_the_one_ahead_of_it() -> None:
    """Secrets cannot be read from a database that is not open."""
    first, second = Step(FULL, FULL), Step()
    startup = StartupSteps([first, second])

    startup.try_on()

    assert second.done == 0


def test_what_time_does_not_change_ends_the_start() -> None:
    """Time does not repair a file that is no database: a person has to look, and a wait would only hide it."""
    startup = StartupSteps([Step(DataDirectoryError("data_directory_unusable", "not a database"))])

    with pytest.raises(DataDirectoryError):
        startup.try_on()
