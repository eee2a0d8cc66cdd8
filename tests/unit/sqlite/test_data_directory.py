"""The folder: only for its owner, and for one server at a time."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite import DataDirectory
from hookline.errors import DataDirectoryError
from unit.sqlite.files import python

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = """
import sys
from pathlib import Path
from hookline.adapters.sqlite import DataDirectory
DataDirectory(Path(sys.argv[1])).claim()
print("claimed", flush=True)
sys.stdin.read()
"""


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_may_read_a_new_folder(tmp_path: Path) -> None:
    """No other user of the machine may read payment events."""
    directory = DataDirectory(tmp_path / "deep" / "data")

    directory.create()
    directory.claim()

    assert _mode(directory.path) == 0o700
    assert _mode(directory.path / "hookline.lock") == 0o600
    directory.release()


def test_a_folder_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    """An operator may have made it with a group of their choice."""
    (tmp_path / "data").mkdir(mode=0o750)

    DataDirectory(tmp_path / "data").create()

    assert _mode(tmp_path / "data") == 0o750


def test_a_file_in_the_folders_place_is_reported(tmp_path: Path) -> None:
    """An operator who mistyped the path must see it."""
    (tmp_path / "data").write_text("")

    with pytest.raises(DataDirectoryError) as caught:
        DataDirectory(tmp_path / "data").create()

    assert caught.value.code == "data_directory_unusable"
    assert str(tmp_path / "data") in caught.value.detail


def test_a_folder_without_a_hookline_is_not_read_as_an_empty_one(tmp_path: Path) -> None:
    """A command on the wrong folder would say that there are no events, and the user would believe it."""
    directory = DataDirectory(tmp_path)

    with pytest.raises(DataDirectoryError) as caught:
        directory.must_exist()
    directory.database.touch()
    directory.must_exist()

    assert caught.value.code == "data_directory_unusable"
    assert "hookline.db" in caught.value.detail


def test_a_folder_that_cannot_be_looked_into_is_reported(tmp_path: Path) -> None:
    """The complaint is a sentence that includes the system's error; here the name is too long."""
    with pytest.raises(DataDirectoryError) as caught:
        DataDirectory(tmp_path / ("x" * 300)).must_exist()

    assert caught.value.code == "data_directory_unusable"
    assert "File name too long" in caught.value.detail


def test_a_second_claim_is_refused_until_the_first_is_released(tmp_path: Path) -> None:
    """Two servers on one file would each serve messages that the other is serving."""
    first, second = DataDirectory(tmp_path), DataDirectory(tmp_path)
    first.claim()

    with pytest.raises(DataDirectoryError) as caught:
        second.claim()
    first.release()
    second.claim()

    assert caught.value.code == "data_directory_in_use"
    assert str(tmp_path) in caught.value.detail
    second.release()


def test_a_folder_that_cannot_be_claimed_is_reported(tmp_path: Path) -> None:
    """The error must say that the folder is missing."""
    with pytest.raises(DataDirectoryError) as caught:
        DataDirectory(tmp_path / "nowhere").claim()

    assert caught.value.code == "data_directory_unusable"


def test_releasing_what_was_not_claimed_is_nothing(tmp_path: Path) -> None:
    """The clean-up after a failed start must not fail too."""
    directory = DataDirectory(tmp_path)
    directory.claim()

    directory.release()
    directory.release()

    DataDirectory(tmp_path).claim()


def test_a_claim_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    """After kill -9 the next start must not need anybody to remove a lock file."""
    with python(CLAIM, tmp_path) as server:
        assert server.stdout is not None
        claimed = server.stdout.readline()
        with pytest.raises(DataDirectoryError) as caught:
            DataDirectory(tmp_path).claim()

        server.kill()
        server.wait()

    assert claimed == "claimed\n"
    assert caught.value.code == "data_directory_in_use"
    again = DataDirectory(tmp_path)
    again.claim()
    again.release()


def test_a_command_sees_whether_a_server_is_at_work_and_keeps_none_out(tmp_path: Path) -> None:
    """The check must not keep a server from starting at the same moment."""
    directory = DataDirectory(tmp_path)
    before = directory.is_served()

    directory.claim()
    during = DataDirectory(tmp_path).is_served()
    directory.release()

    assert (before, during, directory.is_served()) == (False, True, False)
    directory.claim()
    directory.release()


def test_a_folder_whose_parent_may_not_be_read_is_made(tmp_path: Path) -> None:
    """A parent that may only be entered cannot be synced: that is no reason not to start."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0o300)

    DataDirectory(tmp_path / "closed" / "data").create()

    (tmp_path / "closed").chmod(0o700)
    assert (tmp_path / "closed" / "data").is_dir()
