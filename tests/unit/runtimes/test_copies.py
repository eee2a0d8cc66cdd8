"""Backup and restore without a command line."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: options and documents

import pytest

from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, DataDirectory
from hookline.config.units import UnusableError
from hookline.errors import OperatorError
from hookline.runtimes.direct.backup import Backup, back_up, check_sound, repeat
from hookline.runtimes.direct.restore import Restore, restore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.pipeline.shown import Shown


class EnoughError(Exception):
    """Ends a loop that has no end."""


def backup(data_dir: Path, **options: Any) -> Backup:
    """A backup of the data directory."""
    usual: dict[str, Any] = {"file": None, "force": False, "folder": None, "every": None, "keep": 96, "keep_days": 30}
    return Backup(**{"data_dir": data_dir} | usual | options)


def restoring(data_dir: Path, **options: Any) -> Restore:
    """What to restore there."""
    usual: dict[str, Any] = dict.fromkeys(("file", "environment", "table", "reason"))
    return Restore(**usual | {"data_dir": data_dir, "replace": False, "yes": False} | options)


def document(shown: Shown) -> Any:
    """What a program gets."""
    return shown.document


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory with an empty database."""
    directory = DataDirectory(tmp_path / "data")
    directory.path.mkdir()
    Database.open(directory.database, clock=SystemClock()).close()
    return directory.path


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "name either FILE or a folder"),
        ({"file": "a", "folder": "b"}, "name either FILE or a folder"),
        ({"file": "a", "every": timedelta(minutes=1)}, "--every needs a folder"),
    ],
)
def test_a_backup_has_one_place(tmp_path: Path, options: dict[str, Any], why: str) -> None:
    """An operator who gives both would look for the copy in the wrong place."""
    with pytest.raises(UnusableError, match=why):
        backup(tmp_path, **options)


def test_a_copy_becomes_the_database_only_of_an_empty_place(data_dir: Path, tmp_path: Path) -> None:
    """Both commands refuse to replace a file that they may not replace."""
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "elsewhere"

    made = document(back_up(backup(data_dir, file=copy)))
    with pytest.raises(UnusableError, match="already exists; nothing was written"):
        back_up(backup(data_dir, file=copy))
    back = document(restore(restoring(elsewhere, file=copy)))
    with pytest.raises(UnusableError, match="nothing was changed"):
        restore(restoring(elsewhere, file=copy))

    assert (made["file"], made["events"], back["events"], back["replaced"]) == (str(copy), 0, 0, None)


def test_copies_of_a_series_are_documents_of_one_line(data_dir: Path, tmp_path: Path) -> None:
    """A script that reads the output of --every reads line by line."""
    single = back_up(backup(data_dir, file=tmp_path / "copy.db"))
    series = back_up(backup(data_dir, folder=tmp_path / "copies", every=timedelta(minutes=1)))

    assert (single.is_one_line, series.is_one_line) == (False, True)
    assert document(series)["removed"] == 0


def test_a_copy_with_faults_is_an_error() -> None:
    """Many operators look only at the exit code of a scheduled job."""
    check_sound([])
    with pytest.raises(OperatorError, match="not sound: a; b"):
        check_sound(["a", "b"])


def waits(work: Callable[[], None], every: timedelta, *, rounds: int) -> list[float]:
    """How long it waits after each round of work, with a sleep that takes no time."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == rounds:
            raise EnoughError

    with pytest.raises(EnoughError):
        repeat(work, every, sleep=sleep)
    return waited


def test_each_copy_has_its_time_after_the_start() -> None:
    """The work takes a while, and the times of the next copies do not move by it."""
    first, second = waits(lambda: None, timedelta(seconds=100), rounds=2)

    assert 50 < first <= 100
    assert 150 < second <= 200


def test_a_copy_that_takes_too_long_is_followed_by_the_next_one_immediately() -> None:
    """A disk that is slow for once must not end the series."""

    def work() -> None:
        began = time.monotonic()
        while time.monotonic() < began + 0.01:
            pass

    assert waits(work, timedelta(microseconds=1), rounds=20) == [0] * 20


@pytest.mark.parametrize(
    "options",
    [{"file": "copy.db", "table": "t"}, {}, {"table": "t", "yes": True}, {"table": "t", "yes": True, "file": "f"}],
)
def test_a_restore_on_aws_names_a_table_and_a_reason(tmp_path: Path, options: dict[str, Any]) -> None:
    """It is refused before anything of the environment is opened."""
    with pytest.raises(UnusableError, match="on AWS name the table"):
        restore(restoring(tmp_path, environment="prod", **options))


def test_a_restore_without_a_copy_says_which_file_it_needs(tmp_path: Path) -> None:
    """The usage message only says FILE, and not where such a file comes from."""
    with pytest.raises(UnusableError, match="name the FILE that `hookline backup` wrote"):
        restore(restoring(tmp_path))
